"""The end of a run, as a person reads it: the table, what differs, what was not judged, one last line."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from rnnspec_conformance.levels import level_of
from rnnspec_conformance.reports import diagnosis, terminal
from rnnspec_conformance.reports.counting import plural, some_of, times
from rnnspec_conformance.reports.not_judged import hint, not_judged
from rnnspec_conformance.reports.wording import line_of
from rnnspec_conformance.results import VERDICTS, WRONG, Row, Run
from rnnspec_conformance.results.whole import why_not_whole

QUIET, USUAL, VERBOSE = -1, 0, 1
"""How much is said: what is wrong and the last line; what fits a screen; all."""

FULLY = 6
"""So many cases that differ are told with all that is known of one trial; the others in a line each."""

LINES = 30
"""So many of those lines are printed."""


def detail_of(given: argparse.Namespace) -> int:
    """How much is said where ``-q`` or ``-v`` was given."""
    return QUIET if given.quiet else VERBOSE if given.verbose else USUAL


def tell(
    console: Console,
    run: Run,
    *,
    detail: int = USUAL,
    draws: Sequence[str] = (),
    mistakes: Sequence[str] = (),
    said: Sequence[str] = (),
    verdict: str | None = None,
    fully: int = FULLY,
    printed: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Print the end of a run.

    Parameters
    ----------
    detail
        `QUIET`, `USUAL` or `VERBOSE`.
    draws, mistakes
        What is said of the draws, and of each mistake that they found.
    said
        Further lines, as where the results are.
    verdict
        The last line; that of `terminal.verdict_of` where None.
    fully
        How many cases that differ are told with their message.
    printed
        By trial, what the implementation printed in it.
    """

    def say(lines: Sequence[str]) -> None:
        for line in lines:
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    usual = detail >= USUAL
    if usual:
        terminal.show(run, console)
    say(list(differing(run, verbose=detail >= VERBOSE, fully=fully, printed=printed or {})))
    if usual:
        say(list(deviating(run)))
        say(draws)
    say(mistakes)
    if usual:
        say(list(_section("Not judged", not_judged(run, verbose=detail >= VERBOSE))))
        say(["", *said])
        say(list(_levels(run)))
    say(diagnosis.lines(run))
    say([verdict if verdict is not None else terminal.verdict_of(run.rows, run.stream)])


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    """Lines under a title; nothing where there are none."""
    for position, line in enumerate(lines):
        if not position:
            yield f"\n{title}"
        yield f"  {line}"


def differing(
    run: Run, *, verbose: bool = False, fully: int = FULLY, printed: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """What is wrong: some cases with all that is known of their first trial, the others in a line each."""
    by_case: dict[str, list[Row]] = {}
    starts = [start.row for start in diagnosis.starts(run.rows, run.selection)]
    for row in (*starts, *run.rows):  # the cases to start with come first
        if row.verdict in WRONG and row not in by_case.get(row.case, ()):
            by_case.setdefault(row.case, []).append(row)
    if verbose:
        for rows in by_case.values():
            yield from ("\n".join(["", row.message or _line(row), *printed.get(row.trial, ())]) for row in rows)
        return
    told = list(by_case.values())
    for rows in told[:fully]:
        first, *others = rows
        yield "\n".join(["", first.message or _line(first), *printed.get(first.trial, ())])
        if others:
            trials = sum(row.case == first.case for row in run.rows)
            yield f"  also       in {len(others)} more of the {trials} trials of this case"
    rest = told[fully:]
    if rest and fully:
        yield f"\n{plural(len(rest), 'more case')}:"
    for rows in rest[:LINES]:
        worst = max(rows, key=lambda row: row.ratio or 0)
        count = f" ({times(rows)})" if len(rows) > 1 else ""
        yield f"  {_line(worst)}{count}"
    if len(rest) > LINES:
        yield f"  and {len(rest) - LINES} more cases, which -v tells"


def _line(row: Row) -> str:
    return f"{row.case} {row.verdict}: {line_of(row)}"


def deviating(run: Run) -> Iterator[str]:
    """Reasons of errors and of all that is recorded, and in how many cases."""
    for verdict in VERDICTS:
        if verdict in ("passed", "differs", "unsupported"):
            continue
        rows = [row for row in run.rows if row.verdict == verdict]
        for reason, _ in Counter(row.reason for row in rows).most_common():
            yield f"{verdict} in {some_of([row for row in rows if row.reason == reason], run)}: {reason}"


def _levels(run: Run) -> Iterator[str]:
    """What to try, and the level that is reached (CONF-4)."""
    advice = hint(run)
    if advice:
        yield advice
    if terminal.judged(run.rows):
        part = "" if why_not_whole(run) is None else ", in what was judged of the selection"
        yield f"level: {level_of(run) or 'none'}{part}"
