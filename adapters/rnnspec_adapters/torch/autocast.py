"""The recurrent layers of PyTorch under autocast: parameters and data in float32, matrix products in less."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from numpy.typing import NDArray

from rnnspec import Problem
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.torch.base import DTYPES
from rnnspec_adapters.torch.derivatives import Function, Tensors
from rnnspec_adapters.torch.nn import TorchLayers, has_onednn, takes_onednn


class TorchAutocast(TorchLayers):
    """The precision is that of the products.

    On the CPU, autocast gives outputs and states of the simple layer and the LSTM in that type, and those of the GRU
    and all gradients in float32, the type of what they belong to. These are rounded to the precision before they are
    judged (NUM-3). Gradients are taken outside of autocast, as torch recommends.
    """

    name: ClassVar[str] = "torch-autocast"
    modes: ClassVar[tuple[str, ...]] = ("autocast",)
    precisions: ClassVar[tuple[str, ...]] = ("bfloat16", "float16")

    def __init__(self, *, device: str = "cpu", precision: str = "bfloat16", mode: str | None = None) -> None:
        super().__init__(device=device, precision=precision, mode=mode)
        if precision not in self.precisions:
            raise ValueError(f"precision: wanted one of {', '.join(self.precisions)}, got {precision!r}")
        self.torch_dtype = torch.float32

    def refusal(self, problem: Problem) -> Unsupported | None:
        refused = super().refusal(problem)
        if refused is not None or self.device.type != "cpu":
            return refused
        asked = any(takes_onednn(problem, run) for run in self.runs(problem))
        if asked and not has_onednn(DTYPES[self.precision]):
            return Unsupported(
                reason=f"autocast asks oneDNN for an LSTM in {self.precision} that can be trained on this processor; "
                "it has none (no upstream report found; since torch 2.13.0)"
            )
        return None

    def function(self, problem: Problem, modules: torch.nn.ModuleList) -> Function:
        inner = super().function(problem, modules)

        def computed(leaves: Tensors) -> Tensors:
            with torch.autocast(self.device.type, dtype=DTYPES[self.precision]):
                return inner(leaves)

        return computed

    def array(self, tensor: torch.Tensor) -> NDArray[Any]:
        return super().array(tensor.to(DTYPES[self.precision]))
