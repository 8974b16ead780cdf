"""Which rule a difference is blamed on: that of the known misreading it is equal to, or that of its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnnspec import FLOAT64, Array, Outcome, Precision, Problem, ProblemError
from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging.compare import Difference, compare
from rnnspec_conformance.judging.tolerance import largest
from rnnspec_conformance.mutants import MUTANTS, Mutant
from rnnspec_conformance.mutants.mutant import Misreading

ROOM = 64
"""Units in the last place of the largest value that a wrong outcome may be off from a misreading."""

Solve = Callable[[Problem], Outcome]
Asked = Callable[[Solve, Precision], Mapping[str, Array]]
"""What was asked of the implementation, asked of any other: the fields that came of it."""


def diagnose(
    asked: Asked,
    expected: Mapping[str, Array],
    actual: Mapping[str, object],
    tolerances: Mapping[str, float],
    precision: Precision,
) -> Mutant | None:
    """The mutant whose outcome `actual` is, within the tolerances, and the expected one is not; None when none is.

    Where outputs or final states differ, they alone decide; else all fields do.
    """
    forward = {name for name in expected if not name.startswith("gradients.")}
    wrong = {d.field for d in compare(expected, actual, tolerances, precision.dtype).differences}
    fields = forward if wrong & forward else set(expected)
    for mutant in MUTANTS:
        if mutant.misreading is None:
            continue
        try:
            with np.errstate(all="ignore"):
                arrays = asked(_by(mutant.misreading), FLOAT64)
        except ProblemError:
            continue  # a reading that makes no sense of this problem explains nothing
        if any(arrays[name].shape != expected[name].shape for name in fields if name in arrays):
            continue
        if _agree(arrays, expected, tolerances, fields, FLOAT64):
            continue
        if _agree(arrays, actual, tolerances, fields, precision):
            return mutant
    return None


def _by(misreading: Misreading) -> Solve:
    return lambda problem: misreading(problem, FLOAT64)


def _agree(
    wanted: Mapping[str, Array],
    actual: Mapping[str, object],
    tolerances: Mapping[str, float],
    fields: set[str],
    precision: Precision,
) -> bool:
    """Whether `actual` is `wanted` in these fields, with some room, since tolerances are those of the right outcome.

    Where both are infinite or NaN, they agree.
    """
    if not fields <= actual.keys() & wanted.keys():
        return False
    pairs = {name: _without_common_poles(wanted[name], actual[name]) for name in fields}
    room = {name: 4 * tolerances[name] + ROOM * precision.eps * largest(pair[0]) for name, pair in pairs.items()}
    right = {name: pair[0] for name, pair in pairs.items()}
    return not compare(right, {name: pair[1] for name, pair in pairs.items()}, room, precision.dtype).differences


def _without_common_poles(wanted: Array, actual: object) -> tuple[Array, object]:
    """The two with zeros where neither is finite."""
    if not isinstance(actual, np.ndarray) or actual.shape != wanted.shape:
        return wanted, actual
    both = ~np.isfinite(wanted) & ~np.isfinite(actual)
    return np.where(both, 0.0, wanted), np.where(both, actual.dtype.type(0), actual)


def rule_of(case: Case, difference: Difference) -> str:
    """The rule that a difference speaks of when nothing more is known of its cause."""
    if difference.rule is not None:
        return difference.rule
    if case.kind == "twice":
        return case.rules[-1]  # its first answer is wrong, and so is the second: nothing is said about call behaviour
    if case.kind == "layout-probe":
        return "LAY-5" if difference.block.startswith("b") else "LAY-1"
    field = difference.field
    if field.startswith("gradients.") and case.chapter != "SEQ":
        letter = field.rpartition(".")[2]
        if field.startswith("gradients.x"):
            return "GRAD-8"
        if field.startswith("gradients.initial"):
            return "GRAD-9"
        return {"p": "GRAD-4"}.get(letter.split("_")[0], "GRAD-7")
    return case.rules[0]
