"""``tf.raw_ops.CudnnRNNV3``, which has a kernel on CUDA devices only.

The order of its one vector of parameters is read in keras/src/backend/tensorflow/rnn.py, `_cudnn_lstm` and
`_cudnn_gru`: the matrices of all directions, and behind them all biases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from rnnspec import GRU, LSTM, RNN, Cell, Layer, Problem
from rnnspec_adapters.base import Named, NativeArray, by_layer, side_by_side
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table, lengths_above_zero
from rnnspec_adapters.tensorflow import tensorflow_layouts
from rnnspec_adapters.tensorflow.tensorflow_adapter import TensorflowAdapter

KERNEL = "tf.raw_ops.CudnnRNNV3"
MATRICES, BIASES = tensorflow_layouts.CUDNN[:2], tensorflow_layouts.CUDNN[2:]


class CudnnAdapter(TensorflowAdapter):
    """The layers of cuDNN as TensorFlow calls them: gradients by backward, and no derivative along tangents."""

    name: ClassVar[str] = "tf-cudnn"
    modes: ClassVar[tuple[str, ...]] = ("eager",)
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    session: ClassVar[str] = ""
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("forward.",), "bidirectional": ("forward.", "backward.")
    }  # fmt: skip
    expresses: ClassVar[Table] = {
        LSTM: {},
        GRU: {"update": ANY},
        RNN: {"activation": (("tanh", "relu"), "{called} has no activation {value}")},
        Layer: {
            "direction": (
                ("forward", "bidirectional"),
                f"{KERNEL} has no layer that runs in reverse only, without a forward half",
            )
        },
        Problem: {"lengths": (lengths_above_zero, "cuDNN refuses sequences of length 0")},
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return tensorflow_layouts.cudnn_rnn(layer.cell)

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        T, B, _ = x.shape
        start = side_by_side((initial or self.zeros(layer, B),), tf.stack)
        answer = tf.raw_ops.CudnnRNNV3(
            input=x,
            input_h=start["h"],
            input_c=start.get("c", tf.zeros((), x.dtype)),
            params=flat_parameters(native, self.prefixes[layer.direction]),
            sequence_lengths=tf.fill((B,), T) if lengths is None else lengths,
            rnn_mode=mode_of(layer.cell),
            direction="unidirectional" if layer.directions == 1 else "bidirectional",
        )
        ends = {"h": answer.output_h, "c": answer.output_c}
        (end,) = by_layer({name: ends[name] for name in layer.cell.states}, (layer,))
        return answer.output, end


def mode_of(cell: Cell) -> str:
    """What the kernel calls a cell."""
    return f"rnn_{cell.activation}" if isinstance(cell, RNN) else type(cell).__name__.lower()


def flat_parameters(native: Named, ways: tuple[str, ...]) -> NativeArray:
    """The one vector: the matrices of all directions, and behind them all biases."""
    names = [way + name for part in (MATRICES, BIASES) for way in ways for name in part]
    return tf.concat([tf.reshape(native[name], (-1,)) for name in names], axis=0)
