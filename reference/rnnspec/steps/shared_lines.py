"""Lines that several cells have."""

from __future__ import annotations

import numpy as np

from rnnspec.activations import Activation
from rnnspec.steps.step import Bound, Letters, Line, Named


class Recurrence(Line):
    """``a = u + R h``, for all gates side by side."""

    summed = ("h",)

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.left = bound.letters
        self.R = bound.stack("R", bound.gates)

    def forward(self, v: Letters) -> Named:
        u = v.u
        u += self.bound.dot(v.h, self.R.T)
        return dict(zip(self.left, self.bound.split(u), strict=True))

    def adjoint(self, v: Letters, d: Letters) -> Named:
        d_u = np.concatenate([d[a] for a in self.left], axis=-1, out=v.u)
        return {"u": d_u, "h": self.bound.dot(d_u, self.R)}  # GRAD-2, GRAD-3

    def gradients(self, v: Letters, d: Letters) -> Named:
        return self.bound.unstack("R", self.bound.gates, self.bound.product_gradient(d.u, v.h))  # GRAD-7


class Activated(Line):
    """``letter = act(a)``, where a is the pre-activation of that gate or candidate unless `of` names another letter.

    With `in_place` the value replaces its pre-activation in memory.
    """

    def __init__(
        self, bound: Bound, letter: str, activation: Activation, *, of: str = "", in_place: bool = True
    ) -> None:
        self.activate, self.activation, self.in_place = bound.activate, activation, in_place
        self.letter, self.right = letter, of or f"a_{letter}"
        self.left = (letter,)

    def forward(self, v: Letters) -> Named:
        a = v[self.right]
        return {self.letter: self.activate(self.activation, a, a if self.in_place else None)}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {self.right: d[self.letter] * self.activation.derivative(v[self.letter])}  # ACT-3


class Absent(Line):
    """``gate = 1`` for every unit (VAR-1 to VAR-3, GRU-8); what it receives goes no further (GRAD-13)."""

    def __init__(self, bound: Bound, gate: str) -> None:
        self.left = (gate,)
        self.one = np.ones((1, 1), next(iter(bound.parameters.values())).dtype)

    def forward(self, v: Letters) -> Named:
        return {self.left[0]: self.one}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {}
