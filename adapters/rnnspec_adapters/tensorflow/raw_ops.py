"""``tf.raw_ops``: BlockLSTM, BlockLSTMV2, LSTMBlockCell and GRUBlockCell.

The first two are whole loops, with a gradient. The others are steps, which `tf.GradientTape` cannot differentiate; but
TensorFlow ships the kernels of their gradients, and these are joined to them here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import tensorflow as tf

from rnnspec import GRU, LSTM, Cell, Problem
from rnnspec_adapters.functional import LayerByLayer, NativeArray, joined, other_options
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.tensorflow import layouts
from rnnspec_adapters.tensorflow.engine import TensorflowAdapter

Named = dict[str, NativeArray]

Run = Callable[["Kernel", Cell, Named, NativeArray, Named], tuple[NativeArray, Named]]
"""From a kernel, a cell, native parameters, the input [T, B, I] and a state to the outputs and the final state."""

OF_ONE_GATE = ("w_c", "b_c", "wci", "wcf", "wco")
"""The parameters that belong to one gate."""

NO_CLIP = -1.0
"""What asks the kernels not to clip."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """One of the kernels.

    Attributes
    ----------
    name
        Its name in ``tf.raw_ops``.
    order
        The order of its gates; empty for a GRU.
    forget_bias
        What it is asked to add to the forget gate.
    run
        How it is called.
    precisions
        The precisions that it is there for.
    """

    name: str
    order: str
    forget_bias: float
    run: Run
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
            slopes = tf.raw_ops.LSTMBlockCellGrad(
                x=x, cs_prev=c, h_prev=h, **named, **kept, cs_grad=d_c, h_grad=d_h, use_peephole=options["use_peephole"]
            )
            d_x, d_h_prev, d_w, d_b = affine_adjoint(x, h, named["w"], slopes.dicfo)
            of_parameters = {
                "w": d_w, "b": d_b, "wci": slopes.wci_grad, "wcf": slopes.wcf_grad, "wco": slopes.wco_grad
            }  # fmt: skip
            return (d_x, slopes.cs_prev_grad, d_h_prev, *(of_parameters[name] for name in given))

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
            slopes = tf.raw_ops.GRUBlockCellGrad(x=x, h_prev=h, **named, **kept, d_h=d_h)
            _, _, d_w_ru, d_b_ru = affine_adjoint(x, h, named["w_ru"], slopes.d_r_bar_u_bar)
            _, _, d_w_c, d_b_c = affine_adjoint(x, answer.r * h, named["w_c"], slopes.d_c_bar)
            of_parameters = {"w_ru": d_w_ru, "b_ru": d_b_ru, "w_c": d_w_c, "b_c": d_b_c}
            return (slopes.d_x, slopes.d_h_prev, *(of_parameters[name] for name in given))

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


def lstm_options(cell: Cell) -> dict[str, Any]:
    """The options of the kernels of the LSTM."""
    assert isinstance(cell, LSTM)
    return {"use_peephole": cell.peephole == "new", "cell_clip": cell.cell_clip or NO_CLIP}


KERNELS: Mapping[str, Kernel] = {
    "block-lstm": Kernel(name="BlockLSTM", order="igfo", forget_bias=1.0, run=over_time),
    "block-lstm-v2": Kernel(name="BlockLSTMV2", order="ifgo", forget_bias=0.0, run=over_time),
    "lstm-block-cell": Kernel(name="LSTMBlockCell", order="igfo", forget_bias=1.0, run=lstm_steps),
    "gru-block-cell": Kernel(name="GRUBlockCell", order="", forget_bias=0.0, run=gru_steps, precisions=("float32",)),
}
"""By mode."""


class RawOpsAdapter(LayerByLayer, TensorflowAdapter):
    """The recurrent kernels of TensorFlow, a mode for each. They have no derivative along tangents."""

    name: ClassVar[str] = "tf-raw-ops"
    modes: ClassVar[tuple[str, ...]] = tuple(KERNELS)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    distribution: ClassVar[str] = "tensorflow"

    @property
    def kernel(self) -> Kernel:
        """The kernel of this mode."""
        return KERNELS[self.mode]

    @property
    def _called(self) -> str:
        return f"tf.raw_ops.{self.kernel.name}"

    def refusal_of(self, problem: Problem) -> str | None:
        if self.precision not in self.kernel.precisions:
            return f"{self._called} has no kernel for {self.precision}"
        if problem.lengths is not None:
            return f"{self._called} has no lengths, or one for the whole batch"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        cell = layer.cell
        if layer.direction != "forward":
            return f"{self._called} reads forward only"
        if not cell.bias:
            return f"{self._called} always has biases"
        if self.mode == "gru-block-cell":
            if not isinstance(cell, GRU):
                return f"{self._called} is a GRU"
            if cell.reset != "before":
                return f"{self._called} resets before the recurrent product; no weight map turns one into the other"
            plain: Cell = GRU(reset="before", update=cell.update)
        else:
            if not isinstance(cell, LSTM):
                return f"{self._called} is an LSTM"
            if cell.peephole == "old":
                return f"{self._called} has an output gate that sees the new cell state"
            if cell.cell_clip is not None and cell.clip_derivative == "true":
                return f"{self._called} clips the cell and lets its gradient through"
            derivative = "true" if cell.cell_clip is None else "straight-through"
            plain = LSTM(peephole=cell.peephole, cell_clip=cell.cell_clip, clip_derivative=derivative)
        other = other_options(cell, plain)
        return f"{self._called} has no option for {other}" if other else None

    def layout_of(self, layer: LayerPlan) -> Layout:
        match layer.cell:
            case LSTM() as cell:
                kernel = self.kernel
                return layouts.block_lstm(cell, name=self._called, order=kernel.order, forget_bias=kernel.forget_bias)
            case GRU() as cell:
                return layouts.gru_block(cell)
            case _:
                raise TypeError(f"cell: wanted an LSTM or a GRU, got {layer.cell}")

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        return ""

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        """The shapes that the documentation of the kernel gives; a kernel reports none itself."""
        H, gates = layer.hidden_size, 2 if isinstance(layer.cell, GRU) else 4
        rows = {UPPER: (layer.input_size,), LOWER: (H,)}
        shapes: dict[str, tuple[int, ...]] = {}
        for tensor in self.layout_of(layer).tensors:
            name, bracket, ending = tensor.name.partition("[")
            shapes[tensor.name] = (*rows.get(bracket + ending, ()), H if name in OF_ONE_GATE else H * gates)
        return shapes

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        zeros = tf.zeros((x.shape[1], layer.hidden_size), x.dtype)
        start = {name: zeros if initial is None else initial[0][name] for name in layer.cell.states}
        y, end = self.kernel.run(self.kernel, layer.cell, native, x, start)
        return y, (end,)
