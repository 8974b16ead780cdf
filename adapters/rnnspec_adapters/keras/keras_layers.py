"""``keras.layers.SimpleRNN``, ``LSTM``, ``GRU``, their cells in ``RNN``, and ``Bidirectional``, on any backend.

Layers are built once for each structure. A call hands them parameters in the place of their own, by `stateless_call`,
so that on every backend a layer is a pure function. Lengths go to them as masks.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rnnspec import GRU, LSTM, RNN, Activation, Cell, Layer, Problem
from rnnspec.activations import activation_of
from rnnspec_adapters.base import Answer, Named, NativeAdapter, NativeArray, NativeStates, joined
from rnnspec_adapters.keras.imported import keras_on, refusal_of_backend
from rnnspec_adapters.keras.keras_activations import function_of, has_constants, is_there
from rnnspec_adapters.keras.keras_layouts import INPUT_BIAS, NAMES, RECURRENT_BIAS, layout_of
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Plan, Stack, stacks_of
from rnnspec_adapters.refusals import ANY, Entry, Table

CELLS: Mapping[str, str] = {"SimpleRNN": "simple_rnn_cell", "LSTM": "lstm_cell", "GRU": "gru_cell"}
"""What Keras calls the cell inside of a layer."""

MERGES = {"concat": "concat", "sum": "sum", "mean": "ave", "product": "mul", "none": None}
"""The merges of the text, and the modes of ``keras.layers.Bidirectional``."""

SYMMETRIC = ("sigmoid", "hard_sigmoid")
"""Activations of the gates with which the negated gate is its complement (GRU-7)."""

FUNCTIONS = {
    "activation": "activation",
    "candidate_activation": "activation",
    "gate_activation": "recurrent_activation",
}
"""What Keras calls the activations of the text."""

EXPRESSED: Entry = (lambda value, _: is_there(value), "keras.activations has no {value}")
"""What is said of an option that is an activation."""

RESETS = "keras.layers.GRU has a reset gate of its own"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How layers are asked to compute.

    Attributes
    ----------
    implementation
        1: a product for each gate; 2: one product for all of them.
    unroll
        Whether there is a copy of the step for each step rather than a loop.
    use_cudnn
        Whether a layer may take what its backend has instead of the loop of Keras.
    cells
        Whether cells in ``keras.layers.RNN`` stand in the place of layers, and consecutive ones in `StackedRNNCells`.
    """

    implementation: int = 2
    unroll: bool = False
    use_cudnn: str | bool = False
    cells: bool = False


