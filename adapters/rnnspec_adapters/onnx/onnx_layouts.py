"""How the operators of ONNX store parameters (docs/Operators.md: LSTM, GRU, RNN). Data; no framework is imported.

Rows are gates: ``W[iofc]`` in an LSTM, ``W[zrh]`` in a GRU. ``B`` has the biases of the input before those of h, which
are summed, but for the candidate of a GRU with ``linear_before_reset``. ``P`` has the peepholes ``[iof]``. Parameters
of two directions stand one above the other on an axis in front, which has the length 1 here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import Block, Layout, Tensor
from rnnspec_adapters.layouts_of_cells import for_cell

AXES = {"W": "1 (gate H) I", "R": "1 (gate H) J", "B": "1 (gate H)", "P": "1 (gate H)"}
"""The inputs of an operator that are parameters."""

LSTM_ORDER = "iofg"
PEEPHOLE_ORDER = "iof"


COUPLED: Mapping[str, Mapping[str, Block]] = {
    "none": {},
    "forget": {"f": Block(name="f", role="unused")},
    "input": {"i": Block(name="f", sign=-1), "f": Block(name="f", role="unused")},
}
"""By coupling, how a gate of the text fills the place of another one in an LSTM.

With ``input_forget`` the forget gate is 1 - i, and its parameters are not looked at (VAR-4). The other coupling is the
same with the forget gate, negated, in the place of the input gate: 1 - sigmoid(a) = sigmoid(-a) (VAR-5).
"""


def lstm_places(cell: LSTM) -> dict[str, Block]:
    """The native gates of an LSTM, by the letters of the text; a block is called as the gate of the text in it."""
    return {gate: Block(name=gate) for gate in LSTM_ORDER} | dict(COUPLED[cell.coupling])


def places_of(cell: Cell) -> tuple[Block, ...]:
    """The native gates of the operator that computes `cell`, in its order."""
    match cell:
        case LSTM():
            places = lstm_places(cell)
            return tuple(places[gate] for gate in LSTM_ORDER)
        case GRU():  # z keeps (GRU-7); in a minimal unit it is r as well (GRU-9)
            z = Block(name="z", sign=1 if cell.update == "keep" else -1)
            return z, Block(name="z", role="copy") if cell.minimal else Block(name="r"), Block(name="n")
        case RNN():
            return (Block(name=""),)
        case _:
            assert_never(cell)


def blocks(letter: str, places: Iterable[Block], share: float = 1.0) -> list[Block]:
    """The blocks of one letter."""
    return [replace(place, name=f"{letter}_{place.name}".removesuffix("_"), share=share) for place in places]


@for_cell
def layout_of(cell: Cell) -> Layout:
    """The layout of the operator that computes `cell`. Without biases there is no ``B``."""
    places = places_of(cell)
    tensors = {letter: blocks(letter, places) for letter in "WR"}
    if cell.bias:
        once = [replace(place, role="unused") if place.role == "copy" else place for place in places]
        tensors["B"] = blocks("b", places, 0.75) + blocks("b", once, 0.25)
        if "b_Rn" in cell.parameter_axes:
            tensors["B"][2], tensors["B"][-1] = Block(name="b_n"), Block(name="b_Rn")
    if isinstance(cell, LSTM) and cell.peephole != "none":
        places = tuple(lstm_places(cell)[gate] for gate in PEEPHOLE_ORDER)
        tensors["P"] = blocks("p", places)
    return Layout(
        name=f"onnx.{type(cell).__name__}",
        tensors=tuple(
            Tensor(name=f"{name}{{direction}}", axes=AXES[name], blocks=tuple(own)) for name, own in tensors.items()
        ),
    )
