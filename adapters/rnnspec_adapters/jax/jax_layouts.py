"""How JAX libraries store the parameters of a recurrent layer. Data; no library is imported.

Read in flax/linen/recurrent.py, flax/nnx/nn/recurrent.py, equinox/nn/_rnn.py, haiku/_src/recurrent.py and
jax/experimental/rnn.py. Those of Flax and Haiku multiply from the right, ``x W``, so that columns are gates; Equinox
and ``jax.experimental.rnn`` have rows of gates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters import cudnn_layouts
from rnnspec_adapters.layout import LOWER, UPPER, Layout, Tensor, columns, order_of, rows, signs_of
from rnnspec_adapters.layouts_of_cells import for_cell

LINEN = {"": "SimpleCell", "ifgo": "LSTMCell", "rzn": "GRUCell", "zn": "MGUCell"}
"""The cells of ``flax.linen``, by their gates."""


def _simple(i: str, h: str) -> tuple[Tensor, ...]:
    """Two dense layers; the bias stands on the side of x."""
    return columns(f"{i}.kernel", "W"), columns(f"{i}.bias", "b"), columns(f"{h}.kernel", "R")


def _by_gate(cell: Cell, gates: str, *, biases: str, names: Mapping[str, str]) -> tuple[Tensor, ...]:
    """A dense layer for each gate and each of x and h; `biases` stand on the side of one of them.

    The layers are called ``i`` or ``h`` and the gate, but for those of which `names` has another name.
    """
    signs = signs_of(cell, "keep")
    tensors = []
    for gate in gates:
        on = {side: names.get(f"{side}{gate}", f"{side}{gate}") for side in "ih"}
        tensors += [
            columns(f"{on['i']}.kernel", "W", gate, signs=signs),
            columns(f"{on['h']}.kernel", "R", gate, signs=signs),
            columns(f"{on[biases]}.bias", "b", gate, signs=signs),
        ]
    return tuple(tensors)


@for_cell
def linen(cell: Cell) -> Layout:
    """The layout of the cell of ``flax.linen`` that computes `cell`; the two LSTM cells have the same.

    The forget gate of ``MGUCell`` is z; without ``reset_gate`` it has no bias inside the product.
    """
    gates = order_of(cell, "ifgo", "zn", "rzn")
    if not gates:
        return Layout(name="flax.linen.SimpleCell", tensors=_simple("i", "h"))
    minimal = {"iz": "if", "hz": "hf"} if gates == "zn" else {}
    tensors = _by_gate(cell, gates, biases="h" if gates == "ifgo" else "i", names=minimal)
    inside = gates == "rzn" or getattr(cell, "minimal", False)
    own = (columns("hn.bias", "b", ["Rn"]),) if inside else ()
    return Layout(name=f"flax.linen.{LINEN[gates]}", tensors=tensors + own)


@for_cell
def nnx(cell: Cell, *, optimized: bool) -> Layout:
    """The layout of the cell of ``flax.nnx`` that computes `cell`; the optimized LSTM packs its gates.

    ``flax.nnx.GRUCell`` has no bias inside the reset product, and so computes no cell of the text.
    """
    if not any(cell.gates):
        return Layout(name="flax.nnx.SimpleCell", tensors=_simple("dense_i", "dense_h"))
    if set("".join(cell.gates)) != set("ifgo"):
        raise ValueError(f"flax.nnx: wanted an RNN or an LSTM, got {cell} [LAY-4]")
    if optimized:
        dense = (("dense_i.kernel", "W"), ("dense_h.kernel", "R"), ("dense_h.bias", "b"))
        tensors = tuple(columns(name, letter, "ifgo") for name, letter in dense)
        return Layout(name="flax.nnx.OptimizedLSTMCell", tensors=tensors)
    return Layout(name="flax.nnx.LSTMCell", tensors=_by_gate(cell, "ifgo", biases="h", names={"if": "if_"}))


@for_cell
def equinox(cell: Cell) -> Layout:
    """The layout of ``equinox.nn.LSTMCell`` or ``GRUCell``; the bias of a GRU stands on the side of x."""
    gates, signs = order_of(cell, "ifgo", "rzn"), signs_of(cell, "keep")
    tensors = [rows("weight_ih", "W", gates, signs=signs), rows("weight_hh", "R", gates, signs=signs)]
    if cell.bias:
        tensors.append(rows("bias", "b", gates, signs=signs))
        if gates == "rzn":
            tensors.append(rows("bias_n", "b", ["Rn"]))
    return Layout(name=f"equinox.nn.{type(cell).__name__}Cell", tensors=tuple(tensors))


@for_cell
def haiku(cell: Cell) -> Layout:
    """The layout of ``haiku.VanillaRNN``, ``LSTM`` or ``GRU``.

    The LSTM has one matrix for x and h, whose rows are declared apart, and adds 1 to its forget gate. The update gate
    of the GRU takes.
    """
    match cell:
        case RNN():
            tensors = (
                columns("/linear.w", "W"),
                columns("/linear.b", "b", share=0.75),
                columns("/linear_1.w", "R"),
                columns("/linear_1.b", "b", share=0.25),
            )
            return Layout(name="haiku.VanillaRNN", tensors=tensors)
        case LSTM():
            matrix = columns(f"/linear.w{UPPER}", "W", "igfo"), columns(f"/linear.w{LOWER}", "R", "igfo")
            bias = columns("/linear.b", "b", "igfo", added={"f": 1.0})
            return Layout(name="haiku.LSTM", tensors=(*matrix, bias))
        case GRU():
            signs = signs_of(cell, "take")
            names = {"W": ".w_i", "R": ".w_h", "b": ".b"}
            return Layout(
                name="haiku.GRU",
                tensors=tuple(columns(name, letter, "zrn", signs=signs) for letter, name in names.items()),
            )
        case _:
            assert_never(cell)


def cudnn_lstm() -> Layout:
    """The layout of ``jax.experimental.rnn``, whose `unpack_lstm_weights` takes its one vector apart into these."""
    names = ("W_ih.{layer}", "W_hh.{layer}", "b_ih.{layer}", "b_hh.{layer}")
    return Layout(name="jax.experimental.rnn.lstm", tensors=cudnn_layouts.tensors(names, LSTM()))
