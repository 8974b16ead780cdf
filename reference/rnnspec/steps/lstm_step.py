"""The lines of the LSTM (``spec/lstm.md``), and the options that change them, in the order in which they do."""

from __future__ import annotations

from collections.abc import Callable

from rnnspec.activations import Activation, activation_of
from rnnspec.cells import LSTM
from rnnspec.steps.chain import Bound, Letters, Line, Lines, Named
from rnnspec.steps.clips import preactivation_clip, state_clips
from rnnspec.steps.gate_recurrence import gate_recurrence
from rnnspec.steps.lines import Activated, Output, Recurrence
from rnnspec.steps.peepholes import peepholes
from rnnspec.steps.projections import projections
from rnnspec.steps.relevance_gate import relevance_gate
from rnnspec.steps.uncomputed_gates import uncomputed_gates


def lstm_lines(cell: LSTM, bound: Bound) -> Lines:
    """The lines of one step of `cell`."""
    gate = activation_of(cell.gate_activation, "LSTM.gate_activation")
    candidate = activation_of(cell.candidate_activation, "LSTM.candidate_activation")
    output = activation_of(cell.output_activation, "LSTM.output_activation")
    lines: Lines = [
        Recurrence(bound),
        Activated(bound, "i", gate),  # LSTM-1: i = act(W_i x + R_i h + b_i)
        Activated(bound, "f", gate),  # LSTM-2: f = act(W_f x + R_f h + b_f)
        Activated(bound, "g", candidate),  # LSTM-3: g = act(W_g x + R_g h + b_g)
        NewCellState(),  # LSTM-4: c' = f c + i g
        Activated(bound, "o", gate),  # LSTM-5: o = act(W_o x + R_o h + b_o)
        NewHiddenState(bound, output),  # LSTM-6: h' = o act(c')
        Output(),  # LSTM-7: y = h'
    ]
    for option in OPTIONS:
        lines = option(lines, cell, bound)
    return lines


OPTIONS: tuple[Callable[[Lines, LSTM, Bound], Lines], ...] = (
    uncomputed_gates,
    relevance_gate,
    peepholes,
    gate_recurrence,
    projections,
    state_clips,
    preactivation_clip,
)
"""What changes the lines of the plain cell, in this order."""


class NewCellState(Line):
    """``c' = f c + i g``."""

    left = ("c_new",)

    def forward(self, v: Letters) -> Named:
        return {"c_new": v.f * v.c + v.i * v.g}  # LSTM-4

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {"i": d.c_new * v.g, "f": d.c_new * v.c, "g": d.c_new * v.i, "c": d.c_new * v.f}  # GRAD-3


class NewHiddenState(Line):
    """``h' = o k`` with ``k = act(c')``."""

    left = ("h_new", "k")

    def __init__(self, bound: Bound, output: Activation) -> None:
        self.activate, self.output = bound.activate, output

    def forward(self, v: Letters) -> Named:
        k = self.activate(self.output, v.c_new, None)
        return {"h_new": v.o * k, "k": k}  # LSTM-6

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {"o": d.h_new * v.k, "c_new": d.h_new * v.o * self.output.derivative(v.k)}  # GRAD-3
