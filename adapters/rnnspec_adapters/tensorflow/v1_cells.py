"""The cells of TensorFlow 1, ``tf.compat.v1.nn.rnn_cell``, under ``dynamic_rnn`` and ``bidirectional_dynamic_rnn``.

They live on in tf_keras. A cell is handed tensors where `build` would make variables.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import tensorflow as tf

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec.activations import activation_of
from rnnspec_adapters.functional import DifferentiatesAlong, LayerByLayer, NativeArray, joined, other_options
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.tensorflow.engine import TensorflowAdapter
from rnnspec_adapters.tensorflow.layouts import v1_cell

try:
    from tf_keras.src.layers.rnn import legacy_cells
except ImportError:  # said by `supports`
    legacy_cells = None

Named = dict[str, NativeArray]

ATTRIBUTES: Mapping[str, str] = {
    "kernel": "_kernel",
    "bias": "_bias",
    "w_f_diag": "_w_f_diag",
    "w_i_diag": "_w_i_diag",
    "w_o_diag": "_w_o_diag",
    "projection/kernel": "_proj_kernel",
    "gates/kernel": "_gate_kernel",
    "gates/bias": "_gate_bias",
    "candidate/kernel": "_candidate_kernel",
    "candidate/bias": "_candidate_bias",
}
"""The names of variables, and the attributes in which `build` keeps them."""

ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "relu": tf.nn.relu,
    "identity": tf.identity,
    "softsign": tf.nn.softsign,
    "softplus": tf.nn.softplus,
}
"""By name; without constants."""

REMARK = "`tf.nn.rnn_cell"
"""How the remark begins that a cell is deprecated."""


class V1CellsAdapter(LayerByLayer, DifferentiatesAlong, TensorflowAdapter):
    """The cells of TensorFlow 1.

    Modes: ``eager``: `LSTMCell`, `GRUCell` and `BasicRNNCell`; ``basic``: `BasicLSTMCell` in the place of `LSTMCell`,
    operation by operation as well.
    """

    name: ClassVar[str] = "tf-v1-cells"
    modes: ClassVar[tuple[str, ...]] = ("eager", "basic")
    distribution: ClassVar[str] = "tf-keras"

    def refusal_of(self, problem: Problem) -> str | None:
        if problem.padded_outputs != "zero":
            return "tf.compat.v1.nn.dynamic_rnn fills the padding with zeros"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.direction == "reverse":
            return "tf.compat.v1.nn has no loop that runs in reverse only, without a forward half"
        if layer.merge not in ("concat", "none") or layer.reverse_outputs != "time":
            return "tf.compat.v1.nn.bidirectional_dynamic_rnn gives two outputs, in the order of time"
        return self._refusal_of_cell(layer.cell)

    def _refusal_of_cell(self, cell: Cell) -> str | None:
        if self.mode == "basic" and not isinstance(cell, LSTM):
            return "BasicLSTMCell is an LSTM"
        if not cell.bias:
            return f"{self._called(cell)} always has biases"
        match cell:
            case LSTM():
                if activation_of(cell.candidate_activation, "") != activation_of(cell.output_activation, ""):
                    return f"{self._called(cell)} has one activation for the candidate and the output"
                if cell.peephole == "old":
                    return f"{self._called(cell)} has an output gate that sees the new cell state"
                own: Any = cell.candidate_activation
                plain: Cell = LSTM(candidate_activation=own, output_activation=own)
                if self.mode != "basic":
                    names = ("peephole", "projection", "cell_clip", "projection_clip")
                    plain = LSTM(
                        candidate_activation=own,
                        output_activation=own,
                        **{name: getattr(cell, name) for name in names},
                    )
            case GRU():
                if cell.reset != "before":
                    return "GRUCell resets before the recurrent product; no weight map turns one into the other"
                own = cell.candidate_activation
                plain = GRU(reset="before", update=cell.update, candidate_activation=own)
            case _:
                own = cell.activation
                plain = RNN(activation=own)
        if activation_of(own, "").name not in ACTIVATIONS:
            return f"tf.nn has no {own}"
        other = other_options(cell, plain)
        return f"{self._called(cell)} has no option for {other}" if other else None

    def _called(self, cell: Cell) -> str:
        """What the cell is called that computes `cell`."""
        names = {RNN: "BasicRNNCell", LSTM: "BasicLSTMCell" if self.mode == "basic" else "LSTMCell", GRU: "GRUCell"}
        return names[type(cell)]

    def layout_of(self, layer: LayerPlan) -> Layout:
        return v1_cell(layer.cell, name=f"tf.compat.v1.nn.rnn_cell.{self._called(layer.cell)}")

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        return ("fw/", "bw/")[direction] if layer.directions == 2 else ""

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        cell = self._cell(layer)
        with quiet():
            cell.build(tf.TensorShape([None, layer.input_size]))
        shapes: dict[str, tuple[int, ...]] = {}
        for variable in cell.trainable_variables:
            name, shape = variable.name.partition("/")[2].removesuffix(":0"), tuple(variable.shape)
            if name.endswith("kernel") and name != "projection/kernel":
                I = layer.input_size
                shapes |= {f"{name}{UPPER}": (I, shape[1]), f"{name}{LOWER}": (shape[0] - I, shape[1])}
            else:
                shapes[name] = shape
        return {
            f"{self.prefix(layer, direction)}{name}": shape
            for direction in range(layer.directions)
            for name, shape in shapes.items()
        }

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        cells = [self._filled(layer, native, direction) for direction in range(layer.directions)]
        starts = [None] * len(cells) if initial is None else [_state_of_cell(layer.cell, state) for state in initial]
        options = {"sequence_length": lengths, "time_major": True, "dtype": x.dtype}
        with quiet():
            if len(cells) == 1:
                y, end = tf.compat.v1.nn.dynamic_rnn(cells[0], x, initial_state=starts[0], **options)
                return y, (_state(end),)
            both, ends = tf.compat.v1.nn.bidirectional_dynamic_rnn(
                *cells, x, initial_state_fw=starts[0], initial_state_bw=starts[1], **options
            )
        y = tf.stack(both, axis=-2) if layer.merge == "none" else tf.concat(both, axis=-1)
        return y, tuple(_state(end) for end in ends)

    def _cell(self, layer: LayerPlan) -> Any:
        """The cell, without parameters."""
        kind = getattr(legacy_cells, self._called(layer.cell))
        cell, own = layer.cell, {}
        if isinstance(cell, LSTM) and self.mode != "basic":
            own = {
                "use_peepholes": cell.peephole == "new",
                "cell_clip": cell.cell_clip,
                "num_proj": cell.projection or None,
                "proj_clip": cell.projection_clip,
            }
        activation = cell.activation if isinstance(cell, RNN) else cell.candidate_activation
        with quiet():
            function = ACTIVATIONS[activation_of(activation, "").name]
            return kind(layer.hidden_size, activation=function, dtype=self.precision, **own)

    def _filled(self, layer: LayerPlan, native: Named, direction: int) -> Any:
        """The cell of one direction, with tensors in the place of its variables."""
        prefix = self.prefix(layer, direction)
        own = {name.removeprefix(prefix): tensor for name, tensor in native.items() if name.startswith(prefix)}
        cell = self._cell(layer)
        for name, tensor in joined(own, (UPPER, LOWER), partial(tf.concat, axis=0)).items():
            setattr(cell, ATTRIBUTES[name], tensor)
        cell.built = True
        return cell


def _state_of_cell(cell: Cell, state: Named) -> Any:
    """A state as cells want it: c before h."""
    return legacy_cells.LSTMStateTuple(c=state["c"], h=state["h"]) if isinstance(cell, LSTM) else state["h"]


def _state(end: Any) -> Named:
    """The inverse of `_state_of_cell`."""
    return {"h": end} if tf.is_tensor(end) else {"h": end.h, "c": end.c}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the remark that cells are deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=REMARK)
        yield
