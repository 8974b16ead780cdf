"""The recurrent layers of PyTorch after `torch.export`: the graph is captured, and run in the place of the module."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from rnnspec import Problem
from rnnspec_adapters.base import Named, leaves_of, like
from rnnspec_adapters.plan import Stack
from rnnspec_adapters.refusals import Table
from rnnspec_adapters.torch.torch_layers import TorchAdapter


class TorchExported(TorchAdapter):
    """Every module is exported with the sizes of the problem, once, and its graph is given the parameters.

    The exported graph holds one call of ``aten.lstm``, ``aten.gru``, ``aten.rnn_tanh`` or ``aten.rnn_relu``, which has
    the gradients that the module has.
    """

    name: ClassVar[str] = "torch-export"
    modes: ClassVar[tuple[str, ...]] = ("export",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    session: ClassVar[str] = "torch-transforms"
    slow: ClassVar[bool] = True
    bad_input: ClassVar[str] = ""
    expresses: ClassVar[Table] = {
        Problem: {
            "lengths": (
                lambda lengths, _: lengths is None,
                "torch.export refuses packed sequences (https://github.com/pytorch/pytorch/issues/171978)",
            )
        }
    }

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.exported: dict[object, torch.nn.Module] = {}

    def made(self, layers: Stack) -> torch.nn.Module:
        return super().made(layers).to_empty(device=self.device)

    def run(self, layers: Stack, native: Named, x: torch.Tensor, states: Any) -> tuple[Any, Any]:
        found: tuple[Any, Any] = torch.func.functional_call(self._exported(layers, x, states), native, (x, states))
        return found

    def _exported(self, layers: Stack, x: torch.Tensor, states: Any) -> torch.nn.Module:
        """The graph of a module for inputs of these sizes."""
        leaves = leaves_of((x, states))
        key = (layers, *(tuple(leaf.shape) for leaf in leaves))
        if key not in self.exported:
            example = like((x, states), (leaf.new_zeros(leaf.shape) for leaf in leaves))
            self.exported[key] = torch.export.export(self.module(layers), example).module()
        return self.exported[key]
