"""One diagnosis of all that is wrong in a run: which case to start with, what differs over all of them, and where.

A mistake of an implementation fails in many cases. The simplest of them shows it with the least around it. A harder
case that fails in the same arrays is put down to it, and says nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rnnspec_conformance.cases import CASES, SELECTIONS, Case
from rnnspec_conformance.cases.difficulty import difficulty, traits
from rnnspec_conformance.judging.likeness import ABOVE, AS_IF, REVERSE, deciding, is_forward, kind_of
from rnnspec_conformance.results import WRONG, Row, Run
from rnnspec_conformance.rules import named

STARTS = 3
"""So many cases are named to start with; more than that is no diagnosis."""
TRAITS = 3
"""So many traits of the failing cases are named."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """A failure to start with, and the failures that it explains, itself the first of them."""

    row: Row
    explained: tuple[Row, ...]


def lines(run: Run) -> list[str]:
    """The diagnosis of a run, in lines for a person; nothing where nothing is wrong."""
    found = starts(run.rows, run.selection)
    told = [line for start in found[:STARTS] for line in _told(start, found[0] is start, run)]
    if len(found) > STARTS:
        told.append(f"and {len(found) - STARTS} more cases that nothing simpler explains")
    return told


def starts(rows: Sequence[Row], selection: str = "default") -> list[Start]:
    """The failures that no simpler one explains, the simplest first."""
    cases = _cases(selection)
    wrong = [row for row in rows if _is_wrong(row)]
    keys = {id: _difficulty(cases.get(id)) for id in {row.case for row in wrong}}
    order = sorted(wrong, key=lambda row: (keys[row.case], row.precision != "float64"))
    found: list[tuple[set[str], list[Row]]] = []
    for row in order:
        known, group = next(((known, group) for known, group in found if known & _letters(_kinds(row))), (None, None))
        if known is None or group is None:
            known, group = set(), []
            found.append((known, group))
        group.append(row)
        known |= _letters(row.wrong or _kinds(row))  # a gradient that follows from a wrong output is explained by it
    return [Start(row=group[0], explained=tuple(group)) for _, group in found]


def broken(rows: Sequence[Row], selection: str = "default") -> set[str]:
    """The rules that are broken.

    Where a case is about one rule alone and a simpler one of another rule fails in the same arrays, that rule is not
    to blame.
    """
    cases = _cases(selection)
    first = {row.trial: start.row for start in starts(rows, selection) for row in start.explained}
    return {
        row.rule
        for row in rows
        if row.verdict == "differs" and row.rule and row.blamed
        if not _is_by_subject(cases, row) or first[row.trial].rule == row.rule
    }


def unexplained(rows: Sequence[Row], selection: str = "default") -> Row | None:
    """The first failure to start with, where no rule is known to be broken by any that it explains."""
    rules = broken(rows, selection)
    return next(
        (
            start.row
            for start in starts(rows, selection)
            if start.row.verdict == "differs"
            if not any(row.blamed and row.rule in rules for row in start.explained)
        ),
        None,
    )


def _is_wrong(row: Row) -> bool:
    """Whether it fails, and not because a recorded deviation does not hold."""
    return row.verdict in WRONG and (row.verdict == "errored" or row.rule is not None)


def _is_by_subject(cases: Mapping[str, Case], row: Row) -> bool:
    """Whether its rule is blamed for no other reason than that the case is about it."""
    case = cases.get(row.case)
    if case is None or row.looks.startswith(AS_IF):
        return False
    forward = [rule for rule in case.rules if not rule.startswith("GRAD")]  # as cases without gradients have them
    return [row.rule] in (forward, list(case.rules))


def _cases(selection: str) -> Mapping[str, Case]:
    return {case.id: case for case in SELECTIONS.get(selection, CASES)}


def _difficulty(case: Case | None) -> tuple[int, ...]:
    return (1,) if case is None else (0, *difficulty(case))


def _kinds(row: Row) -> tuple[str, ...]:
    """The kinds of arrays that a row is wrong in first."""
    if row.verdict == "errored":
        return (f"error {row.reason.partition(':')[0]}",)
    return deciding(row.wrong or (kind_of(row.field),))


def _letters(kinds: Iterable[str]) -> set[str]:
    """The kinds, whatever the gate and the state; outputs and final states are one."""
    return {"outputs" if is_forward(kind) else kind.split("_")[0] for kind in kinds}


def _told(start: Start, is_first: bool, run: Run) -> Iterator[str]:
    row, rows = start.row, start.explained
    looks = _looks(start)
    what = f"{row.reason}" if row.verdict == "errored" else _differ(rows, run.selection)
    also = f"; {looks if looks.startswith(AS_IF) else f'looks like {looks}'}" if looks else ""
    yield f"{'start with' if is_first else 'then'}: {row.case} ({row.precision}, {row.mode}): {what}{also}"
    if row.rule:
        breaks = row.blamed and row.rule in broken(run.rows, run.selection)
        yield f"  {'breaks' if breaks else 'about':<10} {named(row.rule)}"
    if only := list(_confined(start, run)):
        yield f"  {'only':<10} {'; '.join(only)}"
    failing = len({each.case for each in rows})
    if failing > 1:
        yield f"  {'explains':<10} {failing} cases that fail in the same arrays"


def _looks(start: Start) -> str:
    """What the errors look like: that of the simplest case, unless many more look like something else."""
    found = Counter(_plain(row.looks) for row in start.explained if row.looks)
    if not found:
        return ""
    (best, count), own = found.most_common(1)[0], _plain(start.row.looks)
    if not own and 2 * count <= len(start.explained):
        return ""  # what a few of them look like says nothing of the simplest
    return own if own and found[own] * 4 >= count else best


def _plain(looks: str) -> str:
    return looks.partition(" (")[0] if not looks.startswith(AS_IF) else looks


def _differ(rows: Sequence[Row], selection: str) -> str:
    """Which arrays differ over all rows, in words: ``only R_* gradients differ``."""
    cases = _cases(selection)
    kinds = tuple(dict.fromkeys(kind for row in rows for kind in row.wrong or (kind_of(row.field),)))
    forward = [kind for kind in kinds if is_forward(kind)]
    gradients = [kind.removeprefix("gradients.") for kind in kinds if kind.startswith("gradients.")]
    others = [kind for kind in kinds if not is_forward(kind) and not kind.startswith("gradients.")]
    candidates = dict.fromkeys((*rows[0].where, REVERSE))
    places = [place for place in candidates if all(_holds(place, row, cases.get(row.case)) for row in rows)]
    of = f" of {' and '.join(places)}" if places else ""
    if forward:
        said = _outputs(forward)
        if gradients:
            return f"{said}{of} differ, and gradients with them"
        asked = any(case.recipe.cotangents != "none" for row in rows for case in (cases.get(row.case),) if case)
        return f"{'only ' if asked else ''}{said}{of} {'differs' if said == 'y' else 'differ'}"
    if gradients:
        own = [set(case.recipe.cells[0].parameter_axes) for row in rows for case in (cases.get(row.case),) if case]
        return f"only {_gradients(gradients, set().union(*own))} gradients{of} differ"
    return f"{', '.join(others) or 'something'} differs"


def _outputs(kinds: Sequence[str]) -> str:
    if "y" not in kinds:
        return "final states" if len(kinds) > 1 else f"the {kinds[0]}".replace("the final.", "final ")
    return "y" if len(kinds) == 1 else "outputs and final states"


def _gradients(kinds: Sequence[str], parameters: set[str]) -> str:
    """``R_*`` where all of a letter differ, else their names."""
    letters: dict[str, list[str]] = {}
    for kind in kinds:
        letters.setdefault(kind.split("_")[0], []).append(kind)
    said = []
    for letter, names in letters.items():
        every = [name for name in parameters if name.split("_")[0] == letter]
        if letter.startswith("initial."):
            said.append(f"initial {letter.removeprefix('initial.')}")
        elif len(names) > 1 and len(names) >= len(every):
            said.append(f"{letter}_*")
        else:
            said += names
    return ", ".join(said)


def _holds(place: str, row: Row, case: Case | None) -> bool:
    """Whether the error of a row lies in a place, where the row has it at all."""
    if place in row.where:
        return True
    if case is None:
        return False
    if place == ABOVE:
        return any(other.startswith("layer ") and other != "layer 0" for other in row.where)
    return place == REVERSE and case.recipe.direction == "reverse"


def _confined(start: Start, run: Run) -> Iterator[str]:
    """To which modes, precisions and traits of cases the failures are confined, where others have passed."""
    rows = start.explained
    passed = [row for row in run.rows if row.verdict == "passed"]
    for word, values in (("mode", run.modes), ("precision", run.precisions)):
        failing = {getattr(row, word) for row in rows}
        ids = {row.case for row in rows}
        right = {getattr(row, word) for row in passed if row.case in ids} - failing
        if right:
            said = ", ".join(value for value in values if value in failing)
            yield f"in mode {said}" if word == "mode" else said
    cases = _cases(run.selection)
    failing_cases = [cases[id] for id in {row.case for row in rows} if id in cases]
    if not failing_cases:
        return
    letters = _letters(_kinds(start.row))
    comparable = [
        case
        for id in {row.case for row in passed}
        for case in (cases.get(id),)
        if case is not None and ("outputs" in letters or case.recipe.cotangents != "none")
    ]
    shared = set.intersection(*(set(traits(case)) for case in failing_cases))
    telling = [
        (sum(trait in traits(case) for case in comparable), trait)
        for trait in traits(failing_cases[0])
        if trait in shared and any(trait not in traits(case) for case in comparable)
    ]
    if telling:
        yield "with " + ", ".join(trait for _, trait in sorted(telling)[:TRAITS])
