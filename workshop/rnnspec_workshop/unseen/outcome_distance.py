"""How far an implementation is from the reference on the calls of an example: that is enough to show a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import NamedTuple

import numpy as np

import rnnspec
from rnnspec import Array, Outcome, Problem
from rnnspec_adapters import Adapter
from rnnspec_workshop.unseen.mistake_sets import Calls

LEAST = 1e-3
"""Differences are in units of the largest number of an array, but of no less than this."""


class Difference(NamedTuple):
    """The largest relative difference, infinite where names, shapes or what is finite differ, and where it is."""

    size: float
    where: str


def difference(found: Mapping[str, Array], expected: Mapping[str, Array]) -> Difference:
    """How far arrays are from others."""
    if set(found) != set(expected):
        return Difference(np.inf, "names")
    worst = Difference(0.0, "")
    for name, wanted in expected.items():
        came = found[name]
        finite = np.isfinite(wanted)
        if came.shape != wanted.shape or (np.isfinite(came) != finite).any():
            return Difference(np.inf, name)
        if finite.any():
            size = np.abs(came[finite] - wanted[finite]).max() / max(np.abs(wanted[finite]).max(), LEAST)
            worst = max(worst, Difference(float(size), name))
    return worst


def largest_difference(adapter: Adapter, calls: Calls) -> Difference:
    """The largest difference over all calls. Later calls may not change the problem, or what was handed out before."""
    handed: list[tuple[Outcome, dict[str, Array]]] = []
    worst = Difference(0.0, "")
    for number, problem in enumerate([calls] if isinstance(calls, Problem) else calls):
        private = deepcopy(problem)
        expected = arrays_of(rnnspec.solve(private))
        outcome = adapter.solve(problem)
        found = difference(arrays_of(outcome), expected)
        worst = max(worst, Difference(found.size, f"call {number}: {found.where}"))
        both = zip(problem.named().values(), private.named().values(), strict=True)
        if not all(np.array_equal(one, other, equal_nan=True) for one, other in both):
            worst = Difference(np.inf, f"call {number}: the problem was changed")
        handed.append((outcome, expected))
    for number, (outcome, expected) in enumerate(handed):
        found = difference(arrays_of(outcome), expected)
        worst = max(worst, Difference(found.size, f"call {number}, later: {found.where}"))
    return worst


def arrays_of(outcome: Outcome) -> dict[str, Array]:
    """Copies of the arrays of an outcome, by name."""
    return {name: np.array(array) for name, array in rnnspec.named_arrays(outcome).items()}
