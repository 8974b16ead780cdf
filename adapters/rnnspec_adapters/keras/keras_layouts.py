"""How ``keras.layers.SimpleRNN``, ``LSTM`` and ``GRU`` store parameters. Data; Keras is not imported.

Read in keras/src/layers/rnn/simple_rnn.py, lstm.py and gru.py. Columns are gates: ``i f c o`` in an LSTM, ``z r h`` in
a GRU, whose update gate keeps. The two rows of the bias of a GRU that resets after the product are declared apart.
"""

from __future__ import annotations

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import COLUMNS, Block, Layout, Tensor, blocks_of, columns, order_of, signs_of
from rnnspec_adapters.layouts_of_cells import for_cell

INPUT_BIAS, RECURRENT_BIAS = "[0]", "[1]"
"""The row of a bias that is added to the input product, and the one inside the reset product."""

NAMES = {RNN: "SimpleRNN", LSTM: "LSTM", GRU: "GRU"}
"""What Keras calls a layer."""


@for_cell
def layout_of(cell: Cell) -> Layout:
    """The layout of the layer that computes `cell`; that of its cell is the same."""
    gates, signs = order_of(cell, "ifgo", "zrn"), signs_of(cell, "keep")
    tensors = [
        columns("kernel", "W", gates, signs=signs),
        columns("recurrent_kernel", "R", gates, signs=signs),
    ]
    if "b_Rn" in cell.parameter_axes:
        for row, share, own in ((INPUT_BIAS, 0.75, "b_n"), (RECURRENT_BIAS, 0.25, "b_Rn")):
            blocks = (*blocks_of("b", "zr", share=share, signs=signs), Block(name=own))
            tensors.append(Tensor(name=f"bias{row}", axes=COLUMNS["b"], blocks=blocks))
    elif cell.bias:
        tensors.append(columns("bias", "b", gates, signs=signs))
    return Layout(name=f"keras.layers.{NAMES[type(cell)]}", tensors=tuple(tensors))
