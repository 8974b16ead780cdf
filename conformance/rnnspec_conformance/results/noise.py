"""What of two runs is noise of the machine, and what is a difference.

Figures differ between machines, and between two runs on one. Two rows say the same where verdict, reason and rule are
equal and their ratios are both at most `SPREAD`, or within a factor of `FACTOR`. So do their tolerances, where they are
those of one field. The field of the largest ratio and the message are not compared: they follow from the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rnnspec_conformance.processor import PROCESSOR
from rnnspec_conformance.results.run import Row, Run

FACTOR = 4.0

SPREAD = 1 / 8
"""A tolerance is eight times the largest error of the reference itself, where nothing but rounding is another (NUM-2).
So an error below an eighth of it is rounding."""

SURROUNDINGS = ("numpy", "python", PROCESSOR)
"""What takes part in every run and is not what is judged."""


def differences(old: Run, new: Run) -> list[str]:
    """A sentence for each thing in which `new` is not what `old` says, beyond noise; empty where they agree."""
    return list(_differences(old, new))


def kept(old: Run, new: Run) -> Run:
    """`new`, but with every row of `old` that says the same.

    The provenance is that of `old` where all rows are, and where nothing that is judged has another version.
    """
    before = {row.trial: row for row in old.rows}
    rows = [
        before[row.trial] if row.trial in before and not _of_rows(before[row.trial], row) else row for row in new.rows
    ]
    same = rows == list(old.rows) and _judged(old) == _judged(new)
    stream = new.stream if _of_stream(old.stream, new.stream) else old.stream
    return replace(new, rows=rows, stream=stream, provenance=old.provenance if same else new.provenance)


def _judged(run: Run) -> dict[str, str]:
    """The versions of what is judged, however they were built: ``2.13.0+cpu`` is ``2.13.0``."""
    return {name: value.partition("+")[0] for name, value in run.provenance.items() if name not in SURROUNDINGS}


def _differences(old: Run, new: Run) -> Iterator[str]:
    before, after = old.head(), new.head()
    yield from _changes("", *({**head, "provenance": None} for head in (before, after)))
    yield from _changes("provenance: ", _judged(old), _judged(new))
    old_rows, new_rows = ({row.trial: row for row in run.rows} for run in (old, new))
    yield from (f"{trial}: is missing" for trial in old_rows if trial not in new_rows)
    yield from (f"{trial}: is new" for trial in new_rows if trial not in old_rows)
    if old_rows.keys() == new_rows.keys() and list(old_rows) != list(new_rows):
        yield "the order of the trials is another one"
    for trial, row in old_rows.items():
        if trial in new_rows:
            yield from _of_rows(row, new_rows[trial])
    yield from _of_stream(old.stream, new.stream)


def _of_stream(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[str]:
    """What the draws say anew. Their worst ratio is noise, and so is how large the numbers of a mistake are.

    So is how many draws were made, where time has ended them.
    """
    compared: tuple[str, ...] = ("seed", "draws", "judged", "brought_back", "outside", "unbounded", "failures")
    compared += ("reached", "refused")
    if new is not None and _is_timed(new) and (old is None or _is_timed(old)):
        compared = ("mistakes",) if old is None else ("seed", "refused", "mistakes")
    none: Mapping[str, Any] = {"mistakes": []}
    return list(_changes("draws: ", *({name: (run or none).get(name) for name in compared} for run in (old, new))))


def _is_timed(stream: Mapping[str, Any]) -> bool:
    """Whether time has ended the draws, and not their number."""
    return stream.get("limit_s") is not None


def _changes(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was != now:
            yield f"{where}{name}: was {_said(was)}, is {_said(now)}"


def _of_rows(old: Row, new: Row) -> list[str]:
    before, after = old.as_json(), new.as_json()
    compared = ("verdict", "reason", "rule")
    found = list(_changes(f"{old.trial}: ", *({name: row.get(name) for name in compared} for row in (before, after))))
    close = {"ratio": _close(old.ratio, new.ratio, SPREAD)}
    if old.field == new.field:
        close["tolerance"] = _close(old.tolerance, new.tolerance, 0)
    changed = [name for name, is_close in close.items() if not is_close]
    return found + [
        f"{old.trial}: {name}: was {_said(before.get(name))}, is {_said(after.get(name))}" for name in changed
    ]


def _said(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _close(was: float | None, now: float | None, low: float) -> bool:
    if was is None or now is None:
        return was is now
    smaller, larger = sorted((was, now))
    return larger <= max(low, FACTOR * smaller)
