"""The tensors of cuDNN's layers. PyTorch, TensorFlow and JAX have them under names of their own. Data.

Rows are gates: ``i f g o`` and ``r z n``. Two bias vectors are summed, but for the candidate of the GRU, whose
recurrent bias stands inside the reset product; the update gate keeps. Read in torch/nn/modules/rnn.py (the "Attributes"
of each layer), keras/src/backend/tensorflow/rnn.py and jax/experimental/rnn.py.
"""

from __future__ import annotations

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import ROWS, Block, Sign, Tensor, blocks_of

Blocks = tuple[Block, ...]


def tensors(names: tuple[str, str, str, str], cell: Cell, *, order: str = "ifgo") -> tuple[Tensor, ...]:
    """The matrices of x and h and, where `cell` has biases, those of x and h; `order` is that of an LSTM's gates."""
    parts = zip(names, "WRbb", _blocks(cell, order), strict=True)
    found = tuple(Tensor(name=name, axes=ROWS[letter], blocks=blocks) for name, letter, blocks in parts)
    return found if cell.bias else found[:2]


def _blocks(cell: Cell, order: str) -> tuple[Blocks, Blocks, Blocks, Blocks]:
    """The blocks of W, of R, and of the biases of x and of h; the halves of a bias differ, to be told apart (LAY-5)."""
    match cell:
        case RNN():
            outside, inside = (Block(name="b", share=share) for share in (0.75, 0.25))
            return (Block(name="W"),), (Block(name="R"),), (outside,), (inside,)
        case LSTM():
            W, R = (blocks_of(letter, order) for letter in "WR")
            return W, R, blocks_of("b", order, share=0.75), blocks_of("b", order, share=0.25)
        case GRU():
            signs: dict[str, Sign] = {"z": 1 if cell.update == "keep" else -1}  # GRU-7
            W, R = (blocks_of(letter, "rzn", signs=signs) for letter in "WR")
            of_x, of_h = (blocks_of("b", "rz", share=share, signs=signs) for share in (0.75, 0.25))
            return W, R, (*of_x, Block(name="b_n")), (*of_h, Block(name="b_Rn"))
