"""The same problem and the same functions, moved by as little as rounding may move them (NUM-2)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from rnnspec import Activation, Array, Problem
from rnnspec.activations import Out
from rnnspec.steps.binding import Bind, bind

SIGNS = np.array((-1.0, 1.0))


def with_nudged_activations(unit: float, rng: np.random.Generator) -> Bind:
    """Makes steps whose activations have the values that another library may give them."""
    return partial(bind, activate=partial(nudged_value, unit=unit, rng=rng))


def nudged_value(activation: Activation, a: Array, out: Out, *, unit: float, rng: np.random.Generator) -> Array:
    """The value, moved by a random sign times `unit` of the part that the activation says is inexact."""
    y = activation.value(a, out)
    sign = signs(rng, y.shape)
    part = activation.inexact(y)
    if part is not None:
        y += (unit * part * sign).astype(y.dtype)
    return y


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
