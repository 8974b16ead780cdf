"""The cells of ``flax.linen`` in `RNN` and `Bidirectional`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax.traverse_util import flatten_dict, unflatten_dict

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Given, H, I
from rnnspec_workshop.bad_input.flax_cells import FIELDS, FlaxCell, layers_of, options_of, parameters_of, shapes_of
from rnnspec_workshop.bad_input.probe import Shapes

BY_GATE = FlaxCell(W="ii.kernel", R="hi.kernel", b="hi.bias", pair=True)
CELLS = {
    "SimpleCell": FlaxCell(W="i.kernel", R="h.kernel", b="i.bias"),
    "LSTMCell": BY_GATE,
    "OptimizedLSTMCell": BY_GATE,
    "GRUCell": FlaxCell(W="ir.kernel", R="hr.kernel", b="ir.bias"),
    "MGUCell": FlaxCell(W="if.kernel", R="hf.kernel", b="if.bias"),
}


def call(name: str, given: Given, directions: int) -> Shapes:
    """One call of a layer."""
    one = nn.RNN(getattr(nn, name)(H))
    layer = one if directions == 1 else nn.Bidirectional(one, nn.RNN(getattr(nn, name)(H)))
    shapes = jax.eval_shape(layer.init, jax.random.key(0), jnp.zeros((1, 1, I)))
    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape), shapes["params"])
    own = flatten_dict(zeros, sep=".") | parameters_of(CELLS[name], given, directions)
    x = jnp.asarray(given[FIELDS["x"].name])
    carry, y = layer.apply({"params": unflatten_dict(own, sep=".")}, x, **options_of(given, directions))
    return shapes_of(carry, y, directions)


def layers() -> Iterator[Layer]:
    """The five cells."""
    return layers_of("flax.linen", CELLS, call)


def versions() -> dict[str, str]:
    """The versions of Flax and of JAX."""
    return {name: version(name) for name in ("flax", "jax")}
