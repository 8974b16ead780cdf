"""How ``keras.layers.SimpleRNN``, ``LSTM`` and ``GRU`` store parameters. Data; Keras is not imported.

Read in keras/src/layers/rnn/simple_rnn.py, lstm.py and gru.py. Columns are gates: ``i f c o`` in an LSTM, ``z r h`` in
a GRU, whose update gate keeps. The two rows of the bias of a GRU that resets after the product are declared apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import COLUMNS, Block, Layout, Sign, Tensor, blocks_of

INPUT_BIAS, RECURRENT_BIAS = "[0]", "[1]"
"""The row of a bias that is added to the input product, and the one inside the reset product."""


def layout_of(cell: Cell) -> Layout:
    """The layout of the layer that computes `cell`; that of its cell is the same."""
    match cell:
        case RNN():
            letters = {letter: (Block(name=letter),) for letter in "WRb"}
            return Layout(name="keras.layers.SimpleRNN", tensors=_plain(letters, bias=cell.bias))
        case LSTM():
            gates = {letter: blocks_of(letter, "ifgo") for letter in "WRb"}
            return Layout(name="keras.layers.LSTM", tensors=_plain(gates, bias=cell.bias))
        case GRU():
            return Layout(name="keras.layers.GRU", tensors=_gru(cell))


def _plain(blocks: Mapping[str, tuple[Block, ...]], *, bias: bool) -> tuple[Tensor, ...]:
    """Two kernels and one bias, from the blocks of each letter."""
    return _tensors(blocks["W"], blocks["R"], (_bias("bias", blocks["b"]),), bias=bias)


def _gru(cell: GRU) -> tuple[Tensor, ...]:
    z: Sign = 1 if cell.update == "keep" else -1  # GRU-7
    blocks = {letter: blocks_of(letter, "zrn", signs={"z": z}) for letter in "WRb"}
    if cell.reset == "before":
        return _plain(blocks, bias=cell.bias)
    outside = (*blocks_of("b", "zr", share=0.75, signs={"z": z}), Block(name="b_n"))
    inside = (*blocks_of("b", "zr", share=0.25, signs={"z": z}), Block(name="b_Rn"))
    biases = (_bias(f"bias{INPUT_BIAS}", outside), _bias(f"bias{RECURRENT_BIAS}", inside))
    return _tensors(blocks["W"], blocks["R"], biases, bias=cell.bias)


def _bias(name: str, blocks: tuple[Block, ...]) -> Tensor:
    return Tensor(name=name, axes=COLUMNS["b"], blocks=blocks)


def _tensors(
    W: tuple[Block, ...], R: tuple[Block, ...], biases: tuple[Tensor, ...], *, bias: bool
) -> tuple[Tensor, ...]:
    kernels = (
        Tensor(name="kernel", axes=COLUMNS["W"], blocks=W),
        Tensor(name="recurrent_kernel", axes=COLUMNS["R"], blocks=R),
    )
    return kernels + biases if bias else kernels
