"""Misreadings of time: directions, lengths, padding, initial and final states, stacking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnnspec import Array, Layer, Outcome, Problem, State, States, map_arrays, solve
from rnnspec.precision import Precision
from rnnspec.solving import steps_of
from rnnspec_conformance.mutants.mutant import Mutant, forward_only, have_like_states, misreading


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield misreading("time-reversed", "SEQ-1", "the steps run from the last to the first", _time_reversed)
    yield misreading("initial-states-ignored", "SEQ-2", "the initial states are zero", _initial_ignored)
    yield misreading(
        "final-state-runs-over-the-padding", "SEQ-3", "the final state is that of step T - 1", _final_runs_on
    )
    yield misreading(
        "final-state-of-the-padded-output",
        "SEQ-3",
        "the final h is the output at step T - 1, zero in the padding",
        _final_zero,
    )
    yield misreading(
        "padded-outputs-repeat", "SEQ-4", "the last valid output is repeated in the padding", _padding_repeats
    )
    yield misreading("padded-outputs-nearly-zero", "SEQ-4", "padded outputs may be any small number", _nearly_zero)
    yield misreading("padded-outputs-run-on", "SEQ-4", "the outputs go on over the padding", _outputs_run_on)
    yield misreading(
        "reverse-output-in-processing-order",
        "SEQ-5",
        "outputs of the reverse direction are in the order of processing",
        _unflipped,
    )
    yield misreading(
        "reverse-starts-in-the-padding", "SEQ-5", "the reverse direction starts at step T - 1", _reverse_in_padding
    )
    yield misreading("reverse-reads-forward", "SEQ-5", "the reverse direction reads forward", _reverse_reads_forward)
    yield misreading(
        "reverse-final-state-of-the-last-step",
        "SEQ-6",
        "the final h of the reverse direction is its output at the last step",
        _reverse_final,
    )
    yield misreading("directions-exchanged", "SEQ-7", "the reverse half of y comes first", _halves_exchanged)
    yield misreading(
        "direction-parameters-exchanged",
        "SEQ-7",
        "the parameters of the two directions are exchanged",
        _parameters_exchanged,
    )
    yield misreading(
        "direction-states-exchanged",
        "SEQ-7",
        "the initial states of the two directions are exchanged",
        _states_exchanged,
    )
    yield misreading("directions-added", "SEQ-7", "each half of y is the sum of the directions", _directions_added)
    yield misreading(
        "layer-states-exchanged", "SEQ-8", "initial states go from the last layer to the first", _layers_exchanged
    )
    yield misreading(
        "final-states-of-the-layers-exchanged",
        "SEQ-8",
        "final states go from the last layer to the first",
        _final_exchanged,
    )
    yield misreading(
        "empty-sequence-forgets-its-state", "SEQ-9", "the final state of a sequence of length 0 is zero", _empty_is_zero
    )
    yield misreading("lengths-ignored", "SEQ-9", "every sequence has length T", _lengths_ignored)
    yield misreading(
        "lengths-one-short", "SEQ-9", "a length counts the steps before the last valid one", _lengths_short
    )
    yield misreading(
        "sequences-exchanged", "SEQ-10", "lengths belong to the sequences in the opposite order", _lengths_rolled
    )
    yield misreading(
        "sequences-share-a-state",
        "SEQ-10",
        "every sequence starts from the state of the first one",
        _first_state_for_all,
    )


def _solve(problem: Problem, precision: Precision) -> Outcome:
    return solve(problem, precision=precision)


def _forward(problem: Problem, wrong: Problem, precision: Precision) -> Outcome:
    return forward_only(problem, wrong, precision)


def _reverse_halves(problem: Problem, y: Array, change: Callable[[Array], Array]) -> Array:
    """`y` with the features of the last layer's reverse direction changed."""
    layer = problem.layers[-1]
    if layer.direction == "forward" or layer.merge != "concat":
        return y
    start = _reverse_start(layer)
    return np.concatenate([y[..., :start], change(y[..., start:])], axis=-1)


def _features(layer: Layer) -> int:
    """The features of the output of one direction."""
    return layer.cell.output_size(layer.hidden_size)


def _reverse_start(layer: Layer) -> int:
    """Where the features of the reverse direction begin."""
    return _features(layer) if layer.direction == "bidirectional" else 0


def _shows_state(layer: Layer) -> bool:
    """Whether the output of a direction is its h, and stands as such in y."""
    return _features(layer) == layer.cell.state_sizes(layer.hidden_size)["h"] and layer.merge == "concat"


def _of_final(outcome: Outcome, change: Callable[[int, int, State], State]) -> Outcome:
    final = tuple(
        tuple(change(layer, direction, state) for direction, state in enumerate(states))
        for layer, states in enumerate(outcome.final)
    )
    return replace(outcome, final=final)


def _initial(problem: Problem, change: Callable[[States], States]) -> Problem:
    return problem if problem.initial is None else replace(problem, initial=change(problem.initial))


def _time_reversed(problem: Problem, precision: Precision) -> Outcome:
    return _forward(problem, replace(problem, x=steps_of(problem).reversed(problem.x).copy()), precision)


def _initial_ignored(problem: Problem, precision: Precision) -> Outcome:
    return _forward(problem, replace(problem, initial=None), precision)


def _runs_on(problem: Problem, precision: Precision) -> Outcome:
    return _solve(replace(problem, lengths=None, cotangents=None), precision)


def _final_runs_on(problem: Problem, precision: Precision) -> Outcome:
    return replace(_solve(problem, precision), final=_runs_on(problem, precision).final)


