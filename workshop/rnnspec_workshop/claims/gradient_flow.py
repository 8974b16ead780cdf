"""How gradients fade over time: C11.

The gradient of ``<v, h_T>``, v a random unit vector, by the whole state of an earlier step: (h, c) for an LSTM, h for
the others. All weights are drawn anew for each seed; what is reported is the median over seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Array, Cell, Cotangents, Layer, Parameters, Problem, State, States, solve
from rnnspec_workshop.claims.building import filled
from rnnspec_workshop.claims.claim import Findings, Series

I, H, T = 8, 32, 100
SEEDS = range(9)
LAGS = (1, 2, 5, *range(10, T + 1, 5))
"""How many steps to go back, the last of them to the start."""
TOLD = (1, 10, 50, 100)

Draw = Callable[[Cell, np.random.Generator], Parameters]


def uniform(cell: Cell, rng: np.random.Generator) -> Parameters:
    """All matrices uniform between -1/sqrt(H) and 1/sqrt(H), all biases zero."""
    bound = 1 / np.sqrt(H)
    shapes = cell.parameter_shapes(I, H)
    return Parameters(
        **{n: rng.uniform(-bound, bound, shape) if len(shape) == 2 else np.zeros(shape) for n, shape in shapes.items()}
    )


def orthogonal(cell: Cell, rng: np.random.Generator) -> Parameters:
    """As `uniform`, with an orthogonal recurrent matrix in each gate."""
    parameters = uniform(cell, rng)
    matrices = {}
    for name in parameters:
        if name.startswith("R"):
            q, r = np.linalg.qr(rng.standard_normal((H, H)))
            matrices[name] = q * np.sign(np.diag(r))
    return parameters.replace(**matrices)


CASES: dict[str, tuple[Cell, Draw, dict[str, float]]] = {
    "simple layer": (RNN(), uniform, {}),
    "simple layer, orthogonal": (RNN(), orthogonal, {}),
    "simple layer, orthogonal and linear": (RNN(activation="identity"), orthogonal, {}),
    "LSTM, forget bias 0": (LSTM(), uniform, {"b_f": 0.0}),
    "LSTM, forget bias 1": (LSTM(), uniform, {"b_f": 1.0}),
    "LSTM, forget bias 5": (LSTM(), uniform, {"b_f": 5.0}),
    "LSTM without a forget gate": (LSTM(forget_gate=False), uniform, {}),
    "GRU, update bias 0": (GRU(reset="before"), uniform, {"b_z": 0.0}),
    "GRU, update bias 1": (GRU(reset="before"), uniform, {"b_z": 1.0}),
    "GRU, update bias 5": (GRU(reset="before"), uniform, {"b_z": 5.0}),
    "LSTM, forget bias 0, orthogonal": (LSTM(), orthogonal, {"b_f": 0.0}),
    "LSTM, forget bias 1, orthogonal": (LSTM(), orthogonal, {"b_f": 1.0}),
    "GRU, update bias 0, orthogonal": (GRU(reset="before"), orthogonal, {"b_z": 0.0}),
}


def gradient_norms(cell: Cell, parameters: Parameters, x: Array, v: Array) -> Array:
    """The norms of the gradients of ``<v, h_T>`` by the states of so many steps before as `LAGS` says; `x` is [T, I].

    The sequence is cut at those states. From the first piece to the last each hands its final state on, and from the
    last to the first each hands back the cotangent of the state that it started from.
    """
    layers = (Layer(cell=cell, parameters=(parameters,)),)
    state: States = ((State(**{name: np.zeros((1, H)) for name in cell.states}),),)
    pieces = []
    for begin, end in pairwise((*reversed(LAGS), 0)):
        pieces.append(Problem(layers=layers, x=x[T - begin : T - end, None], initial=state))
        state = solve(pieces[-1]).final
    wanted: States = ((State(**{name: v[None] * (name == "h") for name in cell.states}),),)
    norms = []
    for piece in reversed(pieces):
        outcome = solve(replace(piece, cotangents=Cotangents(final=wanted)))
        assert outcome.gradients is not None
        assert outcome.gradients.initial is not None
        wanted = outcome.gradients.initial
        norms.append(np.linalg.norm(np.concatenate(list(wanted[0][0].values()), axis=1)))
    return np.array(norms)


def median_norms(cell: Cell, draw: Draw, biases: dict[str, float]) -> Array:
    """The median over the seeds, one for each lag."""
    norms = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        parameters = filled(draw(cell, rng), **biases)
        x, v = rng.standard_normal((T, I)), rng.standard_normal(H)
        norms.append(gradient_norms(cell, parameters, x, v / np.linalg.norm(v)))
    return np.asarray(np.median(norms, axis=0))


def gradient_flow() -> Findings:
    """C11: the norm of the gradient against the number of steps that it went back."""
    medians = {name: median_norms(*case) for name, case in CASES.items()}
    numbers: dict[str, Any] = {
        "weights": "uniform between -1/sqrt(H) and 1/sqrt(H), or R orthogonal; biases 0 but for the named one",
        "inputs": "independent and normal, standard deviation 1",
        "sizes": {"I": I, "H": H, "seeds": len(SEEDS)},
        "median_norm_after_steps": {
            name: {f"{lag}": float(norms[LAGS.index(lag)]) for lag in TOLD} for name, norms in medians.items()
        },
    }
    series = Series(
        title="The norm of the gradient by an earlier state",
        horizontal="steps back",
        vertical="norm, median over seeds",
        at=[0, *LAGS],
        lines={name: [1.0, *norms.tolist()] for name, norms in medians.items()},
        logarithmic=True,
    )
    return Findings(numbers=numbers, series={"gradient_norm": series})
