"""The lines of the LSTM (``spec/lstm.md``), and the options that change them, in the order in which they do."""

from __future__ import annotations

from collections.abc import Callable

from rnnspec.activations import activation_of
from rnnspec.cells import LSTM
from rnnspec.steps.clips import preactivation_clip, state_clips
from rnnspec.steps.peepholes import peepholes
from rnnspec.steps.projections import projections
from rnnspec.steps.shared_lines import Activated, Recurrence
from rnnspec.steps.step import OUTPUT, Bound, Equation, Lines
from rnnspec.steps.variants import gate_recurrence, relevance_gate, uncomputed_gates


def lstm_lines(cell: LSTM, bound: Bound) -> Lines:
    """The lines of one step of `cell`."""
    gate = activation_of(cell.gate_activation, "LSTM.gate_activation")
    candidate = activation_of(cell.candidate_activation, "LSTM.candidate_activation")
    output = activation_of(cell.output_activation, "LSTM.output_activation")
    lines: Lines = [
        Recurrence(bound),  # GRAD-3
        Activated(bound, "i", gate),  # LSTM-1: i = act(W_i x + R_i h + b_i)
        Activated(bound, "f", gate),  # LSTM-2: f = act(W_f x + R_f h + b_f)
        Activated(bound, "g", candidate),  # LSTM-3: g = act(W_g x + R_g h + b_g)
        CELL_STATE,  # LSTM-4: c' = f c + i g
        Activated(bound, "o", gate),  # LSTM-5: o = act(W_o x + R_o h + b_o)
        Activated(bound, "k", output, of="c_new", in_place=False),  # LSTM-6: k = act(c')
        HIDDEN_STATE,  # LSTM-6: h' = o k
        OUTPUT,  # LSTM-7: y = h'
    ]
    for option in OPTIONS:
        lines = option(lines, cell, bound)
    return lines


CELL_STATE = Equation(
    "c_new",
    lambda v: v.f * v.c + v.i * v.g,  # LSTM-4
    lambda v, d: {"i": d * v.g, "f": d * v.c, "g": d * v.i, "c": d * v.f},  # GRAD-3
)
HIDDEN_STATE = Equation(
    "h_new",
    lambda v: v.o * v.k,  # LSTM-6
    lambda v, d: {"o": d * v.k, "k": d * v.o},  # GRAD-3
)

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
