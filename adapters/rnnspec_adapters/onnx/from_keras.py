"""Layers of Keras, exported to models of ONNX by `keras.Model.export`, and run by ONNX Runtime.

On TensorFlow that exporter is tf2onnx, which makes the operator LSTM of a loop where it knows it; on PyTorch it is
`torch.onnx.export`, which writes the steps out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
import onnxruntime

from rnnspec import GRU, RNN, Array, Problem
from rnnspec_adapters.base import Answer, Kind, Named, NativeArray, NativeStates, Primals
from rnnspec_adapters.keras.keras_layers import KerasLayers, Options
from rnnspec_adapters.onnx.runtime import OnRuntime, session_of
from rnnspec_adapters.onnx.silence import silent
from rnnspec_adapters.plan import Plan, Stack

LOGGERS = ("tf2onnx", "torch.onnx", "tensorflow")
"""Where the exporters say what they say."""

MOST_STEPS = 100
"""Of a layer that is written out step by step."""

Key = tuple[Plan, dict[str, tuple[int, ...]]]
"""What a model is of: the layers, and the shapes of its inputs."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A model that was exported: of what, with which parameters, and what runs it.

    `final` is in the structure of the final states; its arrays are symbols.
    """

    key: Key
    native: Named
    final: NativeStates
    session: onnxruntime.InferenceSession


class OnnxFromKeras(OnRuntime, KerasLayers):
    """Whole stacks, exported with the sizes of the problem and with its parameters as constants.

    One mode, ``export``. What is exported is a functional model of `keras.Input` and layers, as somebody builds one who
    is about to ship it: with an input for the mask where there are lengths, and one for each initial state.
    """

    modes: ClassVar[tuple[str, ...]] = ("export",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    offers: ClassVar[tuple[str, ...]] = ("float32",)
    group: ClassVar[str] = "framework-onnx-from-keras"
    session: ClassVar[str] = "onnx-from-keras"
    slow: ClassVar[bool] = True
    selection: ClassVar[str] = "forward"
    soak: ClassVar[str] = "forward"
    environment: ClassVar[Mapping[str, str]] = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    options: ClassVar[Mapping[str, Options]] = {"export": Options(use_cudnn="auto")}

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self._numbers = count()
        self._last: Exported | None = None

    def settings(self) -> contextlib.AbstractContextManager[object]:
        return silent(*LOGGERS)

    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        """The mask itself, which is what a model that is built is given."""
        return lengths

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        """What exports the layers with the parameters it is given, and runs the model; ``outputs`` is the only kind."""
        return partial(self._exported, plan)

    def _exported(self, plan: Plan, primals: Primals, lengths: NativeArray | None) -> Answer:
        """The outcome of the exported model; the last one is kept, and exported again only for other parameters."""
        native, x, initial = primals
        given = {"x": np.swapaxes(x, 0, 1)}  # an exported model takes its first axis for the batch
        if lengths is not None:
            given["mask"] = np.arange(len(x)) < lengths[:, None]
        if initial is not None:
            given |= by_name(initial)
        key = (plan, {name: array.shape for name, array in given.items()})
        if self._last is None or self._last.key != key or not same(self._last.native, native):
            self._last = self._export(key, native, given, initial)
        session = self._last.session
        found = iter(session.run(None, {node.name: given[node.name] for node in session.get_inputs()}))
        return np.swapaxes(next(found), 0, 1), named(self._last.final, lambda _name, _symbol: next(found))

    def _export(self, key: Key, native: Named, given: Named, initial: NativeStates | None) -> Exported:
        plan, _ = key
        ops, inputs = self.keras.ops, {name: self._input(name, array) for name, array in given.items()}
        states = None if initial is None else named(initial, lambda name, _array: inputs[name])
        y, final = self.forward(plan, native, ops.swapaxes(inputs["x"], 0, 1), states, inputs.get("mask"))
        model = self.keras.Model(list(inputs.values()), [ops.swapaxes(y, 0, 1), *by_name(final).values()])
        model(list(given.values()))  # no model is exported that was never called
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            model.export(path, format="onnx", verbose=False)
            session = session_of(path.read_bytes(), device=self.device)
        return Exported(key=key, native=native, final=final, session=session)

    def _input(self, name: str, array: Array) -> Any:
        return self.keras.Input(batch_shape=array.shape, dtype=array.dtype.name, name=name)

    def run(
        self, layers: Stack, values: list[NativeArray], x: NativeArray, mask: NativeArray | None, start: Any
    ) -> Any:
        """What a layer of its own returns, into which `values` are written."""
        module = self.made(layers)
        module.name = f"layer_{next(self._numbers)}"
        module.build(x.shape)
        module.set_weights(values)
        return module(x, mask=mask, initial_state=start)


class OnnxFromKerasOnTensorflow(OnnxFromKeras):
    """What Keras exports on TensorFlow, by tf2onnx."""

    name: ClassVar[str] = "onnx-from-keras"
    packages: ClassVar[tuple[str, ...]] = ("tensorflow", "tf2onnx", "onnx", "keras")
    backend: ClassVar[str] = "tensorflow"


class OnnxFromKerasOnTorch(OnnxFromKeras):
    """What Keras exports on PyTorch, by `torch.onnx.export`."""

    name: ClassVar[str] = "onnx-from-keras-torch"
    packages: ClassVar[tuple[str, ...]] = ("torch", "onnxscript", "onnx", "keras")
    backend: ClassVar[str] = "torch"

    def refusal(self, problem: Problem) -> str | None:
        if len(problem.x) > MOST_STEPS:
            return f"torch.onnx.export writes the loop out step by step; more than {MOST_STEPS} are not tried"
        if problem.lengths is None:
            for cell in (layer.cell for layer in problem.layers if layer.direction != "forward"):
                if isinstance(cell, RNN) or (isinstance(cell, GRU) and cell.reset == "before"):
                    what = "SimpleRNN" if isinstance(cell, RNN) else "GRU with reset_after=False"
                    return f"a {what} that reads backwards without a mask is exported to a model that cannot be loaded"
        return super().refusal(problem)


def same(one: Named, other: Named) -> bool:
    """Whether two sets of arrays have the same names and numbers."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def by_name(states: NativeStates) -> Named:
    """The arrays of `states` by names of their own, e.g. ``initial_0_1_h``: layer, direction, state."""
    found: Named = {}
    named(states, found.setdefault)
    return found


def named(states: NativeStates, change: Callable[[str, NativeArray], NativeArray]) -> NativeStates:
    """`states` with what `change` makes of the name and the array of each."""
    return tuple(
        tuple(
            {name: change(f"initial_{layer}_{direction}_{name}", array) for name, array in state.items()}
            for direction, state in enumerate(of_layer)
        )
        for layer, of_layer in enumerate(states)
    )
