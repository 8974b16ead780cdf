"""The cases themselves: each can fail, none is degenerate, and a recipe always gives the same problem."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from rnnspec import FLOAT32, FLOAT64, PRECISIONS, RNN, Array, Problem, named_arrays, solve
from rnnspec.activations import FORMULAS
from rnnspec_conformance.cases import CASES, SELECTIONS, Case, recipe
from rnnspec_conformance.cases.case import Kind
from rnnspec_conformance.cases.catalogue import FAMILIES
from rnnspec_conformance.judging import expectation_of
from rnnspec_conformance.mutants import MUTANTS

ALL_ZERO = {
    case.id: "is about pre-activations of exactly 0, so its weights are 0" for case in CASES if case.recipe.scale == 0.0
}
SIZES_OF_ONE = {
    case.id: "is about sizes of 1" for case in CASES if [case.recipe.B, case.recipe.I, case.recipe.H].count(1) > 1
}
LARGE = {case.id: "is about large pre-activations" for case in CASES if case.recipe.scale >= 1000}
UNBOUNDED = {case.id for case in CASES if getattr(case.recipe.cells[-1], "activation", "tanh") in ("softplus", "elu")}
SATURATED = LARGE.keys() - UNBOUNDED
ALL_EMPTY = {
    case.id: "is about a batch of empty sequences"
    for case in CASES
    if case.recipe.lengths and not any(case.recipe.lengths)
}
CONSTANT = {
    **LARGE,
    **ALL_EMPTY,
    **{case.id: "is about inputs near zero" for case in CASES if case.recipe.inputs is None},
}
LENGTHS_ALIKE = {
    case.id: "is about lengths that are 0 or T, or about many of them"
    for case in CASES
    if case.recipe.lengths and (set(case.recipe.lengths) <= {0, case.recipe.T} or case.recipe.B > 9)
}

VARIED = [case for case in CASES if case.id not in ALL_ZERO]


def broken(check: Callable[[Case], object], cases: Iterable[Case] = CASES) -> dict[str, str]:
    """The cases on which `check` fails, and how."""
    found = {}
    for case in cases:
        try:
            check(case)
        except AssertionError as error:
            found[case.id] = str(error).splitlines()[0]
    return found


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
    return b"".join(array.tobytes() for array in problem.named().values()) + lengths


def test_there_are_enough_cases() -> None:
    assert len(SELECTIONS["all"]) >= 600
    assert set(SELECTIONS["default"]) < set(SELECTIONS["all"])


def test_every_kind_of_case_is_in_the_default_selection() -> None:
    assert {case.kind for case in SELECTIONS["default"]} == set(get_args(Kind))


def test_every_family_declares_cases() -> None:
    assert {case.family for case in CASES} == set(FAMILIES)
    assert sum(len(list(declared())) for declared in FAMILIES.values()) == len(CASES)


def test_every_case_names_fields_that_its_outcome_has() -> None:
    def check(case: Case) -> None:
        fields = named_arrays(solve(case.problem(FLOAT64)))
        assert any(case.compares(name) for name in fields)

    assert broken(check, [case for case in CASES if case.fields != ".*"]) == {}


def test_ids_are_unique() -> None:
    assert [id for id, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_seeds_are_unique() -> None:
    assert [seed for seed, count in Counter(case.recipe.seed for case in CASES).items() if count > 1] == []


def test_there_are_exceptions() -> None:
    assert ALL_ZERO
    assert SIZES_OF_ONE
    assert SATURATED


def test_a_case_says_what_holds_and_what_it_catches() -> None:
    def check(case: Case) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.id)
        assert case.sentence.strip()
        assert case.rules
        assert len(set(case.rules)) == len(case.rules)
        assert case.catches
        assert set(case.catches) - {mutant.id for mutant in MUTANTS} == set()

    assert broken(check) == {}


def test_sizes_differ() -> None:
    def check(case: Case) -> None:
        sizes = (case.recipe.T, case.recipe.B, case.recipe.I, case.recipe.H)
        assert (len(set(sizes)) == len(sizes)) == (case.id not in SIZES_OF_ONE), SIZES_OF_ONE.get(case.id, sizes)

    assert broken(check) == {}


def test_no_number_stands_twice() -> None:
    def check(case: Case) -> None:
        numbers = np.concatenate([array.ravel() for array in case.problem(FLOAT64).named().values()])
        values, counts = np.unique(np.abs(numbers), return_counts=True)
        assert values[counts > 1].tolist() == []
        assert 0.0 not in values

    assert broken(check, VARIED) == {}


def test_the_case_of_zeros_has_zero_weights_and_nothing_else_of_it() -> None:
    for case in CASES:
        if case.id in ALL_ZERO:
            problem = case.problem(FLOAT32)
            assert all(not array.any() for layer in problem.layers for p in layer.parameters for array in p.values())
            assert problem.x.all()
            assert problem.initial is not None
            assert problem.cotangents is not None


def test_weights_have_both_signs() -> None:
    def check(case: Case) -> None:
        problem = case.problem(FLOAT32)
        for letter in ("W", "R"):
            for numbers in stacked(problem, letter):
                if numbers.size >= 8:
                    assert numbers.min() < 0 < numbers.max(), letter
        if case.recipe.offset == 0.0:
            numbers = np.concatenate([n for letter in "WRbp" for n in stacked(problem, letter)])
            assert 0.2 <= np.mean(numbers < 0) <= 0.8

    assert broken(check, VARIED) == {}


def test_recurrent_matrices_are_far_from_symmetric() -> None:
    def check(case: Case) -> None:
        for layer in case.problem(FLOAT32).layers:
            for parameters in layer.parameters:
                matrices = [R for name, R in parameters.items() if name[0] == "R"]
                square = [R for R in matrices if R.shape[0] == R.shape[1] > 1]  # not where h is a projection
                if square:
                    assert max(np.abs(R - R.T).max() for R in square) > 0.1 * max(np.abs(R).max() for R in square)

    assert broken(check, VARIED) == {}


def test_lengths_are_unequal() -> None:
    def check(case: Case) -> None:
        lengths = case.recipe.lengths
        if lengths is not None and case.id not in LENGTHS_ALIKE:
            assert len(set(lengths)) == len(lengths) == case.recipe.B
            assert list(lengths) not in (sorted(lengths), sorted(lengths, reverse=True)), "sorted lengths hide sorting"

    assert broken(check) == {}


def test_a_case_about_lengths_has_some() -> None:
    def check(case: Case) -> None:
        about_lengths = {"SEQ-3", "SEQ-4", "SEQ-9", "GRAD-11"}
        assert case.rules[0] not in about_lengths or case.recipe.lengths is not None

    assert broken(check) == {}


def test_no_field_of_the_expected_outcome_is_constant() -> None:
    def check(case: Case) -> None:
        expected = named_arrays(solve(case.problem(FLOAT64)))
        if case.id not in CONSTANT:
            assert [name for name, array in expected.items() if array.size > 1 and np.ptp(array) == 0.0] == []
        assert all(np.isfinite(array).all() for array in expected.values())

    assert broken(check, VARIED) == {}


def test_gates_are_saturated_only_where_that_is_the_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(case: Case) -> None:
        gates: list[Array] = []

        def recorded(a: Array, out: Array | None, alpha: None, beta: None) -> Array:
            value = formula.value(a, out, alpha, beta)
            gates.append(value.copy().ravel())
            return value

        formula = FORMULAS["sigmoid"]
        with monkeypatch.context() as patched:
            patched.setitem(FORMULAS, "sigmoid", replace(formula, value=recorded))
            outcome = solve(replace(case.problem(FLOAT64), cotangents=None))
        if isinstance(case.recipe.cells[-1], RNN):
            is_tanh = case.recipe.cells[-1].activation == "tanh"
            saturated = is_tanh and bool(np.median(np.abs(outcome.y[np.nonzero(outcome.y)])) > 0.999)
        else:
            saturated = bool(gates) and bool(np.median(np.abs(np.concatenate(gates) - 0.5)) >= 0.45)
        assert saturated == (case.id in SATURATED)

    assert broken(check, VARIED) == {}


def test_relu_is_tried_on_both_sides_of_its_kink() -> None:
    def check(case: Case) -> None:
        y = solve(case.problem(FLOAT64)).y
        assert 0.1 < np.mean(y > 0) < 0.9

    assert broken(check, [case for case in VARIED if "rnn-relu" in case.id and case.kind == "outcome"]) == {}


def ratio_without_small_inputs(case: Case, seed: int) -> float:
    """How far off an implementation is that takes for zero what is too small to be normal."""
    problem = replace(case.recipe, seed=seed).problem(FLOAT32)
    outcome = solve(replace(problem, x=np.zeros_like(problem.x)), precision=FLOAT32)
    return expectation_of(problem, FLOAT32).compared_with(named_arrays(outcome), FLOAT32).ratio


def test_inputs_too_small_to_be_normal_may_be_taken_for_zero_under_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in CASES if case.recipe.inputs is None]
    assert cases
    for case in cases:
        assert max(ratio_without_small_inputs(case, seed) for seed in range(40)) <= 0.5, case.id
    monkeypatch.setattr(recipe, "SUBNORMAL", 0.2)
    (plain,) = (case for case in cases if case.id == "rnn-subnormal-inputs")
    assert ratio_without_small_inputs(plain, 2**32 + 102) > 1  # with which it was found


def test_the_numbers_of_a_problem_are_exact_in_its_precision() -> None:
    def check(case: Case) -> None:
        assert {"float64", "float32"} <= set(case.precisions) <= set(PRECISIONS)
        for precision in map(PRECISIONS.__getitem__, case.precisions):
            for array in case.problem(precision).named().values():
                assert array.dtype == np.float64
                assert np.isfinite(array).all()
                assert np.array_equal(array, precision.nearest(array).astype(np.float64))

    assert broken(check) == {}


def test_float64_problems_use_all_of_float64() -> None:
    def check(case: Case) -> None:
        numbers = np.concatenate([array.ravel() for array in case.problem(FLOAT64).named().values()])
        assert np.mean(numbers == numbers.astype(np.float32)) < 0.05

    assert broken(check, VARIED) == {}


def test_a_recipe_always_gives_the_same_problem() -> None:
    def check(case: Case) -> None:
        assert bytes_of(case.problem(FLOAT32)) == bytes_of(case.problem(FLOAT32))
        assert case.id in ALL_ZERO or bytes_of(case.problem(FLOAT32)) != bytes_of(case.problem(FLOAT64))

    assert broken(check) == {}


def test_another_seed_gives_another_problem() -> None:
    def check(case: Case) -> None:
        other = replace(case.recipe, seed=case.recipe.seed + 1)
        assert bytes_of(other.problem(FLOAT64)) != bytes_of(case.problem(FLOAT64))

    assert broken(check) == {}
