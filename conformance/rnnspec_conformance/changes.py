"""What became better between two runs, and what worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rnnspec_conformance.deviations import contradicted
from rnnspec_conformance.results import WRONG, Row, Run

STANDINGS = ("errored", "differs", "unsupported", "passed")
"""What may come of a trial, the worst first."""


class Changes(NamedTuple):
    """What became of the trials and draws of an implementation, a sentence each."""

    better: list[str]
    worse: list[str]
    other: list[str]


def standing(row: Row) -> str:
    """What came of a trial, one of `STANDINGS`, whatever is recorded of it."""
    contradiction = contradicted(row.reason)
    if contradiction is not None:
        return contradiction.verdict
    return row.verdict if row.verdict in STANDINGS else "differs"


def changes(old: Run, new: Run) -> Changes:
    """Which trials and draws became better, which worse, and which trials there are in one of the runs only.

    A trial that passed and is missing, although its precision and mode were judged, is worse; so is a new one that is
    wrong.
    """
    before, after = ({row.trial: row for row in run.rows} for run in (old, new))
    found = Changes([], [], [])
    for trial in before.keys() & after.keys():
        was, now = (STANDINGS.index(standing(rows[trial])) for rows in (before, after))
        if was != now:
            (found.better if was < now else found.worse).append(f"{trial}: {STANDINGS[was]} -> {STANDINGS[now]}")
    for trial in after.keys() - before.keys():
        row = after[trial]
        (found.worse if row.verdict in WRONG else found.other).append(f"{trial}: is new, {standing(row)}")
    for trial in before.keys() - after.keys():
        row = before[trial]
        judged = row.precision in new.precisions and row.mode in new.modes and row.verdict == "passed"
        (found.worse if judged else found.other).append(f"{trial}: is missing, was {standing(row)}")
    if old.stream is not None and new.stream is not None:
        known, here = (set(_mistakes(stream)) for stream in (old.stream, new.stream))
        found.better.extend(f"draws: no more: {mistake}" for mistake in known - here)
        found.worse.extend(f"draws: new: {mistake}" for mistake in here - known)
    return Changes(*(sorted(sentences) for sentences in found))


def _mistakes(stream: Mapping[str, Any]) -> Iterator[str]:
    """What draws found: the kind of each mistake, and what it needs."""
    for mistake in stream.get("mistakes", []):
        yield f"{mistake['kind']}: {mistake['needs']}"
