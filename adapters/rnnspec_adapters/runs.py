"""Consecutive layers that a library computes as one stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rnnspec import Cell, Direction


class LayerLike(Protocol):
    """What decides whether two layers can be one stack."""

    @property
    def cell(self) -> Cell: ...
    @property
    def hidden_size(self) -> int: ...
    @property
    def direction(self) -> Direction: ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive layers that are one native stack: `layers` of them, from `first` on."""

    first: int
    layers: int


def runs_of(layers: Sequence[LayerLike]) -> tuple[Run, ...]:
    """`layers` cut wherever the cell, the size or the direction changes."""
    runs: list[Run] = []
    for position, layer in enumerate(layers):
        below = layers[position - 1] if position else None
        if below is not None and (below.cell, below.hidden_size, below.direction) == (
            layer.cell,
            layer.hidden_size,
            layer.direction,
        ):
            runs[-1] = replace(runs[-1], layers=runs[-1].layers + 1)
        else:
            runs.append(Run(first=position, layers=1))
    return tuple(runs)
