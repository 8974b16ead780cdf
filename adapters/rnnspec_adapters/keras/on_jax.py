"""Keras on JAX: compiled, and operation by operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from rnnspec_adapters.base import NativeArray, WithTangents
from rnnspec_adapters.jax.jax_adapter import JaxAdapter
from rnnspec_adapters.keras.keras_layers import KerasLayers, Options


class KerasOnJax(KerasLayers, WithTangents, JaxAdapter):
    """The recurrent layers of Keras on JAX.

    Modes: ``jit``: compiled, with cuDNN where there is one; ``cells``: compiled, cells in `RNN`; ``unroll``: operation
    by operation, without a loop, with a product for each gate.
    """

    name: ClassVar[str] = "keras-jax"
    modes: ClassVar[tuple[str, ...]] = ("jit", "cells", "unroll")
    stepwise: ClassVar[tuple[str, ...]] = ("unroll",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    """Not float64, which the products of Keras on JAX turn into float32: keras-team/keras#23704."""
    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib", "keras")
    group: ClassVar[str] = "framework-tensorflow"
    session: ClassVar[str] = "tensorflow-compiled"
    slow: ClassVar[bool] = True
    bad_input: ClassVar[str] = "keras_jax"
    backend: ClassVar[str] = "jax"
    options: ClassVar[Mapping[str, Options]] = {
        "jit": Options(use_cudnn="auto"),
        "cells": Options(cells=True),
        "unroll": Options(unroll=True, implementation=1),
    }

    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        return jnp.arange(steps) < lengths[:, None]
