"""The reference computes what an independent reading of the rules computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rnnspec import Array, Cell, Direction, Problem, named_arrays, solve

from .random_problems import CELLS, DIRECTIONS, STACKS, WHICH_LENGTHS, assert_close, make_problem, name_of
from .scalar_reading import ScalarLayer, sigmoid, solve_by_scalars


def read_by_scalars(problem: Problem) -> dict[str, Array]:
    """The outcome by the scalar reading, which sees nested lists only, under the names of `named_arrays`."""
    layers = [
        ScalarLayer(
            kind=type(layer.cell).__name__.lower(),
            options=vars(layer.cell),
            weights=[{name: a.tolist() for name, a in parameters.items()} for parameters in layer.parameters],
            direction=layer.direction,
        )
        for layer in problem.layers
    ]
    initial = None
    if problem.initial is not None:
        initial = [[{name: a.tolist() for name, a in s.items()} for s in states] for states in problem.initial]
    lengths = None if problem.lengths is None else problem.lengths.tolist()
    y, final = solve_by_scalars(layers, problem.x.tolist(), initial, lengths)
    arrays = {"y": np.array(y)}
    for l, states in enumerate(final):
        for d, state in enumerate(states):
            arrays |= {f"final[{l}][{d}].{name}": np.array(rows) for name, rows in state.items()}
    return arrays


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "zeros"])
@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_a_layer_computes_what_the_scalar_reading_computes(
    cell: Cell, direction: Direction, lengths: NDArray[Any] | None, initial: bool
) -> None:
    problem = make_problem([(cell, direction)], lengths=lengths, initial=initial, asked=None)
    assert_close(named_arrays(solve(problem)), read_by_scalars(problem))


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "zeros"])
@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("stack", STACKS, ids=name_of)
def test_a_stack_computes_what_the_scalar_reading_computes(
    stack: tuple[tuple[Cell, Direction], ...], lengths: NDArray[Any] | None, initial: bool
) -> None:
    problem = make_problem(stack, lengths=lengths, initial=initial, asked=None)
    assert_close(named_arrays(solve(problem)), read_by_scalars(problem))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_any_sizes_lengths_and_stack_compute_what_the_scalar_reading_computes(data: st.DataObject) -> None:
    sizes = data.draw(st.tuples(*[st.integers(1, 4)] * 4), label="T, B, I, H")
    steps, batch, _, _ = sizes
    layer = st.tuples(st.sampled_from(CELLS), st.sampled_from(DIRECTIONS))
    stack = data.draw(st.lists(layer, min_size=1, max_size=3), label="layers")
    drawn = data.draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch) | st.none(), label="lengths")
    lengths = None if drawn is None else np.array(drawn)
    problem = make_problem(stack, lengths=lengths, initial=data.draw(st.booleans()), asked=None, sizes=sizes)
    assert_close(named_arrays(solve(problem)), read_by_scalars(problem))


@pytest.mark.parametrize("cell", [cell for cell in CELLS if name_of(cell) != "RNN-relu"], ids=name_of)
def test_saturated_gates_agree_too(cell: Cell) -> None:
    problem = make_problem([(cell, "bidirectional")], asked=None)
    loud = Problem(layers=problem.layers, x=1e4 * problem.x, initial=problem.initial)
    assert_close(named_arrays(solve(loud)), read_by_scalars(loud))


def test_the_scalar_sigmoid_has_its_known_values() -> None:
    assert sigmoid(0.0) == 0.5
    assert sigmoid(1.0) == pytest.approx(0.7310585786300049, abs=0, rel=1e-15)
    assert sigmoid(-1.0) == pytest.approx(0.2689414213699951, abs=0, rel=1e-15)
    assert sigmoid(1e308) == 1
    assert sigmoid(-1e308) == 0
