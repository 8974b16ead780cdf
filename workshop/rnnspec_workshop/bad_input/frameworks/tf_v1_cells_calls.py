"""The cells of TensorFlow 1, which live on in tf_keras, under ``tf.compat.v1.nn.dynamic_rnn``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

import tensorflow as tf
from tf_keras.src.layers.rnn import legacy_cells

from rnnspec_adapters.tensorflow.v1_cells import ATTRIBUTES
from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H
from rnnspec_workshop.bad_input.probe import Shapes

STATE = ("initial_state", "state")
FIELDS = {
    "x": Field(name="inputs", axes="T B I", other_names=("input",)),
    "h": Field(name="initial_state.h", axes="B H", other_names=STATE, optional=True),
    "lengths": Field(name="sequence_length", axes="B", dtype="int32", fill="T", optional=True),
}
CELL = {"c": Field(name="initial_state.c", axes="B H", other_names=STATE, optional=True, beside_h=True)}
OF_ONE = {
    "W": Field(name="kernel", axes="I+H G"),
    "R": Field(name="kernel", axes="I+H G"),
    "b": Field(name="bias", axes="G"),
}
OF_GRU = {
    "W": Field(name="gates/kernel", axes="I+H G", other_names=("kernel",)),
    "R": Field(name="gates/kernel", axes="I+H G", other_names=("kernel",)),
    "b": Field(name="gates/bias", axes="G", other_names=("bias",)),
    "candidate W": Field(name="candidate/kernel", axes="I+H H", other_names=("kernel",)),
    "candidate b": Field(name="candidate/bias", axes="H", other_names=("bias",)),
}
CELLS = {
    "BasicRNNCell": (1, OF_ONE),
    "BasicLSTMCell": (4, OF_ONE | CELL),
    "LSTMCell": (4, OF_ONE | CELL),
    "GRUCell": (2, OF_GRU),
}


def call(kind: str, given: Given, _directions: int) -> Shapes:
    """One call of a loop over a cell that is handed tensors in the place of its variables."""
    cell = getattr(legacy_cells, kind)(H)
    tensors = {name: tf.constant(array) for name, array in given.items()}
    for name in tensors.keys() & ATTRIBUTES.keys():
        setattr(cell, ATTRIBUTES[name], tensors[name])
    cell.built = True
    h, c, lengths = (tensors.get(field.name) for field in (FIELDS["h"], CELL["c"], FIELDS["lengths"]))
    state = h if c is None else legacy_cells.LSTMStateTuple(c=c, h=h)
    x = tensors[FIELDS["x"].name]
    options = {"sequence_length": lengths, "time_major": True, "dtype": tf.float32}
    y, end = tf.compat.v1.nn.dynamic_rnn(cell, x, initial_state=state, **options)
    return {"outputs": list(y.shape), "h": list((end if tf.is_tensor(end) else end.h).shape)}


def layers() -> Iterator[Layer]:
    """The four cells."""
    returns = {"outputs": "T B H", "h": "B H"}
    for kind, (gates, fields) in CELLS.items():
        made = partial(call, kind)
        yield Layer(name=f"tf_keras {kind}", call=made, fields=FIELDS | fields, returns=returns, gates=gates)


def versions() -> dict[str, str]:
    """The versions of TensorFlow and of what has the cells."""
    return {name: version(name) for name in ("tensorflow", "tf-keras")}
