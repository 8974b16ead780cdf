"""A gate on the state that enters one of the recurrent products: VAR-6 and GRU-4."""

from __future__ import annotations

import numpy as np

from rnnspec.steps.shared_lines import Recurrence
from rnnspec.steps.step import Bound, Letters, Line, Named, named


class OtherRecurrence(Recurrence):
    """``a = u + R h`` for the gates that read h itself, and ``a = u`` for `other`, which does not."""

    def __init__(self, bound: Bound, other: str) -> None:
        super().__init__(bound)
        self.on_h = tuple(gate for gate in bound.gates if gate != other)
        self.R = bound.stack("R", self.on_h)

    def forward(self, v: Letters) -> Named:
        a = dict(zip(self.left, self.bound.split(v.u), strict=True))
        q = self.bound.split(self.bound.dot(v.h, self.R.T), len(self.on_h))
        for gate, part in zip(self.on_h, q, strict=True):
            a[named("a", gate)] += part  # VAR-6, GRU-1, GRU-2
        return a

    def adjoint(self, v: Letters, d: Letters) -> Named:
        d_u = np.concatenate([d[a] for a in self.left], axis=-1, out=v.u)
        return {"u": d_u, "h": self.bound.dot(self.bound.joined(d, d_u, self.on_h), self.R)}  # GRAD-14, GRAD-6

    def gradients(self, v: Letters, d: Letters) -> Named:
        d_R = self.bound.product_gradient(self.bound.joined(d, d.u, self.on_h), v.h)  # GRAD-7
        return self.bound.unstack("R", self.on_h, d_R)


class GatedProduct(Line):
    """``s = r h``, and ``R s`` is added to the pre-activation of `gate`."""

    left = ("s",)
    summed = ("s",)

    def __init__(self, bound: Bound, gate: str) -> None:
        self.bound = bound
        self.a, self.name = f"a_{gate}", f"R_{gate}"
        self.R = bound.parameters[self.name]

    def forward(self, v: Letters) -> Named:
        s = v.r * v.h  # VAR-6, GRU-4
        a = v[self.a]
        a += self.bound.dot(s, self.R.T)
        return {"s": s}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        d_s = self.bound.dot(d[self.a], self.R)  # GRAD-14, GRAD-6
        return {"r": d_s * v.h, "h": d_s * v.r}  # GRAD-14, GRAD-6

    def gradients(self, v: Letters, d: Letters) -> Named:
        return {self.name: self.bound.product_gradient(d[self.a], v.s)}  # GRAD-7
