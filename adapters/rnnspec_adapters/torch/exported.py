"""The recurrent layers of PyTorch after `torch.export`: the graph is captured, and run in the place of the module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnspec import Problem
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.torch.base import Execution
from rnnspec_adapters.torch.derivatives import Tensors
from rnnspec_adapters.torch.nn import TorchAdapter


class TorchExported(TorchAdapter):
    """Every module is exported with the sizes of the problem, once, and its graph is given the parameters.

    The exported graph holds one call of ``aten.lstm``, ``aten.gru``, ``aten.rnn_tanh`` or ``aten.rnn_relu``, which has
    the gradients that the module has.
    """

    name: ClassVar[str] = "torch-export"
    modes: ClassVar[tuple[str, ...]] = ("export",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    executions: ClassVar[Mapping[str, Execution]] = {}

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        super().__init__(device=device, precision=precision, mode=mode)
        self.exported: dict[str, torch.nn.Module] = {}

    def made(self, kind: type[torch.nn.Module], **options: Any) -> torch.nn.Module:
        return super().made(kind, **options).to_empty(device=self.device)

    def refusal(self, problem: Problem) -> Unsupported | None:
        if problem.lengths is not None:
            reason = "torch.export refuses packed sequences (https://github.com/pytorch/pytorch/issues/171978)"
            return Unsupported(reason=reason)
        return super().refusal(problem)

    def _called(
        self, position: int, module: torch.nn.RNNBase, signal: Any, start: list[torch.Tensor], leaves: Tensors
    ) -> tuple[Any, tuple[torch.Tensor, ...]]:
        return super()._called(position, self._exported(module, signal, start), signal, start, leaves)

    def _exported(self, module: torch.nn.RNNBase, signal: torch.Tensor, start: list[torch.Tensor]) -> torch.nn.Module:
        """The graph of a module for inputs of these sizes."""
        key = repr((module.mode, module, [tuple(tensor.shape) for tensor in (signal, *start)]))
        if key not in self.exported:
            states = [torch.zeros_like(state, memory_format=torch.contiguous_format) for state in start]
            given = (tuple(states) if len(states) > 1 else states[0]) if states else None
            example = torch.zeros(signal.shape, dtype=signal.dtype, device=signal.device)
            self.exported[key] = torch.export.export(module, (example, given)).module()
        return self.exported[key]
