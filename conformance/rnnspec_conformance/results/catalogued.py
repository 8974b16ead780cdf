"""Rows with what the catalogue says of their cases: a file keeps what was measured, nothing that is known anyway."""

from __future__ import annotations

from dataclasses import dataclass, fields

import rnnspec
from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.results.run import Row, Run

UNKNOWN = "unknown"
"""The chapter of a case that the installed catalogue does not have."""


@dataclass(frozen=True, kw_only=True)
class CataloguedRow(Row):
    """A row, and its case in the selection of its run.

    Attributes
    ----------
    chapter
        The prefix of its first rule, e.g. ``LSTM``; `UNKNOWN` where the catalogue has no such case.
    rules
        The rules that it exercises.
    sentence
        What holds.
    """

    chapter: str = UNKNOWN
    rules: tuple[str, ...] = ()
    sentence: str = f"rnnspec {rnnspec.__version__}, which is installed here, has no case of this name"


def catalogued(run: Run) -> list[CataloguedRow]:
    """The rows of a run, in their order."""
    cases = {case.id: case for case in SELECTIONS.get(run.selection, CASES)}
    names = [field.name for field in fields(Row)]
    rows = []
    for row in run.rows:
        measured = {name: getattr(row, name) for name in names}
        if (case := cases.get(row.case)) is None:
            rows.append(CataloguedRow(**measured))
        else:
            rows.append(CataloguedRow(**measured, chapter=case.chapter, rules=case.rules, sentence=case.sentence))
    return rows


def warning(run: Run) -> str | None:
    """A sentence that names the cases of a run that the installed catalogue does not have, or its other version."""
    unknown = list(dict.fromkeys(row.case for row in catalogued(run) if row.chapter == UNKNOWN))
    if not unknown and run.specification != rnnspec.__version__:
        return (
            f"The file is of rnnspec {run.specification}: its rows are not held against the catalogue of "
            f"{rnnspec.__version__}, which is installed here"
        )
    if not unknown:
        return None
    return (
        f"{len(unknown)} cases are not in the catalogue of rnnspec {rnnspec.__version__}, which is installed here, and "
        f"are shown without their rules: {', '.join(unknown)}. The file is of rnnspec {run.specification}"
    )
