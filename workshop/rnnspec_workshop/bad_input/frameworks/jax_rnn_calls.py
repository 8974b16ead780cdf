"""``jax.experimental.rnn.lstm_ref``."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H, I
from rnnspec_workshop.bad_input.probe import Shapes

FIELDS = {
    "x": Field(name="x", axes="B T I"),
    "h": Field(name="h_0", axes="D B H"),
    "c": Field(name="c_0", axes="D B H"),
    "W": Field(name="W_ih", axes="G I"),
    "R": Field(name="W_hh", axes="G H"),
    "b": Field(name="b_ih", axes="G"),
    "second b": Field(name="b_hh", axes="G"),
    "lengths": Field(name="seq_lengths", axes="B", dtype="int32", fill="T"),
}
BY_LAYER = ("W_ih", "W_hh", "b_ih", "b_hh")


def call(given: Given, directions: int) -> Shapes:
    """One call; the parameters of both directions are alike."""
    arrays = jax.tree.map(jnp.asarray, given)
    x, h, c = (arrays[name] for name in ("x", "h_0", "c_0"))
    weights = [dict.fromkeys(range(directions), arrays[name]) for name in BY_LAYER]
    y, h_n, c_n = rnn.lstm_ref(x, h, c, *weights, arrays["seq_lengths"], I, H, 1, 0.0, directions == 2)
    return {"y": list(y.shape), "h_n": list(h_n.shape), "c_n": list(c_n.shape)}


def layers() -> Iterator[Layer]:
    """The one layer."""
    returns = {"y": "B T O", "h_n": "D B H", "c_n": "D B H"}
    yield Layer(name="jax.experimental.rnn.lstm_ref", call=call, fields=FIELDS, returns=returns, gates=4)


def versions() -> dict[str, str]:
    """The version of JAX."""
    return {"jax": jax.__version__}
