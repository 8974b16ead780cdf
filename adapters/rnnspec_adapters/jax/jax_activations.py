"""The activations of the text that JAX has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from rnnspec.activations import Activation, activation_of
from rnnspec_adapters.refusals import Entry

Function = Callable[[Any], Any]

WITHOUT_CONSTANTS: dict[str, Function] = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jax.nn.tanh,
    "relu": jax.nn.relu,
    "identity": jax.nn.identity,
    "softsign": jax.nn.soft_sign,
    "softplus": jax.nn.softplus,
}
"""By name."""


HARD_SIGMOID: Function = jax.nn.hard_sigmoid
"""With alpha = 1/6 and beta = 1/2, and no other constants."""


def function_of(activation: str | Activation) -> Function | None:
    """The function of ``jax.nn`` that is this activation; None where there is none."""
    which = activation_of(activation, "activation")
    match which:
        case Activation(name="leaky_relu", alpha=alpha):
            return partial(jax.nn.leaky_relu, negative_slope=alpha)
        case Activation(name="elu", alpha=alpha):
            return partial(jax.nn.elu, alpha=alpha)
        case Activation(name="hard_sigmoid", alpha=alpha, beta=0.5) if alpha == 1 / 6:
            return HARD_SIGMOID
        case _:
            return WITHOUT_CONSTANTS.get(which.name)


EXPRESSED: Entry = (lambda value, _: function_of(value) is not None, "jax.nn has no {value}")
"""What is said of an option that is an activation."""
