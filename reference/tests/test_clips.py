"""Clips at, inside and beyond their bounds: CLIP-1 to CLIP-5."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Array,
    Cell,
    ClipDerivative,
    Cotangents,
    Layer,
    Outcome,
    Parameters,
    Problem,
    State,
    solve,
)

BOUND = 0.5
# What is clipped, what comes out, and the true derivative: the bound itself is inside (CLIP-4).
POINTS = [(0.25, 0.25, 1.0), (0.5, 0.5, 1.0), (-0.5, -0.5, 1.0), (0.75, 0.5, 0.0), (-2.0, -0.5, 0.0)]
both_derivatives = pytest.mark.parametrize("derivative", ["true", "straight-through"])
at_points = pytest.mark.parametrize("given, value, slope", POINTS)


def one_unit(cell: Cell, initial: State, **chosen: float) -> Outcome:
    """One step of one unit whose parameters are zero but for the chosen ones; the final state has cotangents of 1."""
    shapes = cell.parameter_shapes(1, 1)
    parameters = Parameters(**{name: np.full(shape, chosen.get(name, 0.0)) for name, shape in shapes.items()})
    return solve(
        Problem(
            layers=(Layer(cell=cell, parameters=(parameters,)),),
            x=np.ones((1, 1, 1)),
            initial=((initial,),),
            cotangents=Cotangents(final=((initial.map(np.ones_like),),)),
        )
    )


def gradient(outcome: Outcome, name: str) -> float:
    assert outcome.gradients is not None
    return float(outcome.gradients.layers[0][0][name].item())


def state(**values: float) -> State:
    return State(**{name: np.full((1, 1), value) for name, value in values.items()})


@both_derivatives
@at_points
def test_the_pre_activation_of_a_simple_layer_at_its_bound(
    given: float, value: float, slope: float, derivative: ClipDerivative
) -> None:
    cell = RNN(activation="identity", preactivation_clip=BOUND, clip_derivative=derivative)
    outcome = one_unit(cell, state(h=0.0), b=given)
    assert outcome.y.item() == value
    assert gradient(outcome, "b") == (slope if derivative == "true" else 1)


@both_derivatives
@at_points
def test_the_cell_at_its_bound(given: float, value: float, slope: float, derivative: ClipDerivative) -> None:
    """The gates carry c unchanged to the clip, and show it at the output."""
    cell = LSTM(cell_clip=BOUND, output_activation="identity", clip_derivative=derivative)
    outcome = one_unit(cell, state(h=0.0, c=given), b_f=1e3, b_i=-1e3, b_o=1e3)
    assert outcome.final[0][0].c.item() == outcome.y.item() == value
    assert outcome.gradients is not None
    assert outcome.gradients.initial is not None
    assert outcome.gradients.initial[0][0].c.item() == (2 * slope if derivative == "true" else 2)


@both_derivatives
@at_points
def test_the_projection_at_its_bound_and_the_other_one_that_has_none(
    given: float, value: float, slope: float, derivative: ClipDerivative
) -> None:
    cell = LSTM(
        projection=1, output_projection=1, projection_bias=True, projection_clip=BOUND, clip_derivative=derivative
    )
    outcome = one_unit(cell, state(h=0.0, c=0.0), b_h=given, b_q=given)
    assert outcome.y[0, 0].tolist() == [value, given]
    assert gradient(outcome, "b_h") == (slope if derivative == "true" else 1)


@pytest.mark.parametrize(
    "cell", [GRU(preactivation_clip=1), GRU(preactivation_clip=1, reset="before")], ids=["after", "before"]
)
def test_the_pre_activations_of_a_gru_are_clipped_when_they_are_complete(cell: GRU) -> None:
    """r = z = sigma(1) although the sums are 5; the candidate's sum of 0.8 + 0.9 is cut to 1."""
    gate, h = 1 / (1 + np.exp(-1)), 0.9 * (1 + np.exp(-1))  # such that r h = 0.9
    outcome = one_unit(cell, state(h=h), b_r=5.0, b_z=5.0, b_n=0.8, R_n=1.0)
    assert outcome.y.item() == pytest.approx(gate * h + (1 - gate) * np.tanh(1), rel=1e-15)
    assert gradient(outcome, "b_n") == gradient(outcome, "b_r") == gradient(outcome, "b_z") == 0


def test_the_pre_activations_of_an_lstm_are_clipped_with_their_peepholes() -> None:
    """b_o + p_o c' = 0.4 - 2 * 0.7 = -1 exceeds the bound only as a whole, and c' is no pre-activation."""
    cell = LSTM(peephole="new", preactivation_clip=0.75, output_activation="identity")
    outcome = one_unit(cell, state(h=0.0, c=1.4), b_o=0.4, p_o=-2.0)
    assert outcome.final[0][0].c.item() == 0.7
    assert outcome.y.item() == pytest.approx(0.7 / (1 + np.exp(0.75)), rel=1e-15)
    assert gradient(outcome, "p_o") == 0


@pytest.mark.parametrize("bound", [1, 0.5])
def test_a_nan_passes_every_clip(bound: Any) -> None:
    cells: tuple[Cell, ...] = (
        RNN(preactivation_clip=bound),
        GRU(preactivation_clip=bound),
        LSTM(preactivation_clip=bound, cell_clip=bound, projection=1, projection_clip=bound),
    )
    for cell in cells:
        initial = state(**dict.fromkeys(cell.states, np.nan))
        assert np.isnan(one_unit(cell, initial).y).all()


def test_an_initial_cell_is_not_clipped_before_the_first_step() -> None:
    """Half of 1.8 is 0.9; had the cell been cut to 1 first, it would be a half."""
    outcome = one_unit(LSTM(cell_clip=1.0), state(h=0.0, c=1.8))
    assert outcome.final[0][0].c.item() == 0.9


def test_a_peephole_sees_the_clipped_cell() -> None:
    cell = LSTM(peephole="new", cell_clip=BOUND, output_activation="identity")
    outcome = one_unit(cell, state(h=0.0, c=4.0), p_o=1.0)
    assert outcome.y.item() == pytest.approx(BOUND / (1 + np.exp(-BOUND)), rel=1e-15)


def test_what_is_clipped_stays_in_its_bounds_over_many_steps() -> None:
    rng = np.random.default_rng(51)
    cell = LSTM(cell_clip=BOUND, projection=2, projection_clip=0.2)
    shapes = cell.parameter_shapes(3, 4)
    parameters = Parameters(**{name: 3 * rng.standard_normal(shape) for name, shape in shapes.items()})
    problem = Problem(layers=(Layer(cell=cell, parameters=(parameters,)),), x=rng.standard_normal((50, 2, 3)))
    outcome = solve(problem)
    reached: list[tuple[Array, float]] = [(outcome.y, 0.2), (outcome.final[0][0].c, BOUND)]
    for array, bound in reached:
        assert np.abs(array).max() == bound
    turned = replace(problem, x=-problem.x)
    assert np.abs(solve(turned).y).max() == 0.2
