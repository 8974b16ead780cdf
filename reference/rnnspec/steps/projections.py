"""Projections of the hidden state: ``spec/projection.md``."""

from __future__ import annotations

import numpy as np

from rnnspec.cells import LSTM
from rnnspec.steps.step import Bound, Equation, Letters, Line, Lines, Named, before, instead, sum_of_steps


def projections(lines: Lines, cell: LSTM, bound: Bound) -> Lines:
    """`lines` with a recurrent projection, and a non-recurrent one beside it, where the cell has them."""
    if not cell.projection:
        return lines
    lines = before(lines, "y", UNPROJECTED, Projection(bound, "h", "h_new"))  # PROJ-1
    if not cell.output_projection:
        return lines
    return instead(lines, "y", Projection(bound, "q", "q"), JOINED_OUTPUT)  # PROJ-3


UNPROJECTED = Equation("m", lambda v: v.h_new, lambda _, d: {"h_new": d})
"""``m`` is what the plain LSTM calls h'."""
JOINED_OUTPUT = Equation(
    "y",
    lambda v: np.concatenate([v.h_new, v.q], axis=-1),  # PROJ-3
    lambda v, d: dict(zip(("h_new", "q"), np.split(d, [v.h_new.shape[-1]], axis=-1), strict=True)),  # GRAD-16
)


class Projection(Line):
    """``P m + b``, without b where projections have no biases."""

    summed = ("m",)

    def __init__(self, bound: Bound, name: str, letter: str) -> None:
        self.bound, self.name, self.letter = bound, name, letter
        self.left = self.d_summed = (letter,)
        self.P, self.b = bound.parameters[f"P_{name}"], bound.parameters.get(f"b_{name}")

    def forward(self, v: Letters) -> Named:
        projected = self.bound.dot(v.m, self.P.T)  # PROJ-1, PROJ-3
        return {self.letter: projected if self.b is None else projected + self.b}  # PROJ-2

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {"m": self.bound.dot(d[self.letter], self.P)}  # GRAD-16

    def gradients(self, v: Letters, d: Letters) -> Named:
        d_P = self.bound.product_gradient(d[self.letter], v.m)  # GRAD-16
        return {f"P_{self.name}": d_P} | ({} if self.b is None else {f"b_{self.name}": sum_of_steps(d[self.letter])})
