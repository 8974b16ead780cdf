"""A mutant: the reference with one misreading of the text, behind the contract of an adapter.

Mutants judge the suite: a case earns its place by the mutants it kills, and every mutant must be killed. They also name
the rule: when an implementation fails exactly as a mutant does, the mutant's sentence is the diagnosis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnspec import Cell, Gradients, Layer, Outcome, Parameters, Precision, Problem, map_records, solve
from rnnspec.solving import evaluate
from rnnspec.steps.binding import bind
from rnnspec.steps.step import Bound, Lines, Step
from rnnspec_adapters import Adapter
from rnnspec_adapters.reference import ReferenceAdapter

Misreading = Callable[[Problem, Precision], Outcome]

Rewrite = Callable[[Lines, Cell, Bound], Lines]
"""The lines of a step, changed."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One misreading.

    Attributes
    ----------
    id
        Stable; words joined by hyphens.
    rule
        The rule that it breaks.
    sentence
        What it takes the text to say.
    adapter
        Makes it, by the keyword arguments of an adapter.
    misreading
        Its way of solving a problem, where that is all that is wrong with it.
    """

    id: str
    rule: str
    sentence: str
    adapter: Callable[..., Adapter]
    misreading: Misreading | None = None


def misreading(id: str, rule: str, sentence: str, wrong: Misreading) -> Mutant:
    """A mutant that packs and unpacks as it should, and solves by `wrong`; its arrays have memory of their own."""

    class MisreadingAdapter(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            return wrong(problem, self.precision).map(np.copy)  # numbers are wrong here, not call behaviour (COND-2)

    return Mutant(id=id, rule=rule, sentence=sentence, adapter=MisreadingAdapter, misreading=wrong)


def with_parameters(problem: Problem, change: Callable[[Layer, Parameters], Parameters]) -> Problem:
    """`problem` with the parameters of every layer and direction changed."""
    return problem.with_parameters(map_records(problem.parameters, lambda p, layer: change(layer, p), problem.owners))


def with_layer_gradients(
    outcome: Outcome, problem: Problem, change: Callable[[Layer, Parameters], Parameters]
) -> Outcome:
    """`outcome` with the gradients of the parameters of every layer and direction changed."""
    if outcome.gradients is None:
        return outcome
    layers = map_records(outcome.gradients.layers, lambda d, layer: change(layer, d), problem.owners)
    return replace(outcome, gradients=replace(outcome.gradients, layers=layers))


def with_gradients(outcome: Outcome, change: Callable[[Gradients], Gradients]) -> Outcome:
    """`outcome` with its gradients changed, if it has any."""
    if outcome.gradients is None:
        return outcome
    return replace(outcome, gradients=change(outcome.gradients))


def by_other_lines(problem: Problem, precision: Precision, rewrite: Rewrite) -> Outcome:
    """The outcome of `problem` by steps whose lines are rewritten."""

    def wrong(cell: Cell, parameters: Parameters, precision: Precision) -> Step:
        step = bind(cell, parameters, precision)
        return Step(step.bound, rewrite(step.lines, cell, step.bound), cell.states)

    return evaluate(problem, precision, wrong)


def forward_only(problem: Problem, wrong: Problem, precision: Precision) -> Outcome:
    """The outputs and final states of `wrong` beside the gradients of `problem`: an error of the forward pass."""
    forward = solve(replace(wrong, cotangents=None), precision=precision)
    return replace(forward, gradients=solve(problem, precision=precision).gradients)


def have_like_states(problem: Problem) -> bool:
    """Whether the states of all layers have the same names and shapes, in as many directions."""
    return len({(layer.cell.states, layer.hidden_size, layer.directions) for layer in problem.layers}) == 1


def of_cell(kind: type[Any]) -> Callable[[Layer], bool]:
    """Whether a layer's cell is of that kind."""
    return lambda layer: isinstance(layer.cell, kind)
