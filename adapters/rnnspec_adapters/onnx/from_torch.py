"""Layers of PyTorch, exported to models of ONNX by either exporter of `torch.onnx.export`, and run by ONNX Runtime."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import onnx
import onnxruntime
import onnxscript
import torch
from onnx import numpy_helper
from onnxscript import optimizer
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnspec import LSTM, RNN, Outcome, Problem
from rnnspec_adapters.contract import Native, Unsupported
from rnnspec_adapters.onnx.runtime import check_provider, session_of
from rnnspec_adapters.onnx.silence import silent
from rnnspec_adapters.torch.nn import TorchLayers

LOGGER = "torch.onnx"
"""Where the exporters say what they say."""

MOST_STEPS = 100
"""Of a layer that is written out step by step; exporting thousands takes hours."""

PROJECTIONS = {
    "dynamo": "torch.onnx.export leaves the projection of an LSTM out, and the model cannot be run",
    "torchscript": "torch.onnx.export with dynamo=False refuses LSTMs with projections",
}
"""By mode, what becomes of ``proj_size``."""


class Stack(torch.nn.Module):  # type: ignore[misc]  # torch is Any where types are checked
    """Modules of a problem, one behind the other, as a model that somebody would export.

    Parameters
    ----------
    modules
        Those of `TorchLayers.modules`.
    names
        What the arguments of `forward` are: ``x``, ``lengths`` where there are some, ``initial.0.h``, ..
    """

    def __init__(self, modules: torch.nn.ModuleList, names: list[str]) -> None:
        super().__init__()
        self.layers = modules
        self.names = names

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The outputs and the last states, module by module."""
        named = dict(zip(self.names, given, strict=True))
        signal: Any = named["x"]
        if "lengths" in named:
            signal = pack_padded_sequence(signal, named["lengths"], enforce_sorted=True)
        ends: list[torch.Tensor] = []
        for position, module in enumerate(self.layers):
            start = tuple(state for name, state in named.items() if name.startswith(f"initial.{position}."))
            states = (start if len(start) > 1 else start[0]) if start else None
            signal, end = module(signal, states)
            ends += end if isinstance(end, tuple) else (end,)
        if "lengths" in named:
            signal, _ = pad_packed_sequence(signal, total_length=named["x"].shape[0])
        return (signal, *ends)


class OnnxFromTorch(TorchLayers):
    """Whole stacks, exported with the sizes of the problem and with its parameters as constants.

    Modes: ``dynamo``: the exporter that captures a graph by `torch.export`, once for each structure and sizes; the
    parameters are put in before the graph is optimized, as that exporter does it. ``torchscript``: the older one, which
    traces; lengths are ``sequence_lens``.
    """

    name: ClassVar[str] = "onnx-from-torch"
    modes: ClassVar[tuple[str, ...]] = ("dynamo", "torchscript")
    precisions: ClassVar[tuple[str, ...]] = ("float32",)

    def __init__(self, *, device: str = "cpu", precision: str = "float32", mode: str | None = None) -> None:
        if precision not in self.precisions:
            raise ValueError(f"precision: wanted one of {', '.join(self.precisions)}, got {precision!r}")
        super().__init__(device=device, precision=precision, mode=mode)
        check_provider(device)
        self.captured: dict[str, bytes] = {}

    def provenance(self) -> Mapping[str, str]:
        return {
            **super().provenance(),
            "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__,
            "onnxscript": onnxscript.__version__,
        }

    def refusal(self, problem: Problem) -> Unsupported | None:
        if problem.cotangents is not None:
            return Unsupported(reason="an exported model is run forward only; there are no gradients")
        refusal = super().refusal(problem)
        if refusal is not None:
            return refusal
        if any(isinstance(layer.cell, LSTM) and layer.cell.projection for layer in problem.layers):
            return Unsupported(reason=PROJECTIONS[self.mode])
        if self.mode == "dynamo":
            if problem.lengths is not None:
                reason = "torch.onnx.export refuses packed sequences (https://github.com/pytorch/pytorch/issues/171978)"
                return Unsupported(reason=reason)
            if len(problem.x) > MOST_STEPS and any(isinstance(layer.cell, RNN) for layer in problem.layers):
                reason = f"torch.onnx.export writes torch.nn.RNN out step by step; more than {MOST_STEPS} are not tried"
                return Unsupported(reason=reason)
        return None

    def made(self, kind: type[torch.nn.Module], **options: Any) -> torch.nn.Module:
        return super().made(kind, **options).to_empty(device=self.device)

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        leaves = {"x": self.tensor(problem.x)}
        if problem.lengths is not None:
            leaves["lengths"] = torch.from_numpy(problem.lengths.astype(np.int64))
        if problem.initial is not None:
            leaves |= self._native_states(problem, problem.initial, "initial")
        outputs = ["y"]
        for position, run in enumerate(self.runs(problem)):
            outputs += [f"final.{position}.{name}" for name in problem.layers[run.first].cell.states]
        with silent(LOGGER):
            session = session_of(self._model(problem, leaves, outputs, native), device=self.device.type)
        given = {name: np.asarray(leaf.cpu().numpy()) for name, leaf in leaves.items()}
        answer = zip(outputs, session.run(outputs, given), strict=True)
        return self._outcome(problem, {name: torch.from_numpy(array) for name, array in answer})

    def _model(self, problem: Problem, leaves: dict[str, torch.Tensor], outputs: list[str], native: Native) -> bytes:
        """The exported model; the problem's numbers, but for its parameters, are not in it."""
        modules = self.modules(problem)
        modules.load_state_dict({name: self._plain(array) for name, array in native.items()})
        stack = Stack(modules, list(leaves)).eval()
        examples = tuple(
            torch.full_like(leaf, len(problem.x)) if name == "lengths" else torch.zeros_like(leaf)
            for name, leaf in leaves.items()
        )
        names = {"input_names": list(leaves), "output_names": outputs}
        if self.mode == "torchscript":
            file = io.BytesIO()
            torch.onnx.export(stack, examples, file, dynamo=False, **names)
            return file.getvalue()
        key = repr((modules, [module.mode for module in modules], {n: tuple(leaf.shape) for n, leaf in leaves.items()}))
        if key not in self.captured:
            program = torch.onnx.export(stack, examples, dynamo=True, optimize=False, verbose=False, **names)
            self.captured[key] = program.model_proto.SerializeToString()
        model = with_parameters(onnx.load_from_string(self.captured[key]), native)
        return bytes(optimizer.optimize(model).SerializeToString())


def with_parameters(model: onnx.ModelProto, native: Native) -> onnx.ModelProto:
    """`model` with these parameters of its stack in the place of those with which it was captured.

    Raises
    ------
    RuntimeError
        When a parameter is not a constant of the model under its own name.
    """
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, array in native.items():
        if f"layers.{name}" not in constants:
            raise RuntimeError(f"the exported model: wanted a constant layers.{name}, got {', '.join(constants)}")
        constants[f"layers.{name}"].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array), f"layers.{name}"))
    return model
