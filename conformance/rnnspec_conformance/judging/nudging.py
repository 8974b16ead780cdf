"""The same problem and the same functions, moved by as little as rounding may move them (NUM-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from rnnspec import Activation, Array, Cell, Parameters, Precision, Problem
from rnnspec.cells.kernel import Kernel

ACTIVATIONS = ("gate", "candidate", "output", "activation")
"""What a kernel calls its activations."""

TRANSCENDENTAL = ("tanh", "scaled_tanh", "softplus", "elu")
"""Activations, beside sigmoid, that no precision computes exactly."""

SIGNS = np.array((-1.0, 1.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Nudged:
    """An activation as another library may compute it: each value moved by a random sign times `unit` of itself.

    A sigmoid is (1 + tanh(a / 2)) / 2 here, and its hyperbolic tangent is moved: so a gate that is shut may be open by
    half a unit, and a gate that is open may be shut by as much.
    """

    activation: Activation
    unit: float
    rng: np.random.Generator

    def value(self, a: Array, out: Array | None = None) -> Array:
        """The moved value."""
        y = self.activation.value(a, out)
        name = self.activation.name
        sign = signs(self.rng, y.shape)
        if name == "sigmoid":
            y += (self.unit * (y - y.dtype.type(0.5)) * sign).astype(y.dtype)
        elif name in TRANSCENDENTAL:
            y += (self.unit * y * sign).astype(y.dtype)
        return y

    def derivative(self, y: Array) -> Array:
        """The derivative where the moved value is `y`."""
        return self.activation.derivative(y)


def moved(problem: Problem, unit: float, rng: np.random.Generator) -> Problem:
    """`problem` with every number, and every value of a transcendental activation, moved by `unit` of itself."""
    return with_nudged_activations(nudged(problem, unit, rng), unit, rng)


def with_nudged_activations(problem: Problem, unit: float, rng: np.random.Generator) -> Problem:
    """`problem` with every value of a transcendental activation moved by up to `unit` of itself."""
    return replace(
        problem, layers=tuple(replace(layer, cell=_nudged_cell(layer.cell, unit, rng)) for layer in problem.layers)
    )


def _nudged_cell(cell: Cell, unit: float, rng: np.random.Generator) -> Cell:
    kind: Any = type(cell)
    nudged_cell: Cell = _nudged_kind(kind)(**vars(cell), unit=unit, rng=rng)
    return nudged_cell


@cache
def _nudged_kind(kind: Any) -> Any:
    """A class of cells with the options of `kind`, the activations of whose kernels are moved; made once."""

    @dataclass(frozen=True, kw_only=True)
    class NudgedCell(kind):  # type: ignore[misc]
        unit: float
        rng: np.random.Generator

        def bind(self, parameters: Parameters, precision: Precision) -> Kernel:
            kernel: Kernel = super().bind(parameters, precision)
            for name in ACTIVATIONS:
                if hasattr(kernel, name):
                    moving = Nudged(activation=getattr(kernel, name), unit=self.unit, rng=self.rng)
                    setattr(kernel, name, moving)
            return kernel

    return NudgedCell


def signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Random signs, drawn as ``rng.choice((-1.0, 1.0), size=shape)`` draws them, in half the time."""
    return SIGNS[rng.integers(0, 2, size=shape)]


def nudged(problem: Problem, unit: float, rng: np.random.Generator) -> Problem:
    """`problem` with every number multiplied by 1 + `unit` or 1 - `unit`."""

    def nudge(array: Array) -> Array:
        return array * (1 + unit * signs(rng, array.shape))

    # Cotangents are drawn for first.
    cotangents = None if problem.cotangents is None else problem.cotangents.map(nudge)
    return replace(replace(problem, cotangents=None).map(nudge), cotangents=cotangents)
