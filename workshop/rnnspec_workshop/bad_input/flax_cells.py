"""What ``flax.linen`` and ``flax.nnx`` share: their cells in `RNN` and `Bidirectional`, which have the same options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Field, Given, by_direction
from rnnspec_workshop.bad_input.probe import Shapes

CARRY = ("carry", "initial_carry")
FIELDS = {
    "x": Field(name="inputs", axes="B T I", other_names=("input",)),
    "lengths": Field(name="seq_lengths", axes="B", dtype="int32", fill="T", optional=True),
    "h": Field(name="h of initial_carry", axes="D B H", other_names=CARRY, optional=True),
}
CELL = {"c": Field(name="c of initial_carry", axes="D B H", other_names=CARRY, optional=True, beside_h=True)}


@dataclass(frozen=True, kw_only=True)
class FlaxCell:
    """A cell: its parameters that are tried, by their paths, and how many gates they are for.

    Attributes
    ----------
    W, R, b
        The paths, e.g. ``ii.kernel``.
    gates
        How many gates the outputs of one matrix have.
    pair
        Whether its carry is a pair (c, h).
    """

    W: str
    R: str
    b: str
    gates: int = 1
    pair: bool = False

    def parameters(self) -> dict[str, Field]:
        """The parameters as fields; messages call them by the last part of their path."""
        return {
            "W": Field(name=self.W, axes="I G", other_names=("kernel",)),
            "R": Field(name=self.R, axes="H G", other_names=("kernel",)),
            "b": Field(name=self.b, axes="G", other_names=("bias",)),
        }


def parameters_of(cell: FlaxCell, given: Given, directions: int) -> dict[str, Any]:
    """The parameters by their paths in the whole layer; those of all directions are alike."""
    prefixes = ("cell.",) if directions == 1 else ("forward_rnn.cell.", "backward_rnn.cell.")
    return {
        f"{prefix}{field.name}": jnp.asarray(given[field.name])
        for prefix in prefixes
        for field in cell.parameters().values()
    }


def options_of(given: Given, directions: int) -> dict[str, Any]:
    """How the layer is called, besides its input: with carries, one for each direction, and with lengths."""
    h, c, lengths = (given.get(field.name) for field in (FIELDS["h"], CELL["c"], FIELDS["lengths"]))
    carries = None
    if h is not None:
        parts = jax.tree.map(jnp.asarray, by_direction(c, h))
        carries = tuple(part if len(part) == 2 else part[0] for part in parts)
    return {
        "initial_carry": carries[0] if carries is not None and directions == 1 else carries,
        "seq_lengths": None if lengths is None else jnp.asarray(lengths),
        "return_carry": True,
    }


def shapes_of(carry: Any, y: Any, directions: int) -> Shapes:
    """The shapes of the outputs and of the last h."""
    first = carry if directions == 1 else carry[0]
    return {"outputs": list(y.shape), "h": list((first[1] if isinstance(first, tuple) else first).shape)}


def layers_of(
    package: str, cells: Mapping[str, FlaxCell], call: Callable[[str, Given, int], Shapes]
) -> Iterator[Layer]:
    """The cells of a package; `call` makes a call of the one of a name."""
    for name, cell in cells.items():
        fields = FIELDS | (CELL if cell.pair else {}) | cell.parameters()
        yield Layer(
            name=f"{package}.{name}",
            call=partial(call, name),
            fields=fields,
            returns={"outputs": "B T O", "h": "B H"},
            gates=cell.gates,
        )
