"""A rule is broken where a misreading explains the difference, or where nothing but that rule can be meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rnnspec import FLOAT64, Outcome, Problem, solve
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.judging import Judgement, judge
from rnnspec_conformance.judging.blame import is_broken
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.judging.conjectures import conjectures
from rnnspec_conformance.judging.search import DEEP, DEEP_OF_KIND, Search, of_recorded
from rnnspec_conformance.mutants import MUTANTS

BY_ID = {case.id: case for case in CASES}
Compute = Callable[[Problem], Outcome]


def judged(id: str, compute: Compute, search: Search | None = None) -> Judgement:
    """The judgement of the reference that solves by `compute`."""

    class Computing(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            return compute(problem).map(np.copy)

    return judge(BY_ID[id], Computing(precision="float64"), "float64", search=search)


def too_large(problem: Problem) -> Outcome:
    """No known mistake: one unit of y is too large."""
    outcome = solve(problem)
    y = outcome.y.copy()
    y[..., 0] *= 1.03
    return replace(outcome, y=y)


def by_mutant(id: str) -> Compute:
    misreading = next(mutant.misreading for mutant in MUTANTS if mutant.id == id)
    assert misreading is not None
    return lambda problem: misreading(problem, FLOAT64)


@pytest.mark.parametrize(
    "id, fields, rule, expected",
    [
        ("rnn-two-layers", ["y"], "SEQ-8", True),
        ("rnn-two-layers", ["y", "gradients.x"], "SEQ-8", True),
        ("rnn-two-layers", ["gradients.layers[0][0].R"], "SEQ-8", False),
        ("lstm-forward", ["y"], "LSTM-4", False),
        ("rnn-jvp", ["y"], "SEC-1", True),
        ("rnn-twice", ["y"], "RNN-2", False),
    ],
)
def test_a_case_breaks_its_only_rule_in_the_arrays_of_that_rule(
    id: str, fields: list[str], rule: str, expected: bool
) -> None:
    differences = [Difference(field=field, ratio=9.0, what="") for field in fields]
    assert is_broken(BY_ID[id], differences, rule) == expected


def test_a_difference_that_tells_its_rule_breaks_it() -> None:
    difference = Difference(field="y", ratio=9.0, what="", rule="NUM-3")
    assert is_broken(BY_ID["lstm-forward"], [difference], "NUM-3")


def test_a_misreading_is_blamed_and_an_unknown_mistake_is_not() -> None:
    known = judged("lstm-forward", by_mutant("lstm-output-of-the-old-cell"))
    assert (known.rule, known.blamed) == ("LSTM-6", True)
    unknown = judged("lstm-forward", too_large)
    assert (unknown.rule, unknown.blamed, unknown.misreading) == ("LSTM-4", False, None)


def test_a_slip_is_told_and_blames_no_rule() -> None:
    def negated(problem: Problem) -> Outcome:
        (layer,) = problem.layers
        (p,) = layer.parameters
        return solve(replace(problem, layers=(replace(layer, parameters=(p.replace(W_o=-p.W_o),)),)))

    judgement = judged("lstm-forward", negated)
    assert (judgement.blamed, judgement.likeness.looks) == (False, "as if W_o were of the other sign")


def test_what_has_explained_a_difference_is_tried_first() -> None:
    search = Search()
    compute = by_mutant("lstm-output-of-the-old-cell")
    for id in ("lstm-one-step", "lstm-forward", "lstm-lengths"):
        assert judged(id, compute, search).rule == "LSTM-6"
    assert [mutant.id for mutant in search.found] == ["lstm-output-of-the-old-cell"]
    assert search.candidates(("LSTM", "y"))[0] is search.found[0]
    assert search.in_vain.total() == 0


def test_the_search_in_vain_is_bounded_and_what_was_found_is_tried_still() -> None:
    search = Search()
    for _ in range(DEEP_OF_KIND + 2):
        assert judged("gru-lengths", too_large, search).misreading is None
    assert search.in_vain == {("GRU", "y"): DEEP_OF_KIND}
    assert search.candidates(("GRU", "y")) == ()
    assert len(search.candidates(("LSTM", "y"))) == len(MUTANTS)
    search.in_vain["RNN", "gradients.x"] = DEEP
    assert search.candidates(("LSTM", "y")) == ()
    search.note(("LSTM", "y"), MUTANTS, MUTANTS[0])
    assert search.candidates(("LSTM", "y")) == (MUTANTS[0],)


def test_a_search_without_bounds_forgets_and_tries_everything() -> None:
    search = Search(bounded=False)
    for _ in range(2):
        assert judged("gru-lengths", too_large, search).misreading is None
    assert search.candidates(("GRU", "y")) is MUTANTS


def test_where_a_deviation_is_recorded_nothing_is_asked_but_the_rule() -> None:
    search = of_recorded()
    assert judged("lstm-forward", by_mutant("lstm-output-of-the-old-cell"), search).rule == "LSTM-6"
    unknown = judged("lstm-forward", lambda problem: replace(solve(problem), y=-solve(problem).y), search)
    assert (unknown.rule, unknown.likeness.wrong, unknown.likeness.looks) == ("LSTM-4", ("y",), "")


@pytest.mark.parametrize("id", ["rnn-tanh-gradients", "lstm-two-layers", "gru-bidirectional-lengths"])
@pytest.mark.parametrize("forward", [True, False])
def test_every_conjecture_can_be_computed_and_no_two_have_one_name(id: str, forward: bool) -> None:
    problem = BY_ID[id].problem(FLOAT64)
    made = list(conjectures(problem, forward=forward))
    for conjecture in made:
        assert conjecture.misreading(problem, FLOAT64).y.shape == solve(problem).y.shape, conjecture.sentence
    sentences = [conjecture.sentence for conjecture in made]
    transposed = [sentence for sentence in sentences if sentence.endswith("transposed")]  # in either way
    assert len(set(sentences)) == len(sentences) - len(transposed) / 2
