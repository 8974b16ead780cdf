"""``haiku.VanillaRNN``, ``LSTM`` and ``GRU`` under `haiku.dynamic_unroll`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from typing import Any

import haiku as hk
import jax
import jax.numpy as jnp

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H, I
from rnnspec_workshop.bad_input.probe import Shapes

STATE = ("initial_state", "state", "hidden")
FIELDS = {
    "x": Field(name="input_sequence", axes="T B I", other_names=("inputs", "input")),
    "h": Field(name="initial_state.hidden", axes="B H", other_names=STATE),
}
CELL = {"c": Field(name="initial_state.cell", axes="B H", other_names=("cell", *STATE), beside_h=True)}
JOINED = Field(name="core/linear.w", axes="I+H G", other_names=("w",))
PARAMETERS = {
    "VanillaRNN": {
        "W": Field(name="core/linear.w", axes="I G", other_names=("w",)),
        "R": Field(name="core/linear_1.w", axes="H G", other_names=("w",)),
        "b": Field(name="core/linear.b", axes="G", other_names=("b",)),
    },
    "LSTM": {"W": JOINED, "R": JOINED, "b": Field(name="core/linear.b", axes="G", other_names=("b",))},
    "GRU": {
        "W": Field(name="core.w_i", axes="I G", other_names=("w_i",)),
        "R": Field(name="core.w_h", axes="H G", other_names=("w_h",)),
        "b": Field(name="core.b", axes="G", other_names=("b",)),
    },
}
GATES = {"VanillaRNN": 1, "LSTM": 4, "GRU": 3}


def call(kind: str, given: Given, _directions: int) -> Shapes:
    """One call of a loop over a core."""

    def loop(x: Any, state: Any) -> Any:
        return hk.dynamic_unroll(getattr(hk, kind)(H, name="core"), x, state)

    arrays = jax.tree.map(jnp.asarray, given)
    h, c = (arrays.get(field.name) for field in (FIELDS["h"], CELL["c"]))
    function = hk.transform(loop)
    right = jnp.zeros((1, H))
    start = hk.LSTMState(hidden=right, cell=right) if kind == "LSTM" else right
    parameters = function.init(jax.random.key(0), jnp.zeros((1, 1, I)), start)
    for field in PARAMETERS[kind].values():
        module, _, name = field.name.rpartition(".")
        parameters[module][name] = arrays[field.name]
    x = arrays[FIELDS["x"].name]
    y, end = function.apply(parameters, None, x, h if c is None else hk.LSTMState(hidden=h, cell=c))
    return {"output": list(y.shape), "hidden": list((end.hidden if isinstance(end, hk.LSTMState) else end).shape)}


def layers() -> Iterator[Layer]:
    """The three cores."""
    returns = {"output": "T B H", "hidden": "B H"}
    for kind, parameters in PARAMETERS.items():
        fields = FIELDS | (CELL if kind == "LSTM" else {}) | parameters
        made = partial(call, kind)
        yield Layer(name=f"haiku.{kind}", call=made, fields=fields, returns=returns, gates=GATES[kind])


def versions() -> dict[str, str]:
    """The versions of Haiku and of JAX."""
    return {name: version(name) for name in ("dm-haiku", "jax")}
