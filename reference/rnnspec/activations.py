"""Activations and their derivatives, each derivative written in the value it belongs to.

Every function is complex-analytic away from its kinks, so that a complex step through it is exact (NUM-1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnspec.records import Array


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)), without overflow and without a branch (NUM-1). Overwrites `a` with its value."""
    a *= 0.5
    np.tanh(a, out=a)
    a += 1
    a *= 0.5
    return a


def tanh(a: Array) -> Array:
    """Overwrites `a` with its hyperbolic tangent."""
    return np.tanh(a, out=a)


def sigmoid_slope(y: Array) -> Array:
    """The derivative of sigmoid where its value is `y`."""
    slope: Array = y * (1 - y)
    return slope


def tanh_slope(y: Array) -> Array:
    """The derivative of tanh where its value is `y`."""
    return 1 - y * y


def relu(a: Array) -> Array:
    """max(0, a); NaN stays NaN (RNN-2)."""
    return np.where(a.real <= 0, 0, a).astype(a.dtype, copy=False)


def relu_slope(y: Array) -> Array:
    """The derivative of relu where its value is `y`; 0 at the kink (GRAD-12)."""
    return (y.real > 0).astype(y.dtype)


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A function of the pre-activation, and its derivative as a function of its value."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    "tanh": Activation(value=np.tanh, slope=tanh_slope),
    "relu": Activation(value=relu, slope=relu_slope),
}
