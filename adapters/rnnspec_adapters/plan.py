"""What a compiled function depends on: the structure of a problem, without its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from rnnspec import Cell, Direction, Merge, PaddedOutputs, Problem, ReverseOutputs


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """A layer without its parameters, and what the padding of its outputs is filled with."""

    cell: Cell
    direction: Direction
    merge: Merge
    reverse_outputs: ReverseOutputs
    input_size: int
    hidden_size: int
    padded_outputs: PaddedOutputs = "zero"

    @property
    def directions(self) -> int:
        """The number of directions."""
        return 2 if self.direction == "bidirectional" else 1


Stack = tuple[LayerPlan, ...]
"""Consecutive layers that one call computes."""

Plan = tuple[LayerPlan, ...]
"""The layers of a problem. Problems of one plan and one shape share a compiled function."""


def plan_of(problem: Problem) -> Plan:
    """The structure of a problem, whose outputs are those of its last layer (SEQ-11)."""
    return tuple(
        LayerPlan(
            cell=layer.cell,
            direction=layer.direction,
            merge=layer.merge,
            reverse_outputs=layer.reverse_outputs,
            input_size=layer.input_size,
            hidden_size=layer.hidden_size,
            padded_outputs=problem.padded_outputs if layer is problem.layers[-1] else "zero",
        )
        for layer in problem.layers
    )


def stacks_of(layers: Iterable[LayerPlan]) -> tuple[Stack, ...]:
    """`layers` cut wherever the cell, the size or the direction changes."""

    def one(layer: LayerPlan) -> object:
        return layer.cell, layer.hidden_size, layer.direction

    return tuple(tuple(stack) for _, stack in groupby(layers, one))
