"""The mistakes as models of one node of ONNX, and their inputs, for whatever runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from rnnspec_conformance.bad_input.mistakes import WRONG_B, WRONG_H, WRONG_I, WRONG_T, B, H, I, T
from rnnspec_conformance.bad_input.probe import DOUBLES, FLOATS, INTEGERS, Probe, Shapes, sizes

Arrays = dict[str, NDArray[Any]]
Run = Callable[[onnx.ModelProto, Arrays], list[NDArray[Any]]]
"""What runs a model on its inputs."""

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c")
OPSET = 22


def model_of(operator: str, given: Arrays, direction: str) -> onnx.ModelProto:
    """A model of one node, whose inputs are under the names of the operator and of any shape."""
    names = [name if name in given else "" for name in INPUTS[: 7 if operator == "LSTM" else 6]]
    outputs = ["Y", "Y_h"]
    node = helper.make_node(operator, names, outputs, hidden_size=H, direction=direction)
    kinds = {"sequence_lens": TensorProto.INT32}
    values = [helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), None) for name in given]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    opsets = [helper.make_opsetid("", OPSET)]
    graph = helper.make_graph([node], operator, values, ends)
    return helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))


def right(operator: str, directions: int) -> Arrays:
    """Inputs with which nothing is wrong."""
    rows = GATES[operator] * H
    shapes = {"X": (T, B, I), "W": (directions, rows, I), "R": (directions, rows, H), "B": (directions, 2 * rows)}
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def call(run: Run, operator: str, changed: Arrays, *, direction: str = "forward") -> Shapes:
    """One run, right in all that is not `changed`."""
    given = right(operator, 2 if direction == "bidirectional" else 1) | changed
    made = run(model_of(operator, given, direction), given)
    return {name: list(array.shape) for name, array in zip(("Y", "Y_h"), made, strict=True)}


def probes(name: str, run: Run) -> Iterator[Probe]:
    """Every mistake that the operators can be given; `name` is what runs them."""
    for operator, gates in GATES.items():
        rows = gates * H
        zeros = partial(np.zeros, dtype=np.float32)
        lengths = np.full(B, T, np.int32)
        changes: dict[str, tuple[str, NDArray[Any], Any]] = {
            "input-size": ("X", zeros((T, B, WRONG_I)), sizes(I, WRONG_I)),
            "input-axes": ("X", zeros((1, T, B, I)), sizes(3, 4)),
            "input-integers": ("X", np.zeros((T, B, I), np.int64), (FLOATS, INTEGERS)),
            "input-float64": ("X", np.zeros((T, B, I)), (FLOATS, DOUBLES)),
            "no-sequences": ("X", zeros((T, 0, I)), ((), ())),
            "no-steps": ("X", zeros((0, B, I)), ((), ())),
            "state-units": ("initial_h", zeros((1, B, WRONG_H)), sizes(H, WRONG_H)),
            "state-batch": ("initial_h", zeros((1, WRONG_B, H)), sizes(B, WRONG_B)),
            "state-one-sequence": ("initial_h", zeros((1, 1, H)), sizes(B, 1)),
            "state-directions": ("initial_h", zeros((1, B, H)), sizes(2, 1)),
            "length-above-T": ("sequence_lens", _with_first(lengths, WRONG_T), sizes(T, WRONG_T)),
            "length-negative": ("sequence_lens", _with_first(lengths, -3), ((), ())),
            "lengths-too-few": ("sequence_lens", lengths[1:], sizes(B, B - 1)),
            "lengths-fractions": ("sequence_lens", (lengths - 0.5).astype(np.float32), (("int32",), FLOATS)),
            "input-weights-rows": ("W", zeros((1, rows - 1, I)), sizes(rows, rows - 1)),
            "input-weights-columns": ("W", zeros((1, rows, WRONG_I)), sizes(I, WRONG_I)),
            "recurrent-weights-columns": ("R", zeros((1, rows, WRONG_H)), sizes(H, WRONG_H)),
            "bias-too-short": ("B", zeros((1, 2 * rows - 1)), sizes(2 * rows, 2 * rows - 1)),
        }
        if operator == "LSTM":
            changes["cell-units"] = ("initial_c", zeros((1, B, WRONG_H)), sizes(H, WRONG_H))
        for mistake, (field, array, pair) in changes.items():
            direction = "bidirectional" if mistake == "state-directions" else "forward"
            made = partial(call, run, operator, {field: array}, direction=direction)
            names = (field, *MORE_NAMES.get(mistake, ()))
            yield Probe(layer=f"{name} {operator}", mistake=mistake, call=made, names=names, pair=pair)


MORE_NAMES = {"no-sequences": ("batch_size",), "no-steps": ("seq_length",)}
"""What the text of the operators calls the size that is 0."""


def _with_first(lengths: NDArray[Any], length: int) -> NDArray[Any]:
    changed = lengths.copy()
    changed[0] = length
    return changed
