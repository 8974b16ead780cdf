"""What a run did not judge, as loud as what failed: refusals, rules, what no draw reached."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.reports.counting import plural, rules_in_ranges, some_of
from rnnspec_conformance.reports.refusals import GRADIENTS, Group, groups_of
from rnnspec_conformance.results import Run, catalogued
from rnnspec_conformance.results.whole import why_not_whole
from rnnspec_conformance.rules import named, sort_key
from rnnspec_conformance.stream.telling import left_out

LINES = 12
"""So many groups of refusals are told."""

MOST = 0.5
"""The share of cases refused for want of gradients from which on the selection `forward` is offered."""


def not_judged(run: Run, *, verbose: bool = False) -> Iterator[str]:
    """What was not judged, a line each: nothing where that is nothing."""
    refused = {row.case for row in run.rows if row.verdict == "unsupported"}
    cases = {row.case for row in run.rows}
    judged = {row.case for row in run.rows if row.verdict != "unsupported"}
    if refused:
        never = refused - judged
        yield f"refused: {len(never)} of {plural(len(cases), 'case')}" + (
            f", and {len(refused & judged)} more in some modes or precisions" if refused & judged else ""
        )
    groups = groups_of(run)
    for group in groups[: None if verbose else LINES]:
        yield from _unfolded(group, run) if verbose else [f"  {_folded(group, run)}"]
    if len(groups) > LINES and not verbose:
        yield f"  and {len(groups) - LINES} more reasons, which -v tells"
    part = why_not_whole(run)
    if part is None:
        yield from _rules(run, verbose=verbose)
    else:
        yield f"this is a part of the selection {run.selection}: {part}"
    if run.stream is not None:
        yield from (f"draws, {line}" for line in left_out(run.stream, with_refused=verbose))


def _folded(group: Group, run: Run) -> str:
    """A group in a line, with its first reason."""
    first, *others = group.reasons
    more = f", and {plural(len(others), 'more reason')}" if others else ""
    what = f" of {group.what}" if group.axis else ""
    return f"{some_of(group.rows, run)}{what}: {first}{more}"


def _unfolded(group: Group, run: Run) -> Iterator[str]:
    """A group with all of its reasons and cases."""
    for reason in group.reasons:
        rows = group.of(reason)
        what = f" of {group.axis}" if group.axis else ""
        yield f"  unsupported in {some_of(rows, run)}{what}: {reason}"
        yield f"    {', '.join(dict.fromkeys(row.case for row in rows))}"


def _rules(run: Run, *, verbose: bool) -> Iterator[str]:
    """The rules that some case of the suite exercises, and no judged one of this run."""
    exercised = {rule for row in catalogued(run) if row.verdict != "unsupported" for rule in row.rules}
    every = {rule for case in CASES for rule in case.rules}
    never = every - exercised
    if not never:
        return
    yield f"rules never exercised, {len(never)} of {len(every)}: {rules_in_ranges(never)}"
    if verbose:
        yield from (f"  {named(id)}" for id in sorted(never, key=sort_key))


def hint(run: Run) -> str | None:
    """What to try where most cases are refused for want of gradients."""
    cases = {row.case for row in run.rows}
    without = {row.case for group in groups_of(run) if group.axis == GRADIENTS for row in group.rows}
    if not cases or run.selection == "forward" or len(without) < MOST * len(cases):
        return None
    return (
        f"{len(without)} of {plural(len(cases), 'case')} are refused for want of gradients: "
        f"--cases forward judges {len(SELECTIONS['forward'])} cases without them"
    )
