"""Layers of PyTorch, exported to models of ONNX by either exporter of `torch.onnx.export`, and run by ONNX Runtime."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxscript import optimizer
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnspec import LSTM, RNN, Problem
from rnnspec_adapters.base import Answer, Kind, Named, Primals
from rnnspec_adapters.contract import Native
from rnnspec_adapters.onnx.exporters import MOST_STEPS, silent
from rnnspec_adapters.onnx.onnx_adapter import answer_of, initial_states, outputs_of
from rnnspec_adapters.onnx.runtime import OnRuntime, session_of
from rnnspec_adapters.plan import Plan, Stack
from rnnspec_adapters.refusals import Table
from rnnspec_adapters.torch.torch_layers import TorchLayers

BY_MODE: Mapping[str, Table] = {
    "dynamo": {
        Problem: {
            "lengths": (
                lambda lengths, _: lengths is None,
                "torch.onnx.export refuses packed sequences (https://github.com/pytorch/pytorch/issues/171978)",
            ),
            "x": (
                lambda x, problem: len(x) <= MOST_STEPS or all(type(layer.cell) is not RNN for layer in problem.layers),
                f"torch.onnx.export writes torch.nn.RNN out step by step; more than {MOST_STEPS} are not tried",
            ),
        },
        LSTM: {
            "projection": ((0,), "torch.onnx.export leaves the projection of an LSTM out, and the model cannot be run")
        },
    },
    "torchscript": {LSTM: {"projection": ((0,), "torch.onnx.export with dynamo=False refuses LSTMs with projections")}},
}
"""What an exporter cannot take of that which the layers express."""


class Chain(torch.nn.Module):  # type: ignore[misc]  # torch is Any where types are checked
    """Modules of a problem, one behind the other, as a model that somebody would export.

    Parameters
    ----------
    modules
        Those of `TorchLayers.made`.
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


class OnnxFromTorch(OnRuntime, TorchLayers):
    """Whole stacks, exported with the sizes of the problem and with its parameters as constants.

    Modes: ``dynamo``: the exporter that captures a graph by `torch.export`, once for each structure and sizes; the
    parameters are put in before the graph is optimized, as that exporter does it. ``torchscript``: the older one, which
    traces; lengths are ``sequence_lens``.
    """

    name: ClassVar[str] = "onnx-from-torch"
    modes: ClassVar[tuple[str, ...]] = ("dynamo", "torchscript")
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    offers: ClassVar[tuple[str, ...]] = ("float32",)
    packages: ClassVar[tuple[str, ...]] = ("torch", "onnx", "onnxscript")
    group: ClassVar[str] = "framework-onnx-from-torch"
    session: ClassVar[str] = "onnx-from-torch"
    slow: ClassVar[bool] = True

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.captured: dict[object, bytes] = {}

    def tables(self) -> Iterator[Table]:
        yield from super().tables()
        yield BY_MODE[self.mode]

    def made(self, layers: Stack) -> torch.nn.Module:
        return super().made(layers).to_empty(device=self.device)

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        super().program(kind, plan)
        return partial(self._run_exported, plan)

    def _run_exported(self, plan: Plan, primals: Primals, lengths: torch.Tensor | None) -> Answer:
        """The outputs and final states of the exported model."""
        native, x, initial = primals
        stacks = self.stacks(plan)
        inputs = {"x": x} | ({} if lengths is None else {"lengths": lengths})
        inputs |= initial_states(stacks, initial, torch.stack)
        outputs = outputs_of(stacks)
        with silent():
            session = session_of(self._model(plan, native, inputs, outputs), device=self.device)
        found = session.run(outputs, {name: tensor.cpu().numpy() for name, tensor in inputs.items()})
        return answer_of(stacks, map(torch.from_numpy, found))

    def _model(self, plan: Plan, native: Named, inputs: Named, outputs: list[str]) -> bytes:
        """The exported model; the problem's numbers, but for its parameters, are not in it."""
        modules = torch.nn.ModuleList(map(self.made, self.stacks(plan)))
        modules.load_state_dict(native)
        chain = Chain(modules, list(inputs)).eval()
        examples = tuple(
            torch.full_like(tensor, len(inputs["x"])) if name == "lengths" else torch.zeros_like(tensor)
            for name, tensor in inputs.items()
        )
        names = {"input_names": list(inputs), "output_names": outputs}
        if self.mode == "torchscript":
            file = io.BytesIO()
            torch.onnx.export(chain, examples, file, dynamo=False, **names)
            return file.getvalue()
        key = (plan, *((name, tensor.shape) for name, tensor in inputs.items()))
        if key not in self.captured:
            program = torch.onnx.export(chain, examples, dynamo=True, optimize=False, verbose=False, **names)
            self.captured[key] = program.model_proto.SerializeToString()
        constants = {name: tensor.cpu().numpy() for name, tensor in native.items()}
        model = with_parameters(onnx.load_from_string(self.captured[key]), constants)
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
