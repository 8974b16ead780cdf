"""The problems by which mistakes are shown: random ones, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import Cell, Cotangents, Layer, Parameters, Problem, State, States


def make(
    *cells: Cell,
    T: int = 5,
    B: int = 3,
    I: int = 3,
    H: int = 4,
    H_by_layer: Sequence[int] | None = None,
    direction: str = "forward",
    directions: Sequence[str] | None = None,
    merge: str = "concat",
    reverse_outputs: str = "time",
    lengths: Any = None,
    padded: str = "zero",
    initial: bool = True,
    y: bool = True,
    final: bool = True,
    gradients: bool = True,
    seed: int = 0,
    scale: float = 0.5,
    x_scale: float = 1.0,
) -> Problem:
    """A random problem with a layer for each cell; what has no ``by_layer`` of its own holds for every layer."""
    rng = np.random.default_rng(seed)
    layers: list[Layer] = []
    size = I
    for k, cell in enumerate(cells):
        units = (H_by_layer or [H] * len(cells))[k]
        way: Any = (directions or [direction] * len(cells))[k]
        count = 2 if way == "bidirectional" else 1
        shapes = cell.parameter_shapes(size, units)
        options: dict[str, Any] = {
            "merge": merge if count == 2 else "concat",
            "reverse_outputs": reverse_outputs if way != "forward" else "time",
        }
        parameters = tuple(
            Parameters(**{name: rng.normal(size=shape) * scale for name, shape in shapes.items()}) for _ in range(count)
        )
        layers.append(Layer(cell=cell, direction=way, parameters=parameters, **options))
        size = layers[-1].output_shape[-1]

    def states(factor: float) -> States:
        return tuple(
            tuple(
                State(**{n: rng.normal(size=(B, s)) * factor for n, s in l.cell.state_sizes(l.hidden_size).items()})
                for _ in range(l.directions)
            )
            for l in layers
        )

    x = rng.normal(size=(T, B, I)) * x_scale
    start = states(0.5) if initial else None
    cotangents = None
    if gradients:
        of_y = rng.normal(size=(T, B, *layers[-1].output_shape)) if y else None
        cotangents = Cotangents(y=of_y, final=states(1.0) if final else None)
    padding: dict[str, Any] = {"padded_outputs": padded, "lengths": None if lengths is None else np.array(lengths)}
    return Problem(layers=tuple(layers), x=x, initial=start, cotangents=cotangents, **padding)


def again(problem: Problem, change: Callable[[Problem], object]) -> Iterator[Problem]:
    """A problem, a change in place of its arrays, and the problem again."""
    yield problem
    change(problem)
    yield problem


def with_weights(problem: Problem, change: Callable[[Parameters], Parameters], layer: int = 0) -> Problem:
    """The problem with other parameters in one layer."""
    layers = list(problem.layers)
    layers[layer] = replace(layers[layer], parameters=tuple(change(p) for p in layers[layer].parameters))
    return replace(problem, layers=tuple(layers))


def start_of(problem: Problem) -> States:
    """The initial states, of which there are some."""
    assert problem.initial is not None
    return problem.initial


def turned_cotangent(problem: Problem) -> Problem:
    """The problem with a cotangent of the outputs that lies in memory batch by batch."""
    cotangents = problem.cotangents
    assert cotangents is not None
    assert cotangents.y is not None
    y = np.ascontiguousarray(cotangents.y.swapaxes(0, 1)).swapaxes(0, 1)
    return replace(problem, cotangents=replace(cotangents, y=y))


def filled(problem: Problem, **values: float) -> Problem:
    """The problem with parameters of the first layer, in all directions, filled with numbers."""
    return with_weights(problem, lambda p: p.replace(**{n: np.full(p[n].shape, float(v)) for n, v in values.items()}))
