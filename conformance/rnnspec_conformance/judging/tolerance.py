"""How far a correct implementation may be from the reference: measured, not guessed (NUM-2).

The reference is run in the precision of the implementation, several times. Each time the order of every contraction
is permuted: inputs, units and sequences are renumbered, which changes the order in which products are summed and
nothing else. And each time every given number, and every value of a transcendental activation, is moved by one unit in
the last place, up or down, which shows how far rounding of any kind is carried. The largest error of these runs against
float64, times a small factor, plus a few units in the last place of the largest value, is the tolerance of a field; and
the smallest normal number, below which an implementation may take everything for zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnspec import (
    Array,
    ByLayer,
    Cotangents,
    Gradients,
    Layer,
    Outcome,
    Parameters,
    Precision,
    Problem,
    State,
    States,
    map_records,
    named_arrays,
)
from rnnspec.solving import evaluate
from rnnspec_conformance.judging.nudging import nudged, with_nudged_activations

FACTOR = 8
RUNS = 16
UNITS = 4
SEED = 20260101

Order = NDArray[np.intp]


def tolerances(problem: Problem, expected: Mapping[str, Array], precision: Precision) -> dict[str, float]:
    """The largest absolute error allowed in each field of the outcome of `problem`."""
    rng = np.random.default_rng(SEED)
    unit = precision.eps
    worst = dict.fromkeys(expected, 0.0)
    for _ in range(RUNS):
        order = Renumbering.random(problem, rng)
        moved = nudged(order.apply(problem), unit, rng)
        outcome = order.undo(problem, evaluate(moved, precision, with_nudged_activations(unit, rng)))
        for name, array in named_arrays(outcome).items():
            worst[name] = max(worst[name], largest(array - expected[name]))
    return {name: allowed(error, expected[name], precision) for name, error in worst.items()}


def allowed(error: float, expected: Array, precision: Precision) -> float:
    """The tolerance of a field, from the largest error seen in it (NUM-2)."""
    return FACTOR * error + UNITS * precision.eps * largest(expected) + precision.tiny


def largest(array: Array) -> float:
    """The largest absolute value."""
    return float(np.max(np.abs(array)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Renumbering:
    """Another numbering of sequences, inputs and units, under which a problem is the same problem.

    Attributes
    ----------
    batch
        ``new[k] = old[batch[k]]``.
    axes
        The same for the axes of the parameters (``I``, ``H``, ``J``, ``K``) of each layer and direction.
    outputs
        The same for the last axis of the output of the last layer.
    """

    batch: Order
    axes: tuple[tuple[dict[str, Order], ...], ...]
    outputs: Order

    @staticmethod
    def random(problem: Problem, rng: np.random.Generator) -> Renumbering:
        """A random renumbering of `problem`."""
        _, B, I = problem.x.shape
        axes = []
        features = rng.permutation(I)
        for layer in problem.layers:
            of_layer: list[dict[str, Order]] = []
            for position in range(layer.directions):
                # Directions that are merged element by element share the numbers of their outputs.
                shared = of_layer[0] if position and layer.merge != "concat" else {}
                of_layer.append({"I": features} | (shared or _random_axes(layer, rng)))
            parts = [np.concatenate([part["J"], part["K"] + len(part["J"])]) for part in of_layer]
            if layer.merge == "concat":
                features = np.concatenate([part + k * len(part) for k, part in enumerate(parts)])
            else:
                features = parts[0]
            axes.append(tuple(of_layer))
        return Renumbering(batch=rng.permutation(B), axes=tuple(axes), outputs=features)

    def apply(self, problem: Problem) -> Problem:
        """`problem` in the new numbers."""
        d = problem.cotangents
        if d is not None:
            y = None if d.y is None else d.y[:, self.batch][..., self.outputs]
            d = Cotangents(y=y, final=self._states(d.final, inverse=False))
        return replace(
            problem.with_parameters(self._parameters(problem, problem.parameters, inverse=False)),
            x=problem.x[:, self.batch][..., self.axes[0][0]["I"]],
            initial=self._states(problem.initial, inverse=False),
            lengths=None if problem.lengths is None else problem.lengths[self.batch],
            cotangents=d,
        )

    def undo(self, problem: Problem, outcome: Outcome) -> Outcome:
        """The outcome of ``apply(problem)`` in the old numbers."""
        gradients = outcome.gradients
        final = self._states(outcome.final, inverse=True)
        assert final is not None
        batch = np.argsort(self.batch)
        if gradients is not None:
            gradients = Gradients(
                x=gradients.x[:, batch][..., np.argsort(self.axes[0][0]["I"])],
                initial=self._states(gradients.initial, inverse=True),
                layers=self._parameters(problem, gradients.layers, inverse=True),
            )
        return Outcome(y=outcome.y[:, batch][..., np.argsort(self.outputs)], final=final, gradients=gradients)

    def _states(self, states: States | None, *, inverse: bool) -> States | None:
        def renumbered(state: State, axes: dict[str, Order]) -> State:
            batch = _way(self.batch, inverse)
            features = {name: _way(axes["J" if name == "h" else "H"], inverse) for name in state}
            return State(**{name: array[batch][:, features[name]] for name, array in state.items()})

        return None if states is None else map_records(states, renumbered, self.axes)

    def _parameters(self, problem: Problem, parameters: ByLayer[Parameters], *, inverse: bool) -> ByLayer[Parameters]:
        def renumbered(of_direction: Parameters, orders: dict[str, Order], layer: Layer) -> Parameters:
            axes = layer.cell.parameter_axes
            ways = {name: [_way(orders[axis], inverse) for axis in axes[name].split()] for name in of_direction}
            return Parameters(**{name: array[np.ix_(*ways[name])] for name, array in of_direction.items()})

        return map_records(parameters, renumbered, self.axes, problem.owners)


def _random_axes(layer: Layer, rng: np.random.Generator) -> dict[str, Order]:
    """Orders of the units, of the features of h (the units themselves where there is no projection), and of q."""
    units = rng.permutation(layer.hidden_size)
    features = layer.cell.state_sizes(layer.hidden_size)["h"]
    projected = getattr(layer.cell, "projection", 0)
    behind = layer.cell.output_size(layer.hidden_size) - features
    return {"H": units, "J": rng.permutation(features) if projected else units, "K": rng.permutation(behind)}


def _way(order: Order, inverse: bool) -> Order:
    return np.argsort(order) if inverse else order
