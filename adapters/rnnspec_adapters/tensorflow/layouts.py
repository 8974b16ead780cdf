"""How TensorFlow's own recurrent steps store parameters. Data; TensorFlow is not imported.

Read in tensorflow/core/ops/rnn_ops.cc and tf_keras/src/layers/rnn/legacy_cells.py. Columns are gates. One matrix
multiplies x and h; its rows for x, which stand first, and those for h are declared apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters import cudnn
from rnnspec_adapters.layout import COLUMNS, LOWER, UPPER, Block, Layout, Sign, Tensor, blocks_of

PEEPHOLE = "(gate H)"
"""The axes of the vector of one peephole."""

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


def matrix(name: str, W: tuple[Block, ...], R: tuple[Block, ...]) -> tuple[Tensor, Tensor]:
    """One matrix for x and h, as two."""
    return (
        Tensor(name=f"{name}{UPPER}", axes=COLUMNS["W"], blocks=W),
        Tensor(name=f"{name}{LOWER}", axes=COLUMNS["R"], blocks=R),
    )


def block_lstm(cell: LSTM, *, name: str, order: str, forget_bias: float) -> Layout:
    """The layout of ``tf.raw_ops.BlockLSTM``, ``BlockLSTMV2`` or ``LSTMBlockCell``."""
    biases = _biases(order, forget_bias)
    tensors = (
        *matrix("w", blocks_of("W", order), blocks_of("R", order)),
        Tensor(name="b", axes=COLUMNS["b"], blocks=biases),
        *_peepholes(cell, {"i": "wci", "f": "wcf", "o": "wco"}),
    )
    return Layout(name=name, tensors=tensors)


def gru_block(cell: GRU) -> Layout:
    """The layout of ``tf.raw_ops.GRUBlockCell``: two gates, ``r u``, and the candidate apart; u keeps."""
    return Layout(name="tf.raw_ops.GRUBlockCell", tensors=_gru(cell, "w_ru", "b_ru", "w_c", "b_c"))


def v1_cell(cell: Cell, *, name: str) -> Layout:
    """The layout of a cell of the first version: ``i j f o`` in an LSTM, where j is g; ``r u`` and ``c`` in a GRU."""
    return Layout(name=name, tensors=_of_v1(cell))


def cudnn_rnn(cell: Cell) -> Layout:
    """The layout of one direction of ``tf.raw_ops.CudnnRNNV3``, whose one vector has these parts."""
    return Layout(name="tf.raw_ops.CudnnRNNV3", tensors=cudnn.tensors(CUDNN, cell))


def _of_v1(cell: Cell) -> tuple[Tensor, ...]:
    match cell:
        case RNN():
            bias = Tensor(name="bias", axes=COLUMNS["b"], blocks=(Block(name="b"),))
            return (*matrix("kernel", (Block(name="W"),), (Block(name="R"),)), bias)
        case LSTM():
            project = (Tensor(name="projection/kernel", axes="H (gate J)", blocks=(Block(name="P_h"),)),)
            return (
                *matrix("kernel", blocks_of("W", "igfo"), blocks_of("R", "igfo")),
                Tensor(name="bias", axes=COLUMNS["b"], blocks=_biases("igfo", 1.0)),
                *_peepholes(cell, {"f": "w_f_diag", "i": "w_i_diag", "o": "w_o_diag"}),
                *(project if cell.projection else ()),
            )
        case GRU():
            return _gru(cell, "gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")


def _biases(order: str, forget_bias: float) -> tuple[Block, ...]:
    """The bias of an LSTM to whose forget gate a constant is added (LAY-6)."""
    return tuple(Block(name=f"b_{gate}", added=forget_bias if gate == "f" else 0.0) for gate in order)


def _peepholes(cell: LSTM, names: Mapping[str, str]) -> tuple[Tensor, ...]:
    if cell.peephole == "none":
        return ()
    return tuple(Tensor(name=name, axes=PEEPHOLE, blocks=blocks_of("p", gate)) for gate, name in names.items())


def _gru(cell: GRU, gates: str, gates_bias: str, candidate: str, candidate_bias: str) -> tuple[Tensor, ...]:
    signs: dict[str, Sign] = {"z": 1 if cell.update == "keep" else -1}  # GRU-7
    W, R, b = (blocks_of(letter, "rz", signs=signs) for letter in "WRb")
    return (
        *matrix(gates, W, R),
        Tensor(name=gates_bias, axes=COLUMNS["b"], blocks=b),
        *matrix(candidate, blocks_of("W", "n"), blocks_of("R", "n")),
        Tensor(name=candidate_bias, axes=COLUMNS["b"], blocks=blocks_of("b", "n")),
    )
