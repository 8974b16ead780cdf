"""``tf.raw_ops``: BlockLSTM and BlockLSTMV2, which are loops, and LSTMBlockCell and GRUBlockCell, which are steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import tensorflow as tf

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given
from rnnspec_workshop.bad_input.probe import Shapes

STEP = {"x": Field(name="x", axes="B I"), "h": Field(name="h_prev", axes="B H")}
LSTM = {
    "c": Field(name="cs_prev", axes="B H"),
    "W": Field(name="w", axes="I+H G"),
    "R": Field(name="w", axes="I+H G"),
    "b": Field(name="b", axes="G"),
    "p": Field(name="wci", axes="H"),
    "p of f": Field(name="wcf", axes="H"),
    "p of o": Field(name="wco", axes="H"),
}
LOOP = {
    "x": Field(name="x", axes="T B I"),
    "lengths": Field(name="seq_len_max", axes="", dtype="int64", fill="T"),
}
GRU = {
    "W": Field(name="w_ru", axes="I+H G"),
    "R": Field(name="w_ru", axes="I+H G"),
    "b": Field(name="b_ru", axes="G"),
    "candidate W": Field(name="w_c", axes="I+H H"),
    "candidate b": Field(name="b_c", axes="H"),
}
LAYERS: dict[str, dict[str, Any]] = {
    "BlockLSTM": {"fields": STEP | LSTM | LOOP, "returns": {"h": "T B H", "cs": "T B H"}, "gates": 4},
    "BlockLSTMV2": {"fields": STEP | LSTM | LOOP, "returns": {"h": "T B H", "cs": "T B H"}, "gates": 4},
    "LSTMBlockCell": {"fields": STEP | LSTM, "returns": {"h": "B H", "cs": "B H"}, "gates": 4},
    "GRUBlockCell": {"fields": STEP | GRU, "returns": {"h": "B H"}, "gates": 2},
}


def call(kind: str, given: Given, _directions: int) -> Shapes:
    """One call of a kernel, with peepholes where it has any."""
    options = {} if kind == "GRUBlockCell" else {"use_peephole": True}
    made = getattr(tf.raw_ops, kind)(**{name: tf.constant(array) for name, array in given.items()}, **options)
    return {name: list(getattr(made, name).shape) for name in LAYERS[kind]["returns"]}


def layers() -> Iterator[Layer]:
    """The four kernels."""
    for kind, described in LAYERS.items():
        yield Layer(name=f"tf.raw_ops.{kind}", call=partial(call, kind), **described)


def versions() -> dict[str, str]:
    """The version of TensorFlow."""
    return {"tensorflow": tf.__version__}
