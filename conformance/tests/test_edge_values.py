"""What the chapters of the cells say under *Edge values*, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import rnnspec

OPEN, SHUT = 40.0, -800.0
"""A sigmoid of 40 is 1 in float64, and one of -800 is 0."""


def one_step(
    cell: Any, values: Mapping[str, float] | None = None, *, x: float = 0.0, **state: float
) -> rnnspec.Outcome:
    """One unit and one step from `state`; parameters are zero but for `values`, and L is the output."""
    zeros = {name: np.zeros(shape) for name, shape in cell.parameter_shapes(1, 1).items()}
    given = {name: np.full_like(zeros[name], value) for name, value in (values or {}).items()}
    start = rnnspec.State(**{name: np.full((1, 1), state.get(name, 0.0)) for name in cell.states})
    return rnnspec.solve(
        rnnspec.Problem(
            layers=(rnnspec.Layer(cell=cell, parameters=(rnnspec.Parameters(**zeros | given),)),),
            x=np.full((1, 1, 1), x),
            initial=((start,),),
            cotangents=rnnspec.Cotangents(y=np.ones((1, 1, 1))),
        )
    )


def many_steps(cell: Any, seed: int, values: Mapping[str, rnnspec.Array] | None = None) -> rnnspec.Outcome:
    """Three units with large weights over 40 steps, from a large state; `values` replace parameters."""
    drawn = np.random.default_rng(seed)
    x = drawn.normal(scale=3, size=(40, 2, 2))
    start = {name: drawn.normal(scale=3, size=(2, size)) for name, size in sorted(cell.state_sizes(3).items())}
    shapes = sorted(cell.parameter_shapes(2, 3).items())
    parameters = {name: drawn.normal(scale=3, size=shape) for name, shape in shapes} | dict(values or {})
    layer = rnnspec.Layer(cell=cell, parameters=(rnnspec.Parameters(**parameters),))
    return rnnspec.solve(rnnspec.Problem(layers=(layer,), x=x, initial=((rnnspec.State(**start),),)))


def cell_of(outcome: rnnspec.Outcome) -> float:
    """The final c of one unit."""
    return float(outcome.final[0][0].c.item())


# The simple recurrent layer


def test_states_of_a_tanh_layer_lie_between_minus_1_and_1() -> None:
    assert np.abs(many_steps(rnnspec.RNN(), 1).y).max() <= 1


def test_states_of_a_relu_layer_are_at_least_0_and_leave_every_bound() -> None:
    y = many_steps(rnnspec.RNN(activation="relu"), 1, {"R": np.full((3, 3), 1e6)}).y
    assert y.min() >= 0
    assert y.max() > 1e200


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_simple_layer_without_weights_forgets_its_state(activation: str) -> None:
    assert one_step(rnnspec.RNN(activation=activation), h=7.0).y.item() == 0


def test_relu_is_0_at_0_and_so_is_its_derivative() -> None:
    outcome = one_step(rnnspec.RNN(activation="relu"), h=7.0)
    assert outcome.gradients is not None
    assert (outcome.y.item(), outcome.gradients.layers[0][0].b.item()) == (0, 0)


# The LSTM


def test_the_hidden_state_of_an_lstm_is_bounded_and_its_cell_grows_by_at_most_1_a_step() -> None:
    outcome = many_steps(rnnspec.LSTM(), 1)
    assert np.abs(outcome.y).max() <= 1
    fastest = {"b_f": OPEN, "b_i": OPEN, "b_g": OPEN}
    assert cell_of(one_step(rnnspec.LSTM(), fastest, c=3.0)) == 4


def test_an_lstm_without_weights_halves_its_cell() -> None:
    outcome = one_step(rnnspec.LSTM(), c=3.0)
    assert (cell_of(outcome), outcome.y.item()) == (1.5, 0.5 * np.tanh(1.5))


def test_a_cell_is_carried_on_by_an_open_forget_gate_and_a_shut_input_gate() -> None:
    assert cell_of(one_step(rnnspec.LSTM(), {"b_f": OPEN, "b_i": SHUT, "b_g": 1.0}, c=0.3)) == 0.3


# The peephole LSTM


@pytest.mark.parametrize("form", ["new", "old"])
def test_peepholes_of_zero_are_none(form: Any) -> None:
    values = {"b_i": 0.3, "b_f": -0.2, "b_g": 1.0, "b_o": 0.7}
    with_peepholes, without = (one_step(rnnspec.LSTM(peephole=kind), values, c=3.0) for kind in (form, "none"))
    assert with_peepholes.y.item() == without.y.item()


def test_at_the_first_step_with_a_cell_of_zero_only_form_new_sees_something() -> None:
    seen = {"b_g": 1.0, "p_i": 2.0, "p_f": 2.0, "p_o": 2.0}
    without = one_step(rnnspec.LSTM(), {"b_g": 1.0}).y.item()
    assert one_step(rnnspec.LSTM(peephole="old"), seen).y.item() == without
    assert one_step(rnnspec.LSTM(peephole="new"), seen).y.item() != without


def test_a_large_cell_leaves_the_gates_finite() -> None:
    outcome = one_step(rnnspec.LSTM(peephole="new"), {"p_i": -1e8, "p_f": 1e8, "p_o": 1e8}, c=1e290)
    assert (cell_of(outcome), outcome.y.item()) == (1e290, 1)


# The GRU


@pytest.mark.parametrize("update", ["keep", "take"])
def test_a_gru_without_weights_halves_its_state(update: Any) -> None:
    assert one_step(rnnspec.GRU(update=update), h=3.0).y.item() == 1.5


def test_an_open_update_gate_keeps_or_takes() -> None:
    values = {"b_z": OPEN, "b_n": 1.0}
    y = [one_step(rnnspec.GRU(update=update), values, h=3.0).y.item() for update in ("keep", "take")]
    assert y == [3.0, np.tanh(1.0)]


def test_a_gru_stays_between_its_states_and_1_but_for_another_candidate_activation() -> None:
    def leaves(activation: str) -> bool:
        y = np.abs(many_steps(rnnspec.GRU(candidate_activation=activation), 3).y)
        return bool((y[1:] > np.maximum(y[:-1], 1)).any())

    assert (leaves("tanh"), leaves("relu")) == (False, True)


def test_a_shut_reset_gate_shuts_out_the_bias_inside() -> None:
    shut = {"b_r": SHUT, "b_z": SHUT, "b_Rn": 5.0, "b_n": 1.0}
    assert one_step(rnnspec.GRU(), shut, h=3.0).y.item() == np.tanh(1.0)


def test_the_places_of_the_reset_gate_agree_for_diagonal_matrices_only() -> None:
    def apart(R_n: rnnspec.Array) -> float:
        after, before = (
            many_steps(rnnspec.GRU(reset=place, bias=False), 5, {"R_n": R_n}).y for place in ("after", "before")
        )
        return float(np.abs(after - before).max())

    assert apart(np.diag([0.5, -1.5, 2.0])) < 1e-14
    assert apart(np.diag([0.5, -1.5, 2.0]) + 0.5) > 1e-3


@pytest.mark.parametrize("place", ["after", "before"])
def test_reset_none_is_a_reset_gate_of_1(place: Any) -> None:
    drawn = np.random.default_rng(7)
    shapes = sorted(rnnspec.GRU(reset="none").parameter_shapes(2, 3).items())
    shared = {name: drawn.normal(size=shape) for name, shape in shapes}
    reset = {"W_r": np.zeros((3, 2)), "R_r": np.zeros((3, 3)), "b_r": np.full(3, OPEN)}
    inside = {"b_Rn": np.zeros(3)} if place == "after" else {}
    none = many_steps(rnnspec.GRU(reset="none"), 7, shared).y
    assert np.abs(many_steps(rnnspec.GRU(reset=place), 7, shared | reset | inside).y - none).max() < 1e-14


# Projections


def test_a_projected_state_is_bounded_by_its_weights() -> None:
    P_h, b_h = np.array([[3.0, -2.0, 0.5]]), np.array([0.25])
    y = many_steps(rnnspec.LSTM(projection=1, projection_bias=True), 2, {"P_h": P_h, "b_h": b_h}).y
    assert 1 < np.abs(y).max() <= 5.75


def test_the_identity_is_no_projection() -> None:
    drawn = np.random.default_rng(9)
    shapes = sorted(rnnspec.LSTM().parameter_shapes(2, 3).items())
    shared = {name: drawn.normal(size=shape) for name, shape in shapes}
    projected = many_steps(rnnspec.LSTM(projection=3), 9, {"P_h": np.eye(3)} | shared)
    assert np.abs(projected.y - many_steps(rnnspec.LSTM(), 9, shared).y).max() < 1e-14


def test_a_projection_of_zero_leaves_its_bias_and_the_cell() -> None:
    cell = rnnspec.LSTM(projection=2, projection_bias=True)
    outcome = many_steps(cell, 2, {"P_h": np.zeros((2, 3)), "b_h": np.array([0.5, -0.25])})
    assert (outcome.y == [0.5, -0.25]).all()
    assert (outcome.final[0][0].c != 0).all()


# Variants of the LSTM


@pytest.mark.parametrize(
    "options, c",
    [
        ({"input_gate": False}, 4.0),
        ({"forget_gate": False}, 4.0),
        ({"coupling": "forget"}, 1.0),
        ({"coupling": "input"}, 3.0),
    ],
    ids=str,
)
def test_the_fastest_growth_of_a_variant(options: dict[str, Any], c: float) -> None:
    cell = rnnspec.LSTM(**options)
    fastest = {"b_f": OPEN, "b_i": OPEN, "b_g": OPEN}
    values = {name: value for name, value in fastest.items() if name in cell.parameter_axes}
    assert cell_of(one_step(cell, values, c=3.0)) == c


def test_without_an_output_gate_or_an_output_activation_the_state_may_exceed_1() -> None:
    both = rnnspec.LSTM(output_gate=False, output_activation="identity")
    assert one_step(both, c=3.0).y.item() == 1.5
    assert one_step(rnnspec.LSTM(output_activation="identity"), {"b_o": OPEN}, c=3.0).y.item() == 1.5


@pytest.mark.parametrize("coupling", ["forget", "input"])
def test_a_coupled_cell_without_weights_is_halved(coupling: Any) -> None:
    assert cell_of(one_step(rnnspec.LSTM(coupling=coupling), c=3.0)) == 1.5


# Clips


@pytest.mark.parametrize(
    "a, expected",
    [
        (0.5, (0.5, 1)),
        (np.nextafter(0.5, 1), (0.5, 0)),
        (-0.5, (-0.5, 1)),
        (np.nextafter(-0.5, -1), (-0.5, 0)),
    ],
)
def test_at_the_bound_the_value_is_kept_and_the_derivative_is_1(a: float, expected: tuple[float, float]) -> None:
    outcome = one_step(rnnspec.RNN(activation="identity", preactivation_clip=0.5), {"b": a})
    assert outcome.gradients is not None
    assert (outcome.y.item(), outcome.gradients.layers[0][0].b.item()) == expected


def test_a_clipped_cell_does_not_count_beyond_its_bound() -> None:
    fastest = {"b_f": OPEN, "b_i": OPEN, "b_g": OPEN}
    assert cell_of(one_step(rnnspec.LSTM(cell_clip=2.0), fastest, c=1.5)) == 2


def test_a_clipped_pre_activation_never_quite_shuts_a_gate() -> None:
    def gate(a: float) -> float:
        values = {"b_f": a, "b_i": SHUT}
        return cell_of(one_step(rnnspec.LSTM(preactivation_clip=float(np.log(3))), values, c=1.0))

    assert gate(SHUT) == pytest.approx(0.25, abs=1e-15)
    assert gate(OPEN) == pytest.approx(0.75, abs=1e-15)
