"""How ``torch.nn.RNN``, ``LSTM`` and ``GRU`` store parameters (torch/nn/modules/rnn.py, the "Attributes" of each).

Rows are gates. LSTM: ``W_ii|W_if|W_ig|W_io``; GRU: ``W_ir|W_iz|W_in``. Two bias vectors are summed, but for the
candidate of the GRU, whose recurrent bias stands inside the reset product.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import Block, Layout, Tensor


def _tensors(
    W: tuple[Block, ...], R: tuple[Block, ...], b_ih: tuple[Block, ...], b_hh: tuple[Block, ...], *, bias: bool
) -> tuple[Tensor, ...]:
    matrices = (
        Tensor(name="weight_ih_l{layer}{direction}", axes="(gate H) I", blocks=W),
        Tensor(name="weight_hh_l{layer}{direction}", axes="(gate H) J", blocks=R),
    )
    biases = (
        Tensor(name="bias_ih_l{layer}{direction}", axes="(gate H)", blocks=b_ih),
        Tensor(name="bias_hh_l{layer}{direction}", axes="(gate H)", blocks=b_hh),
    )
    return matrices + biases if bias else matrices


PROJECTION = Tensor(name="weight_hr_l{layer}{direction}", axes="(gate J) H", blocks=(Block(name="P_h"),))


def lstm(*, bias: bool, projection: bool = False, order: str = "ifgo") -> Layout:
    """``torch.nn.LSTM``; with ``proj_size``, a projection without bias stands behind the others."""
    return Layout(
        name="torch.nn.LSTM",
        tensors=_tensors(
            tuple(Block(name=f"W_{gate}") for gate in order),
            tuple(Block(name=f"R_{gate}") for gate in order),
            tuple(Block(name=f"b_{gate}", share=0.75) for gate in order),
            tuple(Block(name=f"b_{gate}", share=0.25) for gate in order),
            bias=bias,
        )
        + ((PROJECTION,) if projection else ()),
    )


def gru(*, bias: bool, update: Literal["keep", "take"]) -> Layout:
    """``torch.nn.GRU``; its update gate keeps, so that ``take`` stands there negated (GRU-7)."""
    z: Literal[1, -1] = 1 if update == "keep" else -1
    return Layout(
        name="torch.nn.GRU",
        tensors=_tensors(
            (Block(name="W_r"), Block(name="W_z", sign=z), Block(name="W_n")),
            (Block(name="R_r"), Block(name="R_z", sign=z), Block(name="R_n")),
            (Block(name="b_r", share=0.75), Block(name="b_z", share=0.75, sign=z), Block(name="b_n")),
            (Block(name="b_r", share=0.25), Block(name="b_z", share=0.25, sign=z), Block(name="b_Rn")),
            bias=bias,
        ),
    )


def rnn(*, bias: bool) -> Layout:
    """``torch.nn.RNN``"""
    return Layout(
        name="torch.nn.RNN",
        tensors=_tensors(
            (Block(name="W"),),
            (Block(name="R"),),
            (Block(name="b", share=0.75),),
            (Block(name="b", share=0.25),),
            bias=bias,
        ),
    )


def layout_of(cell: Cell) -> Layout:
    """The layout of the torch layer that computes `cell`."""
    match cell:
        case LSTM():
            return lstm(bias=cell.bias, projection=cell.projection > 0)
        case GRU():
            return gru(bias=cell.bias, update=cell.update)
        case RNN():
            return rnn(bias=cell.bias)


def cell_layout_of(cell: Cell) -> Layout:
    """The layout of the torch cell that computes one step of `cell`: that of the layer, without numbers of layers."""
    layer = layout_of(cell)
    tensors = tuple(replace(tensor, name=tensor.name.removesuffix("_l{layer}{direction}")) for tensor in layer.tensors)
    return Layout(name=f"{layer.name}Cell", tensors=tensors)
