"""How ``torch.nn.RNN``, ``LSTM`` and ``GRU`` store parameters: as cuDNN does, layer by layer. Data.

Read in torch/nn/modules/rnn.py, the "Attributes" of each.
"""

from __future__ import annotations

from dataclasses import replace

from rnnspec import LSTM, Cell
from rnnspec_adapters import cudnn_layouts
from rnnspec_adapters.layout import Block, Layout, Tensor
from rnnspec_adapters.layouts_of_cells import for_cell

OF_LAYER = "_l{layer}{direction}"
"""What follows the name of a tensor in a layer, and is missing in a cell."""

NAMES = (f"weight_ih{OF_LAYER}", f"weight_hh{OF_LAYER}", f"bias_ih{OF_LAYER}", f"bias_hh{OF_LAYER}")

PROJECTION = Tensor(name=f"weight_hr{OF_LAYER}", axes="(gate J) H", blocks=(Block(name="P_h"),))
"""With ``proj_size``, a projection without bias stands behind the others."""


@for_cell
def layout_of(cell: Cell) -> Layout:
    """The layout of the torch layer that computes `cell`."""
    return in_order(cell, gates="ifgo")


@for_cell
def in_order(cell: Cell, *, gates: str) -> Layout:
    """The same with the gates of an LSTM in another order than that of torch."""
    own = (PROJECTION,) if isinstance(cell, LSTM) and cell.projection else ()
    tensors = cudnn_layouts.tensors(NAMES, cell, order=gates)
    return Layout(name=f"torch.nn.{type(cell).__name__}", tensors=tensors + own)


@for_cell
def cell_layout_of(cell: Cell) -> Layout:
    """The layout of the torch cell that computes one step of `cell`: that of the layer, without numbers of layers."""
    layer = layout_of(cell)
    tensors = tuple(replace(tensor, name=tensor.name.removesuffix(OF_LAYER)) for tensor in layer.tensors)
    return Layout(name=f"{layer.name}Cell", tensors=tensors)
