"""Whether a run has every trial of its selection: only such a run supports a claim (CONF-6)."""

from __future__ import annotations

import rnnspec
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.results.run import Run

Key = tuple[str, str, str]
"""A case, a precision and a mode."""


def cases_of(run: Run) -> dict[str, Case]:
    """The cases of the run's selection, by their ids; all of the catalogue where it is no installed selection."""
    return {case.id: case for case in SELECTIONS.get(run.selection, SELECTIONS["all"])}


def trials_of(run: Run) -> list[Key]:
    """Every trial of the run's selection in its precisions and modes, in the order of the catalogue."""
    cases = cases_of(run).values()
    return [
        (case.id, precision, mode)
        for precision in run.precisions
        for mode in run.modes
        for case in cases
        if precision in case.precisions
    ]


def why_not_whole(run: Run) -> str | None:
    """Why a run is not the whole of a selection, as ``shard 2 of 8``; None where it is."""
    if run.shard is not None:
        return "shard {} of {}".format(*run.shard)
    if run.selection not in SELECTIONS:
        return f"of an unknown selection, {run.selection}"
    if run.specification != rnnspec.__version__:
        return f"of rnnspec {run.specification}, whose cases are not installed"
    wanted = set(trials_of(run))
    missing = wanted - {(row.case, row.precision, row.mode) for row in run.rows}
    return f"{len(wanted) - len(missing)} of {len(wanted)} trials" if missing else None
