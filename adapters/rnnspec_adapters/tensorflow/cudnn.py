"""``tf.raw_ops.CudnnRNNV3``, which has a kernel on CUDA devices only.

The order of its one vector of parameters is read in keras/src/backend/tensorflow/rnn.py, `_cudnn_lstm` and
`_cudnn_gru`: the matrices of all directions, and behind them all biases.
"""

from __future__ import annotations

from typing import ClassVar

import tensorflow as tf

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec_adapters.base import NOT_RUN
from rnnspec_adapters.functional import LayerByLayer, NativeArray, other_options
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.tensorflow import layouts
from rnnspec_adapters.tensorflow.engine import TensorflowAdapter

KERNEL = "tf.raw_ops.CudnnRNNV3"
MATRICES, BIASES = layouts.CUDNN[:2], layouts.CUDNN[2:]
WAYS = ("forward.", "backward.")


class CudnnAdapter(LayerByLayer, TensorflowAdapter):
    """The layers of cuDNN as TensorFlow calls them: gradients by backward, and no derivative along tangents."""

    name: ClassVar[str] = "tf-cudnn"
    modes: ClassVar[tuple[str, ...]] = ("eager",)
    distribution: ClassVar[str] = "tensorflow"

    def refusal_of(self, problem: Problem) -> str | None:
        if self.platform != "cuda":
            return f"{NOT_RUN}{KERNEL} wants a CUDA device"
        if problem.padded_outputs != "zero":
            return f"{KERNEL} fills the padding with zeros"
        if problem.lengths is not None and (problem.lengths == 0).any():
            return "cuDNN refuses sequences of length 0"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.direction == "reverse":
            return f"{KERNEL} has no layer that runs in reverse only, without a forward half"
        if layer.merge != "concat" or layer.reverse_outputs != "time":
            return f"{KERNEL} concatenates its directions, in the order of time"
        match layer.cell:
            case LSTM():
                plain: Cell = LSTM()
            case GRU(update=update):
                plain = GRU(update=update)
            case RNN(activation="tanh" | "relu" as activation):
                plain = RNN(activation=activation)
            case _:
                plain = RNN()
        other = other_options(layer.cell, plain)
        return f"{KERNEL} has no option for {other}" if other else None

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.cudnn_rnn(layer.cell)

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        return WAYS[direction]

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        """The shapes of the parts of the one vector; a kernel reports none itself."""
        H, rows = layer.hidden_size, layer.hidden_size * max(1, len(layer.cell.gates))
        own = dict(zip(layouts.CUDNN, ((rows, layer.input_size), (rows, H), (rows,), (rows,)), strict=True))
        return {way + name: shape for way in WAYS[: layer.directions] for name, shape in own.items()}

    def layer(
        self,
        layer: LayerPlan,
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: tuple[dict[str, NativeArray], ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[dict[str, NativeArray], ...]]:
        T, B, _ = x.shape
        ways = WAYS[: layer.directions]
        start = {
            name: tf.zeros((len(ways), B, layer.hidden_size), x.dtype)
            if initial is None
            else tf.stack([state[name] for state in initial])
            for name in layer.cell.states
        }
        answer = tf.raw_ops.CudnnRNNV3(
            input=x,
            input_h=start["h"],
            input_c=start.get("c", tf.zeros((), x.dtype)),
            params=flat_parameters(native, ways),
            sequence_lengths=tf.fill((B,), T) if lengths is None else lengths,
            rnn_mode=mode_of(layer.cell),
            direction="unidirectional" if len(ways) == 1 else "bidirectional",
        )
        ends = {"h": answer.output_h, "c": answer.output_c}
        found = tuple({name: ends[name][way] for name in layer.cell.states} for way in range(len(ways)))
        return answer.output, found


def mode_of(cell: Cell) -> str:
    """What the kernel calls a cell."""
    match cell:
        case LSTM():
            return "lstm"
        case GRU():
            return "gru"
        case _:
            return f"rnn_{cell.activation}"


def flat_parameters(native: dict[str, NativeArray], ways: tuple[str, ...]) -> NativeArray:
    """The one vector: the matrices of all directions, and behind them all biases."""
    names = [way + name for part in (MATRICES, BIASES) for way in ways for name in part]
    return tf.concat([tf.reshape(native[name], (-1,)) for name in names], axis=0)
