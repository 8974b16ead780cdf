"""The levels of conformance (CONF-4), as a run and its draws show them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging.judgement import NO_DERIVATIVE, NO_GRADIENTS
from rnnspec_conformance.judging.jvp_hvp import DERIVATIVES
from rnnspec_conformance.results import WRONG, Row, Run
from rnnspec_conformance.results.whole import cases_of

LEVELS = ("forward", "gradients", "directions")
"""Each contains the one before."""

GRADIENT = "gradients"
"""How the name of a field of gradients begins."""

WITHOUT_OUTCOME = ("layout-names", "layout-identity", "memory")
"""Kinds of cases in which no outcome is compared. They show no level, and count against every one."""


def level_of(run: Run) -> str | None:
    """The highest level that is reached; None where that is not even ``forward``.

    A level is reached where something of it passed, nothing of it or of a level below is wrong, and nothing of it is
    refused for a problem of which the level below is accepted (CONF-4).
    """
    cases = cases_of(run)
    known = [(row, cases[row.case]) for row in run.rows if row.case in cases]
    passed = {level for row, case in known if row.verdict == "passed" for level in _tried(case)}
    lacking = {level for row, case in known if (level := _lacking(row, case)) is not None}
    lacking |= {_broken(row, cases.get(row.case)) for row in run.rows if row.verdict in WRONG}
    lacking |= set(_broken_by_draws(run.stream))
    reached = None
    for level in LEVELS:
        if level in lacking or level not in passed:
            break
        reached = level
    return reached


def _tried(case: Case) -> tuple[str, ...]:
    """The levels of which a case compares something."""
    if case.kind in WITHOUT_OUTCOME:
        return ()
    if case.kind in DERIVATIVES:
        return ("directions",)
    has_gradients = case.recipe.cotangents != "none"
    if case.kind == "cotangents-apart" or not case.compares("y"):
        return ("gradients",)
    return ("forward", "gradients") if has_gradients else ("forward",)


def _lacking(row: Row, case: Case) -> str | None:
    """The level that a refusal lacks, where the level below was accepted."""
    if row.verdict == "unsupported" and row.reason.startswith(NO_GRADIENTS):
        return "gradients"
    if row.verdict == "unsupported" and row.reason.startswith(NO_DERIVATIVE) and case.kind in DERIVATIVES:
        return "directions"
    return None


def _broken(row: Row, case: Case | None) -> str:
    """The lowest level of which something is wrong in a row."""
    levels = _tried(case) if case is not None else ()
    if "gradients" in levels and all(field.startswith(GRADIENT) for field in _fields(row)):
        return "gradients"
    return levels[0] if levels else "forward"


def _fields(row: Row) -> Iterator[str]:
    """The fields that differ, as far as the row and its message tell; an empty one for those that are not told."""
    yield row.field
    yield from re.findall(r"^  differs    (\S+)", row.message, re.MULTILINE)
    if re.search(r"^             and \d+ more fields$", row.message, re.MULTILINE):
        yield ""


def _broken_by_draws(stream: Mapping[str, Any] | None) -> Iterator[str]:
    """The lowest level of which something is wrong in each mistake of the draws."""
    if stream is None or not stream["failures"]:
        return
    mistakes = stream.get("mistakes", [])
    if stream.get("beyond") or not mistakes:
        yield "forward"
    for mistake in mistakes:
        kind = str(mistake.get("kind"))
        yield "gradients" if kind == GRADIENT else "directions" if kind.startswith("SEC") else "forward"
