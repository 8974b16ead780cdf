"""Peepholes: ``spec/peephole.md``."""

from __future__ import annotations

from rnnspec.cells import LSTM
from rnnspec.steps.step import Bound, Letters, Line, Lines, Named, before, sum_of_steps


def peepholes(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` in which gates see a cell state: the old one before all gates, the new one before the output gate."""
    if cell.peephole == "none":
        return lines
    sees_new = "o" if cell.peephole == "new" else ""
    on_old = [Peephole(bound, gate, "c") for gate in cell.peephole_gates if gate != sees_new]  # PEEP-2, PEEP-4
    # In this order what c receives is added up in the order of GRAD-4.
    lines = [lines[0], *reversed(on_old), *lines[1:]]
    if sees_new in cell.peephole_gates:
        lines = before(lines, "o", Peephole(bound, "o", "c_new"))  # PEEP-3
    return lines


class Peephole(Line):
    """``p c`` is added to the pre-activation of a gate, unit by unit (PEEP-1); `seen` is the letter c or c_new."""

    def __init__(self, bound: Bound, gate: str, seen: str) -> None:
        self.a, self.name, self.seen = f"a_{gate}", f"p_{gate}", seen
        self.p = bound.parameters[self.name]
        self.summed = (seen,)

    def forward(self, v: Letters) -> Named:
        a = v[self.a]
        a += self.p * v[self.seen]
        return {}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {self.seen: d[self.a] * self.p}  # GRAD-4

    def gradients(self, v: Letters, d: Letters) -> Named:
        return {self.name: sum_of_steps(d[self.a] * v[self.seen])}  # GRAD-4
