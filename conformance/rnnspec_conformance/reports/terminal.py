"""The table that a person reads at the end of a run."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnspec_conformance.reports.outdated import outdated_sentences
from rnnspec_conformance.results import VERDICTS, WRONG, CataloguedRow, Row, Run, catalogued, warning
from rnnspec_conformance.rules import sort_key

RARE = ("deviates", "outdated")
"""Verdicts that have a column only where there are such rows."""

REASON = 160
"""The most characters that the last line gives to the first error."""


def show(run: Run, console: Console) -> None:
    """Print what was judged, the table by chapter, and the reasons of refusals and errors."""
    versions = ", ".join(f"{name} {version}" for name, version in run.provenance.items())
    console.print(Text.assemble("\n", (run.title, "bold"), f": {versions}"))
    console.print(f"rnnspec {run.specification}; errors in units of the tolerance (NUM-2)\n", highlight=False)
    console.print(_table(catalogued(run)))
    unknown = warning(run)
    if unknown:
        console.print(unknown, highlight=False, markup=False)
    for verdict in ("unsupported", "deviates", "errored"):
        for reason, count in Counter(row.reason for row in run.rows if row.verdict == verdict).most_common():
            console.print(f"{verdict} in {count}: {reason}", highlight=False, markup=False)


def verdict_of(rows: Sequence[Row], stream: Mapping[str, Any] | None = None) -> str:
    """The last line of a run: of its cases, and of its draws where it made some."""
    counts = Counter(row.verdict for row in rows)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    if not judged(rows):
        return f"nothing was judged ({words or 'no case was run'}): this is an error, not a result"
    errored = [row for row in rows if row.verdict == "errored"]
    if errored:
        words += f" (first: {textwrap.shorten(f'{errored[0].case}: {errored[0].reason}', REASON)})"
    differing = [row for row in rows if row.verdict == "differs"]
    outdated = outdated_sentences(rows)
    failures, mistakes = (0, []) if stream is None else (stream["failures"], stream["mistakes"])
    if stream is not None:
        words += f"; {failures} of {stream['judged']} draws fail" if failures else f"; {stream['judged']} draws passed"
    rules = {row.rule for row in differing if row.rule} | {m["rule"] for m in mistakes if m.get("rule")}
    broken = sorted(rules, key=sort_key)
    sentences = [f"Rules broken: {', '.join(broken)}"] if broken else []
    sentences += outdated
    if not differing and not errored and not failures and not outdated:
        sentences = ["Nothing differs beyond the recorded deviations"]
    return ". ".join([words, *sentences])


def judged(rows: Iterable[Row]) -> bool:
    """Whether any case came to a verdict other than a refusal."""
    return any(row.verdict != "unsupported" for row in rows)


def succeeded(rows: Sequence[Row], stream: Mapping[str, Any] | None = None) -> bool:
    """Whether something was judged, and nothing differs beyond the recorded deviations."""
    failures = 0 if stream is None else stream["failures"]
    return judged(rows) and not failures and not any(row.verdict in WRONG for row in rows)


def _table(rows: Sequence[CataloguedRow]) -> Table:
    precisions = list(dict.fromkeys(row.precision for row in rows))
    verdicts = [one for one in VERDICTS if one not in RARE or any(row.verdict == one for row in rows)]
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, header_style="bold", footer_style="bold", padding=(0, 1, 0, 0))
    table.add_column("chapter", "all", no_wrap=True)
    table.add_column("rules")
    for verdict in verdicts:
        count = sum(row.verdict == verdict for row in rows)
        table.add_column(verdict, str(count) if count else "", justify="right", no_wrap=True)
    for precision in precisions:
        worst = _worst(row for row in rows if row.precision == precision)
        table.add_column(f"worst\n{precision}", worst, justify="right", no_wrap=True)
    for chapter in dict.fromkeys(row.chapter for row in rows):
        of_chapter = [row for row in rows if row.chapter == chapter]
        counts = Counter(row.verdict for row in of_chapter)
        cells = [_count(verdict, counts[verdict]) for verdict in verdicts]
        of_dtype = [_worst(row for row in of_chapter if row.precision == precision) for precision in precisions]
        table.add_row(chapter, own_rules(of_chapter), *cells, *of_dtype)
    return table


def _count(verdict: str, count: int) -> str:
    if not count:
        return ""
    return f"[bold red]{count}[/bold red]" if verdict in WRONG else str(count)


def own_rules(rows: Sequence[CataloguedRow]) -> str:
    """The numbers of the chapter's own rules that these cases exercise, in ranges: ``1-4 6``."""
    ids = {rule for row in rows for rule in row.rules if rule.startswith(row.chapter + "-")}
    numbers = sorted(sort_key(id)[1] for id in ids)
    ranges = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return " ".join(ranges)


def _worst(rows: Iterable[Row]) -> str:
    ratios = [row.ratio for row in rows if row.ratio is not None]
    if not ratios:
        return ""
    worst = max(ratios)
    return "no number" if math.isinf(worst) else f"{worst:.2g}"
