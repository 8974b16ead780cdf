"""Problems made from a few numbers: random, asymmetric, and exact in the precision of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from rnnspec import (
    Array,
    Cell,
    Cotangents,
    Direction,
    Layer,
    Merge,
    PaddedOutputs,
    Parameters,
    Precision,
    Problem,
    ReverseOutputs,
    States,
    make_states,
)

Own = TypeVar("Own")

SUBNORMAL = 0.05
"""The largest input that is too small to be normal, over the smallest normal number.

Whoever takes such inputs for zero loses sums of them in the gradients of W, over all steps and sequences: those are to
be too small to be normal as well (NUM-2), whatever the seed. With 0.2 they were not, with one seed in 200.
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a problem is made from.

    Attributes
    ----------
    cells
        One for each layer.
    seed
        Of every random number in the problem.
    T, B, I, H
        Sizes; they differ from each other, so that no axis can be taken for another. H is that of every layer, or one
        for each layer.
    direction
        Of every layer, or one for each layer.
    merge
        Of the last layer, or one for each layer.
    reverse_outputs
        Of every layer, or one for each layer.
    padded_outputs
        Of the problem.
    lengths
        Of the sequences; None when all are T.
    initial
        Whether initial states are given.
    cotangents
        Which outputs are weighted in the scalar that is differentiated.
    scale
        The largest absolute value of a weight.
    offset
        Added to every bias.
    inputs
        The largest absolute value of an input; None for one that is too small to be normal in the precision.
    """

    cells: tuple[Cell, ...]
    seed: int
    T: int = 5
    B: int = 3
    I: int = 2
    H: int | tuple[int, ...] = 4
    direction: Direction | tuple[Direction, ...] = "forward"
    merge: Merge | tuple[Merge, ...] = "concat"
    reverse_outputs: ReverseOutputs | tuple[ReverseOutputs, ...] = "time"
    padded_outputs: PaddedOutputs = "zero"
    lengths: tuple[int, ...] | None = None
    initial: bool = True
    cotangents: Literal["none", "y", "final", "both"] = "both"
    scale: float = 0.9
    offset: float = 0.0
    inputs: float | None = 1.5

    def problem(self, precision: Precision) -> Problem:
        """The problem, in float64 numbers that are exact in `precision`."""
        rng = np.random.default_rng(self.seed)

        def draw(shape: tuple[int, ...], scale: float, offset: float = 0.0) -> Array:
            """Uniform with a gap around zero, so that nothing is too small to be seen."""
            sign = rng.choice((-1.0, 1.0), size=shape)
            values = sign * rng.uniform(0.15, 1.0, size=shape) * scale + offset
            return precision.nearest(values).astype(np.float64)

        layers = self._layers(draw)

        def states() -> States:
            return make_states(layers, self.B, lambda shape: draw(shape, 1.0))

        largest = SUBNORMAL * precision.tiny if self.inputs is None else self.inputs
        x = draw((self.T, self.B, self.I), largest)
        initial = states() if self.initial else None
        return Problem(
            layers=layers,
            x=x,
            initial=initial,
            padded_outputs=self.padded_outputs,
            lengths=None if self.lengths is None else np.array(self.lengths),
            cotangents=None
            if self.cotangents == "none"
            else Cotangents(
                y=draw((self.T, self.B, *layers[-1].output_shape), 1.0) if self.cotangents in ("y", "both") else None,
                final=states() if self.cotangents in ("final", "both") else None,
            ),
        )

    def _layers(self, draw: Callable[..., Array]) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        size = self.I
        count = len(self.cells)
        directions: tuple[Direction, ...] = _each(self.direction, count)
        merges: list[Merge] = ["concat"] * count
        if isinstance(self.merge, tuple):
            merges[:] = self.merge
        else:
            merges[-1] = self.merge
        orders: tuple[ReverseOutputs, ...] = _each(self.reverse_outputs, count)
        own = zip(self.cells, _each(self.H, count), directions, merges, orders, strict=True)
        for cell, hidden_size, direction, merge, reverse_outputs in own:
            parameters = tuple(
                Parameters(
                    **{
                        name: draw(shape, self.scale, self.offset if name.startswith("b") else 0.0)
                        for name, shape in cell.parameter_shapes(size, hidden_size).items()
                    }
                )
                for _ in range(2 if direction == "bidirectional" else 1)
            )
            layers.append(
                Layer(
                    cell=cell,
                    parameters=parameters,
                    direction=direction,
                    merge=merge,
                    reverse_outputs=reverse_outputs,
                )
            )
            size = layers[-1].output_shape[0]
        return tuple(layers)


def _each(given: Own | tuple[Own, ...], count: int) -> tuple[Own, ...]:
    """What is given for each layer, or for all."""
    return given if isinstance(given, tuple) else (given,) * count
