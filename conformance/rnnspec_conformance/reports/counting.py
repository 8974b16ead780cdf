"""How trials are counted for a person: cases, then modes and precisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rnnspec_conformance.results import Row, Run
from rnnspec_conformance.rules import sort_key

RANKS = ("errored", "differs", "outdated", "deviates", "passed", "unsupported")
"""Which verdict a case has whose trials have several: the first of these."""


def plural(count: int, word: str) -> str:
    """E.g. ``1 case``, ``2 cases``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def verdicts_of_cases(rows: Iterable[Row]) -> dict[str, str]:
    """By case, one verdict for its trials: what is wrong, else what deviates, else passed, else refused."""
    found: dict[str, str] = {}
    for row in rows:
        found[row.case] = min(found.get(row.case, row.verdict), row.verdict, key=RANKS.index)
    return found


def times(rows: Sequence[Row]) -> str:
    """In what each case was judged: ``x 5 modes x 2 precisions``; nothing where each is one trial."""
    cases, modes, precisions = _sets(rows)
    if len(rows) == len(cases):
        return ""
    if len(rows) == len(cases) * len(modes) * len(precisions):
        parts = [(len(modes), "mode"), (len(precisions), "precision")]
        return " ".join(f"x {plural(count, word)}" for count, word in parts if count > 1)
    return f"{plural(len(rows), 'trial')} in {plural(len(modes), 'mode')} and {plural(len(precisions), 'precision')}"


def cases_times(rows: Sequence[Row]) -> str:
    """How many cases, and in what each was judged: ``146 cases x 5 modes``."""
    factor = times(rows)
    joint = " " if factor.startswith("x") else ", " if factor else ""
    return f"{plural(len({row.case for row in rows}), 'case')}{joint}{factor}"


def some_of(rows: Sequence[Row], run: Run) -> str:
    """How many cases these rows of a run are of, and in which part of its modes and precisions they are."""
    cases, modes, precisions = _sets(rows)
    said = plural(len(cases), "case")
    if len(rows) != len(cases) * len(modes) * len(precisions):
        return f"{said} ({plural(len(rows), 'trial')})"
    all_modes, all_precisions = ({getattr(row, name) for row in run.rows} for name in ("mode", "precision"))
    where = [_part(modes, all_modes, "mode"), _part(precisions, all_precisions, "precision")]
    told = " and ".join(filter(None, where))
    return f"{said} in {told}" if told else said


def _part(found: set[str], every: set[str], word: str) -> str:
    if found == every:
        return ""
    return f"{word} {next(iter(found))}" if len(found) == 1 else f"{len(found)} of {len(every)} {word}s"


def _sets(rows: Iterable[Row]) -> tuple[set[str], set[str], set[str]]:
    rows = list(rows)
    return {row.case for row in rows}, {row.mode for row in rows}, {row.precision for row in rows}


def ranges(numbers: Iterable[int]) -> str:
    """Numbers in ranges: ``1-4 6``."""
    found = []
    for _, group in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        found.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return " ".join(found)


def rules_in_ranges(ids: Iterable[str]) -> str:
    """Rules by chapter: ``CLIP 1-5; SEQ 3 9-11``."""
    keys = sorted(sort_key(id) for id in set(ids))
    return "; ".join(
        f"{chapter} {ranges(number for _, number in group)}" for chapter, group in groupby(keys, key=lambda key: key[0])
    )


def some(values: Sequence[str], shown: int) -> str:
    """The first of some values, and how many more there are."""
    more = f" and {len(values) - shown} more" if len(values) > shown + 1 else ""
    return ", ".join(values[:shown] if more else values) + more
