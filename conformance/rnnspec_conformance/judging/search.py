"""The search for the mistake behind a difference: a misreading of the text, or a slip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

import numpy as np

from rnnspec import FLOAT64, Array, Precision, ProblemError
from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging.compare import Comparison, compare
from rnnspec_conformance.judging.conjectures import Conjecture, conjectures
from rnnspec_conformance.judging.evidence import Evidence, Solve
from rnnspec_conformance.judging.likeness import deciding, is_forward, kind_of
from rnnspec_conformance.judging.tolerance import largest
from rnnspec_conformance.mutants import MUTANTS, Mutant
from rnnspec_conformance.mutants.mutant import Misreading

ROOM = 64
"""Units in the last place of the largest value that a wrong outcome may be off from a misreading."""

Reading = TypeVar("Reading", Mutant, Conjecture)

DEEP = 12
"""So many differences of a run are held against all misreadings although none explains them."""
LOOKS = 48
"""So many differences are compared with what rounding to other precisions does."""
DEEP_OF_KIND = 2
"""So many of them in which the same arrays of the same cell differ."""


@dataclass(kw_only=True)
class Search:
    """The search for the misreading behind a difference, over a whole run.

    An implementation with one mistake fails in hundreds of cases by it. So a misreading that has explained a
    difference is tried first on the next one, and when `DEEP` differences have been held against all of them in vain,
    nothing but those is tried. A search that is not `bounded` tries all of them in their order, whatever was found.
    Only a `curious` one asks what an error looks like that no misreading explains.
    """

    bounded: bool = True
    curious: bool = True
    found: list[Mutant] = field(default_factory=list)
    in_vain: Counter[tuple[str, ...]] = field(default_factory=Counter)
    slips: list[Conjecture] = field(default_factory=list)
    looks: int = 0
    is_deep: bool = False

    def candidates(self, kind: tuple[str, ...]) -> Sequence[Mutant]:
        """The misreadings to try on a difference of a kind."""
        if not self.bounded:
            return MUTANTS
        if self.in_vain.total() >= DEEP or self.in_vain[kind] >= DEEP_OF_KIND:
            return tuple(self.found)
        return (*self.found, *(mutant for mutant in MUTANTS if mutant not in self.found))

    def note(self, kind: tuple[str, ...], tried: Sequence[Mutant], mutant: Mutant | None) -> None:
        """Remember what came of a search."""
        if mutant is None:
            self.in_vain[kind] += len(tried) == len(MUTANTS)
        elif mutant not in self.found:
            self.found.append(mutant)

    def looks_closely(self) -> bool:
        """Whether one more difference is compared with what rounding does."""
        self.looks += 1
        return not self.bounded or self.looks <= LOOKS

    def mutant(self, case: Case, evidence: Evidence, comparison: Comparison) -> Mutant | None:
        """The misreading that explains a difference, as far as it is looked for."""
        kinds = deciding(sorted({kind_of(difference.field) for difference in comparison.differences}))
        kind = (type(case.recipe.cells[0]).__name__, *kinds)
        tried = self.candidates(kind)
        self.is_deep = len(tried) == len(MUTANTS)
        mutant = diagnose(evidence, tried) if tried else None
        self.note(kind, tried, mutant)
        return mutant

    def conjecture(self, evidence: Evidence, comparison: Comparison) -> Conjecture | None:
        """The slip that explains a difference which no misreading does, looked for as often as that one."""
        forward = any(is_forward(kind_of(difference.field)) for difference in comparison.differences)
        new = conjectures(evidence.problem, forward=forward) if self.is_deep else ()
        slip = diagnose(evidence, chain(self.slips, new))
        if slip is not None and self.bounded and slip not in self.slips:
            self.slips.append(slip)
        return slip


def of_recorded() -> Search:
    """The search where a deviation is recorded: its rule is the same in every run, and its cause is known."""
    return Search(bounded=False, curious=False)


def diagnose(evidence: Evidence, readings: Iterable[Reading]) -> Reading | None:
    """The mutant, or the conjecture, whose outcome the answer is, while it is not the expected one; None when none is.

    Where outputs or final states differ, they alone decide; else all fields do.
    """
    expected, actual, tolerances = evidence.expected, evidence.actual, evidence.tolerances
    precision = evidence.precision
    forward = {name for name in expected if not name.startswith("gradients.")}
    wrong = {d.field for d in compare(expected, actual, tolerances, precision.dtype).differences}
    fields = forward if wrong & forward else set(expected)
    if not fields <= actual.keys():
        return None
    if not all(_is_comparable(expected[name], actual[name], precision) for name in fields):
        return None
    for reading in readings:
        if reading.misreading is None:
            continue
        try:
            with np.errstate(all="ignore"):
                arrays = evidence.asked(_by(reading.misreading, forward=fields == forward), FLOAT64)
        except ProblemError:
            continue  # a reading that makes no sense of this problem explains nothing
        if any(arrays[name].shape != expected[name].shape for name in fields if name in arrays):
            continue
        if _agree(arrays, expected, tolerances, fields, FLOAT64):
            continue
        if _agree(arrays, actual, tolerances, fields, precision):
            return reading
    return None


def _is_comparable(expected: Array, actual: object, precision: Precision) -> bool:
    """Whether numbers can say how far an array is off: no misreading answers with another kind of thing."""
    return type(actual) is np.ndarray and (actual.shape, actual.dtype) == (expected.shape, precision.dtype)


def _by(misreading: Misreading, *, forward: bool) -> Solve:
    """Solve by a misreading, without gradients where `forward`."""
    return lambda problem: misreading(replace(problem, cotangents=None) if forward else problem, FLOAT64)


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
