"""The activations of the text that Keras has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rnnspec.activations import Activation, activation_of

WITHOUT_CONSTANTS: Mapping[str, str] = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "identity": "linear",
    "softsign": "softsign",
    "softplus": "softplus",
}
"""Names of the text, and what ``keras.activations`` calls the same functions."""

WITH_CONSTANTS: Mapping[str, tuple[str, str]] = {
    "leaky_relu": ("leaky_relu", "negative_slope"),
    "elu": ("elu", "alpha"),
    "thresholded_relu": ("relu", "threshold"),
}
"""Names of the text, and what ``keras.activations`` calls the same functions and their alpha."""


def has_constants(activation: str | Activation) -> bool:
    """Whether Keras computes this activation by a function with a constant."""
    return activation_of(activation, "activation").name in WITH_CONSTANTS


def is_there(activation: str | Activation) -> bool:
    """Whether ``keras.activations`` has this activation."""
    which = activation_of(activation, "activation")
    sixth = which == Activation(name="hard_sigmoid", alpha=1 / 6)
    return sixth or which.name in WITHOUT_CONSTANTS or which.name in WITH_CONSTANTS


def function_of(activations: Any, activation: str | Activation) -> Callable[[Any], Any]:
    """The function of `activations`, which is ``keras.activations``, for an activation that is there."""
    which = activation_of(activation, "activation")
    if which.name in WITH_CONSTANTS:
        name, constant = WITH_CONSTANTS[which.name]
        return partial(getattr(activations, name), **{constant: which.alpha})
    found: Callable[[Any], Any] = getattr(activations, WITHOUT_CONSTANTS.get(which.name, which.name))
    return found
