"""The layouts and attributes of the operators of ONNX, without any framework."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Activation, Cell, Parameters, Problem, solve
from rnnspec_adapters.layout import Block, Layout, Tensor
from rnnspec_adapters.onnx.onnx_layouts import layout_of
from rnnspec_adapters.onnx.operators import (
    EXPRESSED,
    attributes_of,
    constants_of,
    mirrors,
    refusal_of_constants,
)
from rnnspec_adapters.refusals import refusal_of

from .problems import H, I, make_problem

CELLS: tuple[Cell, ...] = (
    RNN(),
    RNN(bias=False),
    LSTM(),
    LSTM(peephole="new", bias=False),
    LSTM(coupling="forget", peephole="new"),
    LSTM(coupling="input", peephole="new"),
    GRU(),
    GRU(reset="before", update="take"),
    GRU(minimal=True),
    GRU(minimal=True, reset="before", update="take"),
)


def random_parameters(cell: Cell) -> Parameters:
    rng = np.random.default_rng(5)
    return Parameters(**{name: rng.standard_normal(shape) for name, shape in cell.parameter_shapes(I, H).items()})


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_unpacking_gives_back_what_was_packed(cell: Cell) -> None:
    layout, parameters = layout_of(cell), random_parameters(cell)
    back = layout.unpack(layout.pack(parameters, np.float64))
    assert set(back) == set(parameters) == layout.names()
    assert all(np.array_equal(back[name], parameters[name]) for name in parameters)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_the_way_back_of_gradients_is_the_transpose_of_packing(cell: Cell) -> None:
    layout, parameters = layout_of(cell), random_parameters(cell)
    packed = layout.pack(parameters, np.float64)
    rng = np.random.default_rng(6)
    weights = [rng.standard_normal(tensor.shape) for tensor in packed]
    there = sum(float((tensor * weight).sum()) for tensor, weight in zip(packed, weights, strict=True))
    back = layout.pull_back(weights)
    here = sum(float((parameters[name] * back[name]).sum()) for name in parameters)
    assert there == pytest.approx(here, rel=1e-12)


def test_native_tensors_have_the_shapes_and_the_order_of_the_text_of_onnx() -> None:
    cell = LSTM(peephole="new")
    parameters = random_parameters(cell)
    W, R, B, P = layout_of(cell).pack(parameters, np.float64)
    assert [tensor.shape for tensor in (W, R, B, P)] == [(1, 4 * H, I), (1, 4 * H, H), (1, 8 * H), (1, 3 * H)]
    assert np.array_equal(W[0], np.concatenate([parameters[f"W_{gate}"] for gate in "iofg"]))
    assert np.array_equal(R[0], np.concatenate([parameters[f"R_{gate}"] for gate in "iofg"]))
    summed = B[0, : 4 * H] + B[0, 4 * H :]
    assert np.allclose(summed, np.concatenate([parameters[f"b_{gate}"] for gate in "iofg"]), rtol=1e-15)
    assert np.array_equal(P[0], np.concatenate([parameters[f"p_{gate}"] for gate in "iof"]))


def test_a_gru_that_takes_has_its_update_gate_negated() -> None:
    cell = GRU(update="take")
    parameters = random_parameters(cell)
    W, _, B = layout_of(cell).pack(parameters, np.float64)
    assert np.array_equal(W[0, :H], -parameters.W_z)
    assert np.array_equal(W[0, H : 2 * H], parameters.W_r)
    assert np.array_equal(B[0, 2 * H : 3 * H], parameters.b_n)
    assert np.array_equal(B[0, 5 * H :], parameters.b_Rn)


def test_a_minimal_unit_has_its_gate_twice_and_its_bias_once_in_each() -> None:
    parameters = random_parameters(cell := GRU(minimal=True, update="take"))
    W, R, B = layout_of(cell).pack(parameters, np.float64)
    for native, letter in ((W, "W"), (R, "R")):
        assert np.array_equal(native[0, :H], -parameters[f"{letter}_z"])
        assert np.array_equal(native[0, H : 2 * H], parameters[f"{letter}_z"])
    summed = B[0, : 3 * H] + B[0, 3 * H :]
    assert np.allclose(summed[: 2 * H], np.concatenate([-parameters.b_z, parameters.b_z]), rtol=1e-15)


def test_the_other_coupling_is_the_forget_gate_negated_in_the_place_of_the_input_gate() -> None:
    parameters = random_parameters(cell := LSTM(coupling="input", peephole="new"))
    W, _, _, P = layout_of(cell).pack(parameters, np.float64)
    assert np.array_equal(W[0, :H], -parameters.W_f)
    assert not W[0, 2 * H : 3 * H].any()
    assert np.array_equal(P[0], np.concatenate([-parameters.p_f, parameters.p_o, np.zeros(H)]))


@pytest.mark.parametrize(
    "one, other",
    [
        (LSTM(coupling="input"), LSTM(coupling="forget")),
        (GRU(update="take"), GRU()),
        (GRU(minimal=True, update="take", reset="before"), GRU(reset="before")),
    ],
    ids=repr,
)
def test_the_weight_maps_hold_in_the_reference(one: Cell, other: Cell) -> None:
    problem = make_problem([one], initial=True, cotangents=False)
    native = layout_of(one).pack(problem.layers[0].parameters[0], np.float64)
    expressed = layout_of(other).unpack(native)
    layer = type(problem.layers[0])(cell=other, parameters=(expressed,))
    mapped = solve(Problem(layers=(layer,), x=problem.x, initial=problem.initial))
    expected = solve(problem)
    assert np.allclose(mapped.y, expected.y, rtol=0, atol=1e-14)
    assert np.allclose(mapped.final[0][0].h, expected.final[0][0].h, rtol=0, atol=1e-14)


def test_blocks_that_are_copied_or_not_looked_at_have_no_share() -> None:
    def matrix(name: str, **second: Any) -> Tensor:
        return Tensor(name=name, axes="(gate H) I", blocks=(Block(name="W"), Block(name="W", **second)))

    for role in ("copy", "unused"):
        assert Layout(name="some", tensors=(matrix("W", role=role),)).names() == {"W"}
    with pytest.raises(ValueError, match=r"^some: the shares of W: wanted a sum of 1, got 2.0 \[LAY-5\]$"):
        Layout(name="some", tensors=(matrix("W"),))


@pytest.mark.parametrize(
    "cell, attributes",
    [
        (LSTM(), {}),
        (RNN(), {}),
        (GRU(), {"linear_before_reset": 1}),
        (GRU(reset="before", preactivation_clip=0.5), {"clip": 0.5}),
        (LSTM(coupling="input"), {"input_forget": 1}),
        (RNN(activation="relu"), {"activations": ["Relu"] * 2}),
        (
            LSTM(gate_activation="hard_sigmoid", output_activation="identity"),
            {
                "activations": ["HardSigmoid", "Tanh", "Affine"] * 2,
                "activation_alpha": [0.2, 1.0] * 2,
                "activation_beta": [0.5, 0.0] * 2,
            },
        ),
        (
            GRU(reset="before", candidate_activation=Activation(name="leaky_relu", alpha=0.25)),
            {"activations": ["Sigmoid", "LeakyRelu"] * 2, "activation_alpha": [0.25] * 2},
        ),
    ],
    ids=repr,
)
def test_attributes_are_those_of_the_cell_for_each_direction(cell: Cell, attributes: dict[str, Any]) -> None:
    assert attributes_of(cell, directions=2) == attributes


@pytest.mark.parametrize(
    "cell, reason",
    [
        (LSTM(peephole="old"), "the output gate of LSTM sees the new cell state"),
        (LSTM(forget_gate=False), "LSTM cannot leave out a gate"),
        (LSTM(relevance_gate=True), "LSTM has no relevance gate"),
        (LSTM(projection=2), "LSTM has no projection"),
        (LSTM(cell_clip=1.0), "the attribute clip of LSTM bounds pre-activations, not the cell"),
        (LSTM(gate_recurrence=True), "the gates of LSTM do not see those of the step before"),
        (GRU(reset="none"), "GRU cannot leave out its reset gate"),
        (
            GRU(update="take", gate_activation="softsign"),
            "'take' needs a gate activation with 1 - s(a) = s(-a) [GRU-7]",
        ),
        (
            LSTM(coupling="input", gate_activation="relu"),
            "'input' needs a gate activation with 1 - s(a) = s(-a) [VAR-5]",
        ),
    ],
    ids=repr,
)
def test_what_no_operator_expresses_is_refused_with_a_reason(cell: Cell, reason: str) -> None:
    assert refusal_of(cell, EXPRESSED, "onnx", "an operator") == reason


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_what_an_operator_expresses_is_not_refused(cell: Cell) -> None:
    assert refusal_of(cell, EXPRESSED, "onnx", "an operator") is None


@pytest.mark.parametrize("name", ["sigmoid", "hard_sigmoid", "affine", "tanh", "softsign", "relu"])
@pytest.mark.parametrize("beta", [None, 0.5, 0.25])
def test_an_activation_mirrors_exactly_when_it_does(name: str, beta: float | None) -> None:
    if beta is not None and name not in ("hard_sigmoid", "affine"):
        return
    activation = Activation(name=name, beta=beta)
    a = np.linspace(-3, 3, 25)
    assert mirrors(activation) is bool(np.allclose(1 - activation.value(a.copy()), activation.value(-a), atol=1e-12))


def test_constants_that_float32_does_not_hold_are_refused_in_float64() -> None:
    cell = RNN(activation=Activation(name="hard_sigmoid", alpha=0.25), preactivation_clip=0.3)
    assert constants_of(cell) == {"alpha of HardSigmoid": 0.25, "beta of HardSigmoid": 0.5, "clip": 0.3}
    assert refusal_of_constants(cell, "float32") is None
    reason = refusal_of_constants(cell, "float64")
    assert reason == "attributes are float32, in which there is no 0.3 for clip"
    assert refusal_of_constants(RNN(preactivation_clip=0.5), "float64") is None
