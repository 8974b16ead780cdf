"""The activations of the kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

import rnnspec
from rnnspec import Array


def sigmoid(a: Array) -> Array:
    """The logistic function, which never overflows."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1.0, e) / (1.0 + e)


class Act:
    """An activation: its value, and its slope told from the value."""

    name: str
    alpha: float
    beta: float

    def __init__(self, given: str | rnnspec.Activation) -> None:
        full: Any = rnnspec.Activation(name=given) if isinstance(given, str) else given
        self.name, self.alpha, self.beta = full.name, full.alpha, full.beta

    def value(self, a: Array) -> Array:
        name, alpha, beta = self.name, self.alpha, self.beta
        if name == "sigmoid":
            return sigmoid(a)
        if name == "tanh":
            return np.tanh(a)
        if name == "relu":
            return np.where(a <= 0, 0.0, a)
        if name == "identity":
            return np.array(a)
        if name == "affine":
            return alpha * a + beta
        if name == "leaky_relu":
            return np.where(a < 0, alpha * a, a)
        if name == "thresholded_relu":
            return np.where(a <= alpha, 0.0, a)
        if name == "scaled_tanh":
            return alpha * np.tanh(beta * a)
        if name == "hard_sigmoid":
            return np.minimum(np.maximum(alpha * a + beta, 0.0), 1.0)
        if name == "elu":
            return np.where(a < 0, alpha * np.expm1(np.minimum(a, 0.0)), a)
        if name == "softsign":
            return a / (1.0 + np.abs(a))
        return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))

    def slope(self, y: Array) -> Array:
        name, alpha, beta = self.name, self.alpha, self.beta
        if name == "sigmoid":
            return y * (1.0 - y)
        if name == "tanh":
            return 1.0 - y * y
        if name in ("relu", "thresholded_relu"):
            return np.where(y > 0, 1.0, 0.0)
        if name == "identity":
            return np.ones_like(y)
        if name == "affine":
            return np.full_like(y, alpha)
        if name == "leaky_relu":
            return np.where(y < 0, alpha, 1.0)
        if name == "scaled_tanh":
            return beta * (alpha - y * y / alpha)
        if name == "hard_sigmoid":
            return np.where((y > 0) & (y < 1), alpha, 0.0)
        if name == "elu":
            return np.where(y < 0, y + alpha, 1.0)
        if name == "softsign":
            return (1.0 - np.abs(y)) ** 2
        return -np.expm1(-y)
