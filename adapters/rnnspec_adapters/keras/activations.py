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


def function_of(activations: Any, activation: str | Activation) -> Callable[[Any], Any] | None:
    """The function of `activations`, which is ``keras.activations``, that is this activation; None where none is."""
    which = activation_of(activation, "activation")
    match which:
        case Activation(name="leaky_relu", alpha=alpha):
            return partial(activations.leaky_relu, negative_slope=alpha)
        case Activation(name="elu", alpha=alpha):
            return partial(activations.elu, alpha=alpha)
        case Activation(name="thresholded_relu", alpha=alpha):
            return partial(activations.relu, threshold=alpha)
        case Activation(name="hard_sigmoid", alpha=alpha, beta=0.5) if alpha == 1 / 6:
            return _named(activations, "hard_sigmoid")
        case _:
            return _named(activations, WITHOUT_CONSTANTS.get(which.name, ""))


def _named(activations: Any, name: str) -> Callable[[Any], Any] | None:
    found: Callable[[Any], Any] | None = getattr(activations, name, None)
    return found
