"""Keras on TensorFlow: operation by operation, in a graph, and compiled by XLA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from rnnspec_adapters.base import NativeArray, WithTangents
from rnnspec_adapters.keras.keras_layers import KerasLayers, Options
from rnnspec_adapters.tensorflow.tensorflow_adapter import TensorflowAdapter


class KerasOnTensorflow(KerasLayers, WithTangents, TensorflowAdapter):
    """The recurrent layers of Keras on TensorFlow, operation by operation.

    Modes: ``eager``: with cuDNN where there is one; ``unroll``: without a loop, with a product for each gate;
    ``cells``: cells in `RNN`.
    """

    name: ClassVar[str] = "keras-tensorflow"
    modes: ClassVar[tuple[str, ...]] = ("eager", "unroll", "cells")
    packages: ClassVar[tuple[str, ...]] = ("tensorflow", "keras")
    bad_input: ClassVar[str] = "keras_tensorflow"
    backend: ClassVar[str] = "tensorflow"
    options: ClassVar[Mapping[str, Options]] = {
        "eager": Options(use_cudnn="auto"),
        "unroll": Options(unroll=True, implementation=1),
        "cells": Options(cells=True),
    }

    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        return tf.sequence_mask(lengths, steps)


class KerasInGraphs(KerasOnTensorflow):
    """The same as a graph, by `tf.function`, with a product for each gate; and as one that XLA compiles."""

    name: ClassVar[str] = "keras-tensorflow-graph"
    modes: ClassVar[tuple[str, ...]] = ("function", "xla")
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    session: ClassVar[str] = "tensorflow-compiled"
    slow: ClassVar[bool] = True
    graphs: ClassVar[Mapping[str, bool]] = {"function": False, "xla": True}
    options: ClassVar[Mapping[str, Options]] = {"function": Options(implementation=1), "xla": Options()}
