"""The recurrent layers of PyTorch under autocast: parameters and data in float32, matrix products in less."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from rnnspec import Array, Problem
from rnnspec_adapters.base import Answer
from rnnspec_adapters.plan import plan_of
from rnnspec_adapters.torch.torch_layers import TorchLayers, has_onednn, takes_onednn


class TorchAutocast(TorchLayers):
    """The precision is that of the products.

    On the CPU, autocast gives outputs and states of the simple layer and the LSTM in that type, and those of the GRU
    and all gradients in float32, the type of what they belong to. These are rounded to the precision before they are
    judged (NUM-3). Gradients are taken outside of autocast, as torch recommends.
    """

    name: ClassVar[str] = "torch-autocast"
    modes: ClassVar[tuple[str, ...]] = ("autocast",)
    precisions: ClassVar[tuple[str, ...]] = ("bfloat16", "float16")
    offers: ClassVar[tuple[str, ...]] = ("bfloat16", "float16")
    session: ClassVar[str] = "torch-transforms"
    slow: ClassVar[bool] = True

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.products, self.native_dtype = self.native_dtype, torch.float32

    def refusal(self, problem: Problem) -> str | None:
        # A packed batch of equal lengths is computed as one that was never packed.
        is_even = problem.lengths is None or len(set(problem.lengths.tolist())) == 1
        asked = is_even and any(map(takes_onednn, plan_of(problem)))
        if asked and self.device == "cpu" and not has_onednn(self.products):
            return super().refusal(problem) or (
                f"autocast asks oneDNN for an LSTM in {self.precision.name} that can be trained on this processor; "
                "it has none (no upstream report found; since torch 2.13.0)"
            )
        return super().refusal(problem)

    def forward(self, *given: Any) -> Answer:
        with torch.autocast(self.device, dtype=self.products):
            return super().forward(*given)

    def array(self, array: torch.Tensor) -> Array:
        return super().array(array.to(self.products))
