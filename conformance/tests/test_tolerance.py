"""The tolerance (NUM-2): what the text says it is, wide enough for honest rounding, and no wider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from rnnspec import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    LSTM,
    RNN,
    TF32,
    Activation,
    Array,
    Outcome,
    Precision,
    Problem,
    named_arrays,
    solve,
)
from rnnspec.activations import FORMULAS, Formula
from rnnspec.steps.binding import bind
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES, SELECTIONS, Case, Recipe
from rnnspec_conformance.judging import forget, judge, tolerance
from rnnspec_conformance.judging.nudging import nudged, nudged_value, signs
from rnnspec_conformance.judging.tolerance import FACTOR, RUNS, UNITS, Renumbering, largest, tolerances

from .commands import ROOT

BY_ID = {case.id: case for case in CASES}
SEEDS = {"float32": range(1000, 1020), "float64": range(1000, 1005)}


def one_of_each_recipe() -> Iterator[Case]:
    """Cases whose problems differ in more than numbers, and in more than what is asked of them."""
    seen: set[Recipe] = set()
    for case in SELECTIONS["default"]:
        recipe = replace(case.recipe, seed=0, cotangents="both")
        if case.kind == "outcome" and recipe not in seen and recipe.T < 1000:
            seen.add(recipe)
            yield replace(case, recipe=replace(case.recipe, cotangents="both"))


class Renumbered(ReferenceAdapter):
    """A right implementation whose sums of products are taken in another order."""

    def compute(self, problem: Problem) -> Outcome:
        order = Renumbering.random(problem, np.random.default_rng(7))
        return order.undo(problem, solve(order.apply(problem), precision=self.precision))


def allowed(id: str, precision: Precision) -> dict[str, float]:
    """The tolerances of a case in units in the last place of the largest value of each field."""
    problem = BY_ID[id].problem(precision)
    expected = named_arrays(solve(problem))
    unit = float(np.finfo(precision.dtype).eps)
    return {
        name: tolerance / unit / largest(expected[name])
        for name, tolerance in tolerances(problem, expected, precision).items()
        if largest(expected[name])  # what is zero throughout is in a batch of empty sequences
    }


def test_the_constants_are_those_of_the_text() -> None:
    text = (ROOT / "spec" / "numerics.md").read_text(encoding="utf-8")
    runs = re.search(r"evaluated (\d+) times in that precision", text)
    formula = re.search(r"\$\$(\d+) \\cdot .*? \+ (\d+)\\, \\varepsilon \\cdot .*? \+ \\tau,\$\$", text)
    assert runs is not None
    assert formula is not None
    assert (int(runs[1]), int(formula[1]), int(formula[2])) == (RUNS, FACTOR, UNITS)


@pytest.mark.parametrize("id", ["rnn-tanh-forward", "lstm-forward", "peephole-new-forward", "gru-after-keep-forward"])
@pytest.mark.parametrize("precision", [FLOAT64, FLOAT32], ids=lambda precision: precision.name)
def test_a_few_steps_are_allowed_a_few_hundred_units_at_most(id: str, precision: Precision) -> None:
    for name, units in allowed(id, precision).items():
        assert UNITS < units < 400, name


@pytest.mark.parametrize("precision", [FLOAT64, FLOAT32], ids=lambda precision: precision.name)
def test_no_case_is_allowed_more_than_some_thousand_units(precision: Precision) -> None:
    for case in SELECTIONS["default"]:
        is_normal = case.recipe.scale != 0 and case.recipe.inputs is not None
        if case.kind == "outcome" and is_normal and case.recipe.T < 1000:
            for name, units in allowed(case.id, precision).items():
                assert units < 4000, f"{case.id} {name}"


def test_the_tolerance_of_float32_is_that_of_float64_in_units_in_the_last_place() -> None:
    narrow, wide = allowed("lstm-gradients", FLOAT32), allowed("lstm-gradients", FLOAT64)
    for name, units in narrow.items():
        assert 0.1 < units / wide[name] < 10, name


def test_a_field_of_exact_zeros_is_allowed_numbers_that_are_not_normal_and_nothing_else() -> None:
    problem = BY_ID["rnn-relu-gradient-at-the-kink"].problem(FLOAT32)
    expected = named_arrays(solve(problem))
    assert all(not array.any() for array in expected.values())
    assert set(tolerances(problem, expected, FLOAT32).values()) == {2.0**-126}


@pytest.mark.parametrize("precision", [TF32, BFLOAT16, FLOAT16], ids=lambda precision: precision.name)
def test_the_reference_passes_in_every_other_precision(precision: Precision) -> None:
    adapter = ReferenceAdapter(precision=precision.name)
    judged = {
        case.id: judge(case, adapter, precision.name, explain=False)
        for case in SELECTIONS["default"]
        if precision.name in case.precisions
    }
    assert {id: judgement for id, judgement in judged.items() if judgement.verdict != "passed"} == {}
    assert max(judgement.ratio or 0.0 for judgement in judged.values()) < 0.5


def test_numbers_that_the_precision_has_not_differ() -> None:
    class Finer(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            return solve(problem, precision=FLOAT32)

    judgement = judge(BY_ID["lstm-forward"], Finer(precision="bfloat16"), "bfloat16", explain=False)
    assert judgement.verdict == "differs"
    assert judgement.rule == "NUM-3"
    assert "wanted numbers of bfloat16, got" in judgement.differences[0].what


def test_the_tolerance_does_not_depend_on_the_state_of_numpy() -> None:
    first = allowed("gru-lengths", FLOAT32)
    np.random.seed(3)  # noqa: NPY002 - the global state is what is tried here
    assert allowed("gru-lengths", FLOAT32) == first


def test_signs_are_those_that_numpy_chooses() -> None:
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    for shape in ((), (1,), (5, 3, 4), (7, 1)):
        assert np.array_equal(signs(one, shape), other.choice((-1.0, 1.0), size=shape))


def test_nudging_moves_every_number_by_one_unit() -> None:
    problem = BY_ID["lstm-bidirectional-lengths"].problem(FLOAT64)
    moved = nudged(problem, 1e-3, np.random.default_rng(1))
    before, after = list(problem.named().values()), list(moved.named().values())
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert np.allclose(np.abs(new / old - 1), 1e-3)
    assert moved.lengths is problem.lengths


class ExactTails(ReferenceAdapter):
    """Has a sigmoid that is right to the last digit where it is nearly 0, as those of many libraries are."""

    def compute(self, problem: Problem) -> Outcome:
        def value(a: Array, out: Array | None, _alpha: None, _beta: None) -> Array:
            return np.asarray(np.divide(np.exp(np.minimum(a, 0)), 1 + np.exp(-np.abs(a)), out=out))

        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(FORMULAS, "sigmoid", replace(FORMULAS["sigmoid"], value=value))
            return super().compute(problem)


def test_a_gate_that_is_shut_may_be_open_by_less_than_the_precision_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    case = BY_ID["lstm-large-weights"]
    case = replace(case, recipe=replace(case.recipe, seed=2**32 + 21))  # one in which gradients hang on such gates
    assert judge(case, ExactTails(), "float64").verdict == "passed"
    forget()
    monkeypatch.setattr(tolerance, "with_nudged_activations", lambda _unit, _rng: bind)  # no gate opens
    assert judge(case, ExactTails(), "float64", explain=False).verdict == "differs"
    forget()


def test_activations_are_moved_by_a_unit_and_exact_ones_not_at_all() -> None:
    rng = np.random.default_rng(1)
    a = np.linspace(-3, 3, 7)
    for name in ("sigmoid", "tanh", "relu", "hard_sigmoid", "softsign"):
        activation = Activation(name=name)
        right = activation.value(a.copy())
        wrong = nudged_value(activation, a.copy(), None, unit=1e-3, rng=rng)
        if name == "sigmoid":
            assert np.allclose(np.abs(wrong - right), 1e-3 * np.abs(right - 0.5), rtol=1e-9)
        elif name == "tanh":
            assert np.allclose(np.abs(wrong - right), 1e-3 * np.abs(right), rtol=1e-9)
        else:
            assert np.array_equal(wrong, right)


@pytest.mark.parametrize("moves", [True, False])
def test_the_tolerance_of_a_new_activation_moves_where_it_is_inexact(
    monkeypatch: pytest.MonkeyPatch, moves: bool
) -> None:
    def value(a: Array, _out: Array | None, _alpha: None, _beta: None) -> Array:
        return np.asarray(np.exp(-a * a))

    def derivative(y: Array, _alpha: None, _beta: None) -> Array:
        return y

    bell = Formula(value=value, derivative=derivative, inexact=(lambda y: y) if moves else None)
    monkeypatch.setitem(FORMULAS, "bell", bell)
    # With no input and no state, no number of the problem is moved: 0 stays 0.
    recipe = Recipe(cells=(RNN(activation="bell", bias=False),), seed=1, T=1)
    problem = recipe.problem(FLOAT32).map(np.zeros_like)
    expected = named_arrays(solve(problem))
    assert largest(expected["y"]) == 1
    of_rounding = UNITS * FLOAT32.eps + FLOAT32.tiny
    found = tolerances(problem, expected, FLOAT32)["y"]
    assert found == pytest.approx(of_rounding + (FACTOR * FLOAT32.eps if moves else 0))


@pytest.mark.parametrize("case", list(one_of_each_recipe()), ids=lambda case: case.id)
def test_renumbering_and_back_gives_the_same_outcome(case: Case) -> None:
    problem = case.problem(FLOAT64)
    order = Renumbering.random(problem, np.random.default_rng(1))
    actual = named_arrays(order.undo(problem, solve(order.apply(problem))))
    for name, expected in named_arrays(solve(problem)).items():
        assert np.abs(actual[name] - expected).max() <= 1e-13 * max(1.0, largest(expected)), name


def test_renumbering_changes_every_axis_it_may() -> None:
    recipe = Recipe(cells=(LSTM(), LSTM()), seed=1, B=5, I=6, H=7, direction="bidirectional", lengths=(3, 5, 2, 4, 1))
    problem = recipe.problem(FLOAT64)
    moved = Renumbering.random(problem, np.random.default_rng(1)).apply(problem)
    for before, after in zip(problem.named().values(), moved.named().values(), strict=True):
        assert not np.array_equal(before, after)
        assert np.array_equal(np.sort(before.ravel()), np.sort(after.ravel()))
    assert problem.lengths is not None
    assert moved.lengths is not None
    assert not np.array_equal(problem.lengths, moved.lengths)


@pytest.mark.parametrize("precision", SEEDS)
@pytest.mark.parametrize("case", list(one_of_each_recipe()), ids=lambda case: case.id)
def test_right_implementations_pass_under_other_seeds(case: Case, precision: str) -> None:
    forget()
    adapter = Renumbered(precision=precision)
    for seed in SEEDS[precision]:
        judgement = judge(replace(case, recipe=replace(case.recipe, seed=seed)), adapter, precision)
        assert judgement.verdict == "passed", f"seed {seed}: {judgement}"
        assert judgement.ratio is not None
        assert judgement.ratio < 0.5, f"seed {seed}: {judgement.field}"
