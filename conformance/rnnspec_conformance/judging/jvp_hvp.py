"""Derivatives along tangents: what moves, what is expected, and what an implementation gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from rnnspec import Array, Gradients, Outcome, Precision, Problem, Tangents, map_arrays
from rnnspec.derivatives import Solve, hvp_by, jvp_by
from rnnspec.solving import evaluate
from rnnspec_adapters import Differentiates
from rnnspec_conformance.cases.case import Wrt
from rnnspec_conformance.judging.nudging import nudged, with_nudged_activations
from rnnspec_conformance.judging.tolerance import RUNS, SEED, allowed, largest

DIRECTION_SEED = 7

DERIVATIVES: Mapping[str, Callable[[Solve, Problem, Tangents], Outcome | Gradients]] = {"jvp": jvp_by, "hvp": hvp_by}
"""By the kind of the case: the derivative by a way of solving."""


def direction_of(problem: Problem, wrt: Wrt, precision: Precision) -> Tangents:
    """A direction that moves the numbers `wrt` names, exact in `precision`; the others stay."""
    rng = np.random.default_rng(DIRECTION_SEED)

    def draw(array: Array) -> Array:
        return precision.nearest(rng.uniform(-1, 1, size=array.shape)).astype(np.float64)

    everything = wrt == "everything"
    x = initial = layers = None
    if everything or wrt == "x":
        x = draw(problem.x)
    if (everything or wrt == "initial") and problem.initial is not None:
        initial = map_arrays(problem.initial, draw)
    if everything or wrt == "parameters":
        layers = map_arrays(problem.parameters, draw)
    return Tangents(x=x, initial=initial, layers=layers)


def derivative(
    kind: str, problem: Problem, tangents: Tangents, precision: Precision
) -> tuple[dict[str, Array], dict[str, float]]:
    """The derivative and its tolerances: how far it moves when every number moves by one unit in the last place.

    The reference takes derivatives along tangents in float64 only, so no other order of summation is tried (NUM-2).
    """
    derive = DERIVATIVES[kind]
    exact = derive(evaluate, problem, tangents).named()
    rng = np.random.default_rng(SEED)
    worst = dict.fromkeys(exact, 0.0)
    for _ in range(RUNS):
        moved = nudged(problem, precision.eps, rng)
        by_others = partial(evaluate, bind=with_nudged_activations(precision.eps, rng))
        for name, array in derive(by_others, moved, tangents).named().items():
            worst[name] = max(worst[name], largest(array - exact[name]))
    return exact, {name: allowed(error, exact[name], precision) for name, error in worst.items()}


def actual(kind: str, adapter: Differentiates, problem: Problem, tangents: Tangents) -> dict[str, Array]:
    """The derivative as the adapter gives it."""
    derived: Outcome | Gradients = getattr(adapter, kind)(problem, tangents)
    return derived.named()
