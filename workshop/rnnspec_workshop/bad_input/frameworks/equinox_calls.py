"""``equinox.nn.LSTMCell`` and ``GRUCell``: one step of one sequence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from operator import attrgetter

import equinox
import jax
import jax.numpy as jnp

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H, I
from rnnspec_workshop.bad_input.probe import Shapes

PARAMETERS = {
    "W": Field(name="weight_ih", axes="G I"),
    "R": Field(name="weight_hh", axes="G H"),
    "b": Field(name="bias", axes="G"),
}
FIELDS = PARAMETERS | {"x": Field(name="input", axes="I"), "h": Field(name="hidden", axes="H")}
CELL = {"c": Field(name="c of hidden", axes="H", other_names=("hidden",), beside_h=True)}


def call(kind: str, given: Given, _directions: int) -> Shapes:
    """One call of a cell."""
    cell = getattr(equinox.nn, kind)(I, H, key=jax.random.key(0))
    arrays = jax.tree.map(jnp.asarray, given)
    names = [field.name for field in PARAMETERS.values()]
    cell = equinox.tree_at(attrgetter(*names), cell, tuple(arrays[name] for name in names))
    h, c = arrays["hidden"], arrays.get("c of hidden")
    end = cell(arrays["input"], h if c is None else (h, c))
    return {"h": list((end[0] if isinstance(end, tuple) else end).shape)}


def layers() -> Iterator[Layer]:
    """The two cells."""
    for kind, gates, more in (("LSTMCell", 4, CELL), ("GRUCell", 3, {})):
        made = partial(call, kind)
        yield Layer(name=f"equinox.nn.{kind}", call=made, fields=FIELDS | more, returns={"h": "H"}, gates=gates)


def versions() -> dict[str, str]:
    """The versions of Equinox and of JAX."""
    return {name: version(name) for name in ("equinox", "jax")}
