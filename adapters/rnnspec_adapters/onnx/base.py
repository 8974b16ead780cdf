"""What those who run models of ONNX share: options, modes as data, and the way from a problem to a model and back."""

from __future__ import annotations

import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import onnx
from numpy.typing import NDArray

from rnnspec import PRECISIONS, Cell, Layer, Outcome, Problem, State, States
from rnnspec_adapters import layout
from rnnspec_adapters.contract import Native, Unsupported
from rnnspec_adapters.layout import Placement
from rnnspec_adapters.onnx.models import Shape, model_of, prefix_of
from rnnspec_adapters.onnx.onnx_layouts import layout_of
from rnnspec_adapters.onnx.operators import refusal_of, refusal_of_constants
from rnnspec_adapters.plan import plan_of

Arrays = dict[str, NDArray[Any]]
"""Arrays by the name of an input or an output."""

Run = Callable[[Arrays], Arrays]
"""A model that is ready to run."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One way of stating and running a problem.

    Attributes
    ----------
    opset
        The version of the operators.
    batch_first
        Whether the model has ``layout=1``.
    constants
        Whether the parameters are constants of the model, as in a model that was trained, rather than inputs.
    """

    opset: int = 22
    batch_first: bool = False
    constants: bool = False


class OnnxBase(ABC):
    """An adapter of something that runs models of ONNX, forward only.

    A model is made ready once for each structure of a problem; where parameters are constants, for each problem.

    Raises
    ------
    ValueError
        When the device, the precision or the mode is unknown, or the device is not there.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]]
    executions: ClassVar[Mapping[str, Execution]]
    """By mode."""
    offered: ClassVar[Mapping[str, tuple[str, ...]]]
    """By device, the precisions."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32", mode: str | None = None) -> None:
        mode = self.modes[0] if mode is None else mode
        wanted = (("device", device, tuple(self.offered)), ("mode", mode, self.modes))
        for option, given, known in (*wanted, ("precision", precision, self.offered.get(device, ()))):
            if given not in known:
                raise ValueError(f"{option}: wanted one of {', '.join(known)}, got {given!r}")
        self.device = device
        self.precision = precision
        self.numpy_dtype = PRECISIONS[precision].dtype
        self.mode = mode
        self.execution = self.executions[mode]
        self.ready: dict[Shape, Run] = {}

    @abstractmethod
    def made_ready(self, model: onnx.ModelProto) -> Run:
        """The model, ready to run."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """The version of what runs models."""

    def provenance(self) -> Mapping[str, str]:
        versions = {"onnx": onnx.__version__, "numpy": np.__version__, "python": platform.python_version()}
        return {**self.versions(), **versions}

    def refusal(self, cell: Cell) -> Unsupported | None:
        """Why this runtime does not compute `cell`, where the operators express it."""
        return None

    def supports(self, problem: Problem) -> Unsupported | None:
        if problem.cotangents is not None:
            return Unsupported(reason="a model of ONNX is run forward only; there are no gradients")
        if problem.padded_outputs != "zero":
            return Unsupported(reason="the operators do not say what stands in the padding; here it is zeros")
        for layer in problem.layers:
            if layer.reverse_outputs != "time":
                return Unsupported(reason="the operators give outputs in the order of time")
            refusal = (
                refusal_of(layer.cell) or refusal_of_constants(layer.cell, self.precision) or self.refusal(layer.cell)
            )
            if refusal is not None:
                return refusal
        return None

    def layout_of(self, layer: Layer) -> layout.Layout:
        """The declared layout of the operator that computes `layer`."""
        return layout_of(layer.cell)

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(layer=position, direction=direction, layout=self.layout_of(layer), prefix=prefix_of(position))
            for position, layer in enumerate(problem.layers)
            for direction in range(layer.directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        """Those of the inputs of the model that are not the problem's own."""
        inputs = model_of(self._shape(problem)).graph.input
        axes = {value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim) for value in inputs}
        return {name: shape for name, shape in axes.items() if name[0].isdigit()}

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, layout.pack(problem.layers, self.placements(problem), self.numpy_dtype))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        shape = self._shape(problem)
        given = self._inputs(problem)
        if self.execution.constants:
            return self._outcome(problem, self.made_ready(model_of(shape, native))(given))
        if shape not in self.ready:
            self.ready[shape] = self.made_ready(model_of(shape))
        return self._outcome(problem, self.ready[shape](given | native))

    def _shape(self, problem: Problem) -> Shape:
        return Shape(
            plan=plan_of(problem),
            opset=self.execution.opset,
            precision=self.precision,
            lengths=problem.lengths is not None,
            initial=problem.initial is not None,
            batch_first=self.execution.batch_first,
        )

    def _inputs(self, problem: Problem) -> Arrays:
        """What the problem gives, without its parameters."""
        given: Arrays = {"x": self._turned(problem.x.astype(self.numpy_dtype))}
        if problem.lengths is not None:
            given["lengths"] = problem.lengths.astype(np.int32)
        for position, (layer, states) in enumerate(zip(problem.layers, problem.initial or (), strict=False)):
            for name in layer.cell.states:
                stacked = np.stack([state[name] for state in states]).astype(self.numpy_dtype)
                given[f"initial.{position}.{name}"] = self._turned(stacked)
        return given

    def _outcome(self, problem: Problem, answer: Arrays) -> Outcome:
        return Outcome(y=self._turned(answer["y"]), final=self._final(problem, answer))

    def _final(self, problem: Problem, answer: Arrays) -> States:
        return tuple(
            tuple(
                State(**{name: self._turned(answer[f"final.{l}.{name}"])[k].copy() for name in layer.cell.states})
                for k in range(layer.directions)
            )
            for l, layer in enumerate(problem.layers)
        )

    def _turned(self, array: NDArray[Any]) -> NDArray[Any]:
        """Between the axes of the text and those of the model, in which the batch may stand first."""
        return np.ascontiguousarray(array.swapaxes(0, 1)) if self.execution.batch_first else array


OPSETS = {f"opset-{version}": Execution(opset=version) for version in (7, 14, 22)}
"""A mode for each version of the operators: 14 brought `layout`, 22 the type bfloat16."""
