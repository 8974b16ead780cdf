"""The gradients of every variant, merge, order and padding are the derivatives of the forward pass.

Two judges: complex steps through the reference, and complex steps through the independent reading. It shares no code
with the reference, and it alone knows what a straight-through clip means: its value is clipped, the step passes as it
came.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnspec import Array, PaddedOutputs, Problem, named_arrays, solve

from .all_variants import SEQUENCE_OPTIONS, SINGLE_OPTIONS, VARIANTS, VARIED_STACKS, straight_through
from .directions import STEP, assert_same_number, move, named_cotangents, random_direction
from .independent import read_independently
from .random_problems import (
    LENGTHS,
    STACKS,
    WHICH_LENGTHS,
    Spec,
    Stack,
    assert_close,
    gradients_of,
    inner,
    inputs_of,
    make_problem,
    name_of,
    size_of_inner,
)

RELATIVE = 1e-12
BOTH_WAYS: tuple[Stack, ...] = tuple((Spec(cell, "bidirectional"),) for cell in VARIANTS)
ORDERS_AND_MERGES: tuple[Stack, ...] = (*((spec,) for spec in SEQUENCE_OPTIONS), *VARIED_STACKS, *STACKS)
TINY = (3, 2, 2, 2)

in_both_paddings = pytest.mark.parametrize("padded_outputs", ["zero", "repeat"])
with_and_without_lengths = pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)


def weights_of(problem: Problem) -> dict[str, Array]:
    assert problem.cotangents is not None
    return named_cotangents(problem.cotangents)


def derivative(problem: Problem, direction: dict[str, Array], *, independently: bool) -> float:
    """The derivative of L along `direction`, by a complex step through the reference or the independent reading."""
    weights = weights_of(problem)
    moved = move(replace(problem, cotangents=None), direction, 1j * STEP)
    outcome = read_independently(moved) if independently else named_arrays(solve(moved))
    return float(inner({name: outcome[name] for name in weights}, weights).imag / STEP)


def check_each_gradient(problem: Problem) -> None:
    gradients, direction = gradients_of(solve(problem)), random_direction(problem, 3)
    assert list(gradients) == list(inputs_of(problem))
    for name, gradient in gradients.items():
        by_step = derivative(problem, {name: direction[name]}, independently=False)
        terms = gradient * direction[name]
        assert_same_number(terms.sum(), by_step, np.abs(terms).sum(), f"the derivative by {name}")


@with_and_without_lengths
@pytest.mark.parametrize("stack", [s for s in BOTH_WAYS if not straight_through(Spec(*s[0]).cell)], ids=name_of)
def test_each_gradient_of_a_variant_is_the_derivative_of_the_scalar(stack: Stack, lengths: NDArray[Any] | None) -> None:
    check_each_gradient(make_problem(stack, lengths=lengths))


@in_both_paddings
@with_and_without_lengths
@pytest.mark.parametrize("stack", ORDERS_AND_MERGES, ids=name_of)
def test_each_gradient_of_an_order_or_merge_is_the_derivative_of_the_scalar(
    stack: Stack, lengths: NDArray[Any] | None, padded_outputs: PaddedOutputs
) -> None:
    check_each_gradient(make_problem(stack, lengths=lengths, padded_outputs=padded_outputs))


@pytest.mark.parametrize("stack", [*BOTH_WAYS, *ORDERS_AND_MERGES], ids=name_of)
def test_all_gradients_together_are_the_derivative_of_the_independent_reading(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS, padded_outputs="repeat")
    gradients, direction = gradients_of(solve(problem)), random_direction(problem, 4)
    by_step, by_hand = derivative(problem, direction, independently=True), inner(gradients, direction)
    assert_same_number(by_hand, by_step, size_of_inner(gradients, direction), "the derivative by everything")


@pytest.mark.parametrize("stack", [((cell, "forward"),) for cell in SINGLE_OPTIONS], ids=name_of)
def test_every_number_of_every_gradient_is_the_derivative_of_the_independent_reading(stack: Stack) -> None:
    problem = make_problem(stack, lengths=np.array([3, 2]), sizes=TINY, seed=2)
    expected = {}
    for name, array in inputs_of(problem).items():
        expected[name] = np.empty_like(array)
        for index in np.ndindex(array.shape):
            one = np.zeros_like(array)
            one[index] = 1
            expected[name][index] = derivative(problem, {name: one}, independently=True)
    assert_close(gradients_of(solve(problem)), expected, relative=RELATIVE)


@pytest.mark.parametrize("stack", [s for s in BOTH_WAYS if straight_through(Spec(*s[0]).cell)], ids=name_of)
def test_each_gradient_through_straight_through_clips_is_that_of_the_independent_reading(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    gradients, direction = gradients_of(solve(problem)), random_direction(problem, 5)
    for name, gradient in gradients.items():
        by_step = derivative(problem, {name: direction[name]}, independently=True)
        terms = gradient * direction[name]
        assert_same_number(terms.sum(), by_step, np.abs(terms).sum(), f"the derivative by {name}")


@pytest.mark.parametrize("stack", [s for s in BOTH_WAYS if straight_through(Spec(*s[0]).cell)], ids=name_of)
def test_the_two_derivatives_of_a_clip_have_the_same_values_and_other_gradients(stack: Stack) -> None:
    straight = make_problem(stack, lengths=LENGTHS)
    layer = straight.layers[0]
    true = replace(straight, layers=(replace(layer, cell=replace(layer.cell, clip_derivative="true")),))
    actual, expected = solve(straight), solve(true)
    assert actual.y.tobytes() == expected.y.tobytes()
    differences = [np.abs(a - gradients_of(expected)[name]).max() for name, a in gradients_of(actual).items()]
    assert max(differences) > 1e-3
