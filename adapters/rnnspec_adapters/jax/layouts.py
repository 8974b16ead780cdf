"""How JAX libraries store the parameters of a recurrent layer. Data; no library is imported.

Read in flax/linen/recurrent.py, flax/nnx/nn/recurrent.py, equinox/nn/_rnn.py, haiku/_src/recurrent.py and
jax/experimental/rnn.py. Those of Flax and Haiku multiply from the right, ``x W``, so that columns are gates; Equinox
and ``jax.experimental.rnn`` have rows of gates.
"""

from __future__ import annotations

from typing import Literal

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters import cudnn
from rnnspec_adapters.layout import COLUMNS, LOWER, ROWS, UPPER, Block, Layout, Sign, Tensor, blocks_of


def _update(cell: GRU, native: Literal["keep", "take"]) -> dict[str, Sign]:
    """The sign of the update gate in a library whose own polarity is `native` (GRU-7)."""
    return {"z": 1 if cell.update == native else -1}


def _dense(name: str, letter: str, gates: str, signs: dict[str, Sign] | None = None) -> Tensor:
    """The kernel or the bias of a dense layer of Flax."""
    part = "bias" if letter == "b" else "kernel"
    return Tensor(name=f"{name}.{part}", axes=COLUMNS[letter], blocks=blocks_of(letter, gates, signs=signs))


def _simple(i: str, h: str) -> tuple[Tensor, ...]:
    return (
        Tensor(name=f"{i}.kernel", axes=COLUMNS["W"], blocks=(Block(name="W"),)),
        Tensor(name=f"{i}.bias", axes=COLUMNS["b"], blocks=(Block(name="b"),)),
        Tensor(name=f"{h}.kernel", axes=COLUMNS["R"], blocks=(Block(name="R"),)),
    )


def _lstm_by_gate(names: dict[str, str]) -> tuple[Tensor, ...]:
    """A dense layer for each gate and each of x and h; biases on the side of h."""
    return tuple(
        tensor
        for gate in "ifgo"
        for tensor in (_dense(names[gate], "W", gate), _dense(f"h{gate}", "R", gate), _dense(f"h{gate}", "b", gate))
    )


def _gru_by_gate(cell: GRU) -> tuple[Tensor, ...]:
    """``linen.GRUCell``: biases on the side of x, and one inside the reset product."""
    signs = _update(cell, "keep")
    return (
        *(
            tensor
            for gate in "rzn"
            for tensor in (_dense(f"i{gate}", "W", gate, signs), _dense(f"i{gate}", "b", gate, signs))
        ),
        *(_dense(f"h{gate}", "R", gate, signs) for gate in "rzn"),
        Tensor(name="hn.bias", axes=COLUMNS["b"], blocks=(Block(name="b_Rn"),)),
    )


def _minimal(cell: GRU) -> tuple[Tensor, ...]:
    """``linen.MGUCell``: its forget gate is z; without ``reset_gate`` there is no bias inside the product."""
    signs = _update(cell, "keep")
    inside = (Tensor(name="hn.bias", axes=COLUMNS["b"], blocks=(Block(name="b_Rn"),)),) if cell.minimal else ()
    return (
        *(_dense("if", letter, "z", signs) for letter in "Wb"),
        *(_dense("in", letter, "n") for letter in "Wb"),
        _dense("hf", "R", "z", signs),
        _dense("hn", "R", "n"),
        *inside,
    )


def linen(cell: Cell) -> Layout:
    """The layout of the cell of ``flax.linen`` that computes `cell`; the two LSTM cells have the same."""
    match cell:
        case RNN():
            return Layout(name="flax.linen.SimpleCell", tensors=_simple("i", "h"))
        case LSTM():
            names = {gate: f"i{gate}" for gate in "ifgo"}
            return Layout(name="flax.linen.LSTMCell", tensors=_lstm_by_gate(names))
        case GRU() if cell.gates == ("r", "z", "n"):
            return Layout(name="flax.linen.GRUCell", tensors=_gru_by_gate(cell))
        case GRU():
            return Layout(name="flax.linen.MGUCell", tensors=_minimal(cell))


