"""Keras on PyTorch, eagerly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch

from rnnspec import Problem
from rnnspec_adapters.base import NativeArray, WithTangents
from rnnspec_adapters.keras.keras_layers import KerasLayers, Options
from rnnspec_adapters.torch.torch_adapter import TorchBase


class KerasOnTorch(KerasLayers, WithTangents, TorchBase):
    """The recurrent layers of Keras on PyTorch.

    Modes: ``fused``: what the backend has instead of the loop of Keras, on the CPU a loop of its own; ``loop``: that of
    Keras, with a product for each gate; ``unroll``: the steps one after the other; ``cells``: cells in `RNN`.
    """

    name: ClassVar[str] = "keras-torch"
    modes: ClassVar[tuple[str, ...]] = ("fused", "loop", "unroll", "cells")
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    """Not float64, which the products of Keras on PyTorch turn into float32: keras-team/keras#23704."""
    packages: ClassVar[tuple[str, ...]] = ("torch", "keras")
    group: ClassVar[str] = "framework-tensorflow"
    session: ClassVar[str] = "tensorflow"
    environment: ClassVar[Mapping[str, str]] = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    bad_input: ClassVar[str] = "keras_torch"
    backend: ClassVar[str] = "torch"
    options: ClassVar[Mapping[str, Options]] = {
        "fused": Options(use_cudnn="auto"),
        "loop": Options(implementation=1),
        "unroll": Options(unroll=True),
        "cells": Options(cells=True),
    }

    def refusal(self, problem: Problem) -> str | None:
        backward = any(layer.direction != "forward" for layer in problem.layers)
        if self.mode == "unroll" and backward and problem.lengths is not None:
            return "keras on PyTorch raises where an unrolled layer reads backwards and has a mask"
        return super().refusal(problem)

    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        return torch.arange(steps, device=lengths.device) < lengths[:, None]
