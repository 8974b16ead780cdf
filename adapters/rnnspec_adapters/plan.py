"""What a compiled function depends on: the structure of a problem, without its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from rnnspec import Cell, Direction, Layer, Problem
from rnnspec.problem import Merge, PaddedOutputs, ReverseOutputs


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """A layer without its parameters."""

    cell: Cell
    direction: Direction
    merge: Merge
    reverse_outputs: ReverseOutputs
    input_size: int
    hidden_size: int

    @property
    def directions(self) -> int:
        """The number of directions."""
        return 2 if self.direction == "bidirectional" else 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The layers of a problem, and what its padding is filled with.

    Problems of one plan and one shape share a compiled function.
    """

    layers: tuple[LayerPlan, ...]
    padded_outputs: PaddedOutputs = "zero"


def plan_of_layer(layer: Layer) -> LayerPlan:
    """The structure of a layer."""
    return LayerPlan(
        cell=layer.cell,
        direction=layer.direction,
        merge=layer.merge,
        reverse_outputs=layer.reverse_outputs,
        input_size=layer.input_size,
        hidden_size=layer.hidden_size,
    )


def plan_of(problem: Problem) -> Plan:
    """The structure of a problem."""
    return Plan(layers=tuple(map(plan_of_layer, problem.layers)), padded_outputs=problem.padded_outputs)
