"""Problems and outcomes as plain values."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from rnnspec import LSTM, NAMED_CELLS, RNN, Activation, Cell, solve
from rnnspec_adapters import plain

from .problems import CELLS, LENGTHS, assert_identical, make_problem

OPTIONS: tuple[Cell, ...] = (
    *CELLS,
    *NAMED_CELLS.values(),
    LSTM(projection=3, output_projection=2, projection_bias=True, projection_clip=0.5, cell_clip=1.5),
    RNN(activation=Activation(name="hard_sigmoid", alpha=1 / 6), preactivation_clip=0.1),
)


@pytest.mark.parametrize("cell", OPTIONS, ids=repr)
def test_a_cell_comes_back_from_its_options(cell: Cell) -> None:
    back = plain.cell_of(json.loads(json.dumps(plain.plain_cell(cell))))
    assert plain.plain_cell(back) == plain.plain_cell(cell)
    assert type(back) is type(cell)
    assert back.parameter_shapes(3, 4) == cell.parameter_shapes(3, 4)


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_a_problem_comes_back_bit_for_bit(initial: bool, lengths: tuple[int, ...] | None) -> None:
    problem = make_problem([LSTM(), LSTM()], direction="bidirectional", initial=initial, lengths=lengths)
    back = plain.problem_of(json.loads(json.dumps(plain.plain_problem(problem), allow_nan=False)))
    assert_identical(solve(back), solve(problem))


def test_an_outcome_comes_back_bit_for_bit() -> None:
    outcome = solve(make_problem([LSTM()], direction="bidirectional"))
    assert_identical(plain.outcome_of(json.loads(json.dumps(plain.plain_outcome(outcome)))), outcome)


def test_what_json_has_no_number_for_is_a_word() -> None:
    array = np.array([[math.nan, math.inf], [-math.inf, 0.1]])
    assert plain.plain_array(array) == [["nan", "inf"], ["-inf", 0.1]]
    assert np.array_equal(plain.array_of([["nan", "inf"], ["-inf", 0.1]], "x"), array, equal_nan=True)


@pytest.mark.parametrize("number", [5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -0.0])
def test_the_shortest_digits_are_enough(number: float) -> None:
    back = plain.array_of(json.loads(json.dumps(plain.plain_array(np.array([number])))), "x")
    assert back.tobytes() == np.array([number]).tobytes()


@pytest.mark.parametrize(
    "value", [[None], [True], ["1.5"], ["NaN"], [[1.0], [1.0, 2.0]], [1.0, [2.0]], {"a": 1.0}, [10**400]]
)
def test_what_is_no_array_is_refused_by_name(value: object) -> None:
    with pytest.raises(ValueError, match=r"^outcome\.y: wanted "):
        plain.array_of(value, "outcome.y")
