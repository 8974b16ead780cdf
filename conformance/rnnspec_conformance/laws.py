"""Cases that are more than one call: sequences in pieces, and derivatives along a direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import Arithmetic, Array, Gradients, Outcome, Problem, State, Tangents, hvp, jvp, named_arrays
from rnnspec.outcome import named_gradients
from rnnspec_adapters import Adapter, Differentiates
from rnnspec_conformance.allowance import FACTOR, RUNS, SEED, UNITS, largest, nudged

DIRECTION_SEED = 7


def in_pieces(adapter: Adapter, problem: Problem) -> Outcome:
    """The outcome of the whole, from two pieces: the final state of the first is the initial one of the second."""
    half = problem.x.shape[0] // 2
    first = adapter.solve(replace(problem, x=problem.x[:half].copy()))
    handed_on = tuple(
        tuple(State(**{name: array.astype(np.float64) for name, array in state.items()}) for state in layer)
        for layer in first.final
    )
    second = adapter.solve(replace(problem, x=problem.x[half:].copy(), initial=handed_on))
    return Outcome(y=np.concatenate([first.y, second.y]), final=second.final)


def direction_of(problem: Problem, arithmetic: Arithmetic) -> Tangents:
    """A direction that moves every number of `problem`, exact in `arithmetic`."""
    rng = np.random.default_rng(DIRECTION_SEED)

    def draw(array: Array) -> Array:
        return rng.uniform(-1, 1, size=array.shape).astype(arithmetic.dtype).astype(np.float64)

    initial = problem.initial
    return Tangents(
        x=draw(problem.x),
        initial=None if initial is None else tuple(tuple(state.map(draw) for state in layer) for layer in initial),
        layers=tuple(tuple(parameters.map(draw) for parameters in layer.parameters) for layer in problem.layers),
    )


Names = Callable[[Any], dict[str, Array]]
DERIVATIVES: Mapping[str, tuple[Callable[[Problem, Tangents], Outcome | Gradients], Names]] = {
    "jvp": (jvp, named_arrays),
    "hvp": (hvp, named_gradients),
}
"""By the kind of the case: the derivative of the reference, and how its arrays are named."""


def expected_derivative(
    kind: str, problem: Problem, tangents: Tangents, arithmetic: Arithmetic
) -> tuple[dict[str, Array], dict[str, float]]:
    """The derivative and its allowances: how far it moves when every number moves by one unit in the last place.

    The reference takes derivatives along a direction in float64 only, so no other order of summation is tried (NUM-2).
    """
    derive, named = DERIVATIVES[kind]
    expected = named(derive(problem, tangents))
    rng = np.random.default_rng(SEED)
    unit = float(np.finfo(arithmetic.dtype).eps)
    worst = dict.fromkeys(expected, 0.0)
    for _ in range(RUNS):
        for name, array in named(derive(nudged(problem, unit, rng), tangents)).items():
            worst[name] = max(worst[name], largest(array - expected[name]))
    return expected, {name: FACTOR * error + UNITS * unit * largest(expected[name]) for name, error in worst.items()}


def actual_derivative(kind: str, adapter: Differentiates, problem: Problem, tangents: Tangents) -> dict[str, Array]:
    """The derivative as the adapter gives it."""
    _, named = DERIVATIVES[kind]
    return named(getattr(adapter, kind)(problem, tangents))
