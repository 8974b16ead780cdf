"""The relevance gate of an LSTM: VAR-6."""

from __future__ import annotations

from rnnspec.activations import activation_of
from rnnspec.cells import LSTM
from rnnspec.steps.chain import Bound, Lines
from rnnspec.steps.gated_product import GatedProduct, OtherRecurrence
from rnnspec.steps.lines import Activated


def relevance_gate(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` in which the candidate reads the state behind a gate r; all gates, r itself among them, read h."""
    if not cell.relevance_gate:
        return lines
    gate = activation_of(cell.gate_activation, "LSTM.gate_activation")
    r = Activated(bound, "r", gate)  # VAR-6
    return [OtherRecurrence(bound, "g"), r, GatedProduct(bound, "g"), *lines[1:]]
