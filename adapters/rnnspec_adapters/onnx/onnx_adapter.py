"""What those who run models of ONNX share: modes as data, and the way from arrays to a model and back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import onnx

from rnnspec import Array, Problem
from rnnspec_adapters.base import (
    Answer,
    BaseAdapter,
    Kind,
    Named,
    NativeAdapter,
    NativeArray,
    NativeStates,
    Primals,
    by_layer,
    side_by_side,
)
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.onnx.models import Execution, Structure, model_of
from rnnspec_adapters.onnx.onnx_layouts import layout_of
from rnnspec_adapters.onnx.operators import EXPRESSED, refusal_of_constants
from rnnspec_adapters.plan import LayerPlan, Plan, Stack, plan_of
from rnnspec_adapters.refusals import Table

Run = Callable[[list[str], Named], list[Array]]
"""A model that is ready to run: from the names of outputs, and the inputs by name, to these outputs."""

OPSETS = {f"opset-{version}": Execution(opset=version) for version in (7, 14, 22)}
"""A mode for each version of the operators: 14 brought `layout`, 22 the type bfloat16."""


class ForwardOnly(BaseAdapter):
    """What is true of all that runs models of ONNX."""

    selection: ClassVar[str] = "forward"
    environment: ClassVar[Mapping[str, str]] = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    expresses: ClassVar[Table] = {
        Problem: {"cotangents": ((None,), "a model of ONNX is run forward only; there are no gradients")}
    }


class OnnxBase(ForwardOnly, NativeAdapter):
    """An adapter of something that runs the operators of ONNX.

    A model is made ready once for each structure of a problem; where parameters are constants, for each problem.
    """

    executions: ClassVar[Mapping[str, Execution]]
    """By mode."""
    packages: ClassVar[tuple[str, ...]] = ("onnx",)
    group: ClassVar[str] = "framework-onnx"
    session: ClassVar[str] = "onnx"
    expresses: ClassVar[Table] = EXPRESSED

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.execution = self.executions[self.mode]
        self.ready: dict[Structure, Run] = {}

    @abstractmethod
    def made_ready(self, model: onnx.ModelProto) -> Run:
        """The model, ready to run."""

    def refusal(self, problem: Problem) -> str | None:
        of_constants = (refusal_of_constants(layer.cell, self.precision.name) for layer in problem.layers)
        return super().refusal(problem) or next(filter(None, of_constants), None)

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layout_of(layer.cell)

    def prefix(self, layers: Stack, number: int, direction: int) -> str:
        return ""

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        """Those of the inputs of the model that are not the problem's own."""
        inputs = model_of(self.structure_of(plan_of(problem))).graph.input
        axes = {value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim) for value in inputs}
        return {name: shape for name, shape in axes.items() if name[0].isdigit()}

    def structure_of(self, plan: Plan, *, lengths: bool = False, initial: bool = False) -> Structure:
        """What the model depends on."""
        execution, precision = self.execution, self.precision.name
        return Structure(plan=plan, execution=execution, precision=precision, lengths=lengths, initial=initial)

    def given_lengths(self, lengths: Array) -> Array:
        return lengths.astype(np.int32)

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        return partial(self._run, plan)

    def _run(self, plan: Plan, primals: Primals, lengths: Array | None) -> Answer:
        """The outputs and final states of the model."""
        native, _, initial = primals
        structure = self.structure_of(plan, lengths=lengths is not None, initial=initial is not None)
        given = self.inputs(plan, primals, lengths)
        if self.execution.constants:
            run = self.made_ready(model_of(structure, native))
        else:
            if structure not in self.ready:
                self.ready[structure] = self.made_ready(model_of(structure))
            run, given = self.ready[structure], given | native
        stacks = self.stacks(plan)
        return answer_of(stacks, map(self.turned, run(outputs_of(stacks), given)))

    def inputs(self, plan: Plan, primals: Primals, lengths: Array | None) -> Named:
        """What the problem gives, without its parameters."""
        _, x, initial = primals
        given = {"x": x} | initial_states(self.stacks(plan), initial, np.stack)
        turned = {name: self.turned(array) for name, array in given.items()}
        return turned | ({} if lengths is None else {"lengths": lengths})

    def turned(self, array: Array) -> Array:
        """Between the axes of the text and those of the model, in which the batch may stand first."""
        return np.ascontiguousarray(array.swapaxes(0, 1)) if self.execution.batch_first else array


def initial_states(
    stacks: Iterable[Stack], states: NativeStates | None, join: Callable[[list[NativeArray]], NativeArray]
) -> Named:
    """The inputs of a model that are states, e.g. ``initial.0.h``: those of a stack in one array, [L D, B, H]."""
    inputs: Named = {}
    remaining = states or ()
    for position, layers in enumerate(stacks if states else ()):
        joined = side_by_side(remaining[: len(layers)], join)
        inputs |= {f"initial.{position}.{name}": array for name, array in joined.items()}
        remaining = remaining[len(layers) :]
    return inputs


def outputs_of(stacks: Iterable[Stack]) -> list[str]:
    """The outputs of a model: ``y``, and the final states, e.g. ``final.0.h``."""
    states = ((position, name) for position, layers in enumerate(stacks) for name in layers[0].cell.states)
    return ["y", *(f"final.{position}.{name}" for position, name in states)]


def answer_of(stacks: Iterable[Stack], outputs: Iterable[NativeArray]) -> Answer:
    """The outputs and final states of all layers, from those of a model in the order of `outputs_of`."""
    y, *states = outputs
    remaining = iter(states)
    of_stacks = (by_layer({name: next(remaining) for name in layers[0].cell.states}, layers) for layers in stacks)
    return y, tuple(of_layer for of_stack in of_stacks for of_layer in of_stack)
