"""Refused trials, in few groups: by what their problems have that no judged one has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging.judgement import NO_DERIVATIVE, NO_GRADIENTS
from rnnspec_conformance.judging.jvp_hvp import DERIVATIVES
from rnnspec_conformance.reports.counting import some
from rnnspec_conformance.results import Row, Run
from rnnspec_conformance.results.whole import cases_of
from rnnspec_conformance.stream.traits import options_of, word

AXES = ("cells", "options", "directions", "lengths and padding", "layouts", "layers")
"""Where a problem may be what is refused, in the order in which that is tried."""

GRADIENTS, DERIVATIVE = "gradients", "derivatives along tangents"

USUAL = (
    ("direction", "forward", ""),
    ("merge", "concat", "merge by "),
    ("reverse_outputs", "time", "outputs in the order of "),
)
"""Fields of a recipe about directions, the value that goes without saying, and how another one is said."""

VALUES = 4
"""So many values of a group are told, and of its reasons one."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Refused trials of one kind.

    Attributes
    ----------
    axis
        What they have in common: one of `AXES`, `GRADIENTS` or `DERIVATIVE`; empty where that is the reason alone.
    values
        What they have there that no judged problem has.
    rows
        The trials.
    """

    axis: str
    values: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def reasons(self) -> list[str]:
        """The reasons, the most frequent first."""
        return [
            reason for reason, _ in Counter(row.reason.removeprefix(NO_GRADIENTS) for row in self.rows).most_common()
        ]

    def of(self, reason: str) -> list[Row]:
        """The trials that were refused for one of the reasons."""
        return [row for row in self.rows if row.reason.removeprefix(NO_GRADIENTS) == reason]

    @property
    def what(self) -> str:
        """The axis and the values."""
        return f"{self.axis} ({some(self.values, VALUES)})" if self.values else self.axis


def groups_of(run: Run) -> list[Group]:
    """The refused trials of a run in groups, the largest first."""
    cases = cases_of(run)
    reached: dict[tuple[str, str], set[tuple[str, str]]] = {}
    by_reason: dict[str, list[Row]] = {}
    for row in run.rows:
        if row.verdict == "unsupported":
            by_reason.setdefault(row.reason.removeprefix(NO_GRADIENTS), []).append(row)
        elif row.case in cases:
            reached.setdefault((row.precision, row.mode), set()).update(_traits(cases[row.case]))
    found: dict[str, tuple[Counter[str], list[Row]]] = {}
    for reason, rows in by_reason.items():
        missing = [_missing(cases.get(row.case), reached.get((row.precision, row.mode))) for row in rows]
        axis = _axis(reason, rows, missing, cases)
        # what has nothing in common with others stands alone
        values, of_axis = found.setdefault(axis or reason, (Counter(), []))
        values.update(sorted(_shown(value) for traits in missing for of, value in traits if of == axis))
        of_axis += rows
    known = {*AXES, GRADIENTS, DERIVATIVE}
    groups = [
        Group(
            axis=name if name in known else "",
            values=tuple(value for value, _ in values.most_common()),
            rows=tuple(rows),
        )
        for name, (values, rows) in found.items()
    ]
    return sorted(groups, key=lambda group: (not group.axis, -len(group.rows)))


def _missing(case: Case | None, reached: set[tuple[str, str]] | None) -> set[tuple[str, str]]:
    """What a problem has that no judged one of its precision and mode has; nothing where none was judged."""
    return set() if case is None or reached is None else set(_traits(case)) - reached


def _axis(reason: str, rows: Sequence[Row], missing: Sequence[set[tuple[str, str]]], cases: dict[str, Case]) -> str:
    """Where all that was refused for one reason has something that was not judged; empty where that is nowhere."""
    if any(row.reason.startswith(NO_GRADIENTS) for row in rows):
        return GRADIENTS
    if reason.startswith(NO_DERIVATIVE) and all(
        cases[row.case].kind in DERIVATIVES for row in rows if row.case in cases
    ):
        return DERIVATIVE
    return next((axis for axis in AXES if all(any(of == axis for of, _ in traits) for traits in missing)), "")


def _shown(value: str) -> str:
    return value.partition("=")[0]


def _traits(case: Case) -> Iterator[tuple[str, str]]:
    """What a problem of a case is, by axis."""
    recipe = case.recipe
    for cell in recipe.cells:
        kind = type(cell).__name__
        yield "cells", kind
        for name, value in options_of(cell).items():
            yield "options", f"{kind}.{name}={word(value)}"
    for axis, usual, said in USUAL:
        yield from (("directions", f"{said}{value}") for value in _all(getattr(recipe, axis)) if value != usual)
    if recipe.lengths is not None:
        yield "lengths and padding", "lengths"
        if 0 in recipe.lengths:
            yield "lengths and padding", "empty sequences"
        if recipe.padded_outputs != "zero":
            yield "lengths and padding", f"padding by {recipe.padded_outputs}"
    if case.kind.startswith("layout-"):
        yield "layouts", case.kind.removeprefix("layout-")
    if len(recipe.cells) > 1:
        yield "layers", "several"


def _all(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return given if isinstance(given, tuple) else (given,)