def _final_zero(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)

    def last_output(layer: int, direction: int, state: State) -> State:
        of_layer = problem.layers[layer]
        is_reverse = of_layer.direction == "reverse" or direction == 1
        if layer < len(problem.layers) - 1 or is_reverse or not _shows_state(of_layer):
            return state
        return state.replace(h=outcome.y[-1][:, : _features(of_layer)])

    return _of_final(outcome, last_output)


def _padding_repeats(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    steps = steps_of(problem)
    y = outcome.y.copy()
    for t in range(1, len(y)):
        if steps.valid is not None and y.ndim == 3:
            y[t] = np.where(steps.valid[t], y[t], y[t - 1])
    return replace(outcome, y=y)


def _outputs_run_on(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    steps = steps_of(problem)
    if steps.valid is None or outcome.y.ndim > 3:
        return outcome
    return replace(outcome, y=np.where(steps.valid, outcome.y, _runs_on(problem, precision).y))


def _nearly_zero(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    steps = steps_of(problem)
    if steps.valid is None or outcome.y.ndim > 3:
        return outcome
    return replace(outcome, y=np.where(steps.valid, outcome.y, outcome.y.dtype.type(1e-30)))


def _unflipped(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    return replace(outcome, y=_reverse_halves(problem, outcome.y, steps_of(problem).reversed))


def _reverse_in_padding(problem: Problem, precision: Precision) -> Outcome:
    steps = steps_of(problem)
    outcome, on = _solve(problem, precision), _runs_on(problem, precision)
    start = _reverse_start(problem.layers[-1])
    y = _reverse_halves(problem, outcome.y, lambda _: steps.masked(on.y)[..., start:])

    def of_reverse(layer: int, direction: int, state: State) -> State:
        is_reverse = problem.layers[layer].direction == "reverse" or direction == 1
        return on.final[layer][direction] if is_reverse else state

    return _of_final(replace(outcome, y=y), of_reverse)


def _reverse_reads_forward(problem: Problem, precision: Precision) -> Outcome:
    if any(layer.direction != "reverse" for layer in problem.layers):
        return _solve(problem, precision)
    layers = tuple(replace(layer, direction="forward", reverse_outputs="time") for layer in problem.layers)
    return _solve(replace(problem, layers=layers), precision)


def _reverse_final(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)

    def last_output(layer: int, direction: int, state: State) -> State:
        of_layer = problem.layers[layer]
        is_reverse = of_layer.direction == "reverse" or direction == 1
        if layer < len(problem.layers) - 1 or not is_reverse or not _shows_state(of_layer):
            return state
        return state.replace(h=outcome.y[-1][:, -_features(of_layer) :])

    return _of_final(outcome, last_output)


def _bidirectional(problem: Problem) -> bool:
    return all(layer.direction == "bidirectional" and layer.merge == "concat" for layer in problem.layers)


def _halves_exchanged(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    if not _bidirectional(problem):
        return outcome
    return replace(outcome, y=np.roll(outcome.y, _features(problem.layers[-1]), axis=-1))


def _directions_added(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    if not _bidirectional(problem):
        return outcome
    return replace(outcome, y=outcome.y + np.roll(outcome.y, _features(problem.layers[-1]), axis=-1))


def _parameters_exchanged(problem: Problem, precision: Precision) -> Outcome:
    def exchanged(layer: Layer) -> Layer:
        return replace(layer, parameters=layer.parameters[::-1])

    outcome = _solve(replace(problem, layers=tuple(map(exchanged, problem.layers))), precision)
    if outcome.gradients is None:
        return outcome
    back = tuple(layer[::-1] for layer in outcome.gradients.layers)
    return replace(outcome, gradients=replace(outcome.gradients, layers=back))


def _states_exchanged(problem: Problem, precision: Precision) -> Outcome:
    wrong = _initial(problem, lambda states: tuple(layer[::-1] for layer in states))
    return _forward(problem, wrong, precision)


def _layers_exchanged(problem: Problem, precision: Precision) -> Outcome:
    wrong = _initial(problem, lambda states: states[::-1]) if have_like_states(problem) else problem
    return _forward(problem, wrong, precision)


def _final_exchanged(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    return replace(outcome, final=outcome.final[::-1]) if have_like_states(problem) else outcome


def _empty_is_zero(problem: Problem, precision: Precision) -> Outcome:
    outcome = _solve(problem, precision)
    if problem.lengths is None:
        return outcome
    some = (problem.lengths > 0)[:, None]

    def zeroed(_layer: int, _direction: int, state: State) -> State:
        return State(**{name: np.where(some, array, np.zeros((), array.dtype)) for name, array in state.items()})

    return _of_final(outcome, zeroed)


def _lengths_ignored(problem: Problem, precision: Precision) -> Outcome:
    return _solve(replace(problem, lengths=None), precision)


def _lengths_short(problem: Problem, precision: Precision) -> Outcome:
    if problem.lengths is None:
        return _solve(problem, precision)
    return _solve(replace(problem, lengths=np.maximum(problem.lengths - 1, 0)), precision)


def _lengths_rolled(problem: Problem, precision: Precision) -> Outcome:
    if problem.lengths is None:
        return _solve(problem, precision)
    return _solve(replace(problem, lengths=problem.lengths[::-1].copy()), precision)


def _first_state_for_all(problem: Problem, precision: Precision) -> Outcome:
    def first(array: Array) -> Array:
        return np.repeat(array[:1], len(array), axis=0)

    return _forward(problem, replace(problem, initial=map_arrays(problem.initial, first)), precision)
