"""Gates of an LSTM that are not computed, because they are absent or coupled: VAR-1 to VAR-5."""

from __future__ import annotations

from rnnspec.cells import LSTM
from rnnspec.steps.chain import Bound, Letters, Line, Lines, Named, after, instead
from rnnspec.steps.lines import Absent


def uncomputed_gates(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` without those of the gates that are not computed."""
    for gate, there in (("i", cell.input_gate), ("f", cell.forget_gate), ("o", cell.output_gate)):
        if not there:
            lines = instead(lines, gate, Absent(bound, gate))
    if cell.coupling == "forget":
        lines = after(instead(lines, "f"), "i", Complement("f", "i"))  # VAR-4
    elif cell.coupling == "input":
        lines = after(instead(lines, "i"), "f", Complement("i", "f"))  # VAR-5
    return lines


class Complement(Line):
    """``gate = 1 - other``."""

    def __init__(self, gate: str, other: str) -> None:
        self.gate, self.other = gate, other
        self.left = (gate,)

    def forward(self, v: Letters) -> Named:
        return {self.gate: 1 - v[self.other]}  # VAR-4, VAR-5

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {self.other: -d[self.gate]}  # GRAD-13
