"""How far a correct implementation may be from the reference: measured, not guessed (NUM-2).

The reference is run in the arithmetic of the implementation, several times. Each time the order of every contraction
is permuted: inputs, units and sequences are renumbered, which changes the order in which products are summed and
nothing else. And each time every given number is moved by one unit in the last place, up or down, which shows how far
rounding of any kind is carried (with one unit and one sequence there is no other order to try). The largest error of
these runs against float64, times a small factor, plus a few units in the last place of the largest value, is the
allowance of a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnspec import (
    Arithmetic,
    Array,
    Cotangents,
    Gradients,
    Outcome,
    Parameters,
    Problem,
    State,
    States,
    named_arrays,
    solve,
)

FACTOR = 8
RUNS = 16
UNITS = 4
SEED = 20260101

Order = NDArray[np.intp]


def allowances(problem: Problem, expected: Mapping[str, Array], arithmetic: Arithmetic) -> dict[str, float]:
    """The largest absolute error allowed in each field of the outcome of `problem`."""
    rng = np.random.default_rng(SEED)
    unit = float(np.finfo(arithmetic.dtype).eps)
    worst = dict.fromkeys(expected, 0.0)
    for _ in range(RUNS):
        order = Renumbering.random(problem, rng)
        moved = order.apply(nudged(problem, unit, rng))
        outcome = order.undo(solve(moved, arithmetic=arithmetic))
        for name, array in named_arrays(outcome).items():
            worst[name] = max(worst[name], largest(array - expected[name]))
    return {name: FACTOR * error + UNITS * unit * largest(expected[name]) for name, error in worst.items()}


def nudged(problem: Problem, unit: float, rng: np.random.Generator) -> Problem:
    """`problem` with every number multiplied by 1 + `unit` or 1 - `unit`."""

    def nudge(array: Array) -> Array:
        return array * (1 + unit * rng.choice((-1.0, 1.0), size=array.shape))

    def states(given: States | None) -> States | None:
        return None if given is None else tuple(tuple(state.map(nudge) for state in layer) for layer in given)

    cotangents = problem.cotangents
    return Problem(
        layers=tuple(
            replace(layer, parameters=tuple(parameters.map(nudge) for parameters in layer.parameters))
            for layer in problem.layers
        ),
        x=nudge(problem.x),
        initial=states(problem.initial),
        lengths=problem.lengths,
        cotangents=cotangents
        and Cotangents(
            y=None if cotangents.y is None else nudge(cotangents.y),
            final=states(cotangents.final),
        ),
    )


def largest(array: Array) -> float:
    """The largest absolute value."""
    return float(np.max(np.abs(array)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Renumbering:
    """Another numbering of sequences, inputs and units, under which a problem is the same problem.

    Attributes
    ----------
    batch, inputs
        ``new[k] = old[batch[k]]`` and ``new[k] = old[inputs[k]]``.
    units
        The same for the units of each layer and direction.
    """

    batch: Order
    inputs: Order
    units: tuple[tuple[Order, ...], ...]

    @staticmethod
    def random(problem: Problem, rng: np.random.Generator) -> Renumbering:
        """A random renumbering of `problem`."""
        _, B, I = problem.x.shape
        return Renumbering(
            batch=rng.permutation(B),
            inputs=rng.permutation(I),
            units=tuple(
                tuple(rng.permutation(layer.hidden_size) for _ in layer.parameters) for layer in problem.layers
            ),
        )

    def apply(self, problem: Problem) -> Problem:
        """`problem` in the new numbers."""
        layers = tuple(
            replace(layer, parameters=self._parameters(position, layer.parameters, inverse=False))
            for position, layer in enumerate(problem.layers)
        )
        cotangents = problem.cotangents
        return Problem(
            layers=layers,
            x=self._batch(problem.x, inverse=False)[..., self.inputs],
            initial=self._states(problem.initial, inverse=False),
            lengths=None if problem.lengths is None else problem.lengths[self.batch],
            cotangents=None
            if cotangents is None
            else Cotangents(
                y=None
                if cotangents.y is None
                else self._batch(cotangents.y, inverse=False)[..., self._features(len(layers))],
                final=self._states(cotangents.final, inverse=False),
            ),
        )

    def undo(self, outcome: Outcome) -> Outcome:
        """The outcome of ``apply(problem)`` in the old numbers."""
        gradients = outcome.gradients
        final = self._states(outcome.final, inverse=True)
        assert final is not None
        return Outcome(
            y=self._batch(outcome.y, inverse=True)[..., np.argsort(self._features(len(self.units)))],
            final=final,
            gradients=None
            if gradients is None
            else Gradients(
                x=self._batch(gradients.x, inverse=True)[..., np.argsort(self.inputs)],
                initial=self._states(gradients.initial, inverse=True),
                layers=tuple(
                    self._parameters(position, directions, inverse=True)
                    for position, directions in enumerate(gradients.layers)
                ),
            ),
        )

    def _features(self, layer: int) -> Order:
        """The order of the features that enter `layer`: inputs, or the units of the layer below."""
        if layer == 0:
            return self.inputs
        parts = self.units[layer - 1]
        return np.concatenate([part + position * len(part) for position, part in enumerate(parts)])

    def _batch(self, array: Array, *, inverse: bool) -> Array:
        return array[:, np.argsort(self.batch) if inverse else self.batch]

    def _states(self, states: States | None, *, inverse: bool) -> States | None:
        if states is None:
            return None
        batch = np.argsort(self.batch) if inverse else self.batch
        return tuple(
            tuple(
                State(**{name: array[batch][:, _way(units, inverse)] for name, array in state.items()})
                for units, state in zip(of_layer, directions, strict=True)
            )
            for of_layer, directions in zip(self.units, states, strict=True)
        )

    def _parameters(self, layer: int, directions: tuple[Parameters, ...], *, inverse: bool) -> tuple[Parameters, ...]:
        features = _way(self._features(layer), inverse)
        renumbered = []
        for units, parameters in zip(self.units[layer], directions, strict=True):
            rows = _way(units, inverse)
            columns = {"W": features, "R": rows}
            arrays = {}
            for name, array in parameters.items():
                letter = name.split("_")[0]
                arrays[name] = array[rows][:, columns[letter]] if letter in columns else array[rows]
            renumbered.append(Parameters(**arrays))
        return tuple(renumbered)


def _way(order: Order, inverse: bool) -> Order:
    return np.argsort(order) if inverse else order
