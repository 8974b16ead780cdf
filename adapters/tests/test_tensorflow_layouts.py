"""How Keras and TensorFlow store parameters: what can be said of it without either of them."""

from __future__ import annotations

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Parameters
from rnnspec_adapters.keras.keras_layouts import layout_of
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.tensorflow.tensorflow_layouts import block_lstm, cudnn_rnn, gru_block, v1_cell

from .problems import H, I

PEEPHOLES = LSTM(peephole="new")
PROJECTED = LSTM(peephole="new", projection=2)
BEFORE = (GRU(reset="before"), GRU(reset="before", update="take"))


def block(cell: LSTM, order: str = "igfo", forget_bias: float = 1.0) -> Layout:
    return block_lstm(cell, name="tf.raw_ops.BlockLSTM", order=order, forget_bias=forget_bias)


DECLARED: list[tuple[Layout, Cell]] = [
    *((layout_of(cell), cell) for cell in (RNN(), RNN(bias=False), LSTM(), LSTM(bias=False))),
    *((layout_of(cell), cell) for cell in (GRU(), GRU(bias=False), GRU(update="take"), *BEFORE)),
    *((block(cell), cell) for cell in (LSTM(), PEEPHOLES)),
    (block(PEEPHOLES, "ifgo", 0.0), PEEPHOLES),
    *((gru_block(cell), cell) for cell in BEFORE),
    *((cudnn_rnn(cell), cell) for cell in (RNN(), LSTM(), GRU(), GRU(update="take"))),
    *((v1_cell(cell, name="a cell"), cell) for cell in (RNN(), LSTM(), PEEPHOLES, PROJECTED, *BEFORE)),
]


def parameters_of(cell: Cell) -> Parameters:
    rng = np.random.default_rng(3)
    return Parameters(**{name: rng.normal(size=shape) for name, shape in cell.parameter_shapes(I, H).items()})


@pytest.mark.parametrize("layout, cell", DECLARED, ids=lambda part: getattr(part, "name", ""))
def test_a_layout_holds_all_parameters_and_gives_them_back(layout: Layout, cell: Cell) -> None:
    parameters = parameters_of(cell)
    assert layout.names() == set(parameters)
    restored = layout.unpack(layout.pack(parameters, np.float64))
    for name, array in parameters.items():
        np.testing.assert_allclose(restored[name], array, rtol=0, atol=1e-15)


def test_columns_of_keras_are_gates_in_its_order() -> None:
    lstm, gru = parameters_of(LSTM()), parameters_of(GRU())
    kernel, _, bias = layout_of(LSTM()).pack(lstm, np.float64)
    assert np.array_equal(kernel, np.concatenate([lstm[f"W_{gate}"].T for gate in "ifgo"], axis=1))
    assert np.array_equal(bias, np.concatenate([lstm[f"b_{gate}"] for gate in "ifgo"]))
    _, recurrent, outside, inside = layout_of(GRU()).pack(gru, np.float64)
    assert np.array_equal(recurrent, np.concatenate([gru[f"R_{gate}"].T for gate in "zrn"], axis=1))
    assert np.array_equal(outside[-H:], gru.b_n)
    assert np.array_equal(inside[-H:], gru.b_Rn)
    np.testing.assert_allclose((outside + inside)[:H], gru.b_z, rtol=1e-15)


def test_the_kernels_have_other_orders_and_one_adds_to_its_forget_gate() -> None:
    parameters = parameters_of(LSTM())
    upper, lower, bias = block(LSTM()).pack(parameters, np.float64)
    assert np.array_equal(upper, np.concatenate([parameters[f"W_{gate}"].T for gate in "igfo"], axis=1))
    assert np.array_equal(lower, np.concatenate([parameters[f"R_{gate}"].T for gate in "igfo"], axis=1))
    assert np.array_equal(bias[2 * H : 3 * H], parameters.b_f - 1)
    *_, second = block(LSTM(), "ifgo", 0.0).pack(parameters, np.float64)
    assert np.array_equal(second[H : 2 * H], parameters.b_f)


def test_the_projection_of_the_first_version_multiplies_from_the_right() -> None:
    parameters = parameters_of(PROJECTED)
    named = v1_cell(PROJECTED, name="LSTMCell")
    native = dict(zip((tensor.name for tensor in named.tensors), named.pack(parameters, np.float64), strict=True))
    assert np.array_equal(native["projection/kernel"], parameters.P_h.T)
    assert np.array_equal(native["w_f_diag"], parameters.p_f)


@pytest.mark.parametrize("layout", [layout_of, gru_block])
def test_an_update_gate_that_takes_is_negated(layout: object) -> None:
    assert callable(layout)
    keep, take = BEFORE
    signs = {
        cell.update: {block.name: block.sign for tensor in layout(cell).tensors for block in tensor.blocks}
        for cell in (keep, take)
    }
    assert set(signs["keep"].values()) == {1}
    assert {name for name, sign in signs["take"].items() if sign == -1} == {"W_z", "R_z", "b_z"}
