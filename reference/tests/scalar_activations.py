"""The scalar reading of activations and clips: one number at a time, in the standard library.

A number is a float, or a complex one whose tiny imaginary part is a step: then every function decides by the real part,
and what comes out is its derivative times the step (ACT-3 at the kinks).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from typing import Any

Number = Any
"""A float, or a complex number that carries a step."""


def total(terms: Iterable[Number]) -> Number:
    """The sum, rounded once."""
    terms = list(terms)
    real = math.fsum(term.real for term in terms)
    return complex(real, math.fsum(term.imag for term in terms)) if any_complex(terms) else real


def any_complex(numbers: Iterable[Number]) -> bool:
    return any(isinstance(number, complex) for number in numbers)


def exp(a: Number) -> Number:
    return cmath.exp(a) if isinstance(a, complex) else math.exp(a)


def tanh(a: Number) -> Number:
    return cmath.tanh(a) if isinstance(a, complex) else math.tanh(a)


def sigmoid(a: Number) -> Number:
    """1 / (1 + exp(-a)); where exp(-a) is too large for a float, the value is 0 to every digit."""
    return 0.0 if a.real < -700 else 1 / (1 + exp(-a))


def relu(a: Number) -> Number:
    return a if a.real > 0 else 0.0  # RNN-2


def softplus(a: Number) -> Number:
    """log(1 + exp(a)), from whichever side exp is small."""
    if a.real > 0:
        return a + softplus(-a)
    return cmath.log(1 + cmath.exp(a)) if isinstance(a, complex) else math.log1p(math.exp(a))


def elu(a: Number, alpha: float) -> Number:
    if a.real >= 0:
        return a
    return alpha * (cmath.exp(a) - 1 if isinstance(a, complex) else math.expm1(a))


def hard_sigmoid(a: Number, alpha: float, beta: float) -> Number:
    line = alpha * a + beta
    if line.real <= 0:
        return 0.0
    return 1.0 if line.real >= 1 else line


# Name: the constants that it has where none are given, and the function (ACT-1).
ACTIVATIONS: dict[str, tuple[tuple[float, ...], Callable[..., Number]]] = {
    "sigmoid": ((), sigmoid),
    "tanh": ((), tanh),
    "relu": ((), relu),
    "identity": ((), lambda a: a),
    "affine": ((1.0, 0.0), lambda a, alpha, beta: alpha * a + beta),
    "leaky_relu": ((0.01,), lambda a, alpha: a if a.real >= 0 else alpha * a),
    "thresholded_relu": ((1.0,), lambda a, alpha: a if a.real > alpha else 0.0),
    "scaled_tanh": ((1.0, 1.0), lambda a, alpha, beta: alpha * tanh(beta * a)),
    "hard_sigmoid": ((0.2, 0.5), hard_sigmoid),
    "elu": ((1.0,), elu),
    "softsign": ((), lambda a: a / (1 + (a if a.real >= 0 else -a))),
    "softplus": ((), softplus),
}


def activate(given: str | tuple[str, tuple[float | None, ...]], a: Number) -> Number:
    """The activation of that name, or of that name with those constants (None: the one that it has by itself)."""
    name, constants = (given, ()) if isinstance(given, str) else given
    defaults, function = ACTIVATIONS[name]
    chosen = [*constants, None, None][: len(defaults)]
    return function(a, *(d if c is None else c for c, d in zip(chosen, defaults, strict=True)))


def clip(a: Number, bound: float | None, derivative: str) -> Number:
    """`a` within [-bound, bound].

    With ``"true"`` a step dies where the value is clipped (CLIP-4); with ``"straight-through"`` the value is clipped
    and the step passes as it came (CLIP-5).
    """
    if bound is None or abs(a.real) <= bound:
        return a
    nearest = math.copysign(bound, a.real)
    if derivative == "straight-through" and isinstance(a, complex):
        return complex(nearest, a.imag)
    return nearest
