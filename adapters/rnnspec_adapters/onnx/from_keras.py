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

from rnnspec import RNN, Array, Layer, Problem
from rnnspec_adapters.base import Answer, Kind, Named, NativeArray, NativeStates, Primals, leaves_of, like
from rnnspec_adapters.keras.keras_layers import KerasLayers, Options
from rnnspec_adapters.onnx.exporters import MOST_STEPS, silent
from rnnspec_adapters.onnx.runtime import OnRuntime, session_of
from rnnspec_adapters.plan import Plan, Stack
from rnnspec_adapters.refusals import Table

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
    options: ClassVar[Mapping[str, Options]] = {"export": Options(use_cudnn="auto")}

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self._numbers = count()
        self._last: Exported | None = None

    def settings(self) -> contextlib.AbstractContextManager[object]:
        return silent()

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
        names = names_of(initial)
        given |= zip(names, leaves_of(initial), strict=True)
        key = (plan, {name: array.shape for name, array in given.items()})
        kept = self._last
        if kept is None or kept.key != key or any(not np.array_equal(native[n], kept.native[n]) for n in native):
            states = like(initial, names)
            kept = self._last = self._export(key, native, given, states)
        y, *final = kept.session.run(None, {node.name: given[node.name] for node in kept.session.get_inputs()})
        return np.swapaxes(y, 0, 1), like(kept.final, final)

    def _export(self, key: Key, native: Named, given: Named, states: NativeStates | None) -> Exported:
        """A model with an input for each of `given`; `states` are the names of those that are states."""
        plan, _ = key
        ops, inputs = self.keras.ops, {name: self._input(name, array) for name, array in given.items()}
        start = like(states, (inputs[name] for name in leaves_of(states)))
        y, final = self.forward(plan, native, ops.swapaxes(inputs["x"], 0, 1), start, inputs.get("mask"))
        model = self.keras.Model(list(inputs.values()), [ops.swapaxes(y, 0, 1), *leaves_of(final)])
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
    expresses: ClassVar[Table] = {
        Problem: {
            "x": (
                lambda x, _: len(x) <= MOST_STEPS,
                f"torch.onnx.export writes the loop out step by step; more than {MOST_STEPS} are not tried",
            ),
            "layers": (
                lambda layers, problem: problem.lengths is not None or all(map(can_be_loaded, layers)),
                "a SimpleRNN, or a GRU with reset_after=False, that reads backwards without a mask cannot be loaded",
            ),
        }
    }


def can_be_loaded(layer: Layer) -> bool:
    """Whether ONNX Runtime loads what `torch.onnx.export` makes of a layer without a mask."""
    loops = type(layer.cell) is RNN or getattr(layer.cell, "reset", "after") == "before"
    return layer.direction == "forward" or not loops


def names_of(states: NativeStates | None) -> list[str]:
    """A name for each state, in the order of `leaves_of`: ``initial_0_1_h``: layer, direction, state."""
    return [
        f"initial_{l}_{d}_{name}"
        for l, layer in enumerate(states or ())
        for d, state in enumerate(layer)
        for name in state
    ]
