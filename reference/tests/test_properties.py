"""What follows from the equations: zero parameters, the other polarity, and the gates that are open or shut."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from rnnspec import GRU, LSTM, Array, Cell, Direction, Layer, Outcome, Parameters, Problem, named_arrays, solve

from .random_problems import (
    CELLS,
    DIRECTIONS,
    LENGTHS,
    UNBOUNDED,
    WITH_BIAS,
    H,
    assert_close,
    assert_identical,
    make_problem,
    name_of,
)

ResetPlace = Literal["after", "before"]
every_direction = pytest.mark.parametrize("direction", DIRECTIONS)


def with_parameters(problem: Problem, cell: Cell, parameters: tuple[Parameters, ...]) -> Problem:
    """`problem`, whose one layer gets another cell and other parameters."""
    layer = Layer(cell=cell, direction=problem.layers[0].direction, parameters=parameters)
    return replace(problem, layers=(layer,))


def without(parameters: Parameters, *letters: str) -> Parameters:
    return Parameters(**{name: array for name, array in parameters.items() if name.split("_")[0] not in letters})


def zeroed(parameters: Parameters, *letters: str) -> Parameters:
    zeros = {n: np.zeros_like(a) for n, a in parameters.items() if n.split("_")[0] in letters}
    return parameters.replace(**zeros)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@pytest.mark.parametrize("reset", ["after", "before"])
@every_direction
def test_negating_the_update_gate_turns_keep_into_take(direction: Direction, reset: ResetPlace, bias: bool) -> None:
    keep, take = (GRU(reset=reset, update="keep", bias=bias), GRU(reset=reset, update="take", bias=bias))
    problem = make_problem([(keep, direction)], lengths=LENGTHS)
    negated = tuple(
        p.replace(**{name: -p[name] for name in p if name.endswith("_z")}) for p in problem.layers[0].parameters
    )
    actual = named_arrays(solve(with_parameters(problem, take, negated)))
    expected = named_arrays(solve(problem))
    changed = {name: -array if name.endswith("_z") else array for name, array in expected.items()}
    assert_close(actual, changed)


@pytest.mark.parametrize("peephole", ["new", "old"])
@every_direction
def test_peepholes_of_zero_equal_no_peepholes(direction: Direction, peephole: Literal["new", "old"]) -> None:
    problem = make_problem([(LSTM(peephole=peephole), direction)], lengths=LENGTHS)
    parameters = problem.layers[0].parameters
    zero = solve(with_parameters(problem, LSTM(peephole=peephole), tuple(zeroed(p, "p") for p in parameters)))
    none = solve(with_parameters(problem, LSTM(), tuple(without(p, "p") for p in parameters)))
    assert_identical(leaving_out(zero, ".p_"), named_arrays(none))
    assert all(array.any() for name, array in named_arrays(zero).items() if ".p_" in name)


@pytest.mark.parametrize("cell", WITH_BIAS, ids=name_of)
@every_direction
def test_a_layer_without_biases_equals_one_with_zero_biases(cell: Cell, direction: Direction) -> None:
    problem = make_problem([(cell, direction)], lengths=LENGTHS)
    parameters = problem.layers[0].parameters
    zero = solve(with_parameters(problem, cell, tuple(zeroed(p, "b") for p in parameters)))
    none = solve(with_parameters(problem, replace(cell, bias=False), tuple(without(p, "b") for p in parameters)))
    assert_identical(leaving_out(zero, ".b"), named_arrays(none))
    assert all(array.any() for name, array in named_arrays(zero).items() if ".b" in name)


def leaving_out(outcome: Outcome, part: str) -> dict[str, Array]:
    """The arrays of an outcome whose names lack `part`."""
    return {name: array for name, array in named_arrays(outcome).items() if part not in name}


@every_direction
def test_with_an_open_reset_gate_the_place_of_the_gate_and_of_its_bias_are_one(direction: Direction) -> None:
    after = make_problem([(GRU(), direction)], lengths=LENGTHS)
    opened = tuple(p.replace(b_r=np.full(H, 1e3)) for p in after.layers[0].parameters)
    merged = tuple(
        Parameters(**{n: p.b_n + p.b_Rn if n == "b_n" else a for n, a in p.items() if n != "b_Rn"}) for p in opened
    )
    actual = solve(with_parameters(after, GRU(), opened))
    expected = solve(with_parameters(after, GRU(reset="before"), merged))
    assert_close(leaving_out(actual, ".b_Rn"), named_arrays(expected))


@every_direction
def test_otherwise_the_bias_inside_the_reset_product_is_no_bias_of_the_candidate(direction: Direction) -> None:
    problem = make_problem([(GRU(), direction)], lengths=LENGTHS)
    moved = tuple(p.replace(b_n=p.b_n + p.b_Rn, b_Rn=np.zeros_like(p.b_Rn)) for p in problem.layers[0].parameters)
    actual, expected = solve(with_parameters(problem, GRU(), moved)), solve(problem)
    assert np.abs(actual.y - expected.y).max() > 1e-3


@every_direction
def test_a_shut_reset_gate_hides_the_bias_inside_the_reset_product(direction: Direction) -> None:
    problem = make_problem([(GRU(), direction)], lengths=LENGTHS)
    shut = tuple(p.replace(b_r=np.full(H, -1e3)) for p in problem.layers[0].parameters)
    zero = tuple(p.replace(b_Rn=np.zeros(H)) for p in shut)
    actual = solve(with_parameters(problem, GRU(), shut))
    expected = solve(with_parameters(problem, GRU(), zero))
    assert_identical(leaving_out(actual, "gradients."), leaving_out(expected, "gradients."))
    assert actual.gradients is not None
    assert not any(p.b_Rn.any() for p in actual.gradients.layers[0])


@pytest.mark.parametrize("update, open_gate", [("keep", 1e3), ("take", -1e3)])
def test_a_gate_that_keeps_the_old_state_keeps_it_to_the_last_digit(
    update: Literal["keep", "take"], open_gate: float
) -> None:
    problem = make_problem([(GRU(update=update), "forward")])
    kept = tuple(p.replace(b_z=np.full(H, open_gate)) for p in problem.layers[0].parameters)
    outcome = solve(with_parameters(problem, GRU(update=update), kept))
    assert problem.initial is not None
    assert np.array_equal(outcome.final[0][0].h, problem.initial[0][0].h)


def test_an_open_forget_gate_and_a_shut_input_gate_keep_the_cell_to_the_last_digit() -> None:
    problem = make_problem([(LSTM(), "forward")])
    kept = tuple(p.replace(b_f=np.full(H, 1e3), b_i=np.full(H, -1e3)) for p in problem.layers[0].parameters)
    outcome = solve(with_parameters(problem, LSTM(), kept))
    assert problem.initial is not None
    assert np.array_equal(outcome.final[0][0].c, problem.initial[0][0].c)


@pytest.mark.parametrize("size", [1e4, 1e100, 1e300])
@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell not in UNBOUNDED], ids=name_of)
def test_huge_inputs_give_finite_outcomes_without_a_warning(cell: Cell, size: float) -> None:
    problem = make_problem([(cell, "bidirectional")], lengths=LENGTHS, asked=None)
    with np.errstate(all="raise", under="ignore"):
        outcome = solve(replace(problem, x=size * problem.x))
    for name, array in named_arrays(outcome).items():
        assert np.isfinite(array).all(), name
        assert np.abs(array[..., :]).max() > 0, name


@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_the_names_of_an_outcome_are_expressions_on_it(cell: Cell) -> None:
    outcome = solve(make_problem([(cell, "bidirectional"), (cell, "forward")]))
    arrays = named_arrays(outcome)
    assert "gradients.layers[1][0]." in " ".join(arrays)
    for name, array in arrays.items():
        assert eval(f"outcome.{name}", {"outcome": outcome}) is array
