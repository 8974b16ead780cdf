"""The lines of the simple recurrent layer: ``spec/rnn.md``."""

from __future__ import annotations

from rnnspec.activations import activation_of
from rnnspec.cells import RNN
from rnnspec.steps.clips import preactivation_clip
from rnnspec.steps.shared_lines import Activated, Recurrence
from rnnspec.steps.step import OUTPUT, Bound, Lines


def rnn_lines(cell: RNN, bound: Bound) -> Lines:
    """The lines of one step of `cell`."""
    activation = activation_of(cell.activation, "RNN.activation")
    lines: Lines = [
        Recurrence(bound),
        Activated(bound, "h_new", activation, of="a", in_place=False),  # RNN-1: h' = act(W x + R h + b)
        OUTPUT,
    ]
    return preactivation_clip(lines, cell, bound)
