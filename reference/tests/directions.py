"""Directions in the space of a problem's numbers, complex steps along them, and inner products of two numbers.

``Im(f(a + i h v)) / h`` with h = 1e-30 is the derivative of f along v to rounding: nothing is subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnspec import Array, Cotangents, Outcome, Problem, Tangents, solve

from .random_problems import inputs_of, with_inputs

STEP = 1e-30
RELATIVE = 1e-12


def move(problem: Problem, direction: Mapping[str, Array], by: complex) -> Problem:
    """`problem` moved along `direction`, `by` times; names that it lacks stay where they are."""
    moved = {n: a + by * direction[n] if n in direction else a for n, a in inputs_of(problem).items()}
    return with_inputs(problem, moved)


def stepped(problem: Problem, direction: Mapping[str, Array]) -> Outcome:
    """The outcome at a complex step along `direction`; names that it lacks stay where they are."""
    return solve(move(problem, direction, 1j * STEP))


def imaginary(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.imag / STEP for name, array in arrays.items()}


def random_direction(problem: Problem, seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(array.shape) for name, array in inputs_of(problem).items()}


def named_cotangents(cotangents: Cotangents) -> dict[str, Array]:
    """The given cotangents by the names of the outcome's arrays; absent ones are zero and left out."""
    return {name.removeprefix("cotangents."): array for name, array in cotangents.named().items()}


def assert_same_number(actual: float, expected: float, size: float, what: str) -> None:
    assert size > 0, f"{what}: there is nothing to compare"
    assert abs(actual - expected) <= RELATIVE * size, f"{what}: {actual!r} is not {expected!r}"


def as_tangents(problem: Problem, direction: Mapping[str, Array]) -> Tangents:
    """`direction` in the form that `rnnspec.jvp` and `rnnspec.hvp` take."""
    moved = with_inputs(problem, direction)
    return Tangents(x=moved.x, initial=moved.initial, layers=moved.parameters)
