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

from rnnspec import GRU, LSTM, RNN, Cell, Layer, Problem
from rnnspec.activations import activation_of
from rnnspec_adapters.base import Named, NativeArray, WithTangents, joined, rows_apart, under
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import ANY, Entry, Table, resets
from rnnspec_adapters.tensorflow.tensorflow_adapter import TensorflowAdapter
from rnnspec_adapters.tensorflow.tensorflow_layouts import v1_cell

try:
    from tf_keras.src.layers.rnn import legacy_cells
except ImportError:  # said by `supports`
    legacy_cells = None

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

EXPRESSED: Entry = (lambda value, _: activation_of(value, "").name in ACTIVATIONS, "tf.nn has no {value}")
"""What is said of an option that is an activation."""

NAMES: Mapping[type[Cell], str] = {RNN: "BasicRNNCell", LSTM: "LSTMCell", GRU: "GRUCell"}
"""What the cells are called."""

OPTIONS: Mapping[str, str] = {
    "cell_clip": "cell_clip",
    "projection": "num_proj",
    "projection_clip": "proj_clip",
}
"""Options of an LSTM, and what `LSTMCell` calls them. What is 0 is None there."""

BASIC: Table = {
    **dict.fromkeys((RNN, GRU), "BasicLSTMCell is an LSTM"),
    LSTM: {
        option: ((getattr(LSTM(), option),), f"{{called}} has no option for {option}")
        for option in ("peephole", *OPTIONS)
    },
}
"""What the mode ``basic`` does not express."""

REMARK = "`tf.nn.rnn_cell"
"""How the remark begins that a cell is deprecated."""


class V1CellsAdapter(WithTangents, TensorflowAdapter):
    """The cells of TensorFlow 1.

    Modes: ``eager``: `LSTMCell`, `GRUCell` and `BasicRNNCell`; ``basic``: `BasicLSTMCell` in the place of `LSTMCell`,
    operation by operation as well.
    """

    name: ClassVar[str] = "tf-v1-cells"
    modes: ClassVar[tuple[str, ...]] = ("eager", "basic")
    packages: ClassVar[tuple[str, ...]] = ("tensorflow", "tf-keras")
    bad_input: ClassVar[str] = "tf_v1_cells"
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {"forward": ("",), "bidirectional": ("fw/", "bw/")}
    expresses: ClassVar[Table] = {
        RNN: {"activation": EXPRESSED},
        LSTM: {
            "candidate_activation": EXPRESSED,
            "output_activation": (
                lambda value, cell: activation_of(value, "") == activation_of(cell.candidate_activation, ""),
                "{called} has one activation for the candidate and the output",
            ),
            "peephole": (("none", "new"), "{called} has an output gate that sees the new cell state"),
            **dict.fromkeys(OPTIONS, ANY),
        },
        GRU: {
            "reset": resets("before"),
            "update": ANY,
            "candidate_activation": EXPRESSED,
        },
        Layer: {
            "direction": (
                ("forward", "bidirectional"),
                "tf.compat.v1.nn has no loop that runs in reverse only, without a forward half",
            ),
            "merge": (("concat", "none"), "tf.compat.v1.nn.bidirectional_dynamic_rnn gives two outputs"),
        },
        Problem: {"lengths": ANY},
    }

    def tables(self) -> Iterator[Table]:
        yield from super().tables()
        if self.mode == "basic":
            yield BASIC

    def called(self, cell: Cell) -> str:
        return "BasicLSTMCell" if self.mode == "basic" else NAMES.get(type(cell), type(cell).__name__)

    def layout_of(self, layer: LayerPlan) -> Layout:
        return v1_cell(layer.cell, name=f"tf.compat.v1.nn.rnn_cell.{self.called(layer.cell)}")

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        (layer,) = layers
        cell = self._cell(layer)
        with quiet():
            cell.build(tf.TensorShape([None, layer.input_size]))
        reported = {v.name.partition("/")[2].removesuffix(":0"): tuple(v.shape) for v in cell.trainable_variables}
        shapes = rows_apart(reported, self.layout_of(layer), layer.input_size)
        return {f"{way}{name}": shape for way in self.prefixes[layer.direction] for name, shape in shapes.items()}

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        cells = [self._filled(layer, under(native, way)) for way in self.prefixes[layer.direction]]
        starts = [None] * len(cells) if initial is None else [_state_of_cell(state) for state in initial]
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
        cell: Any = layer.cell
        own: dict[str, Any] = {}
        if self.called(cell) == "LSTMCell":
            own = {name: getattr(cell, option) or None for option, name in OPTIONS.items()}
            own["use_peepholes"] = cell.peephole == "new"
        activation = cell.activation if isinstance(cell, RNN) else cell.candidate_activation
        with quiet():
            function = ACTIVATIONS[activation_of(activation, "").name]
            kind = getattr(legacy_cells, self.called(cell))
            return kind(layer.hidden_size, activation=function, dtype=self.dtype_name, **own)

    def _filled(self, layer: LayerPlan, native: Named) -> Any:
        """The cell of one direction, with tensors in the place of its variables."""
        cell = self._cell(layer)
        for name, tensor in joined(native, (UPPER, LOWER), partial(tf.concat, axis=0)).items():
            setattr(cell, ATTRIBUTES[name], tensor)
        cell.built = True
        return cell


def _state_of_cell(state: Named) -> Any:
    """A state as cells want it: c before h."""
    return legacy_cells.LSTMStateTuple(c=state["c"], h=state["h"]) if "c" in state else state["h"]


def _state(end: Any) -> Named:
    """The inverse of `_state_of_cell`."""
    return {"h": end} if tf.is_tensor(end) else {"h": end.h, "c": end.c}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the remark that cells are deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=REMARK)
        yield
