"""What ``flax.linen`` and ``flax.nnx`` share: `RNN` and `Bidirectional` have the same options in both."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jax.numpy as jnp

from rnnspec import LSTM, RNN, Cell, Layer, Problem
from rnnspec_adapters.base import Named, WithTangents
from rnnspec_adapters.jax.jax_activations import EXPRESSED, function_of
from rnnspec_adapters.jax.jax_adapter import JaxAdapter, JaxArray
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table

MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "concat": lambda forward, reverse: jnp.concatenate([forward, reverse], axis=-1),
    "sum": jnp.add,
    "mean": lambda forward, reverse: (forward + reverse) / 2,
    "product": jnp.multiply,
    "none": lambda forward, reverse: jnp.stack([forward, reverse], axis=-2),
}
"""What is given as `merge_fn`."""

FUNCTIONS = {"gate_activation": "gate_fn", "candidate_activation": "activation_fn", "activation": "activation_fn"}
"""What the cells of Flax call the activations of the text."""


class FlaxAdapter(WithTangents, JaxAdapter):
    """Layers of Flax through `RNN` and `Bidirectional`.

    Modes: ``jit`` has the batch first, as is the default of Flax; ``optimized`` is the same with `OptimizedLSTMCell` in
    the place of `LSTMCell`, in adapters of their own; ``eager`` has the time first. Flax runs on over the padding, and
    says so, and its users clear what stands there; so does this adapter, behind the last layer.
    """

    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib", "flax")
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("cell.",),
        "reverse": ("cell.",),
        "bidirectional": ("forward_rnn.cell.", "backward_rnn.cell."),
    }
    expresses: ClassVar[Table] = {
        RNN: {"activation": EXPRESSED},
        LSTM: {
            "gate_activation": EXPRESSED,
            "candidate_activation": EXPRESSED,
            "output_activation": (
                lambda value, cell: value == cell.candidate_activation,
                "{called} has one activation for the candidate and the output",
            ),
        },
        Layer: {
            "direction": ANY,
            "merge": ANY,
            "reverse_outputs": (
                lambda value, layer: value == "time" or layer.direction == "reverse",
                "Bidirectional of {called} puts the outputs of its reverse direction in the order of time",
            ),
        },
        Problem: {"lengths": ANY},
    }

    @property
    def optimized(self) -> bool:
        """Whether LSTMs are computed by `OptimizedLSTMCell`."""
        return self.mode == "optimized"

    @property
    def time_major(self) -> bool:
        """Whether the first axis is the time."""
        return self.mode == "eager"

    @abstractmethod
    def call(self, layer: LayerPlan, native: Named, x: JaxArray, **options: Any) -> tuple[Any, Any]:
        """The final carry and the outputs of the module that computes `layer`."""

    @abstractmethod
    def cell(self, layer: LayerPlan) -> Any:
        """The module of Flax that computes a step of `layer`."""

    def sequence(self, package: Any, layer: LayerPlan) -> Any:
        """The module that computes `layer`: `RNN` or `Bidirectional` of a package of Flax."""
        options = {"time_major": self.time_major, "return_carry": True}
        if layer.direction == "bidirectional":
            halves = [package.RNN(self.cell(layer)) for _ in range(2)]
            return package.Bidirectional(*halves, merge_fn=MERGES[layer.merge], **options)
        keep_order = layer.reverse_outputs == "time"
        return package.RNN(self.cell(layer), reverse=layer.direction == "reverse", keep_order=keep_order, **options)

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: JaxArray,
        initial: tuple[Named, ...] | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, tuple[Named, ...]]:
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
    return {own: function_of(getattr(cell, option)) for option, own in FUNCTIONS.items() if hasattr(cell, option)}


def cleared(y: JaxArray, lengths: JaxArray | None) -> JaxArray:
    """`y` with zeros in the padding (SEQ-4)."""
    if lengths is None:
        return y
    valid = jnp.arange(y.shape[0])[:, None] < lengths
    return jnp.where(valid.reshape(*valid.shape, *([1] * (y.ndim - 2))), y, 0)


def _carry(state: Named) -> Any:
    """A state as Flax carries it: c before h."""
    return (state["c"], state["h"]) if "c" in state else state["h"]


def _state(carry: Any) -> Named:
    """The inverse of `_carry`."""
    return {"h": carry[1], "c": carry[0]} if isinstance(carry, tuple) else {"h": carry}
