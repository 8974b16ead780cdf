"""The cells of ``flax.nnx`` in `RNN` and `Bidirectional`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from operator import attrgetter
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Given, H, I
from rnnspec_workshop.bad_input.flax_cells import FIELDS, FlaxCell, layers_of, options_of, parameters_of, shapes_of
from rnnspec_workshop.bad_input.probe import Shapes

CELLS = {
    "SimpleCell": FlaxCell(W="dense_i.kernel", R="dense_h.kernel", b="dense_i.bias"),
    "LSTMCell": FlaxCell(W="ii.kernel", R="hi.kernel", b="hi.bias", pair=True),
    "OptimizedLSTMCell": FlaxCell(W="dense_i.kernel", R="dense_h.kernel", b="dense_h.bias", gates=4, pair=True),
    "GRUCell": FlaxCell(W="dense_i.kernel", R="dense_h.kernel", b="dense_i.bias", gates=3),
}


def call(name: str, given: Given, directions: int) -> Shapes:
    """One call of a layer."""
    layer = _one(name) if directions == 1 else nnx.Bidirectional(_one(name), _one(name))
    for path, parameter in parameters_of(CELLS[name], given, directions).items():
        dense, _, last = path.rpartition(".")
        setattr(attrgetter(dense)(layer), last, nnx.Param(parameter))
    carry, y = layer(jnp.asarray(given[FIELDS["x"].name]), **options_of(given, directions))
    return shapes_of(carry, y, directions)


def _one(name: str) -> Any:
    """A layer of one direction; nothing is drawn for its parameters, which takes time."""
    zeros = jax.nn.initializers.zeros
    return nnx.RNN(getattr(nnx, name)(I, H, kernel_init=zeros, recurrent_kernel_init=zeros, rngs=nnx.Rngs(0)))


def layers() -> Iterator[Layer]:
    """The four cells."""
    return layers_of("flax.nnx", CELLS, call)


def versions() -> dict[str, str]:
    """The versions of Flax and of JAX."""
    return {name: version(name) for name in ("flax", "jax")}
