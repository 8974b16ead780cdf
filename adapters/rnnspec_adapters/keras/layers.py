"""``keras.layers.SimpleRNN``, ``LSTM``, ``GRU``, their cells in ``RNN``, and ``Bidirectional``, on any backend.

Layers are built once for each structure. A call hands them parameters in the place of their own, by `stateless_call`,
so that on every backend a layer is a pure function. Lengths go to them as masks.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, ClassVar

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec.activations import activation_of
from rnnspec_adapters.base import Unsupported
from rnnspec_adapters.functional import FunctionalAdapter, NativeArray, NativeStates, joined, other_options, part_of
from rnnspec_adapters.keras.activations import function_of
from rnnspec_adapters.keras.imported import keras_on, refusal_of_backend
from rnnspec_adapters.keras.layouts import INPUT_BIAS, RECURRENT_BIAS, layout_of
from rnnspec_adapters.layout import Layout, Placement
from rnnspec_adapters.plan import LayerPlan, Plan, plan_of
from rnnspec_adapters.runs import Run, runs_of

LAYERS: Mapping[type[Cell], tuple[str, str]] = {
    RNN: ("SimpleRNN", "simple_rnn_cell"),
    LSTM: ("LSTM", "lstm_cell"),
    GRU: ("GRU", "gru_cell"),
}
"""What Keras calls a layer, and the cell inside of it."""

MERGES = {"concat": "concat", "sum": "sum", "mean": "ave", "product": "mul", "none": None}
"""The merges of the text, and the modes of ``keras.layers.Bidirectional``."""

SYMMETRIC = ("sigmoid", "hard_sigmoid")
"""Activations of the gates with which the negated gate is its complement (GRU-7)."""


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


class KerasLayers(FunctionalAdapter):
    """The recurrent layers of Keras, but for what is the backend's."""

    packages: ClassVar[tuple[str, ...]]
    distribution: ClassVar[str] = "keras"
    backend: ClassVar[str]
    """The backend as Keras calls it."""
    options: ClassVar[Mapping[str, Options]]
    """By mode."""

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str | None = None) -> None:
        self.keras = keras_on(self.backend)
        super().__init__(device=device, precision=precision, mode=mode)
        self._built: dict[tuple[LayerPlan, ...], dict[bool, Any]] = {}

    @abstractmethod
    def mask(self, lengths: NativeArray, steps: int) -> NativeArray:
        """Which steps are valid: booleans [B, T]."""

    @property
    def asked(self) -> Options:
        """How layers are asked to compute in this mode."""
        return self.options[self.mode]

    def supports(self, problem: Problem) -> Unsupported | None:
        reason = refusal_of_backend(self.keras, self.backend)
        return Unsupported(reason=reason) if reason else super().supports(problem)

    def refusal_of(self, problem: Problem) -> str | None:
        if problem.padded_outputs == "repeat" and problem.layers[-1].direction == "bidirectional":
            return "keras.layers.Bidirectional has its layers fill the padding with zeros"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.direction == "bidirectional":
            if layer.reverse_outputs != "time":
                return "keras.layers.Bidirectional puts the outputs of its reverse direction in the order of time"
            if any(isinstance(function, partial) for function in self._activations(layer.cell).values()):
                return "keras.layers.Bidirectional copies its layer by names, which activations with constants lack"
        return self._refusal_of_cell(layer.cell)

    def _refusal_of_cell(self, cell: Cell) -> str | None:
        name, _ = LAYERS[type(cell)]
        for option, function in self._activations(cell).items():
            if function is None:
                return f"keras.activations has no {getattr(cell, option)}"
        match cell:
            case LSTM():
                if activation_of(cell.candidate_activation, "") != activation_of(cell.output_activation, ""):
                    return "keras.layers.LSTM has one activation for the candidate and the output"
                plain: Cell = LSTM(bias=cell.bias, **_activations_of(cell))
            case GRU():
                if cell.reset == "none" or cell.minimal:
                    return "keras.layers.GRU has a reset gate of its own"
                if cell.update == "take" and activation_of(cell.gate_activation, "").name not in SYMMETRIC:
                    return "keras.layers.GRU keeps with its update gate; no sign turns this activation into that"
                plain = GRU(reset=cell.reset, update=cell.update, bias=cell.bias, **_activations_of(cell))
            case _:
                plain = RNN(bias=cell.bias, **_activations_of(cell))
        other = other_options(cell, plain)
        return f"keras.layers.{name} has no option for {other}" if other else None

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layout_of(layer.cell)

    def _prefix(self, layers: tuple[LayerPlan, ...], number: int, direction: int) -> str:
        """What Keras puts before the names of one direction of one layer of a stack."""
        way = ("forward_layer.", "backward_layer.")[direction] if layers[0].directions == 2 else ""
        if not self.asked.cells:
            return f"{way}{LAYERS[type(layers[0].cell)][1]}."
        return f"{way}cell_{number}." if len(layers) == 1 else f"{way}stack.cell_{number}."

    def runs(self, plan: Plan) -> tuple[Run, ...]:
        """The layers that are one layer of Keras: stacks of cells of one direction where cells are asked for."""
        runs: list[Run] = []
        for run in runs_of(plan.layers):
            layers = plan.layers[run.first : run.first + run.layers]
            stacked = all(layer.directions == 1 and layer.reverse_outputs == "time" for layer in layers)
            if self.asked.cells and stacked:
                runs.append(run)
            else:
                runs += (Run(first=run.first + k, layers=1) for k in range(run.layers))
        return tuple(runs)

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        plan = plan_of(problem)
        return tuple(
            Placement(
                layer=run.first + number,
                direction=direction,
                layout=self.layout_of(layers[number]),
                prefix=f"{position}.{self._prefix(layers, number, direction)}",
            )
            for position, run in enumerate(self.runs(plan))
            for layers in (plan.layers[run.first : run.first + run.layers],)
            for number in range(run.layers)
            for direction in range(layers[number].directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        plan = plan_of(problem)
        with self.settings():
            return {
                f"{position}.{name}": shape
                for position, run in enumerate(self.runs(plan))
                for name, shape in self._shapes(plan.layers[run.first : run.first + run.layers]).items()
            }

    def _shapes(self, layers: tuple[LayerPlan, ...]) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for variable in self._module(layers, zero=True).trainable_variables:
            name, shape = _name(variable), tuple(variable.shape)
            two_rows = name.endswith("bias") and len(shape) == 2
            shapes |= {name + row: shape[1:] for row in (INPUT_BIAS, RECURRENT_BIAS)} if two_rows else {name: shape}
        return shapes

    def forward(
        self,
        plan: Plan,
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: NativeStates | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, NativeStates]:
        """The outputs and final states of all layers; sequences are the first axis inside of Keras."""
        ops = self.keras.ops
        signal = ops.swapaxes(x, 0, 1)
        mask = None if lengths is None else self.mask(lengths, x.shape[0])
        final: list[tuple[dict[str, NativeArray], ...]] = []
        for position, run in enumerate(self.runs(plan)):
            above = run.first + run.layers
            zero = above < len(plan.layers) or plan.padded_outputs == "zero"
            start = None if initial is None else initial[run.first : above]
            layers = plan.layers[run.first : above]
            signal, end = self._called(layers, part_of(native, position), signal, start, mask, zero=zero)
            final += end
        return ops.swapaxes(signal, 0, 1), tuple(final)

    def _called(
        self,
        layers: tuple[LayerPlan, ...],
        native: dict[str, NativeArray],
        x: NativeArray,
        initial: NativeStates | None,
        mask: NativeArray | None,
        *,
        zero: bool,
    ) -> tuple[NativeArray, NativeStates]:
        """The outputs [B, T, ..] and the final states of one layer of Keras."""
        ops = self.keras.ops
        whole = joined(native, (INPUT_BIAS, RECURRENT_BIAS), ops.stack)
        values = [whole[_name(variable)] for variable in self._module(layers, zero=zero).trainable_variables]
        start = None if initial is None else self._native_states(layers, initial)
        found = self._run(layers, values, x, mask, start, zero=zero)
        ways = 2 if layers[0].merge == "none" else 1
        outputs, states = found[:ways], self.keras.tree.flatten(found[ways:])
        y = outputs[0] if ways == 1 else ops.stack(outputs, axis=-2)
        if layers[-1].direction == "reverse" and layers[-1].reverse_outputs == "time":
            y = ops.flip(y, axis=1)  # as Bidirectional does: go_backwards gives them in the order of processing
        return y, self._states_of(layers, states)

    def _run(
        self,
        layers: tuple[LayerPlan, ...],
        values: list[NativeArray],
        x: NativeArray,
        mask: NativeArray | None,
        start: list[Any] | None,
        *,
        zero: bool,
    ) -> Any:
        """What the layer of Keras that computes `layers` returns, with `values` in the place of its variables."""
        module = self._module(layers, zero=zero)
        others = module.non_trainable_variables
        found, _ = module.stateless_call(values, others, x, mask=mask, initial_state=start)
        return found

    def _native_states(self, layers: tuple[LayerPlan, ...], states: NativeStates) -> list[Any]:
        """States as Keras wants them: a list, which for a stack of cells has a list for each."""
        by_layer = [
            [state[name] for state in of_layer for name in layer.cell.states]
            for layer, of_layer in zip(layers, states, strict=True)
        ]
        return by_layer if len(layers) > 1 else by_layer[0]

    def _states_of(self, layers: tuple[LayerPlan, ...], states: Iterable[NativeArray]) -> NativeStates:
        """The inverse of `_native_states`, from all of them side by side."""
        remaining = iter(states)
        return tuple(
            tuple({name: next(remaining) for name in layer.cell.states} for _ in range(layer.directions))
            for layer in layers
        )

    def _module(self, layers: tuple[LayerPlan, ...], *, zero: bool) -> Any:
        """The layer of Keras that computes `layers`, whose masked outputs are zero or repeat; built once."""
        built = self._built.setdefault(layers, {})
        if zero not in built:
            built[zero] = self._made(layers, zero=zero)
            built[zero].build((None, None, layers[0].input_size))
        return built[zero]

    def _made(self, layers: tuple[LayerPlan, ...], *, zero: bool) -> Any:
        last = layers[-1]
        own = {
            "return_sequences": True,
            "return_state": True,
            "go_backwards": last.direction == "reverse",
            "unroll": self.asked.unroll,
            "zero_output_for_mask": zero,
            "dtype": self.precision,
            "name": "layer",
        }
        made = self.keras.layers
        if self.asked.cells:
            layer = made.RNN(self._cells(layers), **own)
        else:
            gated: dict[str, Any] = {"use_cudnn": self.asked.use_cudnn, "implementation": self.asked.implementation}
            layer = getattr(made, LAYERS[type(last.cell)][0])(
                **self._of_cell(last), **({} if isinstance(last.cell, RNN) else gated), **own
            )
        if last.direction != "bidirectional":
            return layer
        return made.Bidirectional(layer, merge_mode=MERGES[last.merge], dtype=self.precision, name="layer")

    def _cells(self, layers: tuple[LayerPlan, ...]) -> Any:
        """The cell, or the stack of cells, that computes a step of `layers`."""
        made = self.keras.layers
        cells = [
            getattr(made, f"{LAYERS[type(layer.cell)][0]}Cell")(
                **self._of_cell(layer), dtype=self.precision, name=f"cell_{number}"
            )
            for number, layer in enumerate(layers)
        ]
        return cells[0] if len(cells) == 1 else made.StackedRNNCells(cells, dtype=self.precision, name="stack")

    def _of_cell(self, layer: LayerPlan) -> dict[str, Any]:
        """The options that a layer and its cell have in common; nothing is drawn for parameters."""
        functions = self._activations(layer.cell)
        options: dict[str, Any] = {
            "units": layer.hidden_size,
            "use_bias": layer.cell.bias,
            "kernel_initializer": "zeros",
            "recurrent_initializer": "zeros",
        }
        match layer.cell:
            case RNN():
                options["activation"] = functions["activation"]
            case LSTM() | GRU():
                options["activation"] = functions["candidate_activation"]
                options["recurrent_activation"] = functions["gate_activation"]
        if isinstance(layer.cell, GRU):
            options["reset_after"] = layer.cell.reset == "after"
        return options

    def _activations(self, cell: Cell) -> dict[str, Callable[[Any], Any] | None]:
        """The functions of Keras for the activations of a cell, by option."""
        return {
            option: function_of(self.keras.activations, activation)
            for option, activation in _activations_of(cell).items()
        }


def _activations_of(cell: Cell) -> dict[str, Any]:
    """The activations of a cell, by option."""
    return {field.name: getattr(cell, field.name) for field in fields(cell) if field.name.endswith("activation")}


def _name(variable: Any) -> str:
    """The name of a variable below its layer, e.g. ``lstm_cell.kernel``."""
    path: str = variable.path
    return path.partition("/")[2].replace("/", ".")
