"""The laws: a right implementation keeps each, and one that breaks it in the way it speaks of does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from rnnspec import FLOAT64, GRU, LSTM, RNN, Outcome, Problem, named_arrays, solve
from rnnspec_adapters import Unsupported
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES, Case
from rnnspec_conformance.judging import judge
from rnnspec_conformance.judging.laws import LAWS, chosen, one_by_one, poisoned_neighbour

BY_ID = {case.id: case for case in CASES}


def of_kind(kind: str) -> Iterator[Case]:
    return (case for case in CASES if case.kind == kind)


@pytest.mark.parametrize("kind", LAWS)
def test_a_law_has_cases_of_every_kind_of_cell(kind: str) -> None:
    assert {type(case.recipe.cells[0]) for case in of_kind(kind)} == {RNN, GRU, LSTM}


@pytest.mark.parametrize("kind", LAWS)
def test_a_law_asks_other_problems_than_the_one_of_its_case(kind: str) -> None:
    problem = next(of_kind(kind)).problem(FLOAT64)
    asked: list[Problem] = []

    def listening(other: Problem) -> Outcome:
        asked.append(other)
        return solve(other)

    with np.errstate(all="ignore"):
        LAWS[kind](problem, listening, FLOAT64)
    assert asked
    for other in asked:
        same_size = other.x.shape == problem.x.shape
        given = (other.initial is None) == (problem.initial is None) and other.cotangents is problem.cotangents
        assert not (same_size and given and np.array_equal(other.x, problem.x))


class ReverseByPadding(ReferenceAdapter):
    """Reverses whole arrays, padding and all, as a naive wrapper would."""

    def compute(self, problem: Problem) -> Outcome:
        if problem.layers[0].direction == "forward":
            return super().compute(problem)
        forward = tuple(replace(layer, direction="forward") for layer in problem.layers)
        outcome = super().compute(replace(problem, layers=forward, x=problem.x[::-1].copy(), lengths=None))
        return replace(outcome, y=outcome.y[::-1].copy())


class RefusesReverse(ReferenceAdapter):
    """Has no reverse direction, and says so."""

    def supports(self, problem: Problem) -> Unsupported | None:
        if problem.layers[0].direction == "reverse":
            return Unsupported(reason="there is no reverse direction")
        return None


def test_an_implementation_that_reverses_the_padding_too_breaks_the_involution() -> None:
    judgement = judge(BY_ID["lstm-reverse-is-an-involution"], ReverseByPadding(), "float64", explain=False)
    assert judgement.verdict == "differs"
    assert judgement.rule == "SEQ-5"


def test_what_a_law_asks_may_be_refused() -> None:
    judgement = judge(BY_ID["lstm-reverse-is-an-involution"], RefusesReverse(), "float64")
    assert judgement.verdict == "unsupported"
    assert judgement.reason == "there is no reverse direction"


def test_sequences_by_themselves_add_up_to_the_gradients_of_the_batch() -> None:
    problem = BY_ID["gru-sequences-one-by-one"].problem(FLOAT64)
    sizes = []

    def listening(other: Problem) -> Outcome:
        sizes.append(other.x.shape[1])
        return solve(other)

    fields = one_by_one(problem, listening, FLOAT64)
    assert sizes == [1] * problem.x.shape[1]
    for name, expected in named_arrays(solve(problem)).items():
        assert np.allclose(fields[name], expected, rtol=1e-12, atol=1e-14), name


def test_a_poisoned_neighbour_is_infinite_and_nan_and_its_own_fields_are_left_out() -> None:
    problem = BY_ID["lstm-poisoned-neighbour"].problem(FLOAT64)
    seen = []

    def listening(other: Problem) -> Outcome:
        seen.append(other.x)
        with np.errstate(all="ignore"):
            return solve(other)

    fields = poisoned_neighbour(problem, listening, FLOAT64)
    assert np.isnan(seen[0][:, 1]).any()
    assert np.isinf(seen[0][:, 1]).any()
    assert np.isfinite(np.delete(seen[0], 1, axis=1)).all()
    assert all(np.isfinite(array).all() for array in fields.values())
    assert not any(name.startswith("gradients.layers") for name in fields)


def test_choosing_sequences_takes_all_that_belongs_to_them() -> None:
    problem = BY_ID["lstm-sequences-in-another-order"].problem(FLOAT64)
    order = [2, 0]
    part = chosen(problem, order)
    whole = named_arrays(solve(problem))
    for name, array in named_arrays(solve(part)).items():
        if name in {"y", "gradients.x"}:
            assert np.allclose(array, whole[name][:, order], rtol=1e-13)
        elif not name.startswith("gradients.layers"):
            assert np.allclose(array, whole[name][order], rtol=1e-13)
