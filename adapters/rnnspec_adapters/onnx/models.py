"""A model of a problem: one node for each layer, and what joins them.

The steps and the sequences of the batch are left open, so that problems of one structure share a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rnnspec import Merge
from rnnspec_adapters.contract import Native
from rnnspec_adapters.onnx.onnx_layouts import layout_of
from rnnspec_adapters.onnx.operators import attributes_of
from rnnspec_adapters.plan import LayerPlan, Plan

TYPES = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16}

PRODUCER = "rnnspec"
OLDEST_FORMAT = 4
"""The oldest version of the format in which constants need not be inputs as well."""

MERGED: dict[Merge, str] = {"sum": "Sum", "mean": "Mean", "product": "Mul"}
"""The operators that make one output of those of two directions. Side by side they are reshaped, apart they stay."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One way of stating and running a problem.

    Attributes
    ----------
    opset
        The version of the operators.
    batch_first
        Whether sequences and states have the batch on their first axis: ``layout=1``, from opset 14 on.
    constants
        Whether the parameters are constants of the model, as in a model that was trained, rather than inputs.
    """

    opset: int = 22
    batch_first: bool = False
    constants: bool = False


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What a model depends on besides the parameters' values: the layers, and whether there are lengths and states.

    `precision` is a key of `TYPES`.
    """

    plan: Plan
    execution: Execution
    precision: str
    lengths: bool
    initial: bool


def model_of(structure: Structure, constants: Native | None = None) -> onnx.ModelProto:
    """The model.

    Its inputs are ``x``, ``lengths``, the initial states ``initial.0.h``, and the parameters by native name, or none of
    these where they are `constants` of the model; its outputs ``y`` and the final states ``final.0.h``.

    The axes are those of the operators: [T, B, I], and [D, B, H] for the states of D directions; with `batch_first`
    [B, T, I] and [B, D, H].
    """
    made = _Graph(structure, {} if constants is None else constants)
    graph = helper.make_graph(made.nodes, PRODUCER, made.inputs, made.outputs, made.initializers)
    opsets = [helper.make_opsetid("", structure.execution.opset)]
    return helper.make_model(
        graph,
        producer_name=PRODUCER,
        opset_imports=opsets,
        ir_version=max(OLDEST_FORMAT, helper.find_min_ir_version_for(opsets)),
    )


class _Graph:
    """The parts of the graph of a model."""

    def __init__(self, structure: Structure, constants: Mapping[str, NDArray[np.floating]]) -> None:
        self.structure, self.batch_first = structure, structure.execution.batch_first
        self.nodes: list[onnx.NodeProto] = []
        self.initializers = [numpy_helper.from_array(array, name) for name, array in constants.items()]
        first = structure.plan[0]
        self.inputs = [self._value("x", *self._sequences(first.input_size))]
        if structure.lengths:
            self.inputs.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, ["B"]))
        self.outputs: list[onnx.ValueInfoProto] = []
        signals = ["x", *(f"{l}.output" for l in range(len(structure.plan) - 1)), "y"]
        for position, (layer, ends) in enumerate(zip(structure.plan, pairwise(signals), strict=True)):
            self._add_layer(position, layer, *ends, declared=not constants)
        last = structure.plan[-1]
        side_by_side = last.directions if last.merge == "concat" else 1
        apart = (2,) if last.merge == "none" else ()
        self.outputs.insert(0, self._value("y", *self._sequences(*apart, side_by_side * last.hidden_size)))

    def _add_layer(self, position: int, layer: LayerPlan, source: str, target: str, *, declared: bool) -> None:
        prefix = f"{position}."
        weights = self._weights(prefix, layer, declared=declared)
        states = [f"{position}.{name}" for name in layer.cell.states]
        leading = ("B", layer.directions) if self.batch_first else (layer.directions, "B")
        axes = (*leading, layer.hidden_size)
        starts = [f"initial.{state}" for state in states] if self.structure.initial else [""] * len(states)
        self.inputs += [self._value(start, *axes) for start in starts if start]
        self.outputs += [self._value(f"final.{state}", *axes) for state in states]
        inputs = [
            *(source, weights["W"], weights["R"], weights.get("B", "")),
            "lengths" if self.structure.lengths else "",
            *starts,
            weights.get("P", ""),
        ]
        self._add(
            type(layer.cell).__name__,
            inputs if weights.get("P") else inputs[:-1],
            f"{prefix}Y",
            *(f"final.{state}" for state in states),
            direction=layer.direction,
            hidden_size=layer.hidden_size,
            **({"layout": 1} if self.batch_first else {}),
            **attributes_of(layer.cell, directions=layer.directions),
        )
        self._merge(prefix, layer.merge, target)

    def _weights(self, prefix: str, layer: LayerPlan, *, declared: bool) -> dict[str, str]:
        """The names of the operator's parameters: those of two directions stand one above the other."""
        layout = layout_of(layer.cell)
        sizes = {"W": layer.input_size, "R": layer.hidden_size}
        names: dict[str, str] = {}
        for tensor in layout.tensors:
            letter = tensor.name[0]
            of_directions = [prefix + tensor.name.format(direction=d) for d in layout.directions[: layer.directions]]
            rows = len(tensor.blocks) * layer.hidden_size
            if declared:
                columns = (sizes[letter],) if letter in sizes else ()
                self.inputs += [self._value(name, 1, rows, *columns) for name in of_directions]
            names[letter] = of_directions[0]
            if layer.directions == 2:
                names[letter] = f"{prefix}{letter}.both"
                self._add("Concat", of_directions, names[letter], axis=0)
        return names

    def _merge(self, prefix: str, merge: Merge, target: str) -> None:
        """From ``Y``, [T, D, B, H] or [B, T, D, H], to the output of the layer."""
        apart = f"{prefix}Y"
        if not self.batch_first:
            moved = target if merge == "none" else f"{prefix}moved"
            self._add("Transpose", [apart], moved, perm=[0, 2, 1, 3])
            apart = moved
        elif merge == "none":
            self._add("Identity", [apart], target)
        if merge == "concat":
            self._add("Reshape", [apart, self._integers(f"{prefix}side-by-side", [0, 0, -1])], target)
        elif merge in MERGED:
            halves = list(self._halves(prefix, apart))
            self._add(MERGED[merge], halves, target)

    def _halves(self, prefix: str, apart: str) -> Iterator[str]:
        for direction in range(2):
            name = f"{prefix}half.{direction}"
            self._add("Gather", [apart, self._integers(f"{name}.index", direction)], name, axis=2)
            yield name

    def _integers(self, name: str, values: list[int] | int) -> str:
        """A constant."""
        self.initializers.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def _add(self, operator: str, inputs: list[str], *outputs: str, **attributes: object) -> None:
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=f"{operator}.{outputs[0]}", **attributes))

    def _sequences(self, *features: int) -> tuple[str | int, ...]:
        return ("B", "T", *features) if self.batch_first else ("T", "B", *features)

    def _value(self, name: str, *axes: str | int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TYPES[self.structure.precision], axes)
