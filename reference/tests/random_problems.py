"""Random problems for the tests, the arrays of a problem by name, and comparisons that name what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Array,
    Cell,
    Cotangents,
    Direction,
    Layer,
    Merge,
    Outcome,
    PaddedOutputs,
    Parameters,
    Problem,
    ReverseOutputs,
    States,
    make_states,
    named_arrays,
)


class Spec(NamedTuple):
    """A layer without its parameters."""

    cell: Cell
    direction: Direction = "forward"
    merge: Merge = "concat"
    reverse_outputs: ReverseOutputs = "time"


Stack = Sequence[Spec | tuple[Cell, Direction]]
"""Layers without their parameters, from the first to the last."""

WITH_BIAS: tuple[Cell, ...] = (
    LSTM(),
    LSTM(peephole="new"),
    LSTM(peephole="old"),
    GRU(),
    GRU(update="take"),
    GRU(reset="before"),
    GRU(reset="before", update="take"),
    RNN(),
    RNN(activation="relu"),
)
CELLS: tuple[Cell, ...] = (*WITH_BIAS, *(replace(cell, bias=False) for cell in WITH_BIAS))
UNBOUNDED = tuple(cell for cell in CELLS if isinstance(cell, RNN) and cell.activation == "relu")
DIRECTIONS: tuple[Direction, ...] = ("forward", "reverse", "bidirectional")
STACKS: tuple[Stack, ...] = (
    ((LSTM(), "forward"), (LSTM(), "forward")),
    ((LSTM(peephole="new"), "bidirectional"), (GRU(reset="before"), "reverse")),
    ((RNN(activation="relu"), "reverse"), (LSTM(peephole="old", bias=False), "bidirectional"), (GRU(), "forward")),
    ((GRU(update="take"), "bidirectional"), (RNN(), "bidirectional")),
)

T, B, I, H = 6, 5, 3, 4
LENGTHS = np.array([4, 6, 0, 1, 3])
WHICH_LENGTHS = (None, LENGTHS)

Asked = Literal["y", "final", "both"]


def name_of(value: object) -> str:
    """The id of a parameter of a test."""
    if value is None:
        return "whole"
    if isinstance(value, np.ndarray):
        return "lengths"
    if isinstance(value, Spec):
        options = [option for option in value[2:] if option not in ("concat", "time")]
        return "-".join([name_of(value.cell), value.direction, *options])
    if isinstance(value, tuple):
        return "-".join(map(name_of, value))
    if is_dataclass(value):
        changed = [f for f in fields(value) if getattr(value, f.name) != f.default]
        return "-".join([type(value).__name__, *(_name_of_option(f.name, getattr(value, f.name)) for f in changed)])
    return str(value)


def _name_of_option(option: str, value: object) -> str:
    if isinstance(value, bool):
        return option if value else f"no_{option}"
    if is_dataclass(value):
        return f"{option}={','.join(str(constant) for constant in vars(value).values() if constant is not None)}"
    return f"{option}={value}"


def make_problem(
    layers: Stack,
    *,
    lengths: NDArray[Any] | None = None,
    initial: bool = True,
    asked: Asked | None = "both",
    sizes: tuple[int, int, int, int] = (T, B, I, H),
    seed: int = 1,
    padded_outputs: PaddedOutputs = "zero",
) -> Problem:
    """A problem whose numbers are all different; each layer has two units more than the one below."""
    rng = np.random.default_rng(seed)
    steps, batch, inputs, units = sizes
    made: list[Layer] = []
    shape: tuple[int, ...] = ()
    for given in layers:
        spec = Spec(*given)
        directions = 2 if spec.direction == "bidirectional" else 1
        parameters = tuple(random_parameters(rng, spec.cell, inputs, units) for _ in range(directions))
        made.append(Layer(parameters=parameters, **spec._asdict()))
        shape = made[-1].output_shape
        inputs, units = shape[-1], units + 2
    cotangents = None
    if asked is not None:
        cotangents = Cotangents(
            y=rng.standard_normal((steps, batch, *shape)) if asked != "final" else None,
            final=random_states(rng, made, batch) if asked != "y" else None,
        )
    return Problem(
        layers=tuple(made),
        x=rng.standard_normal((steps, batch, sizes[2])),
        initial=random_states(rng, made, batch) if initial else None,
        lengths=lengths,
        cotangents=cotangents,
        padded_outputs=padded_outputs,
    )


def random_parameters(rng: np.random.Generator, cell: Cell, inputs: int, units: int) -> Parameters:
    return Parameters.of_shapes(cell.parameter_shapes(inputs, units), lambda shape: 0.7 * rng.standard_normal(shape))


def random_states(rng: np.random.Generator, layers: Sequence[Layer], batch: int) -> States:
    return make_states(layers, batch, rng.standard_normal)


def inputs_of(problem: Problem) -> dict[str, Array]:
    """Every array that `problem` is differentiated by, under the name that its gradient has in `gradients_of`."""
    given = {
        name.replace(".parameters", ""): array
        for name, array in problem.named().items()
        if not name.startswith("cotangents")
    }
    layers = {name: given.pop(name) for name in list(given) if name.startswith("layers")}
    return given | layers


def with_inputs(problem: Problem, arrays: Mapping[str, Array]) -> Problem:
    """`problem` with other arrays under the names of `inputs_of`."""
    left = iter(arrays[name.replace(".parameters", "")] for name in problem.named() if "cotangents" not in name)
    moved = replace(problem, cotangents=None).map(lambda _: next(left))
    return replace(moved, cotangents=problem.cotangents)


def gradients_of(outcome: Outcome) -> dict[str, Array]:
    """Every gradient, by the name of the input it belongs to."""
    prefix = "gradients."
    return {n.removeprefix(prefix): a for n, a in named_arrays(outcome).items() if n.startswith(prefix)}


def inner(a: Mapping[str, Array], b: Mapping[str, Array]) -> Any:
    """The sum of the products of all numbers of the same name and place."""
    assert set(a) == set(b)
    return sum((a[name] * b[name]).sum() for name in a)


def size_of_inner(a: Mapping[str, Array], b: Mapping[str, Array]) -> float:
    """The sum of the absolute values of the terms of `inner`: what its rounding error is relative to."""
    return float(sum(np.abs(a[name] * b[name]).sum() for name in a))


def assert_close(actual: Mapping[str, Array], expected: Mapping[str, Array], *, relative: float = 1e-13) -> None:
    """Each array agrees, to `relative` times the largest value of its expected one."""
    assert list(actual) == list(expected)
    for name, array in actual.items():
        assert array.shape == expected[name].shape, f"{name}: {array.shape} is not {expected[name].shape}"
        error, largest = np.abs(array - expected[name]).max(), np.abs(expected[name]).max()
        assert error <= relative * largest, f"{name} differs by {error:.3g}; its largest value is {largest:.3g}"


def assert_identical(actual: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    """Each array has the same dtype, shape and bytes."""
    assert list(actual) == list(expected)
    for name, array in actual.items():
        other = expected[name]
        assert (array.dtype, array.shape) == (other.dtype, other.shape), name
        assert array.tobytes() == other.tobytes(), f"{name} differs"
