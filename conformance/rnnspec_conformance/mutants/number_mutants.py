"""Misreadings that only some numbers or sizes show: tiny and infinite ones, single sequences, many steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnnspec import RNN, Activation, Array, Outcome, Problem, map_arrays, solve
from rnnspec.activations import activation_of
from rnnspec.precision import Precision
from rnnspec.solving import steps_of
from rnnspec_conformance.mutants.mutant import Mutant, forward_only, misreading, with_parameters
from rnnspec_conformance.mutants.option_mutants import Options, misread

Poison = Callable[[Problem, Precision], Array]


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield misreading(
        "tiny-numbers-taken-for-zero", "NUM-2", "parameters below a billionth are taken for zero", _tiny_is_zero
    )
    yield misreading(
        "inputs-divided-by-the-largest",
        "NUM-1",
        "the inputs are divided by the largest of them, by its reciprocal, and multiplied again",
        _divided,
    )
    yield misreading(
        "steps-beyond-a-thousand-ignored", "SEQ-1", "the steps from the thousandth on are not computed", _thousand
    )
    yield misreading(
        "a-single-sequence-forgets-its-state",
        "SEQ-10",
        "the initial state of a batch of one sequence is zero",
        _forgets_alone,
    )
    yield misreading(
        "nan-spreads-over-the-batch",
        "SEQ-10",
        "numbers of other sequences are multiplied by zero and added",
        _spreading(lambda problem, precision: np.sum(precision.nearest(problem.x), axis=(1, 2), keepdims=True)),
    )
    yield misreading(
        "padding-multiplied-by-zero",
        "SEQ-10",
        "what stands in the padding is multiplied by zero and added",
        _spreading(_padding),
    )
    yield misreading("zero-states-taken-for-ones", "SEQ-2", "an initial state of zeros starts from ones", _ones)
    yield misreading(
        "a-length-below-the-number-of-steps-ignored",
        "SEQ-9",
        "where no sequence fills the array, lengths are ignored",
        _ignored_where_none_is_full,
    )
    yield from _overflows()


class OverflowingSoftplus(Activation):
    """Softplus without care for a large pre-activation."""

    def value(self, a: Array, out: Array | None = None) -> Array:
        """ln(1 + exp(a)), written to `out` or to a new array; infinite where exp(a) is."""
        with np.errstate(over="ignore"):
            return np.asarray(np.log(1 + np.exp(a), out=out))


class OverflowingElu(Activation):
    """Elu with the derivative of both branches, of which the one not taken is multiplied by zero."""

    def derivative(self, y: Array) -> Array:
        """The derivative where the value is `y`; NaN where exp(y) is infinite."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(super().derivative(y) + 0 * np.exp(y))


def _overflows() -> Iterator[Mutant]:
    for id, sentence, name, kind in (
        ("softplus-overflows", "softplus is ln(1 + exp(a)), whatever a is", "softplus", OverflowingSoftplus),
        ("elu-derivative-overflows", "the branch of elu that is not taken has a part", "elu", OverflowingElu),
    ):

        def other(cell: RNN, name: str = name, kind: type[Activation] = kind) -> Options | None:
            given = activation_of(cell.activation, "activation")
            return {"activation": kind(name=name, alpha=given.alpha)} if given.name == name else None

        yield misread(id, "NUM-1", sentence, RNN, other)


def _tiny_is_zero(problem: Problem, precision: Precision) -> Outcome:
    wrong = with_parameters(problem, lambda _, p: p.map(lambda a: np.where(np.abs(a) < 1e-9, 0.0, a)))
    return solve(wrong, precision=precision)


def _divided(problem: Problem, precision: Precision) -> Outcome:
    x = precision.nearest(problem.x)
    largest = np.max(np.abs(x))
    with np.errstate(all="ignore"):
        scaled = (x * (1 / largest)) * largest
    return forward_only(problem, replace(problem, x=scaled.astype(np.float64)), precision)


def _thousand(problem: Problem, precision: Precision) -> Outcome:
    T, B, _ = problem.x.shape
    lengths = np.full(B, T) if problem.lengths is None else problem.lengths
    return solve(replace(problem, lengths=np.minimum(lengths, 1000)), precision=precision)


def _forgets_alone(problem: Problem, precision: Precision) -> Outcome:
    alone = problem.x.shape[1] == 1
    return forward_only(problem, replace(problem, initial=None) if alone else problem, precision)


def _spreading(poison: Poison) -> Callable[[Problem, Precision], Outcome]:
    """A misreading that adds zero times `poison` to its outputs: nothing, unless that is infinite or NaN."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(problem, precision=precision)
        with np.errstate(all="ignore"):
            zero = poison(problem, precision) * np.zeros((), outcome.y.dtype)
        return replace(outcome, y=outcome.y + zero.reshape(zero.shape + (1,) * (outcome.y.ndim - zero.ndim)))

    return wrong


def _padding(problem: Problem, precision: Precision) -> Array:
    T, B, _ = problem.x.shape
    steps = steps_of(problem)
    x = precision.nearest(problem.x)
    if steps.valid is None:
        return np.zeros((T, B, 1), x.dtype)
    return np.asarray(np.sum(np.where(steps.valid, np.zeros((), x.dtype), x), axis=2, keepdims=True))


def _ones(problem: Problem, precision: Precision) -> Outcome:
    def ones(array: Array) -> Array:
        return array if array.any() else np.ones_like(array)

    return forward_only(problem, replace(problem, initial=map_arrays(problem.initial, ones)), precision)


def _ignored_where_none_is_full(problem: Problem, precision: Precision) -> Outcome:
    T = len(problem.x)
    if problem.lengths is not None and problem.lengths.max() < T:
        problem = replace(problem, lengths=None)
    return solve(problem, precision=precision)
