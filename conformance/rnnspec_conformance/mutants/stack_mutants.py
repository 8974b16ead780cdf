"""Misreadings of layers that are not alike, of states that are absent, of lengths that are 0 or T, and of sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, pairwise

import numpy as np

from rnnspec import Array, Layer, Outcome, Parameters, Problem, ProblemError, States, map_arrays, solve
from rnnspec.precision import Precision
from rnnspec_conformance.mutants.mutant import Mutant, forward_only, have_like_states, misreading, with_parameters


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield misreading(
        "absent-states-come-from-the-layer-below",
        "SEQ-2",
        "where no initial states are given, a layer starts from the final states of the layer below",
        _states_from_below,
    )
    yield misreading(
        "states-of-one-direction-first",
        "SEQ-8",
        "initial states go through all layers of the forward direction first, then through those of the reverse",
        _direction_first,
    )
    yield misreading(
        "upper-layers-read-the-forward-half",
        "SEQ-8",
        "a layer reads the forward half of the layer below",
        _forward_half,
    )
    yield misreading(
        "input-columns-reversed-above",
        "PAR-1",
        "the columns of W in upper layers stand in the opposite order",
        _columns_reversed,
    )
    yield misreading(
        "directions-of-the-last-layer-exchanged",
        "SEQ-7",
        "above a layer of one direction, the reverse half of y comes first",
        _last_exchanged,
    )
    yield misreading(
        "options-of-the-first-layer-for-all", "SEQ-8", "every layer has the options of the first", _first_options
    )
    yield misreading(
        "merge-below-the-top-taken-for-mean", "SEQ-13", "sums of directions below the top are means", _mean_below
    )
    yield misreading(
        "processing-order-below-the-top-ignored",
        "SEQ-12",
        "only the last layer may keep the order of processing",
        _time_order_below,
    )
    yield misreading(
        "full-batches-are-one-short", "SEQ-9", "lengths that are all T end one step early", _full_one_short
    )
    yield misreading(
        "empty-among-full-ignored", "SEQ-9", "lengths of 0 among lengths of T count as T", _empty_among_full
    )
    yield misreading(
        "units-beyond-32-not-recurrent", "PAR-1", "units beyond the 32nd do not enter the recurrent products", _units
    )
    yield misreading(
        "units-beyond-255-too-large", "PAR-1", "outputs of layers with 256 units or more are 1% too large", _production
    )
    yield misreading(
        "sequences-beyond-32-too-large", "SEQ-10", "outputs of sequences beyond the 32nd are 1% too large", _later
    )
    yield misreading("inputs-beyond-128-ignored", "PAR-1", "inputs beyond the 128th are ignored", _inputs)
    yield misreading(
        "sequences-beyond-128-start-from-zero",
        "SEQ-10",
        "sequences beyond the 128th start from zero states",
        _late_starts,
    )
    yield misreading("steps-beyond-256-ignored", "SEQ-1", "steps beyond the 256th are not made", _steps)


def _solve(problem: Problem, precision: Precision) -> Outcome:
    return solve(problem, precision=precision)


def _states_from_below(problem: Problem, precision: Precision) -> Outcome:
    if problem.initial is not None or len(problem.layers) == 1 or not have_like_states(problem):
        return _solve(problem, precision)
    final = solve(replace(problem, cotangents=None)).final
    zero = map_arrays(final[:1], np.zeros_like)
    return forward_only(problem, replace(problem, initial=(*zero, *final[:-1])), precision)


def _direction_first(problem: Problem, precision: Precision) -> Outcome:
    def reordered(states: States) -> States:
        given = list(chain.from_iterable(states))
        count = len(states)
        return tuple((given[k], given[count + k]) for k in range(count))

    if problem.initial is None or problem.layers[0].directions == 1 or not have_like_states(problem):
        return _solve(problem, precision)
    return forward_only(problem, replace(problem, initial=reordered(problem.initial)), precision)


def _with_upper_inputs(problem: Problem, change: Callable[[Layer, Array], Array]) -> Problem:
    """`problem` with the input matrices of upper layers changed, each by the layer below it."""
    below = {id(layer): lower for lower, layer in pairwise(problem.layers)}

    def changed(layer: Layer, parameters: Parameters) -> Parameters:
        if id(layer) not in below:
            return parameters
        inputs = {name: array for name, array in parameters.items() if name.startswith("W")}
        return parameters.replace(**{name: change(below[id(layer)], array) for name, array in inputs.items()})

    return with_parameters(problem, changed)


def _forward_half(problem: Problem, precision: Precision) -> Outcome:
    def halved(below: Layer, array: Array) -> Array:
        if below.directions == 1 or below.merge != "concat":
            return array
        array = array.copy()
        array[:, array.shape[1] // 2 :] = 0.0
        return array

    return forward_only(problem, _with_upper_inputs(problem, halved), precision)


def _columns_reversed(problem: Problem, precision: Precision) -> Outcome:
    wrong = _with_upper_inputs(problem, lambda _, array: array[:, ::-1].copy())
    return forward_only(problem, wrong, precision)


def _last_exchanged(problem: Problem, precision: Precision) -> Outcome:
    outcome, last = _solve(problem, precision), problem.layers[-1]
    is_over_one = len(problem.layers) > 1 and problem.layers[-2].directions == 1
    if not is_over_one or last.directions == 1 or last.merge != "concat":
        return outcome
    return replace(outcome, y=np.roll(outcome.y, outcome.y.shape[-1] // 2, axis=-1))


def _first_options(problem: Problem, precision: Precision) -> Outcome:
    try:
        layers = tuple(replace(layer, cell=problem.layers[0].cell) for layer in problem.layers)
        return forward_only(problem, replace(problem, layers=layers), precision)
    except ProblemError:  # the layers have other parameters
        return _solve(problem, precision)


def _mean_below(problem: Problem, precision: Precision) -> Outcome:
    *below, last = problem.layers
    layers = [replace(layer, merge="mean") if layer.merge == "sum" else layer for layer in below]
    return _solve(replace(problem, layers=(*layers, last)), precision)


def _time_order_below(problem: Problem, precision: Precision) -> Outcome:
    *below, last = problem.layers
    layers = [replace(layer, reverse_outputs="time") for layer in below]
    return _solve(replace(problem, layers=(*layers, last)), precision)


def _full_one_short(problem: Problem, precision: Precision) -> Outcome:
    lengths, T = problem.lengths, len(problem.x)
    if lengths is None or not len(lengths) or min(lengths) < T:
        return _solve(problem, precision)
    return _solve(replace(problem, lengths=np.maximum(lengths - 1, 0)), precision)


def _empty_among_full(problem: Problem, precision: Precision) -> Outcome:
    if problem.lengths is None or set(problem.lengths.tolist()) != {0, len(problem.x)}:
        return _solve(problem, precision)
    return _solve(replace(problem, lengths=None), precision)


def _without_columns(problem: Problem, prefix: str, first: int) -> Problem:
    def changed(_: Layer, parameters: Parameters) -> Parameters:
        return parameters.replace(
            **{
                name: np.where(np.arange(array.shape[1]) < first, array, np.zeros((), array.dtype))
                for name, array in parameters.items()
                if name.startswith(prefix) and array.ndim == 2
            }
        )

    return with_parameters(problem, changed)


def _units(problem: Problem, precision: Precision) -> Outcome:
    return forward_only(problem, _without_columns(problem, "R", 32), precision)


def _inputs(problem: Problem, precision: Precision) -> Outcome:
    return forward_only(problem, _without_columns(problem, "W", 128), precision)


def _production(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    if all(layer.hidden_size < 256 for layer in problem.layers):
        return outcome
    return replace(outcome, y=outcome.y * outcome.y.dtype.type(1.01))


def _later(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    y = outcome.y.copy()
    y[:, 32:] *= y.dtype.type(1.01)
    return replace(outcome, y=y)


def _late_starts(problem: Problem, precision: Precision) -> Outcome:
    if problem.initial is None:
        return _solve(problem, precision)

    def changed(array: Array) -> Array:
        array = array.copy()
        array[128:] = 0.0
        return array

    return forward_only(problem, replace(problem, initial=map_arrays(problem.initial, changed)), precision)


def _steps(problem: Problem, precision: Precision) -> Outcome:
    T, B, _ = problem.x.shape
    lengths = np.full(B, T) if problem.lengths is None else problem.lengths
    return _solve(replace(problem, lengths=np.minimum(lengths, 256)), precision)
