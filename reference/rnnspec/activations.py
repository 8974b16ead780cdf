"""Activations and their derivatives: ``spec/activations.md``.

The list and the meaning of alpha and beta are those of ONNX (docs/Operators.md, RNN). Each derivative is written in
the value it belongs to. Every function is complex-analytic away from its kinks, where it decides by the real part, so
that a complex step through it is exact (NUM-1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnspec.errors import ProblemError, check_number, check_option
from rnnspec.readable import Readable
from rnnspec.records import Array

Out = Array | None
"""Where to write the value: the argument itself, or None for a new array."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Activation(Readable):
    """An activation by name, with its constants (ACT-1 to ACT-3).

    Parameters
    ----------
    name
        A key of `FORMULAS`, e.g. ``"hard_sigmoid"``.
    alpha, beta
        Its constants; None for those of ONNX, where it has some.

    Raises
    ------
    ProblemError
        When the name is unknown, or a constant is given that the activation does not have, or is not finite.
    """

    name: str
    alpha: float | None = None
    beta: float | None = None

    def __post_init__(self) -> None:
        check_option("Activation.name", self.name, tuple(FORMULAS), "ACT-1")
        for constant in ("alpha", "beta"):
            given, default = getattr(self, constant), getattr(FORMULAS[self.name], constant)
            if given is None:
                object.__setattr__(self, constant, default)
            elif default is None:
                raise ProblemError(
                    field=f"Activation.{constant}", wanted=f"None for {self.name}", came=repr(given), rule="ACT-1"
                )
            else:
                check_number(f"Activation.{constant}", given, rule="ACT-1")
        if self.alpha is not None and not FORMULAS[self.name].domain(self.alpha):
            wanted = f"an alpha with which the value of {self.name} tells its derivative"
            raise ProblemError(field="Activation.alpha", wanted=wanted, came=repr(self.alpha), rule="ACT-1")

    def value(self, a: Array, out: Out = None) -> Array:
        """The activation of `a`, written to `out` (which may be `a`) or to a new array."""
        y = FORMULAS[self.name].value(a, out, self.alpha, self.beta)
        if out is None or y is out:
            return y
        out[...] = y
        return out

    def derivative(self, y: Array) -> Array:
        """The derivative where the value is `y`; at a kink as ACT-3 says."""
        return FORMULAS[self.name].derivative(y, self.alpha, self.beta)

    def inexact(self, y: Array) -> Array | None:
        """The part of the value `y` that no precision computes exactly (NUM-2); None where there is none."""
        part = FORMULAS[self.name].inexact
        return None if part is None else part(y)


Activate = Callable[[Activation, Array, Out], Array]
"""How the value of an activation is computed; `value_of`, but where a tolerance is measured (NUM-2)."""


def value_of(activation: Activation, a: Array, out: Out) -> Array:
    """The value as the activation itself gives it."""
    return activation.value(a, out)


Part = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True)
class Formula:
    """How an activation is computed.

    Attributes
    ----------
    value
        The value, a function of ``(a, out, alpha, beta)``.
    derivative
        The derivative, a function of ``(y, alpha, beta)`` with the value y.
    inexact
        The part of a value that comes from a transcendental function, which no precision computes exactly: what
        measuring a tolerance moves (NUM-2). None where there is none. It has no default, so that none is forgotten.
    alpha, beta
        The constants, where there are some.
    domain
        Which alpha is allowed.
    """

    value: Callable[[Array, Out, Any, Any], Array]
    derivative: Callable[[Array, Any, Any], Array]
    inexact: Part | None
    alpha: float | None = None
    beta: float | None = None
    domain: Callable[[float], bool] = field(default=lambda _: True)


def _whole(y: Array) -> Array:
    return y


def _tanh_of_sigmoid(y: Array) -> Array:
    """A sigmoid is (1 + tanh(a / 2)) / 2: a gate that is shut may be open by half a unit, and the other way round."""
    return np.asarray(y - y.dtype.type(0.5))


def sigmoid(a: Array, out: Out = None, _alpha: None = None, _beta: None = None) -> Array:
    """1 / (1 + exp(-a)), without overflow and without a branch (NUM-1)."""
    y = np.multiply(a, 0.5, out=out)
    np.tanh(y, out=y)
    y += 1
    y *= 0.5
    return y


def _tanh(a: Array, out: Out, _alpha: None, _beta: None) -> Array:
    return np.asarray(np.tanh(a, out=out))


def _relu(a: Array, _out: Out, _alpha: None, _beta: None) -> Array:
    return _where(a.real <= 0, 0, a)


