"""Adapters of PyTorch that are wrong on purpose: each breaks one rule."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rnnspec import Outcome, Problem
from rnnspec_adapters import Native
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.torch import torch_layouts
from rnnspec_adapters.torch.torch_layers import TorchAdapter, TorchLayers


class SwappedGates(TorchLayers):
    """Takes the packed gates of ``torch.nn.LSTM`` for o f g i: LAY-1. It offers no derivatives along tangents."""

    name: ClassVar[str] = "torch-swapped-gates"
    modes: ClassVar[tuple[str, ...]] = TorchAdapter.modes

    def layout_of(self, layer: LayerPlan) -> Layout:
        return torch_layouts.in_order(layer.cell, gates="ofgi")


class MergedBias(TorchAdapter):
    """Adds the recurrent bias of the GRU's candidate to the other one, outside the reset product: GRU-3."""

    name: ClassVar[str] = "torch-merged-bias"

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        merged = {name: tensor.copy() for name, tensor in native.items()}
        for name in (name for name in native if "bias_hh" in name):
            H = native[name.replace("bias_hh", "weight_hh")].shape[1]
            if len(native[name]) == 3 * H:
                merged[name.replace("bias_hh", "bias_ih")][2 * H :] += native[name][2 * H :]
                merged[name][2 * H :] = 0
        return super().solve_native(problem, merged)


class PaddedState(TorchAdapter):
    """Runs the padded batch without packing it, and returns the state after step T - 1: SEQ-3."""

    name: ClassVar[str] = "torch-padded-state"

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        padded = super().solve_native(replace(problem, lengths=None, cotangents=None), native)
        return replace(super().solve_native(problem, native), final=padded.final)
