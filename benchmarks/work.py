"""What is timed: pieces of work on one problem, by turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np

from rnnspec import GRU, LSTM, RNN, Array, Cell, Cotangents, Layer, Parameters, Problem, State, solve

Work = Callable[[], object]
"""One piece of work. Those that compute the same as the reference return y, which is compared before it is timed."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """T steps, B sequences, I inputs, H units."""

    T: int
    B: int
    I: int
    H: int


LARGE = Sizes(T=128, B=32, I=256, H=512)
SMALL = Sizes(T=200, B=1, I=64, H=64)
MEDIUM = Sizes(T=100, B=32, I=256, H=256)


CELLS: dict[str, Cell] = {
    "LSTM": LSTM(),
    "LSTM, projection to 256": LSTM(projection=256),
    "LSTM, peepholes new": LSTM(peephole="new"),
    "LSTM, peepholes old": LSTM(peephole="old"),
    "GRU, reset after": GRU(reset="after"),
    "GRU, reset before": GRU(reset="before"),
    "RNN, tanh": RNN(activation="tanh"),
    "RNN, relu": RNN(activation="relu"),
}
"""The cells that are timed, by name."""


def problem_of(cell: Cell, sizes: Sizes, *, gradients: bool) -> Problem:
    """A float64 problem of one layer with an initial state; its gradients are those of all outputs and states."""
    rng = np.random.default_rng(17)
    scale = sizes.H**-0.5
    shapes = cell.parameter_shapes(sizes.I, sizes.H)
    layer = Layer(
        cell=cell, parameters=(Parameters(**{name: rng.uniform(-scale, scale, shapes[name]) for name in shapes}),)
    )
    problem = Problem(layers=(layer,), x=rng.standard_normal((sizes.T, sizes.B, sizes.I)))
    initial, final = (
        State(**{name: rng.standard_normal((sizes.B, size)) for name, size in cell.state_sizes(sizes.H).items()})
        for _ in range(2)
    )
    d_y = rng.standard_normal((sizes.T, sizes.B, cell.output_size(sizes.H)))
    cotangents = Cotangents(y=d_y, final=((final,),))
    return replace(problem, initial=((initial,),), cotangents=cotangents if gradients else None)


def gates(problem: Problem, letter: str, order: str) -> Array:
    """One kind of parameter of an LSTM, its gates joined in the given order."""
    p = problem.layers[0].parameters[0]
    return np.concatenate([p[f"{letter}_{gate}"] for gate in order])


def ends(problem: Problem) -> tuple[State, Array, State]:
    """The initial state of a problem of one layer, and the cotangents of y and of the final state."""
    assert problem.initial is not None
    assert problem.cotangents is not None
    assert problem.cotangents.y is not None
    assert problem.cotangents.final is not None
    return problem.initial[0][0], problem.cotangents.y, problem.cotangents.final[0][0]


def reference(problem: Problem) -> Work:
    """The reference: forward, and all gradients where the problem has cotangents."""
    return lambda: solve(problem).y


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The times of two pieces of work in seconds; the k-th of each were measured one after the other."""

    ours: list[float]
    theirs: list[float]

    def figures(self) -> dict[str, float]:
        """The median and the extremes of the ratios, and the median times in milliseconds."""
        ratios = [a / b for a, b in zip(self.ours, self.theirs, strict=True)]
        times = {"ours_ms": 1e3 * median(self.ours), "theirs_ms": 1e3 * median(self.theirs)}
        return {"median": median(ratios), "min": min(ratios), "max": max(ratios), **times}


def seconds(work: Work) -> float:
    """The wall-clock time of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start
