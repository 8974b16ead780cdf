"""Right numbers and wrong call behaviour: what happens to the problem, the outcome, the next call and memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import Array, Outcome, Problem, State, States, map_arrays
from rnnspec_adapters import Native
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.mutants.mutant import Mutant

NOISE = 1e-3


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield Mutant(
        id="call-problem-overwritten",
        rule="COND-1",
        sentence="the input is working space: it is overwritten",
        adapter=_Overwriting,
    )
    yield Mutant(
        id="call-initial-state-advanced-in-place",
        rule="COND-1",
        sentence="the final state is written over the initial one",
        adapter=_Advancing,
    )
    yield Mutant(
        id="call-final-state-is-a-view",
        rule="COND-2",
        sentence="the final state is a view of the output",
        adapter=_Viewing,
    )
    yield Mutant(
        id="call-output-in-a-buffer-used-again",
        rule="COND-2",
        sentence="the output is handed out in a buffer that the next call writes into",
        adapter=_Buffering,
    )
    yield Mutant(
        id="call-state-of-the-call-before",
        rule="COND-3",
        sentence="without an initial state, a call goes on from the final state of the one before",
        adapter=_Remembering,
    )
    yield Mutant(
        id="call-global-random-numbers",
        rule="COND-3",
        sentence="the output is multiplied by random numbers of the global generator, as in training",
        adapter=_Random,
    )
    yield Mutant(id="call-outcomes-kept", rule="COND-4", sentence="every outcome is kept for good", adapter=_Keeping)


class _Overwriting(ReferenceAdapter):
    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        outcome = super().solve_native(problem, native)
        problem.x[...] = 0
        return outcome


class _Advancing(ReferenceAdapter):
    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        outcome = super().solve_native(problem, native)
        for before, after in zip(problem.initial or (), outcome.final, strict=False):
            for old, new in zip(before, after, strict=True):
                for name, array in old.items():
                    array[...] = new[name]
        return outcome


class _Viewing(ReferenceAdapter):
    def compute(self, problem: Problem) -> Outcome:
        """Where the last layer is one forward direction, h after the last step is the output of that step."""
        outcome = super().compute(problem)
        last = problem.layers[-1]
        if last.direction != "forward" or problem.lengths is not None:
            return outcome
        (state,) = outcome.final[-1]
        return replace(outcome, final=(*outcome.final[:-1], (state.replace(h=outcome.y[-1]),)))


class _Buffering(ReferenceAdapter):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.buffers: dict[tuple[int, ...], Array] = {}

    def compute(self, problem: Problem) -> Outcome:
        outcome = super().compute(problem)
        buffer = self.buffers.setdefault(outcome.y.shape, np.empty_like(outcome.y))
        buffer[...] = outcome.y
        return replace(outcome, y=buffer)


class _Remembering(ReferenceAdapter):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.left: States = ()

    def compute(self, problem: Problem) -> Outcome:
        fitting = _shapes(self.left) == _shapes(super().compute(replace(problem, cotangents=None)).final)
        outcome = super().compute(problem)
        if problem.initial is None and fitting:
            went_on = super().compute(replace(problem, initial=self.left, cotangents=None))
            outcome = replace(outcome, y=went_on.y, final=went_on.final)
        self.left = map_arrays(outcome.final, _as_given)
        return outcome


def _as_given(array: Array) -> Array:
    return array.astype(np.float64)


def _shapes(states: States) -> list[list[dict[str, tuple[int, ...]]]]:
    def of_state(state: State) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in state.items()}

    return [[of_state(state) for state in layer] for layer in states]


class _Random(ReferenceAdapter):
    def compute(self, problem: Problem) -> Outcome:
        outcome = super().compute(problem)
        noise = NOISE * np.random.uniform(0.5, 1.0, size=outcome.y.shape)  # noqa: NPY002 - the global one is the fault
        return replace(outcome, y=(outcome.y * (1 + noise)).astype(outcome.y.dtype))


class _Keeping(ReferenceAdapter):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.kept: list[Outcome] = []

    def compute(self, problem: Problem) -> Outcome:
        outcome = super().compute(problem)
        self.kept.append(outcome)
        return outcome
