"""Activations and clips of one number, each as its chapter writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnnspec_workshop.independent_reading.kinds_of_number import Number, Numbers


def hard_sigmoid(n: Numbers, a: Number, alpha: Number, beta: Number) -> Number:
    """A line between 0 and 1; at its corners it has the derivative 0 (ACT-2, ACT-3)."""
    line = alpha * a + beta
    return n.where(line, ">=", 1, 1, n.where(line, ">", 0, line, 0))


ACTIVATIONS: dict[str, tuple[tuple[float, ...], Callable[..., Number]]] = {
    "sigmoid": ((), lambda n, a: 1 / (1 + n.exp(-a))),
    "tanh": ((), lambda n, a: n.tanh(a)),
    "relu": ((), lambda n, a: n.where(a, ">", 0, a, 0)),
    "identity": ((), lambda _, a: a),
    "affine": ((1.0, 0.0), lambda _, a, alpha, beta: alpha * a + beta),
    "leaky_relu": ((0.01,), lambda n, a, alpha: n.where(a, ">=", 0, a, alpha * a)),
    "thresholded_relu": ((1.0,), lambda n, a, alpha: n.where(a, ">", alpha, a, 0)),
    "scaled_tanh": ((1.0, 1.0), lambda n, a, alpha, beta: alpha * n.tanh(beta * a)),
    "hard_sigmoid": ((0.2, 0.5), hard_sigmoid),
    "elu": ((1.0,), lambda n, a, alpha: n.where(a, ">=", 0, a, alpha * n.expm1(a))),
    "softsign": ((), lambda n, a: a / (1 + n.where(a, ">=", 0, a, -a))),
    "softplus": ((), lambda n, a: n.log1p_exp(a)),
}
"""Each activation: the constants that it has where none are given, and the function (ACT-1)."""


def activation(n: Numbers, which: str | Mapping[str, Any], a: Number) -> Number:
    """The activation of that name, or of that name with those constants (ACT-1)."""
    given = {"name": which} if isinstance(which, str) else which
    defaults, function = ACTIVATIONS[given["name"]]
    constants = [given.get(letter) for letter in ("alpha", "beta")[: len(defaults)]]
    chosen = (default if constant is None else constant for constant, default in zip(constants, defaults, strict=True))
    return function(n, a, *map(n.number, chosen))


def clip(n: Numbers, cell: Mapping[str, Any], which: str, a: Number) -> Number:
    """`a` within [-bound, bound] where the cell has that bound (CLIP-1 to CLIP-3)."""
    if cell[which] is None:
        return a
    bound = n.number(cell[which])
    clipped = n.where(a, ">", bound, bound, n.where(-bound, ">", a, -bound, a))  # CLIP-4
    return n.straight_through(a, clipped) if cell["clip_derivative"] == "straight-through" else clipped  # CLIP-5
