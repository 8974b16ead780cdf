"""What the libraries share that have steps, or loops over steps, and leave lengths and directions to their users."""

from __future__ import annotations

from abc import abstractmethod

import jax.numpy as jnp

from rnnspec import Cell, Problem
from rnnspec_adapters.functional import LayerByLayer, other_options
from rnnspec_adapters.jax.engine import DifferentiatesAlong, JaxArray
from rnnspec_adapters.plan import LayerPlan

WAYS = {"forward": ("forward",), "reverse": ("reverse",), "bidirectional": ("forward", "reverse")}


class UnrolledAdapter(LayerByLayer, DifferentiatesAlong):
    """One loop for each direction; the outputs of two directions are put side by side."""

    @abstractmethod
    def refusal_of_cell(self, layer: LayerPlan) -> str | None:
        """Why the library has no such cell, if it has none."""

    @abstractmethod
    def unrolled(
        self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, start: dict[str, JaxArray] | None, way: str
    ) -> tuple[JaxArray, dict[str, JaxArray]]:
        """The outputs [T, B, H], in the order of time, and the final state of the direction `way`."""

    def refusal_of(self, problem: Problem) -> str | None:
        if problem.lengths is not None:
            return f"nothing in {self.name} takes lengths"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.reverse_outputs != "time":
            return f"a loop of {self.name} in reverse gives its outputs in the order of time"
        if layer.merge != "concat":
            return f"nothing in {self.name} merges directions"
        return self.refusal_of_cell(layer)

    def without_option(self, cell: Cell, plain: Cell) -> str | None:
        """Why there is no such cell where it differs from `plain`, the nearest that the library has."""
        other = other_options(cell, plain)
        return f"{type(cell).__name__} of {self.name}: no option for {other}" if other else None

    def directions_of(self, layer: LayerPlan) -> tuple[str, ...]:
        """The directions of a layer by name."""
        return WAYS[layer.direction]

    def layer(
        self,
        layer: LayerPlan,
        native: dict[str, JaxArray],
        x: JaxArray,
        initial: tuple[dict[str, JaxArray], ...] | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, tuple[dict[str, JaxArray], ...]]:
        ways = self.directions_of(layer)
        starts = [None] * len(ways) if initial is None else initial
        ended = [self.unrolled(layer, native, x, start, way) for way, start in zip(ways, starts, strict=True)]
        return jnp.concatenate([y for y, _ in ended], axis=-1), tuple(end for _, end in ended)
