"""What a layout has no place for, and what does not fit it, is refused with its name."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Parameters
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.keras import keras_layouts
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.onnx import onnx_layouts
from rnnspec_adapters.torch import torch_layouts

I, H = 3, 4


def parameters_of(cell: Cell, fill: float = 1.0) -> Parameters:
    return Parameters(**{name: np.full(shape, fill) for name, shape in cell.parameter_shapes(I, H).items()})


LOST = [
    (torch_layouts.layout_of(LSTM()), LSTM(peephole="new"), "got p_i of the shape (4,)"),
    (keras_layouts.layout_of(LSTM()), LSTM(projection=2), "got P_h of the shape (2, 4)"),
    (onnx_layouts.layout_of(LSTM()), LSTM(projection=2), "got P_h of the shape (2, 4)"),
    (keras_layouts.layout_of(GRU(reset="before")), GRU(), "got b_Rn of the shape (4,)"),
    (torch_layouts.layout_of(RNN(bias=False)), RNN(), "got b of the shape (4,)"),
]


@pytest.mark.parametrize("layout, cell, said", LOST, ids=[f"{layout.name}-{cell}" for layout, cell, _ in LOST])
def test_packing_loses_nothing(layout: Layout, cell: Cell, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"which are all that it can hold, {said} [LAY-4]")) as raised:
        layout.pack(parameters_of(cell), np.float64)
    assert str(raised.value).startswith(f"{layout.name}: wanted ")


def test_a_bias_of_zeros_is_no_loss() -> None:
    layout = torch_layouts.layout_of(RNN(bias=False))
    parameters = parameters_of(RNN()).replace(b=np.zeros(H))
    assert [tensor.shape for tensor in layout.pack(parameters, np.float64)] == [(H, I), (H, H)]


def test_a_projection_of_zeros_is_a_loss() -> None:
    parameters = parameters_of(LSTM(projection=2), fill=0.0)
    with pytest.raises(ValueError, match="got P_h"):
        keras_layouts.layout_of(LSTM()).pack(parameters, np.float64)


def test_a_parameter_that_is_wanted_and_missing_is_named() -> None:
    layout = torch_layouts.layout_of(LSTM())
    with pytest.raises(ValueError, match=r"torch.nn.LSTM: wanted b_f, b_g, b_i, b_o too, got R_f, .* \[LAY-4\]"):
        layout.pack(parameters_of(LSTM(bias=False)), np.float64)


def test_a_gru_is_not_read_as_an_lstm() -> None:
    packed = torch_layouts.layout_of(GRU()).pack(parameters_of(GRU()), np.float64)
    said = "weight_hh_l0: wanted J = 3, as in weight_ih_l0, got 4 in the shape (12, 4)"
    with pytest.raises(ValueError, match=re.escape(said)):
        torch_layouts.layout_of(LSTM()).unpack(packed)


@pytest.mark.parametrize("shape", [(13, 3), (16,), (16, 3, 1)])
def test_a_tensor_of_a_wrong_shape_is_named(shape: tuple[int, ...]) -> None:
    packed = torch_layouts.layout_of(LSTM()).pack(parameters_of(LSTM()), np.float64)
    said = f"weight_ih_l0: wanted a tensor of the axes (4 H) I, got the shape {shape} [LAY-3]"
    with pytest.raises(ValueError, match=re.escape(said)):
        torch_layouts.layout_of(LSTM()).unpack([np.zeros(shape), *packed[1:]])


@pytest.mark.parametrize("cell", [GRU(), GRU(reset="before")])
def test_a_layer_that_computes_no_gru_has_no_layout_of_one(cell: Cell) -> None:
    with pytest.raises(ValueError, match=r"flax.nnx: wanted an RNN or an LSTM, got GRU"):
        jax_layouts.nnx(cell, optimized=False)


def test_a_layout_of_another_cell_is_refused() -> None:
    said = "torch.nn.GRU: wanted a cell with its parameters, got GRU(reset='before')"
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        torch_layouts.layout_of(GRU(reset="before"))
    assert str(raised.value).endswith("it has b_Rn [LAY-4]")
