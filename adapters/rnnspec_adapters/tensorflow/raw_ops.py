"""``tf.raw_ops``: BlockLSTM, BlockLSTMV2, LSTMBlockCell and GRUBlockCell.

The first two are whole loops, with a gradient. The others are steps, which `tf.GradientTape` cannot differentiate; but
TensorFlow ships the kernels of their gradients, and these are joined to them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import tensorflow as tf

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec_adapters.base import Named, NativeArray, joined
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table, resets
from rnnspec_adapters.tensorflow import tensorflow_layouts
from rnnspec_adapters.tensorflow.tensorflow_adapter import TensorflowAdapter

Run = Callable[["Kernel", Cell, Named, NativeArray, Named], tuple[NativeArray, Named]]
"""From a kernel, a cell, native parameters, the input [T, B, I] and a state to the outputs and the final state."""

NO_CLIP = -1.0
"""What asks the kernels not to clip."""

LSTMS: Table = {
    **dict.fromkeys((RNN, GRU), "{called} is an LSTM"),
    LSTM: {
        "peephole": (("none", "new"), "{called} has an output gate that sees the new cell state"),
        "cell_clip": ANY,
        "clip_derivative": (
            lambda value, cell: cell.cell_clip is None or value == "straight-through",
            "{called} clips the cell state and lets its gradient through",
        ),
    },
}
GRUS: Table = {
    **dict.fromkeys((RNN, LSTM), "{called} is a GRU"),
    GRU: {
        "reset": resets("before"),
        "update": ANY,
    },
}


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """One of the kernels.

    Attributes
    ----------
    name
        Its name in ``tf.raw_ops``.
    run
        How it is called.
    order
        The order of its gates; empty for a GRU.
    forget_bias
        What it is asked to add to the forget gate.
    expresses
        The cell that it computes.
    precisions
        The precisions that it is there for.
    """

    name: str
    run: Run
    order: str = ""
    forget_bias: float = 0.0
    expresses: Table
    precisions: tuple[str, ...] = ("float32", "float16")


def over_time(kernel: Kernel, cell: Cell, native: Named, x: NativeArray, start: Named) -> tuple[NativeArray, Named]:
    """A kernel that is a loop: its outputs, and its last state."""
    options: dict[str, Any] = {"forget_bias": kernel.forget_bias} if kernel.forget_bias else {}
    answer = getattr(tf.raw_ops, kernel.name)(
        seq_len_max=tf.constant(x.shape[0], tf.int64),
        x=x,
        cs_prev=start["c"],
        h_prev=start["h"],
        **lstm_parameters(native, start["c"]),
        **lstm_options(cell),
        **options,
    )
    return answer.h, {"h": answer.h[-1], "c": answer.cs[-1]}


def lstm_steps(kernel: Kernel, cell: Cell, native: Named, x: NativeArray, start: Named) -> tuple[NativeArray, Named]:
    """LSTMBlockCell, step by step, with LSTMBlockCellGrad."""
    given = lstm_parameters(native, start["c"])
    options = lstm_options(cell)

    def computed(x: NativeArray, c: NativeArray, h: NativeArray, *parameters: NativeArray) -> Any:
        named = dict(zip(given, parameters, strict=True))
        answer = tf.raw_ops.LSTMBlockCell(x=x, cs_prev=c, h_prev=h, **named, **options, forget_bias=kernel.forget_bias)

        def backward(d_h: NativeArray, d_c: NativeArray) -> tuple[NativeArray, ...]:
            kept = {name: getattr(answer, name) for name in ("i", "cs", "f", "o", "ci", "co")}
            found = tf.raw_ops.LSTMBlockCellGrad(
                x=x, cs_prev=c, h_prev=h, **named, **kept, cs_grad=d_c, h_grad=d_h, use_peephole=options["use_peephole"]
            )
            d_x, d_h_prev, d_w, d_b = affine_adjoint(x, h, named["w"], found.dicfo)
            of_parameters = {
                "w": d_w, "b": d_b, "wci": found.wci_grad, "wcf": found.wcf_grad, "wco": found.wco_grad
            }  # fmt: skip
            return (d_x, found.cs_prev_grad, d_h_prev, *(of_parameters[name] for name in given))

        return (answer.h, answer.cs), backward

    step = tf.custom_gradient(computed)
    h, c, outputs = start["h"], start["c"], []
    for x_t in tf.unstack(x):
        h, c = step(x_t, c, h, *given.values())
        outputs.append(h)
    return tf.stack(outputs), {"h": h, "c": c}


def gru_steps(_kernel: Kernel, _cell: Cell, native: Named, x: NativeArray, start: Named) -> tuple[NativeArray, Named]:
    """GRUBlockCell, step by step, with GRUBlockCellGrad."""
    given = joined(native, (UPPER, LOWER), partial(tf.concat, axis=0))

    def computed(x: NativeArray, h: NativeArray, *parameters: NativeArray) -> Any:
        named = dict(zip(given, parameters, strict=True))
        answer = tf.raw_ops.GRUBlockCell(x=x, h_prev=h, **named)

        def backward(d_h: NativeArray) -> tuple[NativeArray, ...]:
            kept = {name: getattr(answer, name) for name in "ruc"}
            found = tf.raw_ops.GRUBlockCellGrad(x=x, h_prev=h, **named, **kept, d_h=d_h)
            _, _, d_w_ru, d_b_ru = affine_adjoint(x, h, named["w_ru"], found.d_r_bar_u_bar)
            _, _, d_w_c, d_b_c = affine_adjoint(x, answer.r * h, named["w_c"], found.d_c_bar)
            of_parameters = {"w_ru": d_w_ru, "b_ru": d_b_ru, "w_c": d_w_c, "b_c": d_b_c}
            return (found.d_x, found.d_h_prev, *(of_parameters[name] for name in given))

        return answer.h, backward

    step = tf.custom_gradient(computed)
    h, outputs = start["h"], []
    for x_t in tf.unstack(x):
        h = step(x_t, h, *given.values())
        outputs.append(h)
    return tf.stack(outputs), {"h": h}


def affine_adjoint(
    x: NativeArray, h: NativeArray, w: NativeArray, d_a: NativeArray
) -> tuple[NativeArray, NativeArray, NativeArray, NativeArray]:
    """The cotangents of x, h, w and b, where ``a = [x, h] w + b``."""
    d_x, d_h = tf.split(tf.matmul(d_a, w, transpose_b=True), [x.shape[-1], h.shape[-1]], axis=-1)
    d_w = tf.matmul(tf.concat([x, h], axis=-1), d_a, transpose_a=True)
    return d_x, d_h, d_w, tf.reduce_sum(d_a, axis=0)


def lstm_parameters(native: Named, c: NativeArray) -> Named:
    """The parameters as the kernels of the LSTM take them; vectors of zeros for peepholes that are not there."""
    none = tf.zeros_like(c[0])
    return {"wci": none, "wcf": none, "wco": none} | joined(native, (UPPER, LOWER), partial(tf.concat, axis=0))


def lstm_options(cell: Any) -> dict[str, Any]:
    """The options of the kernels of the LSTM."""
    return {"use_peephole": cell.peephole == "new", "cell_clip": cell.cell_clip or NO_CLIP}


KERNELS: Mapping[str, Kernel] = {
    "block-lstm": Kernel(name="BlockLSTM", order="igfo", forget_bias=1.0, run=over_time, expresses=LSTMS),
    "block-lstm-v2": Kernel(name="BlockLSTMV2", order="ifgo", run=over_time, expresses=LSTMS),
    "lstm-block-cell": Kernel(name="LSTMBlockCell", order="igfo", forget_bias=1.0, run=lstm_steps, expresses=LSTMS),
    "gru-block-cell": Kernel(name="GRUBlockCell", run=gru_steps, expresses=GRUS, precisions=("float32",)),
}
"""By mode."""


class RawOpsAdapter(TensorflowAdapter):
    """The recurrent kernels of TensorFlow, a mode for each. They have no derivative along tangents."""

    name: ClassVar[str] = "tf-raw-ops"
    modes: ClassVar[tuple[str, ...]] = ("block-lstm", "block-lstm-v2", "lstm-block-cell", "gru-block-cell")
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    bad_input: ClassVar[str] = "tf_raw_ops"

    @property
    def kernel(self) -> Kernel:
        """The kernel of this mode."""
        return KERNELS[self.mode]

    def called(self, cell: Cell) -> str:
        return f"tf.raw_ops.{self.kernel.name}"

    def tables(self) -> Iterator[Table]:
        yield from super().tables()
        yield self.kernel.expresses

    def refusal(self, problem: Problem) -> str | None:
        if self.precision.name not in self.kernel.precisions:
            return f"tf.raw_ops.{self.kernel.name} has no kernel for {self.precision.name}"
        return super().refusal(problem)

    def layout_of(self, layer: LayerPlan) -> Layout:
        cell: Any = layer.cell  # the one that the table of the kernel has
        kernel = self.kernel
        if not kernel.order:
            return tensorflow_layouts.gru_block(cell)
        name, order, forget_bias = f"tf.raw_ops.{kernel.name}", kernel.order, kernel.forget_bias
        return tensorflow_layouts.block_lstm(cell, name=name, order=order, forget_bias=forget_bias)

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        (start,) = initial or self.zeros(layer, x.shape[1])
        y, end = self.kernel.run(self.kernel, layer.cell, native, x, start)
        return y, (end,)
