"""How far answers are from a vector, and which misreadings it catches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from rnnspec import Array, Gradients, Outcome, Problem, ProblemError, Tangents, hvp, jvp, named_arrays, solve
from rnnspec_adapters.base import Differentiates
from rnnspec_conformance.mutants import MUTANTS, Mutant
from rnnspec_conformance.vectors.load import Vector, expected_of, problem_of, tangents_of

TOLERANCE = 1e-14
"""How near the reference must be to every array of every vector, in units of the array's largest number."""
CAUGHT = 1e-9
"""A misreading that is farther away than this, in any array, is caught."""


def reference_arrays(vector: Vector) -> dict[str, Array]:
    """What the reference makes of a vector, under the names of `expected_of`."""
    return _arrays_of(vector, solve, jvp, hvp)


def _arrays_of(
    vector: Vector,
    solve: Callable[[Problem], Outcome],
    jvp: Callable[[Problem, Tangents], Outcome],
    hvp: Callable[[Problem, Tangents], Gradients],
) -> dict[str, Array]:
    problem, expected = problem_of(vector), vector["expected"]
    outcome = solve(problem)
    arrays = named_arrays(outcome)
    if expected["jvp"] is not None:
        arrays |= {f"jvp.{name}": array for name, array in named_arrays(jvp(problem, tangents_of(vector))).items()}
    if expected["hvp"] is not None:
        product = named_arrays(replace(outcome, gradients=hvp(problem, tangents_of(vector))))
        arrays |= {f"hvp{name[9:]}": array for name, array in product.items() if name.startswith("gradients")}
    return arrays


def errors(actual: Mapping[str, Array], expected: Mapping[str, Array]) -> dict[str, float]:
    """The largest error of each expected array, in units of its largest number; infinite where no number can say it.

    In an array of zeros every other number is an infinite error.
    """
    return {name: _error(actual.get(name), wanted) for name, wanted in expected.items()}


def _error(actual: Array | None, expected: Array) -> float:
    if actual is None or actual.shape != expected.shape or not np.isfinite(actual).all():
        return np.inf
    error, size = float(np.abs(actual - expected).max()), float(np.abs(expected).max())
    if size == 0:
        return np.inf if error else 0.0
    return error / size


def catches(vector: Vector) -> list[str]:
    """The ids of the mutants whose answer is not that of the vector."""
    problem = problem_of(vector)
    second = {name: array for name, array in expected_of(vector).items() if name.startswith(("jvp.", "hvp."))}
    expected = {name: array for name, array in expected_of(vector).items() if name not in second}

    def caught(mutant: Mutant) -> bool:
        adapter = mutant.adapter()
        if adapter.supports(problem) is not None:
            return False
        try:
            with np.errstate(all="ignore"):
                if mutant.rule.startswith("SEC-") and isinstance(adapter, Differentiates):
                    found = errors(_arrays_of(vector, adapter.solve, adapter.jvp, adapter.hvp), expected | second)
                else:
                    found = errors(named_arrays(adapter.solve(problem)), expected)
        except ProblemError:  # a reading that makes of it what is refused gives no other answer
            return False
        return max(found.values()) > CAUGHT

    return sorted(mutant.id for mutant in MUTANTS if caught(mutant))
