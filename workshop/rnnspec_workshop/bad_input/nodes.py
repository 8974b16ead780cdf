"""The operators of ONNX as models of one node, for whatever runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import onnx
from onnx import TensorProto, helper

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Array, Field, Given, H
from rnnspec_workshop.bad_input.probe import Shapes

Run = Callable[[onnx.ModelProto, Given], list[Array]]
"""What runs a model on its inputs."""

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c")
OPSET = 22

FIELDS = {
    "x": Field(name="X", axes="T B I", other_names=("batch_size", "seq_length")),
    "W": Field(name="W", axes="D G I"),
    "R": Field(name="R", axes="D G H"),
    "b": Field(name="B", axes="D G+G"),
    "lengths": Field(name="sequence_lens", axes="B", dtype="int32", fill="T", optional=True),
    "h": Field(name="initial_h", axes="D B H", optional=True),
}
CELL = {"c": Field(name="initial_c", axes="D B H", optional=True)}
RETURNS = {"Y": "T D B H", "Y_h": "D B H"}


def model_of(operator: str, given: Given, direction: str) -> onnx.ModelProto:
    """A model of one node, whose inputs are under the names of the operator and of any shape."""
    names = [name if name in given else "" for name in INPUTS[: 7 if operator == "LSTM" else 6]]
    node = helper.make_node(operator, names, list(RETURNS), hidden_size=H, direction=direction)
    kinds = {"sequence_lens": TensorProto.INT32}
    values = [helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), None) for name in given]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in RETURNS]
    opsets = [helper.make_opsetid("", OPSET)]
    graph = helper.make_graph([node], operator, values, ends)
    return helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))


def call(run: Run, operator: str, given: Given, directions: int) -> Shapes:
    """One run."""
    made = run(model_of(operator, given, "bidirectional" if directions == 2 else "forward"), given)
    return {name: list(array.shape) for name, array in zip(RETURNS, made, strict=True)}


def layers_of(name: str, run: Run) -> Iterator[Layer]:
    """The operators; `name` is what runs them."""
    for operator, gates in GATES.items():
        fields = FIELDS | CELL if operator == "LSTM" else FIELDS
        made = partial(call, run, operator)
        yield Layer(name=f"{name} {operator}", call=made, fields=fields, returns=RETURNS, gates=gates)