def nnx(cell: Cell, *, optimized: bool) -> Layout:
    """The layout of the cell of ``flax.nnx`` that computes `cell`; the optimized LSTM packs its gates."""
    if isinstance(cell, RNN):
        return Layout(name="flax.nnx.SimpleCell", tensors=_simple("dense_i", "dense_h"))
    if optimized:
        dense = (("dense_i", "W"), ("dense_h", "R"), ("dense_h", "b"))
        tensors = tuple(_dense(name, letter, "ifgo") for name, letter in dense)
        return Layout(name="flax.nnx.OptimizedLSTMCell", tensors=tensors)
    names = {"i": "ii", "f": "if_", "g": "ig", "o": "io"}
    return Layout(name="flax.nnx.LSTMCell", tensors=_lstm_by_gate(names))


def equinox(cell: Cell) -> Layout:
    """The layout of ``equinox.nn.LSTMCell`` or ``GRUCell``; the bias of a GRU stands on the side of x."""
    gates = "ifgo" if isinstance(cell, LSTM) else "rzn"
    signs = _update(cell, "keep") if isinstance(cell, GRU) else {}
    tensors = [
        Tensor(name="weight_ih", axes=ROWS["W"], blocks=blocks_of("W", gates, signs=signs)),
        Tensor(name="weight_hh", axes=ROWS["R"], blocks=blocks_of("R", gates, signs=signs)),
    ]
    if cell.bias:
        tensors.append(Tensor(name="bias", axes=ROWS["b"], blocks=blocks_of("b", gates, signs=signs)))
        if isinstance(cell, GRU):
            tensors.append(Tensor(name="bias_n", axes=ROWS["b"], blocks=(Block(name="b_Rn"),)))
    return Layout(name=f"equinox.nn.{type(cell).__name__}Cell", tensors=tuple(tensors))


def haiku(cell: Cell) -> Layout:
    """The layout of ``haiku.VanillaRNN``, ``LSTM`` or ``GRU``.

    The LSTM has one matrix for x and h, whose rows are declared apart, and adds 1 to its forget gate. The update gate
    of the GRU takes.
    """
    match cell:
        case RNN():
            tensors: tuple[Tensor, ...] = (
                Tensor(name="/linear.w", axes=COLUMNS["W"], blocks=(Block(name="W"),)),
                Tensor(name="/linear.b", axes=COLUMNS["b"], blocks=(Block(name="b", share=0.75),)),
                Tensor(name="/linear_1.w", axes=COLUMNS["R"], blocks=(Block(name="R"),)),
                Tensor(name="/linear_1.b", axes=COLUMNS["b"], blocks=(Block(name="b", share=0.25),)),
            )
            return Layout(name="haiku.VanillaRNN", tensors=tensors)
        case LSTM():
            biases = tuple(Block(name=f"b_{gate}", added=1.0 if gate == "f" else 0.0) for gate in "igfo")
            tensors = (
                Tensor(name=f"/linear.w{UPPER}", axes=COLUMNS["W"], blocks=blocks_of("W", "igfo")),
                Tensor(name=f"/linear.w{LOWER}", axes=COLUMNS["R"], blocks=blocks_of("R", "igfo")),
                Tensor(name="/linear.b", axes=COLUMNS["b"], blocks=biases),
            )
            return Layout(name="haiku.LSTM", tensors=tensors)
        case GRU():
            signs = _update(cell, "take")
            tensors = (
                Tensor(name=".w_i", axes=COLUMNS["W"], blocks=blocks_of("W", "zrn", signs=signs)),
                Tensor(name=".w_h", axes=COLUMNS["R"], blocks=blocks_of("R", "zrn", signs=signs)),
                Tensor(name=".b", axes=COLUMNS["b"], blocks=blocks_of("b", "zrn", signs=signs)),
            )
            return Layout(name="haiku.GRU", tensors=tensors)


def cudnn_lstm() -> Layout:
    """The layout of ``jax.experimental.rnn``, whose `unpack_lstm_weights` takes its one vector apart into these."""
    names = ("W_ih.{layer}", "W_hh.{layer}", "b_ih.{layer}", "b_hh.{layer}")
    return Layout(name="jax.experimental.rnn.lstm", tensors=cudnn.tensors(names, LSTM()))
