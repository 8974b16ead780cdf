"""``torch.nn.RNN``, ``LSTM`` and ``GRU``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, H, I
from rnnspec_workshop.bad_input.probe import Shapes

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
STATE = ("hidden", "h_0", "h0", "state")
PARAMETERS = {
    "W": Field(name="weight_ih_l0", axes="G I"),
    "R": Field(name="weight_hh_l0", axes="G H"),
    "b": Field(name="bias_ih_l0", axes="G"),
}
FIELDS = PARAMETERS | {
    "x": Field(name="input", axes="T B I", other_names=("x",)),
    "lengths": Field(name="lengths", axes="B", dtype="int64", fill="T", optional=True),
    "h": Field(name="hx", axes="D B H", other_names=STATE, optional=True),
}
CELL = {
    "c": Field(name="c_0", axes="D B H", other_names=("c0", "cell", "hx", *STATE), optional=True, beside_h=True),
}


def call(kind: str, given: Given, directions: int) -> Shapes:
    """One call of a layer."""
    layer = getattr(torch.nn, kind)(I, H, bidirectional=directions == 2)
    tensors = {name: torch.from_numpy(array) for name, array in given.items()}
    for field in PARAMETERS.values():
        setattr(layer, field.name, torch.nn.Parameter(tensors[field.name]))
    lengths, h, c = (tensors.get(name) for name in ("lengths", "hx", "c_0"))
    x: Any = tensors["input"]
    x = x if lengths is None else pack_padded_sequence(x, lengths, enforce_sorted=False)
    y, end = layer(x, h if c is None else (h, c))
    y = y if lengths is None else pad_packed_sequence(y)[0]
    return {"output": list(y.shape), "h_n": list((end[0] if isinstance(end, tuple) else end).shape)}


def layers() -> Iterator[Layer]:
    """The three layers."""
    returns = {"output": "T B O", "h_n": "D B H"}
    for kind, gates in GATES.items():
        fields = FIELDS | CELL if kind == "LSTM" else FIELDS
        yield Layer(name=f"torch.nn.{kind}", call=partial(call, kind), fields=fields, returns=returns, gates=gates)


def versions() -> dict[str, str]:
    """The version of PyTorch."""
    return {"torch": torch.__version__}