def _leaky_relu(a: Array, _out: Out, alpha: float, _beta: None) -> Array:
    return _where(a.real < 0, alpha * a, a)


def _thresholded_relu(a: Array, _out: Out, alpha: float, _beta: None) -> Array:
    return _where(a.real <= alpha, 0, a)


def _elu(a: Array, _out: Out, alpha: float, _beta: None) -> Array:
    return _where(a.real < 0, alpha * np.expm1(_where(a.real < 0, a, 0)), a)


def _softplus(a: Array, _out: Out, _alpha: None, _beta: None) -> Array:
    size = np.where(a.real < 0, -a, a)
    return np.asarray(np.log1p(np.exp(-size)) + _where(a.real < 0, 0, a))


def _where(condition: Any, this: Any, other: Any) -> Array:
    """`numpy.where` in the dtype of whichever choice is an array."""
    dtype = this.dtype if isinstance(this, np.ndarray) else other.dtype
    return np.asarray(np.where(condition, this, other), dtype=dtype)


def _positive(y: Array) -> Array:
    """1 where `y` is positive, else 0, in the dtype of `y`."""
    return np.asarray(y.real > 0, dtype=y.dtype)


FORMULAS: dict[str, Formula] = {
    "sigmoid": Formula(value=sigmoid, derivative=lambda y, _a, _b: y * (1 - y), inexact=_tanh_of_sigmoid),
    "tanh": Formula(value=_tanh, derivative=lambda y, _a, _b: 1 - y * y, inexact=_whole),
    "relu": Formula(value=_relu, derivative=lambda y, _a, _b: _positive(y), inexact=None),  # GRAD-12
    "identity": Formula(
        value=lambda a, _o, _a, _b: a.copy(), derivative=lambda y, _a, _b: np.ones_like(y), inexact=None
    ),
    "affine": Formula(
        value=lambda a, _o, alpha, beta: alpha * a + beta,
        derivative=lambda y, alpha, _b: np.full_like(y, alpha),
        inexact=None,
        alpha=1.0,
        beta=0.0,
    ),
    "leaky_relu": Formula(
        value=_leaky_relu,
        derivative=lambda y, alpha, _b: _where(y.real < 0, np.full_like(y, alpha), 1),
        inexact=None,
        alpha=0.01,
        domain=lambda alpha: alpha > 0,
    ),
    "thresholded_relu": Formula(
        value=_thresholded_relu,
        derivative=lambda y, _a, _b: _positive(y),
        inexact=None,
        alpha=1.0,
        domain=lambda alpha: alpha >= 0,
    ),
    "scaled_tanh": Formula(
        value=lambda a, _o, alpha, beta: alpha * np.tanh(beta * a),
        derivative=lambda y, alpha, beta: beta * (alpha - y * y / alpha),
        inexact=_whole,
        alpha=1.0,
        beta=1.0,
        domain=lambda alpha: alpha != 0,
    ),
    "hard_sigmoid": Formula(
        value=lambda a, _o, alpha, beta: _clip01(alpha * a + beta),
        derivative=lambda y, alpha, _b: _where((y.real > 0) & (y.real < 1), np.full_like(y, alpha), 0),
        inexact=None,
        alpha=0.2,
        beta=0.5,
    ),
    "elu": Formula(
        value=_elu,
        derivative=lambda y, alpha, _b: _where(y.real < 0, y + alpha, 1),
        inexact=_whole,
        alpha=1.0,
        domain=lambda alpha: alpha > 0,
    ),
    "softsign": Formula(
        value=lambda a, _o, _a, _b: a / (1 + np.where(a.real < 0, -a, a)),
        derivative=lambda y, _a, _b: (1 - np.where(y.real < 0, -y, y)) ** 2,
        inexact=None,
    ),
    "softplus": Formula(value=_softplus, derivative=lambda y, _a, _b: -np.expm1(-y), inexact=_whole),
}


def _clip01(a: Array) -> Array:
    return _where(a.real <= 0, 0, _where(a.real >= 1, 1, a))


SIGMOID = Activation(name="sigmoid")
TANH = Activation(name="tanh")
RELU = Activation(name="relu")
IDENTITY = Activation(name="identity")
HARD_SIGMOID_FIFTH = Activation(name="hard_sigmoid", alpha=0.2, beta=0.5)
HARD_SIGMOID_SIXTH = Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5)


def activation_of(given: str | Activation, field: str) -> Activation:
    """The activation that an option names: an `Activation`, or the name of one with its default constants."""
    if isinstance(given, Activation):
        return given
    check_option(field, given, tuple(FORMULAS), "ACT-1")
    return Activation(name=given)
