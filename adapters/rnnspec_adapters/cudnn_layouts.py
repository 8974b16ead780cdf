"""The tensors of cuDNN's layers. PyTorch, TensorFlow and JAX have them under names of their own. Data.

Rows are gates: ``i f g o`` and ``r z n``. Two bias vectors are summed, but for the candidate of the GRU, whose
recurrent bias stands inside the reset product; the update gate keeps. Read in torch/nn/modules/rnn.py (the "Attributes"
of each layer), keras/src/backend/tensorflow/rnn.py and jax/experimental/rnn.py.
"""

from __future__ import annotations

from rnnspec import Cell
from rnnspec_adapters.layout import ROWS, Block, Tensor, blocks_of, order_of, rows, signs_of


def tensors(names: tuple[str, str, str, str], cell: Cell, *, order: str = "ifgo") -> tuple[Tensor, ...]:
    """The matrices of x and h and, where `cell` has biases, those of x and h; `order` is that of an LSTM's gates.

    The halves of a bias differ, to be told apart (LAY-5).
    """
    gates = order_of(cell, order, "rzn")
    signs = signs_of(cell, "keep")
    matrices = tuple(rows(name, letter, gates, signs=signs) for name, letter in zip(names, "WR", strict=False))
    if not cell.bias:
        return matrices
    apart = ("b_n", "b_Rn") if gates == "rzn" else ()
    summed = gates.removesuffix("n") if apart else gates
    biases = []
    for name, share, own in zip(names[2:], (0.75, 0.25), apart or (None, None), strict=True):
        blocks = blocks_of("b", summed, share=share, signs=signs)
        biases.append(Tensor(name=name, axes=ROWS["b"], blocks=blocks if own is None else (*blocks, Block(name=own))))
    return (*matrices, *biases)
