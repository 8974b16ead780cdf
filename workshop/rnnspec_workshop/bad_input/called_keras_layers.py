"""``keras.layers.SimpleRNN``, ``LSTM`` and ``GRU``, and `Bidirectional`, on any backend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from typing import Any

from rnnspec_adapters.keras.imported import keras_on
from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H, I, by_direction
from rnnspec_workshop.bad_input.probe import Shapes

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
STATE = ("initial_state", "states", "state")
FIELDS = {
    "x": Field(name="sequences", axes="B T I", other_names=("sequence", "inputs", "input", "x")),
    "h": Field(name="h of initial_state", axes="D B H", other_names=STATE, optional=True),
    "mask": Field(name="mask", axes="B T", dtype="bool", fill=1, optional=True),
    "next x": Field(name="next sequences", axes="B T I", other_names=("stateful", "states", "batch"), optional=True),
}
CELL = {"c": Field(name="c of initial_state", axes="D B H", other_names=STATE, optional=True, beside_h=True)}
PARAMETERS = {
    "W": Field(name="kernel", axes="I G"),
    "R": Field(name="recurrent_kernel", axes="H G"),
    "b": Field(name="bias", axes="G"),
}
TWO_BIASES = {"b": Field(name="bias", axes="2 G")}

ZEROS = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}
"""What draws no values, which messages would show."""


def call(backend: str, kind: str, given: Given, directions: int) -> Shapes:
    """One call of a layer that is built; two where there is input for the next call of a stateful one."""
    keras = keras_on(backend)
    x, more = given[FIELDS["x"].name], given.get(FIELDS["next x"].name)
    layer = getattr(keras.layers, kind)(H, return_sequences=True, return_state=True, stateful=more is not None, **ZEROS)
    layer = layer if directions == 1 else keras.layers.Bidirectional(layer)
    layer.build((None if more is None else x.shape[0], None, I))
    for one in [layer] if directions == 1 else [layer.forward_layer, layer.backward_layer]:
        for field in PARAMETERS.values():
            getattr(one.cell, field.name).assign(given[field.name])
    h, c, mask = (given.get(field.name) for field in (FIELDS["h"], CELL["c"], FIELDS["mask"]))
    states = None if h is None else [state for of_one in by_direction(h, c) for state in of_one]
    options: dict[str, Any] = {"initial_state": states, "mask": mask}
    arrays = [x] if more is None else [x, more]
    y, first, *_ = [layer(array, **options) for array in arrays][-1]
    return {"outputs": list(y.shape), "h": list(first.shape)}


def layers_on(backend: str) -> Iterator[Layer]:
    """The three layers on a backend."""
    for kind, gates in GATES.items():
        fields = FIELDS | PARAMETERS
        fields |= {"LSTM": CELL, "GRU": TWO_BIASES}.get(kind, {})
        made = partial(call, backend, kind)
        returns = {"outputs": "B T O", "h": "B H"}
        yield Layer(name=f"keras.layers.{kind}", call=made, fields=fields, returns=returns, gates=gates)


def versions_on(distribution: str) -> dict[str, str]:
    """The versions of Keras and of its backend."""
    return {name: version(name) for name in ("keras", distribution)}
