"""``torch.nn.RNN``, ``torch.nn.LSTM`` and ``torch.nn.GRU``.

Consecutive layers of the same cell, size and direction become one module with `num_layers`; a stack of different kinds
becomes a list of modules. Lengths go through packed sequences. Gradients come from `torch.autograd`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnspec import GRU, LSTM, RNN, Cell, Layer, Problem
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.layout import Layout, Placement
from rnnspec_adapters.runs import Run, runs_of
from rnnspec_adapters.torch.base import Directional, Execution, TorchBase
from rnnspec_adapters.torch.derivatives import Function, Tensors
from rnnspec_adapters.torch.torch_layouts import layout_of


class TorchLayers(TorchBase):
    """The recurrent layers of PyTorch, however they are run."""

    def refusal(self, problem: Problem) -> Unsupported | None:
        if problem.lengths is not None and (problem.lengths == 0).any():
            return Unsupported(reason="pack_padded_sequence refuses sequences of length 0")
        if problem.padded_outputs != "zero":
            return Unsupported(reason="pad_packed_sequence fills the padding with a constant")
        return next(filter(None, map(_refusal, problem.layers)), None)

    def runs(self, problem: Problem) -> tuple[Run, ...]:
        return runs_of(problem.layers)

    def layout_of(self, layer: Layer) -> Layout:
        """The declared layout of the module that computes `layer`."""
        return layout_of(layer.cell)

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(
                layer=run.first + native_layer,
                direction=direction,
                layout=self.layout_of(problem.layers[run.first]),
                prefix=f"{position}.",
                native_layer=native_layer,
            )
            for position, run in enumerate(runs_of(problem.layers))
            for native_layer in range(run.layers)
            for direction in range(problem.layers[run.first].directions)
        )

    def modules(self, problem: Problem) -> torch.nn.ModuleList:
        return torch.nn.ModuleList(
            self._module(problem.layers[run.first], run.layers) for run in runs_of(problem.layers)
        )

    def _module(self, layer: Layer, count: int) -> torch.nn.Module:
        options: dict[str, Any] = {
            "input_size": layer.input_size,
            "hidden_size": layer.hidden_size,
            "num_layers": count,
            "bias": layer.cell.bias,
            "bidirectional": layer.direction == "bidirectional",
            "batch_first": self.execution.batch_first,
        }
        kind, more = native_of(layer.cell)
        return self.made(kind, **options, **more)

    def function(self, problem: Problem, modules: torch.nn.ModuleList) -> Function:
        runs = runs_of(problem.layers)
        T = problem.x.shape[0]
        lengths = None if problem.lengths is None else torch.tensor(problem.lengths.tolist())

        def computed(leaves: Tensors) -> Tensors:
            signal = self._packed(leaves["x"], lengths)
            answer: Tensors = {}
            for position, (module, run) in enumerate(zip(modules, runs, strict=True)):
                names = problem.layers[run.first].cell.states
                start = [leaves[f"initial.{position}.{name}"] for name in names] if problem.initial is not None else []
                signal, end = self._called(position, module, signal, start, leaves)
                answer |= zip((f"final.{position}.{name}" for name in names), end, strict=True)
            return {"y": self._padded(signal, T)} | answer

        return computed

    def _called(
        self, position: int, module: torch.nn.Module, signal: Any, start: list[torch.Tensor], leaves: Tensors
    ) -> tuple[Any, tuple[torch.Tensor, ...]]:
        """The output and the final states of one module."""
        prefix = f"{position}."
        parameters = {n.removeprefix(prefix): leaf for n, leaf in leaves.items() if n.startswith(prefix)}
        states = (tuple(start) if len(start) > 1 else start[0]) if start else None
        y, end = torch.func.functional_call(module, parameters, (signal, states))
        return y, end if isinstance(end, tuple) else (end,)

    def uses_onednn(self, problem: Problem) -> bool:
        """Whether oneDNN computes one of the modules."""
        onednn = not self.on_cuda and has_onednn(self.torch_dtype)
        return onednn and any(takes_onednn(problem, run) for run in self.runs(problem))

    def kernel(self, problem: Problem) -> str | None:
        """That of cuDNN or oneDNN, where torch has no reason to take another."""
        if self.on_cuda:
            sure = self.cudnn and self.torch_dtype in (torch.float64, torch.float32, torch.float16)
            return "CudnnRnnBackward" if sure else None
        return "MkldnnRnnLayerBackward" if self.uses_onednn(problem) else None

    def _packed(self, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor | PackedSequence:
        given = x.transpose(0, 1) if self.execution.batch_first else x
        if lengths is None:
            return given
        return pack_padded_sequence(given, lengths, batch_first=self.execution.batch_first, enforce_sorted=False)

    def _padded(self, signal: torch.Tensor | PackedSequence, steps: int) -> torch.Tensor:
        batch_first = self.execution.batch_first
        if isinstance(signal, PackedSequence):
            signal, _ = pad_packed_sequence(signal, batch_first=batch_first, total_length=steps)
        return signal.transpose(0, 1) if batch_first else signal


class TorchAdapter(Directional, TorchLayers):
    """The recurrent layers of PyTorch, in eager mode.

    Modes: ``time-major`` ([T, B, I]); ``batch-first`` ([B, T, I]); ``strided``: the input, the states and the
    cotangents have gaps in memory; ``unflattened``: the parameters have; ``frozen``: gradients by calls in which only
    the input, only the initial states, only the parameters require them.
    """

    name: ClassVar[str] = "torch"
    modes: ClassVar[tuple[str, ...]] = ("time-major", "batch-first", "strided", "unflattened", "frozen")
    executions: ClassVar[Mapping[str, Execution]] = {
        "batch-first": Execution(batch_first=True),
        "strided": Execution(strided_data=True),
        "unflattened": Execution(strided_parameters=True),
        "frozen": Execution(frozen=True),
    }

    def forward_mode(self, problem: Problem) -> bool:
        """Packed sequences and the LSTM of oneDNN have none."""
        return problem.lengths is None and not self.uses_onednn(problem)


class TorchWithoutCudnn(TorchAdapter):
    """The same on a CUDA device without cuDNN: kernels of PyTorch itself."""

    name: ClassVar[str] = "torch-cudnn-off"
    cudnn: ClassVar[bool] = False

    def __init__(self, *, device: str = "cuda", precision: str = "float32", mode: str | None = None) -> None:
        if device != "cuda":
            raise ValueError(f"device: wanted 'cuda', where there is a cuDNN to do without, got {device!r}")
        super().__init__(device=device, precision=precision, mode=mode)


def has_onednn(dtype: torch.dtype) -> bool:
    """Whether torch hands LSTMs that are trained in this type on this processor to oneDNN."""
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return bool(torch.backends.mkldnn.is_available()) and dtype == torch.float32


def takes_onednn(problem: Problem, run: Run) -> bool:
    """Whether a module is one of those that oneDNN may compute on the CPU: LSTMs that project and pack nothing."""
    cell = problem.layers[run.first].cell
    return isinstance(cell, LSTM) and cell.projection == 0 and problem.lengths is None


def native_of(cell: Cell) -> tuple[type[torch.nn.RNNBase], dict[str, Any]]:
    """The module that computes `cell`, and the options that are its own."""
    match cell:
        case LSTM(projection=projection):
            return torch.nn.LSTM, {"proj_size": projection}
        case GRU():
            return torch.nn.GRU, {}
        case RNN(activation=activation):
            return torch.nn.RNN, {"nonlinearity": activation}


def _refusal(layer: Layer) -> Unsupported | None:
    """Why torch has no such layer, if it has none."""
    if layer.direction == "reverse":
        return Unsupported(reason="torch.nn has no layer that runs in reverse only, without a forward half")
    if layer.merge != "concat" or layer.reverse_outputs != "time":
        return Unsupported(reason="torch.nn concatenates its directions, in the order of time")
    projects = isinstance(layer.cell, LSTM) and layer.cell.projection >= layer.hidden_size
    if projects:
        return Unsupported(reason="torch.nn.LSTM wants a proj_size below hidden_size")
    return refusal_of(layer.cell, "")


def refusal_of(cell: Cell, suffix: str) -> Unsupported | None:
    """Why torch has no such cell, if it has none; `suffix` ends the names of its classes, which are ``torch.nn.*``."""
    match cell:
        case LSTM(peephole="new" | "old"):
            return Unsupported(reason=f"torch.nn.LSTM{suffix} has no peepholes")
        case GRU(reset="before"):
            reason = f"torch.nn.GRU{suffix} resets after the recurrent product; no weight map turns one into the other"
            return Unsupported(reason=reason)
        case RNN(activation="tanh" | "relu"):
            plain: Cell = RNN(activation=cell.activation, bias=cell.bias)
        case GRU():
            plain = GRU(update=cell.update, bias=cell.bias)
        case LSTM():
            plain = LSTM(projection=0 if suffix else cell.projection, bias=cell.bias)
        case _:
            plain = RNN(bias=cell.bias)
    other = [field.name for field in fields(plain) if getattr(plain, field.name) != getattr(cell, field.name)]
    if other:
        return Unsupported(reason=f"torch.nn.{type(plain).__name__}{suffix} has no option for {', '.join(other)}")
    return None