class KerasLayers(NativeAdapter):
    """The recurrent layers of Keras, but for what is the backend's."""

    backend: ClassVar[str]
    """The backend as Keras calls it."""
    options: ClassVar[Mapping[str, Options]]
    """By mode."""
    expresses: ClassVar[Table] = {
        RNN: {"activation": EXPRESSED, "bias": ANY},
        LSTM: {
            "gate_activation": EXPRESSED,
            "candidate_activation": EXPRESSED,
            "output_activation": (
                lambda value, cell: activation_of(value, "") == activation_of(cell.candidate_activation, ""),
                "{called} has one activation for the candidate and the output",
            ),
            "bias": ANY,
        },
        GRU: {
            "reset": (("after", "before"), RESETS),
            "minimal": ((False,), RESETS),
            "gate_activation": EXPRESSED,
            "candidate_activation": EXPRESSED,
            "update": (
                lambda value, cell: value == "keep" or activation_of(cell.gate_activation, "").name in SYMMETRIC,
                "{called} keeps with its update gate; no sign turns this activation into that",
            ),
            "bias": ANY,
        },
        Layer: {
            "direction": (
                lambda value, layer: (
                    value != "bidirectional" or not any(map(has_constants, activations_of(layer.cell)))
                ),
                "keras.layers.Bidirectional copies its layer by names, which activations with constants lack",
            ),
            "reverse_outputs": (
                lambda value, layer: value == "time" or layer.direction != "bidirectional",
                "keras.layers.Bidirectional puts the outputs of its reverse direction in the order of time",
            ),
            "merge": ANY,
        },
        Problem: {
            "lengths": ANY,
            "padded_outputs": (
                lambda value, problem: value == "zero" or problem.layers[-1].direction != "bidirectional",
                "keras.layers.Bidirectional has its layers fill the padding with zeros",
            ),
        },
    }

    def __init__(self, **options: str | None) -> None:
        self.keras = keras_on(self.backend)
        super().__init__(**options)
        self._built: dict[Stack, Any] = {}

    @abstractmethod
    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        """Which steps are valid: booleans [B, T]."""

    @property
    def asked(self) -> Options:
        """How layers are asked to compute in this mode."""
        return self.options[self.mode]

    def called(self, cell: Cell) -> str:
        return f"keras.layers.{NAMES.get(type(cell), type(cell).__name__)}"

    def absence(self) -> str | None:
        return refusal_of_backend(self.keras, self.backend) or super().absence()

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layout_of(layer.cell)

    def prefix(self, layers: Stack, number: int, direction: int) -> str:
        way = ("forward_layer.", "backward_layer.")[direction] if layers[0].directions == 2 else ""
        if not self.asked.cells:
            return f"{way}{CELLS[NAMES[type(layers[0].cell)]]}."
        return f"{way}cell_{number}." if len(layers) == 1 else f"{way}stack.cell_{number}."

    def stacks(self, plan: Plan) -> tuple[Stack, ...]:
        """Layers of their own, but for stacks of cells of one direction where cells are asked for."""
        stacks: list[Stack] = []
        for stack in stacks_of(plan):
            together = all(layer.directions == 1 and layer.reverse_outputs == "time" for layer in stack)
            stacks += [stack] if self.asked.cells and together else [(layer,) for layer in stack]
        return tuple(stacks)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for variable in self._module(layers).trainable_variables:
            name, shape = _name(variable), tuple(variable.shape)
            two_rows = name.endswith("bias") and len(shape) == 2
            shapes |= {name + row: shape[1:] for row in (INPUT_BIAS, RECURRENT_BIAS)} if two_rows else {name: shape}
        return shapes

    def forward(
        self, plan: Plan, native: Named, x: NativeArray, initial: NativeStates | None, lengths: NativeArray | None
    ) -> Answer:
        """Inside of Keras sequences are the first axis, and lengths are a mask."""
        mask = None if lengths is None else self.mask(lengths, x.shape[0])
        y, final = super().forward(plan, native, self.keras.ops.swapaxes(x, 0, 1), initial, mask)
        return self.keras.ops.swapaxes(y, 0, 1), final

    def stack(
        self, layers: Stack, native: Named, x: NativeArray, initial: NativeStates | None, lengths: NativeArray | None
    ) -> Answer:
        """The outputs [B, T, ..] and the final states of one layer of Keras."""
        ops = self.keras.ops
        whole = joined(native, (INPUT_BIAS, RECURRENT_BIAS), ops.stack)
        values = [whole[_name(variable)] for variable in self._module(layers).trainable_variables]
        start = None if initial is None else _native_states(layers, initial)
        found = self.run(layers, values, x, lengths, start)
        ways = 2 if layers[0].merge == "none" else 1
        outputs, states = found[:ways], self.keras.tree.flatten(found[ways:])
        y = outputs[0] if ways == 1 else ops.stack(outputs, axis=-2)
        if layers[-1].direction == "reverse" and layers[-1].reverse_outputs == "time":
            y = ops.flip(y, axis=1)  # as Bidirectional does: go_backwards gives them in the order of processing
        return y, _states_of(layers, states)

    def run(
        self, layers: Stack, values: list[NativeArray], x: NativeArray, mask: NativeArray | None, start: Any
    ) -> Any:
        """What the layer of Keras that computes `layers` returns, with `values` in the place of its variables."""
        module = self._module(layers)
        found, _ = module.stateless_call(values, module.non_trainable_variables, x, mask=mask, initial_state=start)
        return found

    def _module(self, layers: Stack) -> Any:
        """The layer of Keras that computes `layers`; built once."""
        if layers not in self._built:
            self._built[layers] = self.made(layers)
            self._built[layers].build((None, None, layers[0].input_size))
        return self._built[layers]

    def made(self, layers: Stack) -> Any:
        """A layer of Keras that computes `layers`, not built."""
        last, asked, of_keras = layers[-1], self.asked, self.keras.layers
        own = {
            "return_sequences": True,
            "return_state": True,
            "go_backwards": last.direction == "reverse",
            "unroll": asked.unroll,
            "zero_output_for_mask": last.padded_outputs == "zero",
            "dtype": self.dtype_name,
            "name": "layer",
        }
        if asked.cells:
            layer = of_keras.RNN(self._cells(layers), **own)
        else:
            gated = {"use_cudnn": asked.use_cudnn, "implementation": asked.implementation}
            options = self._options(last) | (gated if any(last.cell.gates) else {})
            layer = getattr(of_keras, NAMES[type(last.cell)])(**options, **own)
        if last.direction != "bidirectional":
            return layer
        return of_keras.Bidirectional(layer, merge_mode=MERGES[last.merge], dtype=self.dtype_name, name="layer")

    def _cells(self, layers: Stack) -> Any:
        """The cell, or the stack of cells, that computes a step of `layers`."""
        of_keras = self.keras.layers
        cells = [
            getattr(of_keras, f"{NAMES[type(layer.cell)]}Cell")(
                **self._options(layer), dtype=self.dtype_name, name=f"cell_{number}"
            )
            for number, layer in enumerate(layers)
        ]
        return cells[0] if len(cells) == 1 else of_keras.StackedRNNCells(cells, dtype=self.dtype_name, name="stack")

    def _options(self, layer: LayerPlan) -> dict[str, Any]:
        """The options that a layer and its cell have in common; nothing is drawn for parameters."""
        cell = layer.cell
        options: dict[str, Any] = dict.fromkeys(("kernel_initializer", "recurrent_initializer"), "zeros")
        options |= {"units": layer.hidden_size, "use_bias": cell.bias}
        for option, name in FUNCTIONS.items():
            if hasattr(cell, option):
                options[name] = function_of(self.keras.activations, getattr(cell, option))
        if hasattr(cell, "reset"):
            options["reset_after"] = cell.reset == "after"
        return options


def activations_of(cell: Cell) -> Iterator[str | Activation]:
    """The activations of a cell."""
    return (getattr(cell, option) for option in vars(cell) if option.endswith("activation"))


def _native_states(layers: Stack, states: NativeStates) -> list[Any]:
    """States as Keras wants them: a list, which for a stack of cells has a list for each."""
    by_layer = [
        [state[name] for state in of_layer for name in layer.cell.states]
        for layer, of_layer in zip(layers, states, strict=True)
    ]
    return by_layer if len(layers) > 1 else by_layer[0]


def _states_of(layers: Stack, states: Iterable[NativeArray]) -> NativeStates:
    """The inverse of `_native_states`, from all of them side by side."""
    remaining = iter(states)
    return tuple(
        tuple({name: next(remaining) for name in layer.cell.states} for _ in range(layer.directions))
        for layer in layers
    )


def _name(variable: Any) -> str:
    """The name of a variable below its layer, e.g. ``lstm_cell.kernel``."""
    path: str = variable.path
    return path.partition("/")[2].replace("/", ".")
