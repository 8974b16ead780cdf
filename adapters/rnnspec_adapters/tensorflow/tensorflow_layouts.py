"""How TensorFlow's own recurrent steps store parameters. Data; TensorFlow is not imported.

Read in tensorflow/core/ops/rnn_ops.cc and tf_keras/src/layers/rnn/legacy_cells.py. Columns are gates. One matrix
multiplies x and h; its rows for x, which stand first, and those for h are declared apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters import cudnn_layouts
from rnnspec_adapters.layout import LOWER, UPPER, Layout, Tensor, blocks_of, columns, signs_of
from rnnspec_adapters.layouts_of_cells import for_cell

CUDNN = ("W_ih", "W_hh", "b_ih", "b_hh")
"""What the parts of the vector of cuDNN are called here."""

V1 = "tf.compat.v1.nn.rnn_cell"

EXAMPLES: Mapping[str, tuple[Mapping[str, object], ...]] = {
    "block_lstm": (
        {"name": "tf.raw_ops.BlockLSTM", "order": "igfo", "forget_bias": 1.0},
        {"name": "tf.raw_ops.BlockLSTMV2", "order": "ifgo", "forget_bias": 0.0},
        {"name": "tf.raw_ops.LSTMBlockCell", "order": "igfo", "forget_bias": 1.0},
    ),
    "v1_cell": (
        {"name": f"{V1}.BasicRNNCell", "cells": (RNN(),)},
        {"name": f"{V1}.BasicLSTMCell", "cells": (LSTM(),)},
        {"name": f"{V1}.LSTMCell", "cells": (LSTM(), LSTM(peephole="new"), LSTM(projection=2))},
        {"name": f"{V1}.GRUCell", "cells": (GRU(reset="before"),)},
    ),
}
"""What the site shows of the layouts that want more than a cell."""

GRU_BLOCK = ("w_ru", "b_ru", "w_c", "b_c")
V1_GRU = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
"""The names of the parameters of a GRU: of its gates, and of its candidate."""


@for_cell
def block_lstm(cell: LSTM, *, name: str, order: str, forget_bias: float) -> Layout:
    """The layout of ``tf.raw_ops.BlockLSTM``, ``BlockLSTMV2`` or ``LSTMBlockCell``."""
    peepholes = _peepholes(cell, {"i": "wci", "f": "wcf", "o": "wco"})
    return Layout(name=name, tensors=(*_lstm("w", "b", order, forget_bias), *peepholes))


@for_cell
def gru_block(cell: GRU) -> Layout:
    """The layout of ``tf.raw_ops.GRUBlockCell``: two gates, ``r u``, and the candidate apart; u keeps."""
    return Layout(name="tf.raw_ops.GRUBlockCell", tensors=_gru(cell, GRU_BLOCK))


@for_cell
def v1_cell(cell: Cell, *, name: str) -> Layout:
    """The layout of a cell of the first version: ``i j f o`` in an LSTM, where j is g; ``r u`` and ``c`` in a GRU."""
    match cell:
        case RNN():
            return Layout(name=name, tensors=(*_matrix("kernel"), columns("bias", "b")))
        case LSTM():
            project = (Tensor(name="projection/kernel", axes="H (gate J)", blocks=blocks_of("P", ["h"])),)
            tensors = (
                *_lstm("kernel", "bias", "igfo", 1.0),
                *_peepholes(cell, {"f": "w_f_diag", "i": "w_i_diag", "o": "w_o_diag"}),
                *(project if cell.projection else ()),
            )
            return Layout(name=name, tensors=tensors)
        case GRU():
            return Layout(name=name, tensors=_gru(cell, V1_GRU))
        case _:
            assert_never(cell)


@for_cell
def cudnn_rnn(cell: Cell) -> Layout:
    """The layout of one direction of ``tf.raw_ops.CudnnRNNV3``, whose one vector has these parts."""
    return Layout(name="tf.raw_ops.CudnnRNNV3", tensors=cudnn_layouts.tensors(CUDNN, cell))


def _matrix(name: str, gates: str = "", **options: object) -> tuple[Tensor, Tensor]:
    """One matrix for x and h, as two."""
    return columns(f"{name}{UPPER}", "W", gates, **options), columns(f"{name}{LOWER}", "R", gates, **options)


def _lstm(matrix: str, bias: str, order: str, forget_bias: float) -> tuple[Tensor, ...]:
    """The parameters of an LSTM to whose forget gate a constant is added (LAY-6)."""
    return (*_matrix(matrix, order), columns(bias, "b", order, added={"f": forget_bias}))


def _peepholes(cell: LSTM, names: Mapping[str, str]) -> tuple[Tensor, ...]:
    """A vector for each."""
    if cell.peephole == "none":
        return ()
    return tuple(Tensor(name=name, axes="(gate H)", blocks=blocks_of("p", gate)) for gate, name in names.items())


def _gru(cell: GRU, names: tuple[str, str, str, str]) -> tuple[Tensor, ...]:
    gates, gates_bias, candidate, candidate_bias = names
    signs = signs_of(cell, "keep")
    of_gates = (*_matrix(gates, "rz", signs=signs), columns(gates_bias, "b", "rz", signs=signs))
    return (*of_gates, *_matrix(candidate, "n"), columns(candidate_bias, "b", "n"))
