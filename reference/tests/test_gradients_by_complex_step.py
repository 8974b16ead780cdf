"""The hand-derived adjoints are the derivatives of the forward pass, and are differentiable themselves.

``Im(f(a + i h v)) / h`` with h = 1e-30 is the derivative of f along v to rounding: nothing is subtracted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnspec import named_arrays, solve

from .directions import (
    STEP,
    assert_same_number,
    imaginary,
    move,
    named_cotangents,
    random_direction,
    stepped,
)
from .random_problems import (
    CELLS,
    DIRECTIONS,
    STACKS,
    WHICH_LENGTHS,
    Asked,
    Stack,
    assert_close,
    gradients_of,
    inner,
    inputs_of,
    make_problem,
    name_of,
    size_of_inner,
)

LAYERS_AND_STACKS: tuple[Stack, ...] = (*(((cell, direction),) for cell in CELLS for direction in DIRECTIONS), *STACKS)

everywhere = pytest.mark.parametrize("stack", LAYERS_AND_STACKS, ids=name_of)
with_and_without_lengths = pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)


@pytest.mark.parametrize("asked", ["y", "final", "both"])
@with_and_without_lengths
@everywhere
def test_each_gradient_is_the_derivative_of_the_scalar(
    stack: Stack, lengths: NDArray[Any] | None, asked: Asked
) -> None:
    problem = make_problem(stack, lengths=lengths, asked=asked)
    assert problem.cotangents is not None
    weights = named_cotangents(problem.cotangents)
    forward_only = replace(problem, cotangents=None)
    gradients, direction = gradients_of(solve(problem)), random_direction(problem, 3)
    assert list(gradients) == list(inputs_of(problem))
    for name, gradient in gradients.items():
        assert gradient.shape == inputs_of(problem)[name].shape
        outcome = named_arrays(stepped(forward_only, {name: direction[name]}))
        by_step = inner({key: outcome[key] for key in weights}, weights).imag / STEP
        by_hand, size = (gradient * direction[name]).sum(), np.abs(gradient * direction[name]).sum()
        assert_same_number(by_hand, by_step, size, f"the derivative by {name}")


@with_and_without_lengths
@everywhere
def test_adjoint_and_tangent_agree(stack: Stack, lengths: NDArray[Any] | None) -> None:
    problem = make_problem(stack, lengths=lengths)
    assert problem.cotangents is not None
    u, v = named_cotangents(problem.cotangents), random_direction(problem, 4)
    vjp = gradients_of(solve(problem))
    jvp = imaginary(named_arrays(stepped(replace(problem, cotangents=None), v)))
    left, right = inner(vjp, v), inner(u, jvp)
    assert_same_number(left, right, size_of_inner(vjp, v), "<vjp(u), v> and <u, jvp(v)>")


@with_and_without_lengths
@everywhere
def test_the_derivative_of_the_gradient_is_symmetric(stack: Stack, lengths: NDArray[Any] | None) -> None:
    problem = make_problem(stack, lengths=lengths)
    u, v = random_direction(problem, 5), random_direction(problem, 6)
    H_u, H_v = (imaginary(gradients_of(stepped(problem, w))) for w in (u, v))
    left, right = inner(u, H_v), inner(v, H_u)
    assert_same_number(left, right, size_of_inner(u, H_v), "<u, H v> and <v, H u>")


@with_and_without_lengths
@everywhere
def test_the_derivative_of_the_gradient_is_the_limit_of_its_differences(
    stack: Stack, lengths: NDArray[Any] | None
) -> None:
    """Symmetry alone would not notice a whole symmetric term that got lost."""
    problem, small = make_problem(stack, lengths=lengths), 1e-6
    v = random_direction(problem, 8)
    above, below = (gradients_of(solve(move(problem, v, h))) for h in (small, -small))
    differences = {name: (above[name] - below[name]) / (2 * small) for name in above}
    assert_close(imaginary(gradients_of(stepped(problem, v))), differences, relative=1e-7)


@everywhere
def test_the_real_part_of_a_complex_outcome_is_the_real_outcome(stack: Stack) -> None:
    problem = make_problem(stack)
    real, complex_ = named_arrays(solve(problem)), named_arrays(stepped(problem, random_direction(problem, 7)))
    for name, array in complex_.items():
        assert array.dtype == np.complex128, name
        assert np.abs(array.real - real[name]).max() <= 1e-13 * np.abs(real[name]).max(), name
