"""What ``flax.linen`` and ``flax.nnx`` share: `RNN` and `Bidirectional` have the same options in both."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp

from rnnspec import GRU, LSTM, RNN, Cell, Problem
from rnnspec_adapters.functional import LayerByLayer, other_options
from rnnspec_adapters.jax.activations import function_of
from rnnspec_adapters.jax.engine import DifferentiatesAlong, JaxArray
from rnnspec_adapters.plan import LayerPlan

MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "concat": lambda forward, reverse: jnp.concatenate([forward, reverse], axis=-1),
    "sum": jnp.add,
    "mean": lambda forward, reverse: (forward + reverse) / 2,
    "product": jnp.multiply,
    "none": lambda forward, reverse: jnp.stack([forward, reverse], axis=-2),
}
"""What is given as `merge_fn`."""


class FlaxAdapter(LayerByLayer, DifferentiatesAlong):
    """Layers of Flax through `RNN` and `Bidirectional`.

    Modes: ``jit`` has the batch first, as is the default of Flax; ``optimized`` is the same with `OptimizedLSTMCell` in
    the place of `LSTMCell`, in adapters of their own; ``eager`` has the time first. Flax runs on over the padding, and
    says so, and its users clear what stands there; so does this adapter, behind the last layer.
    """

    distribution: ClassVar[str] = "flax"
    package: ClassVar[str]
    """The package of Flax, for messages."""

    @property
    def optimized(self) -> bool:
        """Whether LSTMs are computed by `OptimizedLSTMCell`."""
        return self.mode == "optimized"

    @property
    def time_major(self) -> bool:
        """Whether the first axis is the time."""
        return self.mode == "eager"

    @abstractmethod
    def refusal_of_gru(self, cell: GRU) -> str | None:
        """Why there is no such GRU, if there is none."""

    @abstractmethod
    def call(self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, **options: Any) -> tuple[Any, Any]:
        """The final carry and the outputs of the module that computes `layer`."""

    def refusal_of(self, problem: Problem) -> str | None:
        if problem.padded_outputs != "zero":
            return f"{self.package}.RNN runs on over the padding and repeats nothing there"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.direction == "bidirectional" and layer.reverse_outputs != "time":
            return f"{self.package}.Bidirectional puts the outputs of its reverse direction in the order of time"
        return self._refusal_of_cell(layer.cell)

    def _refusal_of_cell(self, cell: Cell) -> str | None:
        if self.optimized and not isinstance(cell, LSTM):
            return f"{self.package} has an optimized cell for the LSTM only"
        if not cell.bias:
            return f"the cells of {self.package} always have biases"
        for option in (name for name in vars(cell) if name.endswith("activation")):
            if function_of(getattr(cell, option)) is None:
                return f"jax.nn has no {getattr(cell, option)}"
        match cell:
            case LSTM():
                if cell.candidate_activation != cell.output_activation:
                    return f"{self.package}.LSTMCell has one activation for the candidate and the output"
                plain: Cell = LSTM(
                    gate_activation=cell.gate_activation,
                    candidate_activation=cell.candidate_activation,
                    output_activation=cell.output_activation,
                )
            case GRU():
                reason = self.refusal_of_gru(cell)
                if reason:
                    return reason
                plain = GRU(
                    reset=cell.reset,
                    update=cell.update,
                    minimal=cell.minimal,
                    gate_activation=cell.gate_activation,
                    candidate_activation=cell.candidate_activation,
                )
            case _:
                plain = RNN(activation=cell.activation)
        other = other_options(cell, plain)
        return f"{self.package}.{type(cell).__name__}: no option for {other}" if other else None

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        if layer.direction != "bidirectional":
            return "cell."
        return ("forward_rnn.cell.", "backward_rnn.cell.")[direction]

    def layer(
        self,
        layer: LayerPlan,
        native: dict[str, JaxArray],
        x: JaxArray,
        initial: tuple[dict[str, JaxArray], ...] | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, tuple[dict[str, JaxArray], ...]]:
        carries = None if initial is None else tuple(map(_carry, initial))
        carry, y = self.call(
            layer,
            native,
            x if self.time_major else jnp.swapaxes(x, 0, 1),
            initial_carry=carries if carries is None or layer.directions == 2 else carries[0],
            seq_lengths=lengths,
        )
        y = y if self.time_major else jnp.swapaxes(y, 0, 1)
        ends = carry if layer.directions == 2 else (carry,)
        return cleared(y, lengths), tuple(map(_state, ends))


def activations_of(cell: Cell) -> dict[str, Any]:
    """The activations of a cell as the cells of Flax name them."""
    match cell:
        case RNN():
            return {"activation_fn": function_of(cell.activation)}
        case LSTM() | GRU():
            return {
                "gate_fn": function_of(cell.gate_activation),
                "activation_fn": function_of(cell.candidate_activation),
            }


def cleared(y: JaxArray, lengths: JaxArray | None) -> JaxArray:
    """`y` with zeros in the padding (SEQ-4)."""
    if lengths is None:
        return y
    valid = jnp.arange(y.shape[0])[:, None] < lengths
    return jnp.where(valid.reshape(*valid.shape, *([1] * (y.ndim - 2))), y, 0)


def _carry(state: dict[str, JaxArray]) -> Any:
    """A state as Flax carries it: c before h."""
    return (state["c"], state["h"]) if "c" in state else state["h"]


def _state(carry: Any) -> dict[str, JaxArray]:
    """The inverse of `_carry`."""
    return {"h": carry[1], "c": carry[0]} if isinstance(carry, tuple) else {"h": carry}
