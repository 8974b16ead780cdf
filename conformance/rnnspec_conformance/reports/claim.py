"""The sentences that may be published of a run: what CONF-5 asks for, where CONF-6 allows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rnnspec_conformance.levels import level_of
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.reports.counting import some_of
from rnnspec_conformance.reports.refusals import groups_of
from rnnspec_conformance.results import WRONG, Row, Run, file_name
from rnnspec_conformance.results.whole import cases_of, why_not_whole
from rnnspec_conformance.rules import named, sort_key

SURROUNDINGS = ("device",)
"""Entries of the provenance that are no version."""

REASONS = 3
"""So many reasons of a group of refusals are told."""


class NoClaimError(ValueError):
    """A run supports no claim; the message says why, with the rule."""


def check(run: Run) -> str:
    """The level that may be claimed of a run.

    Raises
    ------
    NoClaimError
        When something is wrong, nothing was judged, a trial of the selection is missing, or no version is named.
    """
    wrong = {row.case for row in run.rows if row.verdict in WRONG}
    if wrong:
        raise NoClaimError(f"wanted a run in which nothing differs or errs, got {_names(wrong)} [CONF-6]")
    if run.stream is not None and run.stream["failures"]:
        raise NoClaimError(f"wanted a run in which no draw fails, got {run.stream['failures']} that do [CONF-6]")
    if not terminal.judged(run.rows):
        raise NoClaimError(
            "wanted a run in which something was judged, got one in which every case is refused [CONF-6]"
        )
    part = why_not_whole(run)
    if part is not None:
        raise NoClaimError(f"wanted a run of a whole selection, got one that is {part} [CONF-5]")
    if not _versions(run):
        raise NoClaimError("wanted the version of everything that takes part, got none [CONF-5]")
    level = level_of(run)
    if level is None:
        raise NoClaimError("wanted a run that reaches a level, got one in which no outcome passed [CONF-4]")
    return level


def claim_of(run: Run) -> list[str]:
    """What may be published, a sentence or a line each.

    Raises
    ------
    NoClaimError
        See `check`.
    """
    level = check(run)
    rules = rules_deviated(run)
    but = f", but for {_list(rules)}" if rules else ""
    cells = cells_of(run)
    modes = f", in the {_of('mode', run.modes)}" if run.modes != ("default",) else ", in its only mode"
    what = f"{run.adapter} conforms to rnnspec {run.specification}, level {level}, for {_list(cells)}"
    return [
        f"{what} on the device {_device(run)} in {_list(run.precisions)}{modes}{but}.",
        f"It was judged by the selection {run.selection} of cases, with {_list(_versions(run))}.",
        *_refused(run),
        *_not_conforming(run),
        f"Results: {file_name(run)}.",
    ]


def cells_of(run: Run) -> list[str]:
    """The kinds of cells of which some case passed."""
    cases = cases_of(run)
    passed = [cases[row.case] for row in run.rows if row.verdict == "passed" and row.case in cases]
    return sorted({type(cell).__name__ for case in passed for cell in case.recipe.cells})


def rules_deviated(run: Run) -> list[str]:
    """The rules that recorded deviations break."""
    return sorted({row.rule for row in run.rows if row.verdict not in WRONG and row.rule}, key=sort_key)


def deviations_of(run: Run) -> dict[str, list[Row]]:
    """The trials that differ as recorded, by the reason that is recorded."""
    found: dict[str, list[Row]] = {}
    for row in run.rows:
        if row.verdict == "deviates":
            found.setdefault(row.reason, []).append(row)
    return found


def _versions(run: Run) -> list[str]:
    return [f"{name} {version}" for name, version in run.provenance.items() if name not in SURROUNDINGS]


def _device(run: Run) -> str:
    name = run.provenance.get("device", run.device)
    return run.device if name.lower() == run.device else f"{run.device} ({name})"


def _refused(run: Run) -> Iterator[str]:
    groups = groups_of(run)
    if not groups:
        yield "It refuses no case."
        return
    yield "It refuses:"
    for group in groups:
        what = f" of {group.axis}: {', '.join(group.values)}" if group.values else ""
        more = len(group.reasons) - REASONS
        rest = f"; and {more} more reasons, which the results list" if more > 0 else ""
        yield f"- {some_of(group.rows, run)}{what} ({'; '.join(group.reasons[:REASONS])}{rest})"


def _not_conforming(run: Run) -> Iterator[str]:
    known = deviations_of(run)
    if known:
        yield "It is known not to conform:"
    for reason, rows in known.items():
        rules = sorted({row.rule for row in rows if row.rule}, key=sort_key)
        yield (
            f"- to {_list([named(rule) for rule in rules])}, in {some_of(rows, run)}: {reason}"
            if rules
            else f"- {reason}"
        )
    more = [reason for reason in (run.stream or {}).get("deviating", {}) if not any(reason in other for other in known)]
    yield from (f"- in problems that were drawn: {reason}" for reason in more)


def _of(word: str, names: tuple[str, ...]) -> str:
    return f"{word}{'s' if len(names) > 1 else ''} {_list(names)}"


def _list(words: Iterable[str]) -> str:
    """E.g. ``a, b and c``."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _names(cases: Iterable[str]) -> str:
    names = sorted(cases)
    return f"{len(names)} cases that do ({names[0]}, ..)" if len(names) > 1 else f"{names[0]}"
