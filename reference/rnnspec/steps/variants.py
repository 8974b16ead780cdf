"""Variants of the gates of an LSTM: ``spec/variants.md``."""

from __future__ import annotations

import numpy as np

from rnnspec.activations import activation_of
from rnnspec.cells import LSTM
from rnnspec.records import Array
from rnnspec.steps.gated_product import GatedProduct, OtherRecurrence
from rnnspec.steps.shared_lines import Absent, Activated
from rnnspec.steps.step import Bound, Equation, Letters, Line, Lines, Named, after, before, instead

GATES = ("i", "f", "o")


def uncomputed_gates(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` without those of the gates that are not computed."""
    for gate, there in (("i", cell.input_gate), ("f", cell.forget_gate), ("o", cell.output_gate)):
        if not there:
            lines = instead(lines, gate, Absent(bound, gate))
    if cell.coupling == "forget":
        lines = after(instead(lines, "f"), "i", complement("f", "i"))  # VAR-4
    elif cell.coupling == "input":
        lines = after(instead(lines, "i"), "f", complement("i", "f"))  # VAR-5
    return lines


def complement(gate: str, other: str) -> Equation:
    """``gate = 1 - other``."""
    return Equation(gate, lambda v: 1 - v[other], lambda _, d: {other: -d})  # VAR-4, VAR-5, GRAD-13


def relevance_gate(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` in which the candidate reads the state behind a gate r; all gates, r itself among them, read h."""
    if not cell.relevance_gate:
        return lines
    gate = activation_of(cell.gate_activation, "LSTM.gate_activation")
    r = Activated(bound, "r", gate)  # VAR-6
    return [OtherRecurrence(bound, "g"), r, GatedProduct(bound, "g"), *lines[1:]]


def gate_recurrence(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` in which the gates of the step before enter all gates, and are part of the state."""
    if not cell.gate_recurrence:
        return lines
    return before([lines[0], GateRecurrence(bound), *lines[1:]], "y", GatesAsState())


class GateRecurrence(Line):
    """``R_ii i_old + R_fi f_old + R_oi o_old`` is added to the pre-activation of i, and likewise for f and o."""

    left = ("before",)
    summed = ("before",)

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.R = np.block([[bound.parameters[f"R_{source}{target}"] for source in GATES] for target in GATES])

    def forward(self, v: Letters) -> Named:
        before = np.concatenate([v[f"{gate}_old"] for gate in GATES], axis=-1)
        for gate, part in zip(GATES, self.bound.split(self.bound.dot(before, self.R.T), 3), strict=True):
            a = v[f"a_{gate}"]
            a += part  # VAR-7
        return {"before": before}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        d_before = self.bound.dot(self._targets(d), self.R)  # GRAD-15
        return {f"{gate}_old": part for gate, part in zip(GATES, self.bound.split(d_before, 3), strict=True)}

    def gradients(self, v: Letters, d: Letters) -> Named:
        d_R = self.bound.product_gradient(self._targets(d), v.before)  # GRAD-15
        return {
            f"R_{source}{target}": block
            for target, row in zip(GATES, np.split(d_R, 3), strict=True)
            for source, block in zip(GATES, np.split(row, 3, axis=1), strict=True)
        }

    def _targets(self, d: Letters) -> Array:
        return np.concatenate([d[f"a_{gate}"] for gate in GATES], axis=-1)


class GatesAsState(Line):
    """The values of the gates are part of the new state (LSTM-7); they leave the memory of the step."""

    left = tuple(f"{gate}_new" for gate in GATES)

    def forward(self, v: Letters) -> Named:
        return {f"{gate}_new": v[gate].copy() for gate in GATES}  # VAR-7

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {gate: d[f"{gate}_new"] for gate in GATES}  # GRAD-15
