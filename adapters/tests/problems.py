"""Random problems for the tests, and comparisons that name what differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Cell,
    Cotangents,
    Direction,
    Layer,
    Outcome,
    Parameters,
    Problem,
    State,
    named_arrays,
)

CELLS: tuple[Cell, ...] = (
    RNN(),
    RNN(activation="relu"),
    RNN(bias=False),
    LSTM(),
    LSTM(bias=False),
    LSTM(peephole="new"),
    LSTM(peephole="old", bias=False),
    GRU(),
    GRU(update="take"),
    GRU(reset="before"),
    GRU(bias=False),
)
"""Every kind of cell, with and without biases."""

T, B, I, H = 6, 4, 3, 5
LENGTHS = (3, 6, 1, 4)


def make_problem(
    cells: Sequence[Cell],
    *,
    direction: Direction | Sequence[Direction] = "forward",
    sizes: tuple[int, int, int, int] = (T, B, I, H),
    units: Sequence[int] | None = None,
    lengths: Sequence[int] | None = None,
    initial: bool = True,
    cotangents: bool = True,
    seed: int = 1,
) -> Problem:
    """A problem with a layer for each cell, whose numbers are exact in float32; `sizes` are T, B, I and H."""
    rng = np.random.default_rng(seed)
    steps, sequences, inputs, hidden_size = sizes

    def draw(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return rng.uniform(-0.9, 0.9, size=shape).astype(np.float32).astype(np.float64)

    directions: Sequence[Direction] = [direction] * len(cells) if isinstance(direction, str) else direction
    layers: list[Layer] = []
    size = inputs
    for cell, way, hidden in zip(cells, directions, units or [hidden_size] * len(cells), strict=True):
        shapes = cell.parameter_shapes(size, hidden)
        parameters = tuple(
            Parameters(**{name: draw(*shape) for name, shape in shapes.items()})
            for _ in range(2 if way == "bidirectional" else 1)
        )
        layers.append(Layer(cell=cell, parameters=parameters, direction=way))
        size = layers[-1].output_shape[0]

    def states() -> tuple[tuple[State, ...], ...]:
        return tuple(
            tuple(
                State(**{name: draw(sequences, layer.hidden_size) for name in layer.cell.states})
                for _ in layer.parameters
            )
            for layer in layers
        )

    return Problem(
        layers=tuple(layers),
        x=draw(steps, sequences, inputs),
        initial=states() if initial else None,
        lengths=None if lengths is None else np.array(lengths),
        cotangents=Cotangents(y=draw(steps, sequences, size), final=states()) if cotangents else None,
    )


def assert_close(actual: Outcome, expected: Outcome, *, relative: float) -> None:
    """Each array agrees, to `relative` times the largest value of its expected one, and where that is 0 exactly."""
    arrays, wanted = named_arrays(actual), named_arrays(expected)
    assert list(arrays) == list(wanted)
    for name, array in wanted.items():
        assert arrays[name].shape == array.shape, name
        error, largest = np.abs(arrays[name] - array).max(), np.abs(array).max()
        assert error <= relative * largest, f"{name} differs by {error:.3g}; its largest value is {largest:.3g}"


def assert_identical(actual: Outcome, expected: Outcome) -> None:
    """Each array has the same bytes."""
    arrays, wanted = named_arrays(actual), named_arrays(expected)
    assert list(arrays) == list(wanted)
    for name, array in wanted.items():
        assert arrays[name].tobytes() == array.tobytes(), name
