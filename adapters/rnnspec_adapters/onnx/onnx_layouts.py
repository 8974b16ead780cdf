"""How the operators of ONNX store parameters (docs/Operators.md: LSTM, GRU, RNN). Data; no framework is imported.

Rows are gates: ``W[iofc]`` in an LSTM, ``W[zrh]`` in a GRU. ``B`` has the biases of the input before those of h, which
are summed, but for the candidate of a GRU with ``linear_before_reset``. ``P`` has the peepholes ``[iof]``. Parameters
of two directions stand one above the other on an axis in front, which has the length 1 here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.layout import Block, Layout, Tensor

AXES = {"W": "1 (gate H) I", "R": "1 (gate H) J", "B": "1 (gate H)", "P": "1 (gate H)"}
"""The inputs of an operator that are parameters."""

LSTM_ORDER = "iofg"
PEEPHOLE_ORDER = "iof"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """The place of a native gate: which gate of the text fills it, and how."""

    gate: str
    sign: Literal[1, -1] = 1
    role: Literal["part", "copy", "unused"] = "part"

    def block(self, letter: str, share: float = 1.0) -> Block:
        """The block of one letter."""
        name = f"{letter}_{self.gate}" if self.gate else letter
        return Block(name=name, share=share, sign=self.sign, role=self.role)


def lstm_slots(cell: LSTM) -> dict[str, Slot]:
    """The native gates of an LSTM, by the letters of the text.

    With ``input_forget`` the forget gate is 1 - i, and its parameters are not looked at (VAR-4). The other coupling is
    the same with the forget gate, negated, in the place of the input gate: 1 - sigmoid(a) = sigmoid(-a) (VAR-5).
    """
    plain = {gate: Slot(gate=gate) for gate in LSTM_ORDER}
    match cell.coupling:
        case "none":
            return plain
        case "forget":
            return plain | {"f": Slot(gate="f", role="unused")}
        case "input":
            return plain | {"i": Slot(gate="f", sign=-1), "f": Slot(gate="f", role="unused")}


def gru_slots(cell: GRU) -> tuple[Slot, ...]:
    """The native gates of a GRU: z, which keeps (GRU-7), r, which in a minimal unit is z as well (GRU-9), n."""
    r = Slot(gate="z", role="copy") if cell.minimal else Slot(gate="r")
    return (Slot(gate="z", sign=1 if cell.update == "keep" else -1), r, Slot(gate="n"))


def slots_of(cell: Cell) -> tuple[Slot, ...]:
    """The native gates of the operator that computes `cell`, in its order."""
    match cell:
        case LSTM():
            slots = lstm_slots(cell)
            return tuple(slots[gate] for gate in LSTM_ORDER)
        case GRU():
            return gru_slots(cell)
        case RNN():
            return (Slot(gate=""),)


def layout_of(cell: Cell) -> Layout:
    """The layout of the operator that computes `cell`. Without biases there is no ``B``."""
    slots = slots_of(cell)
    blocks = {letter: [slot.block(letter) for slot in slots] for letter in "WR"}
    if cell.bias:
        once = [replace(slot, role="unused") if slot.role == "copy" else slot for slot in slots]
        blocks["B"] = [slot.block("b", 0.75) for slot in slots] + [slot.block("b", 0.25) for slot in once]
        if isinstance(cell, GRU) and cell.reset == "after":
            blocks["B"][2], blocks["B"][-1] = Block(name="b_n"), Block(name="b_Rn")
    if isinstance(cell, LSTM) and cell.peephole != "none":
        of_gate = lstm_slots(cell)
        blocks["P"] = [of_gate[gate].block("p") for gate in PEEPHOLE_ORDER]
    return Layout(name=f"onnx.{type(cell).__name__}", tensors=tuple(_tensors(blocks.items())))


def _tensors(blocks: Iterable[tuple[str, list[Block]]]) -> Iterable[Tensor]:
    for name, of_tensor in blocks:
        yield Tensor(name=f"{name}{{direction}}", axes=AXES[name], blocks=tuple(of_tensor))
