"""Whether two runs say the same, and if not, where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnspec_conformance.results.run import FIGURES, Row, Run

FIGURE_FACTOR = 2.0
NEGLIGIBLE = 0.01
"""Ratios up to this are taken for equal, and so are the errors and tolerances that they are the ratios of."""

DERIVED = {*FIGURES, "field", "message"}
"""What of a row is not compared as it stands: figures have their factor, and a message repeats them."""


def agree(old: Run, new: Run) -> bool:
    """Whether two runs say the same: everything equal, figures within a factor of two."""
    return next(_differences(old, new), None) is None


def differences(old: Run, new: Run) -> list[str]:
    """A sentence for each thing in which `new` is not what `old` says; empty where they agree."""
    return list(_differences(old, new))


def _differences(old: Run, new: Run) -> Iterator[str]:
    before, after = old.head(), new.head()
    versions = before.pop("provenance"), after.pop("provenance")
    yield from _changes("", before, after)
    yield from _changes("provenance: ", *versions)
    old_rows, new_rows = ({row.trial: row for row in run.rows} for run in (old, new))
    yield from (f"{trial}: is missing" for trial in old_rows if trial not in new_rows)
    yield from (f"{trial}: is new" for trial in new_rows if trial not in old_rows)
    if old_rows.keys() == new_rows.keys() and [row.trial for row in old.rows] != [row.trial for row in new.rows]:
        yield "the order of the trials is another one"
    for trial, row in old_rows.items():
        if trial in new_rows:
            yield from _row_differences(row, new_rows[trial])


def _changes(where: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was != now:
            yield f"{where}{name}: was {_said(was)}, is {_said(now)}"


def _row_differences(old: Row, new: Row) -> Iterator[str]:
    before, after = old.as_json(), new.as_json()
    both_passed = old.verdict == new.verdict == "passed"  # then the field of the largest ratio is a figure, too
    compared = [name for name in before if name not in DERIVED or (name == "field" and not both_passed)]
    yield from _changes(
        f"{old.trial}: ", {name: before[name] for name in compared}, {name: after[name] for name in compared}
    )
    ratios = before["ratio"], after["ratio"]
    negligible = all(ratio is not None and ratio <= NEGLIGIBLE for ratio in ratios)
    if negligible:
        return
    same_field = old.field == new.field
    for name in FIGURES if same_field else ("ratio",):
        if not _close(before[name], after[name]):
            yield f"{old.trial}: {name}: was {_said(before[name])}, is {_said(after[name])}"


def _said(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _close(was: float | None, now: float | None) -> bool:
    if was is None or now is None:
        return was is now
    low, high = sorted((was, now))
    return high <= FIGURE_FACTOR * low
