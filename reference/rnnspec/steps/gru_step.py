"""The lines of the GRU and its variants: ``spec/gru.md``."""

from __future__ import annotations

import numpy as np

from rnnspec.activations import activation_of
from rnnspec.cells import GRU
from rnnspec.steps.clips import preactivation_clip
from rnnspec.steps.gated_product import GatedProduct, OtherRecurrence
from rnnspec.steps.shared_lines import Absent, Activated, Recurrence
from rnnspec.steps.step import OUTPUT, Bound, Equation, Letters, Line, Lines, Named, instead, sum_of_steps


def gru_lines(cell: GRU, bound: Bound) -> Lines:
    """The lines of one step of `cell`."""
    gate = activation_of(cell.gate_activation, "GRU.gate_activation")
    candidate = activation_of(cell.candidate_activation, "GRU.candidate_activation")
    is_before = cell.reset == "before"
    lines: Lines = [
        OtherRecurrence(bound, "n") if is_before else ResetRecurrence(bound),
        Activated(bound, "z", gate),  # GRU-2: z = act(W_z x + R_z h + b_z)
        Activated(bound, "r", gate),  # GRU-1: r = act(W_r x + R_r h + b_r)
        GatedProduct(bound, "n") if is_before else ResetProduct(),
        Activated(bound, "n", candidate),  # GRU-3: n = act(W_n x + b_n + r m), GRU-4: n = act(W_n x + R_n s + b_n)
        KEEP if cell.update == "keep" else TAKE,  # GRU-5: h' = z h + (1 - z) n, GRU-6: h' = (1 - z) h + z n
        OUTPUT,
    ]
    if cell.minimal:
        lines = instead(lines, "r", Equation("r", lambda v: v.z, lambda _, d: {"z": d}))  # GRU-9, GRAD-17
    if cell.reset == "none":
        lines = instead(lines, "r", Absent(bound, "r"))  # GRU-8
    return preactivation_clip(lines, cell, bound)


KEEP = Equation(
    "h_new",
    lambda v: v.z * v.h + (1 - v.z) * v.n,  # GRU-5
    lambda v, d: {"z": d * (v.h - v.n), "h": d * v.z, "n": d * (1 - v.z)},  # GRAD-5
)
TAKE = Equation(
    "h_new",
    lambda v: (1 - v.z) * v.h + v.z * v.n,  # GRU-6
    lambda v, d: {"z": d * (v.n - v.h), "h": d * (1 - v.z), "n": d * v.z},  # GRAD-5
)


class ResetRecurrence(Recurrence):
    """``a_r = u_r + R_r h``, ``a_z = u_z + R_z h``, and, apart from ``a_n = u_n``, ``m = R_n h + b_Rn``."""

    d_summed = ("m",)

    def __init__(self, bound: Bound) -> None:
        super().__init__(bound)
        self.left = (*bound.letters, "m")
        self.b_Rn = bound.parameters.get("b_Rn", 0.0)

    def forward(self, v: Letters) -> Named:
        *a_gates, a_n = self.bound.split(v.u)
        *q_gates, q_n = self.bound.split(self.bound.dot(v.h, self.R.T))
        for a, q in zip(a_gates, q_gates, strict=True):
            np.add(a, q, out=a)
        return dict(zip(self.left, (*a_gates, a_n, q_n + self.b_Rn), strict=True))

    def adjoint(self, v: Letters, d: Letters) -> Named:
        *d_gates, d_n = (d[a] for a in self.bound.letters)
        d_h = self.bound.dot(np.concatenate([*d_gates, d.m], axis=-1), self.R)  # GRAD-5
        return {"u": np.concatenate([*d_gates, d_n], axis=-1, out=v.u), "h": d_h}

    def gradients(self, v: Letters, d: Letters) -> Named:
        gates = self.bound.gates[:-1]
        d_R = self.bound.product_gradient(self.bound.joined(d, d.u, gates), v.h)  # GRAD-7
        received = self.bound.unstack("R", gates, d_R)
        received["R_n"] = self.bound.product_gradient(d.m, v.h)  # GRAD-7
        if "b_Rn" in self.bound.parameters:
            received["b_Rn"] = sum_of_steps(d.m)  # GRAD-7
        return received


class ResetProduct(Line):
    """``r m`` is added to the pre-activation of the candidate."""

    def forward(self, v: Letters) -> Named:
        a_n = v.a_n
        a_n += v.r * v.m  # GRU-3
        return {}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {"r": d.a_n * v.m, "m": d.a_n * v.r}  # GRAD-5
