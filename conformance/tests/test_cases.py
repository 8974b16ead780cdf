"""The cases themselves: each can fail, none is degenerate, and a recipe always gives the same problem."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from rnnspec import ARITHMETICS, FLOAT32, FLOAT64, RNN, Array, Problem, named_arrays, solve
from rnnspec.activations import FORMULAS
from rnnspec.problem import arrays_of
from rnnspec_conformance.cases import CASES, Case
from rnnspec_conformance.mutants import MUTANTS

ALL_ZERO = dict.fromkeys(
    ("rnn-relu-gradient-at-the-kink", "leaky-relu-at-the-kink", "elu-at-the-kink"),
    "is about pre-activations of exactly 0, so its weights are 0",
)
EQUAL_SIZES = {
    "rnn-one-unit": "is about sizes of 1",
    "lstm-one-unit": "is about sizes of 1",
    "gru-one-unit": "is about sizes of 1",
}
SATURATED = {
    "rnn-saturated": "is about large pre-activations",
    "lstm-saturated": "is about large pre-activations",
    "gru-saturated": "is about large pre-activations",
}

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
every_varied_case = pytest.mark.parametrize(
    "case", [case for case in CASES if case.id not in ALL_ZERO], ids=lambda case: case.id
)


def stacked(problem: Problem, letter: str) -> list[Array]:
    """For each layer and direction, all numbers of the arrays of a letter."""
    found = [
        [array.ravel() for name, array in parameters.items() if name[0] == letter]
        for layer in problem.layers
        for parameters in layer.parameters
    ]
    return [np.concatenate(arrays) for arrays in found if arrays]


def bytes_of(problem: Problem) -> bytes:
    lengths = b"" if problem.lengths is None else problem.lengths.tobytes()
    return b"".join(array.tobytes() for array in arrays_of(problem)) + lengths


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


def test_ids_are_unique() -> None:
    assert [id for id, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_seeds_are_unique() -> None:
    assert [seed for seed, count in Counter(case.recipe.seed for case in CASES).items() if count > 1] == []


def test_the_exceptions_are_cases() -> None:
    assert {*ALL_ZERO, *EQUAL_SIZES, *SATURATED} - {case.id for case in CASES} == set()


@every_case
def test_a_case_says_what_holds_and_what_it_catches(case: Case) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.id)
    assert case.sentence.strip()
    assert case.rules
    assert len(set(case.rules)) == len(case.rules)
    assert case.catches
    assert set(case.catches) - {mutant.id for mutant in MUTANTS} == set()


@every_case
def test_sizes_differ(case: Case) -> None:
    sizes = (case.recipe.T, case.recipe.B, case.recipe.I, case.recipe.H)
    assert (len(set(sizes)) == len(sizes)) == (case.id not in EQUAL_SIZES), EQUAL_SIZES.get(case.id, sizes)


@every_varied_case
def test_no_number_stands_twice(case: Case) -> None:
    numbers = np.concatenate([array.ravel() for array in arrays_of(case.problem(FLOAT32))])
    values, counts = np.unique(np.abs(numbers), return_counts=True)
    assert values[counts > 1].tolist() == []
    assert 0.0 not in values


def test_the_case_of_zeros_has_zero_weights_and_nothing_else_of_it() -> None:
    for case in CASES:
        if case.id in ALL_ZERO:
            problem = case.problem(FLOAT32)
            assert all(not array.any() for layer in problem.layers for p in layer.parameters for array in p.values())
            assert problem.x.all()
            assert problem.initial is not None
            assert problem.cotangents is not None


@every_varied_case
def test_weights_have_both_signs(case: Case) -> None:
    problem = case.problem(FLOAT32)
    for letter in ("W", "R"):
        for numbers in stacked(problem, letter):
            if numbers.size >= 8:
                assert numbers.min() < 0 < numbers.max(), letter
    if case.recipe.offset == 0.0:
        numbers = np.concatenate([n for letter in "WRbp" for n in stacked(problem, letter)])
        assert 0.2 <= np.mean(numbers < 0) <= 0.8


@every_varied_case
def test_recurrent_matrices_are_far_from_symmetric(case: Case) -> None:
    for layer in case.problem(FLOAT32).layers:
        for parameters in layer.parameters:
            matrices = np.stack([R for name, R in parameters.items() if name[0] == "R"])
            is_square = matrices.shape[1] == matrices.shape[2]  # it is not where h is a projection
            if is_square and matrices.shape[-1] > 1:
                assert np.abs(matrices - matrices.swapaxes(1, 2)).max() > 0.1 * np.abs(matrices).max()


@every_case
def test_lengths_are_unequal(case: Case) -> None:
    lengths = case.recipe.lengths
    if lengths is not None:
        assert len(set(lengths)) == len(lengths) == case.recipe.B
        assert list(lengths) not in (sorted(lengths), sorted(lengths, reverse=True)), "sorted lengths hide sorting"


@every_case
def test_a_case_about_lengths_has_some(case: Case) -> None:
    about_lengths = {"SEQ-3", "SEQ-4", "SEQ-9", "GRAD-11"}
    assert case.rules[0] not in about_lengths or case.recipe.lengths is not None


@every_varied_case
def test_no_field_of_the_expected_outcome_is_constant(case: Case) -> None:
    expected = named_arrays(solve(case.problem(FLOAT64)))
    assert [name for name, array in expected.items() if array.size > 1 and np.ptp(array) == 0.0] == []
    assert all(np.isfinite(array).all() for array in expected.values())


@every_varied_case
def test_gates_are_saturated_only_where_that_is_the_subject(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    gates: list[Array] = []

    def recorded(a: Array, out: Array | None, alpha: None, beta: None) -> Array:
        value = formula.value(a, out, alpha, beta)
        gates.append(value.copy().ravel())
        return value

    formula = FORMULAS["sigmoid"]
    monkeypatch.setitem(FORMULAS, "sigmoid", replace(formula, value=recorded))
    outcome = solve(replace(case.problem(FLOAT64), cotangents=None))
    if isinstance(case.recipe.cells[-1], RNN):
        is_tanh = case.recipe.cells[-1].activation == "tanh"
        saturated = is_tanh and bool(np.median(np.abs(outcome.y[np.nonzero(outcome.y)])) > 0.999)
    else:
        saturated = bool(gates) and bool(np.median(np.abs(np.concatenate(gates) - 0.5)) >= 0.45)
    assert saturated == (case.id in SATURATED)


@pytest.mark.parametrize("case", [case for case in CASES if "rnn-relu" in case.id], ids=lambda case: case.id)
def test_relu_is_tried_on_both_sides_of_its_kink(case: Case) -> None:
    if case.id not in ALL_ZERO:
        y = solve(case.problem(FLOAT64)).y
        assert 0.1 < np.mean(y > 0) < 0.9


@every_case
def test_the_numbers_of_a_problem_are_exact_in_its_arithmetic(case: Case) -> None:
    for arithmetic in ARITHMETICS.values():
        for array in arrays_of(case.problem(arithmetic)):
            assert array.dtype == np.float64
            assert np.array_equal(array, array.astype(arithmetic.dtype).astype(np.float64))


@every_varied_case
def test_float64_problems_use_all_of_float64(case: Case) -> None:
    numbers = np.concatenate([array.ravel() for array in arrays_of(case.problem(FLOAT64))])
    assert np.mean(numbers == numbers.astype(np.float32)) < 0.05


@every_case
def test_a_recipe_always_gives_the_same_problem(case: Case) -> None:
    assert bytes_of(case.problem(FLOAT32)) == bytes_of(case.problem(FLOAT32))
    assert case.id in ALL_ZERO or bytes_of(case.problem(FLOAT32)) != bytes_of(case.problem(FLOAT64))


@every_case
def test_another_seed_gives_another_problem(case: Case) -> None:
    other = replace(case.recipe, seed=case.recipe.seed + 1)
    assert bytes_of(other.problem(FLOAT64)) != bytes_of(case.problem(FLOAT64))
