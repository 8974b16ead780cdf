"""Call behaviour: what is seen of what a call does to arrays, to the next call and to memory."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnspec import FLOAT32, FLOAT64, Array, Outcome, Problem, Tangents, named_arrays
from rnnspec_adapters import Native
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.judging import Judgement, judge, repetition
from rnnspec_conformance.judging.call_behaviour import Watched, named_inputs, share_memory
from rnnspec_conformance.judging.repetition import CALLS, ROUNDS, SHARE, WARMING, enlarged, growth, reseed

from .commands import ROOT

BY_ID = {case.id: case for case in CASES}
Solve = Callable[[Problem], Outcome]


def judged(case: str, solving: Callable[[Problem, Solve], Outcome]) -> Judgement:
    """The judgement of an adapter that solves in its own way, with the reference at hand."""

    class Changed(ReferenceAdapter):
        def solve(self, problem: Problem) -> Outcome:
            return solving(problem, super().solve)

    return judge(BY_ID[case], Changed(), "float64")


def told(judgement: Judgement) -> list[tuple[str, str]]:
    return [(difference.field, difference.what) for difference in judgement.differences]


@pytest.mark.parametrize(
    "field",
    [
        "problem.x",
        "problem.layers[0].parameters[0].W_i",
        "problem.initial[0][0].c",
        "problem.lengths",
        "problem.cotangents.y",
        "problem.cotangents.final[0][0].h",
    ],
)
def test_every_array_of_a_problem_is_watched(field: str) -> None:
    def solving(problem: Problem, solve: Solve) -> Outcome:
        outcome = solve(problem)
        named_inputs(problem)[field].flat[0] += 1
        return outcome

    judgement = judged("lstm-lengths", solving)
    assert (judgement.verdict, judgement.rule, judgement.ratio) == ("differs", "COND-1", np.inf)
    assert told(judgement) == [(field, "wanted as it was given, solve has changed it")]


def test_the_arrays_of_a_problem_are_all_named() -> None:
    for case in CASES:
        problem = case.problem(FLOAT32)
        lengths = 0 if problem.lengths is None else 1
        assert len(named_inputs(problem)) == len(problem.named()) + lengths


def test_native_tensors_and_directions_are_watched() -> None:
    class Spoiling(ReferenceAdapter):
        def solve_native(self, problem: Problem, native: Native) -> Outcome:
            outcome = super().solve_native(problem, native)
            native["0.0.b_W"][...] = 0
            return outcome

        def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
            outcome = super().jvp(problem, tangents)
            assert tangents.x is not None
            tangents.x[...] = 0
            return outcome

    probe = judge(BY_ID["lstm-layout-probe"], Spoiling(), "float64")
    assert (probe.rule, probe.differences[0].field) == ("COND-1", "native['0.0.b_W']")
    directed = judge(BY_ID["lstm-jvp"], Spoiling(), "float64")
    assert (directed.rule, directed.differences[0].field) == ("COND-1", "tangents.x")


def test_memory_of_the_problem_and_of_the_outcome_is_told_apart() -> None:
    def viewing(problem: Problem, solve: Solve) -> Outcome:
        outcome = solve(problem)
        ((state,),) = outcome.final
        return replace(outcome, final=((state.replace(h=outcome.y[-1]),),))

    assert told(judged("lstm-forward", viewing)) == [("final[0][0].h", "wanted memory of its own, it shares that of y")]

    def handing_back(problem: Problem, solve: Solve) -> Outcome:
        outcome = solve(problem)
        assert problem.initial is not None
        problem.initial[0][0].h[...] = outcome.final[0][0].h
        return replace(outcome, final=((outcome.final[0][0].replace(h=problem.initial[0][0].h),),))

    assert told(judged("lstm-forward", handing_back)) == [
        ("problem.initial[0][0].h", "wanted as it was given, solve has changed it"),
        ("final[0][0].h", "wanted memory of its own, it shares that of the problem's initial[0][0].h"),
    ]


def test_interleaved_arrays_share_no_element() -> None:
    block = np.zeros((4, 6))
    assert not share_memory(block[:, ::2], block[:, 1::2])
    assert share_memory(block[:, ::2], block[:, ::3])
    assert share_memory(block, block.T)


def test_an_outcome_that_the_next_call_changes_is_cond_2() -> None:
    adapter = ReferenceAdapter()
    buffer: list[Array] = []

    class Buffering(ReferenceAdapter):
        def solve(self, problem: Problem) -> Outcome:
            outcome = super().solve(problem)
            buffer[:] = buffer or [np.empty_like(outcome.y)]
            buffer[0][...] = outcome.y
            return replace(outcome, y=buffer[0])

    judgement = judge(BY_ID["lstm-twice"], Buffering(), "float64")
    assert judgement.rule == "COND-2"
    assert ("y", "wanted memory of its own, it shares that of y of an earlier call") in told(judgement)
    assert ("y", "a later call has changed this array") in told(judgement)
    assert judge(BY_ID["lstm-twice"], adapter, "float64").verdict == "passed"


def test_wrong_numbers_come_first_where_there_was_one_call() -> None:
    def wrong_and_spoiling(problem: Problem, solve: Solve) -> Outcome:
        outcome = solve(problem)
        problem.x[...] = 0
        return replace(outcome, y=outcome.y + 1)

    judgement = judged("lstm-forward", wrong_and_spoiling)
    assert judgement.rule == "LSTM-4"
    assert [difference.field for difference in judgement.differences] == ["y", "problem.x"]


def test_what_a_refusal_does_to_the_problem_is_watched_too() -> None:
    watched = Watched(ReferenceAdapter())
    problem = BY_ID["lstm-forward"].problem(FLOAT64)
    assert watched.supports(problem) is None
    assert watched.placements(problem)
    assert watched.native_shapes(problem)
    assert watched.differences() == ()
    assert watched.calls == 0


def test_a_first_answer_that_is_wrong_is_no_matter_of_call_behaviour() -> None:
    judgement = judged("lstm-twice", lambda problem, solve: replace(solve(problem), y=np.ones_like(solve(problem).y)))
    assert (judgement.verdict, judgement.rule) == ("differs", "LSTM-4")
    nan = judged("gru-twice", lambda problem, solve: replace(solve(problem), y=np.nan * solve(problem).y))
    assert (nan.verdict, nan.rule) == ("differs", "GRU-3")


def test_seeds_reach_the_generators_that_are_there() -> None:
    drawn = []
    for seed in (1, 2, 1):
        reseed(seed)
        drawn.append((random.random(), float(np.random.uniform())))  # noqa: NPY002 - the global one
    assert drawn[0] == drawn[2]
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_memory_is_measured_and_a_round_that_grows_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = enlarged(BY_ID["lstm-memory"].recipe, FLOAT64)
    solve = ReferenceAdapter().solve
    size = sum(array.nbytes for array in named_arrays(solve(problem)).values())
    allowed = int(SHARE * CALLS * size)

    def grown(*sizes: int) -> tuple[int, int]:
        readings = iter(sizes)
        monkeypatch.setattr(repetition, "resident", lambda: next(readings))
        return growth(solve, problem)

    much = allowed + 1
    assert grown(0, allowed) == (allowed, allowed)
    assert grown(0, much, 0, much, 0, 0) == (0, allowed)
    assert grown(0, much, 0, 9 * much, 0, 2 * much) == (much, allowed)
    monkeypatch.setattr(repetition, "LIMIT_S", 0.0)
    assert grown(0, allowed) == (allowed, allowed)
    with pytest.raises(repetition.TooSlow, match="make the compiled function once"):
        grown(0, much, 0, 0)


@pytest.mark.skipif(not repetition.can_be_measured(), reason="this system does not tell how much memory is held")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_what_is_kept_is_measured(precision: str) -> None:
    kept: list[Any] = []

    class Keeping(ReferenceAdapter):
        def solve(self, problem: Problem) -> Outcome:
            kept.append(super().solve(problem))
            return super().solve(problem)

    judgement = judge(BY_ID["gru-memory"], Keeping(precision=precision), precision)
    assert (judgement.verdict, judgement.rule) == ("differs", "COND-4")
    assert re.match(r"8 calls leave \d+ KiB behind; wanted at most \d+\. Where", judgement.differences[0].what)


def test_a_system_that_cannot_be_measured_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "can_be_measured", lambda: False)
    judgement = judge(BY_ID["gru-memory"], ReferenceAdapter(), "float64")
    assert (judgement.verdict, judgement.reason) == (
        "unsupported",
        "this system does not tell how much memory a process holds",
    )


def test_the_figures_are_those_of_the_text() -> None:
    text = (ROOT / "spec" / "call-behaviour.md").read_text(encoding="utf-8")
    found = re.search(r"is solved (\d+) times, after (\d+) calls that are not counted", text)
    rounds = re.search(
        r"more than half the bytes of the (\d+) outcomes stay behind, in each of (\d+) such rounds", text
    )
    assert found is not None
    assert rounds is not None
    watched_and_sized = 2
    assert tuple(map(int, found.groups())) == (CALLS, WARMING + watched_and_sized)
    assert tuple(map(int, rounds.groups())) == (CALLS, ROUNDS)
    assert SHARE == 0.5
