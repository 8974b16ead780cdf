"""Laws: what follows from the rules for several calls, whatever the numbers are.

A law puts other problems to the implementation than the one of its case, and puts their outcomes together so that they
must be the outcome of that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnnspec import Array, Cotangents, Direction, Outcome, Precision, Problem, States, map_arrays, named_arrays
from rnnspec.solving import steps_of

Solve = Callable[[Problem], Outcome]
Fields = dict[str, Array]
Law = Callable[[Problem, Solve, Precision], Fields]

POISONS = (np.nan, np.inf, -np.inf)


def chunks(problem: Problem, solve: Solve, precision: Precision) -> Fields:
    """Two halves one after the other in time, the state handed on, and its cotangents handed back (SEQ-15)."""
    half = problem.x.shape[0] // 2
    lengths, d = problem.lengths, problem.cotangents
    d_y = None if d is None else d.y
    early = replace(
        problem,
        x=problem.x[:half].copy(),
        lengths=None if lengths is None else np.minimum(lengths, half),
        cotangents=None,
    )
    first = solve(early)
    second = solve(
        replace(
            problem,
            x=problem.x[half:].copy(),
            initial=_in_float64(first.final),
            lengths=None if lengths is None else np.maximum(lengths - half, 0),
            cotangents=None if d is None else replace(d, y=None if d_y is None else d_y[half:].copy()),
        )
    )
    if second.gradients is None:
        return named_arrays(replace(second, y=np.concatenate([first.y, second.y])))
    handed_back = second.gradients.initial
    assert handed_back is not None
    cotangents = Cotangents(y=None if d_y is None else d_y[:half].copy(), final=_in_float64(handed_back))
    first = solve(replace(early, cotangents=cotangents))
    whole = named_arrays(first) | {name: array for name, array in named_arrays(second).items() if "final" in name}
    for name, array in named_arrays(second).items():
        if name in ("y", "gradients.x"):
            whole[name] = np.concatenate([whole[name], array])
        elif name.startswith("gradients.layers"):
            whole[name] = precision.nearest(whole[name] + array)
    return whole


def in_another_order(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """The sequences of the batch in another order (SEQ-10)."""
    order = np.roll(np.arange(problem.x.shape[1]), 1)
    fields = named_arrays(solve(chosen(problem, order)))
    return {name: _taken(name, array, np.argsort(order)) for name, array in fields.items()}


def one_by_one(problem: Problem, solve: Solve, precision: Precision) -> Fields:
    """Every sequence as a batch of its own; the gradients of the parameters are added (SEQ-10, GRAD-7)."""
    alone = [named_arrays(solve(chosen(problem, [b]))) for b in range(problem.x.shape[1])]
    return {
        name: precision.nearest(np.sum([fields[name] for fields in alone], axis=0))
        if _batch_axis(name) is None
        else np.concatenate([fields[name] for fields in alone], axis=_batch_axis(name))
        for name in alone[0]
    }


def poisoned_neighbour(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """A sequence of infinities and NaN in the midst of the batch; what belongs to it is left out (SEQ-10)."""
    B = problem.x.shape[1]
    with_copy = chosen(problem, [0, 0, *range(1, B)])  # the copy at 1 is poisoned
    x = with_copy.x.copy()
    x[:, 1] = np.resize(POISONS, x[:, 1].shape)
    fields = named_arrays(solve(replace(with_copy, x=x)))
    return {
        name: np.delete(array, 1, axis=_batch_axis(name))
        for name, array in fields.items()
        if _batch_axis(name) is not None
    }


def poisoned_padding(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """Infinities and NaN in the padding of the input (SEQ-10)."""
    x = problem.x.copy()
    padding = ~steps_of(problem).masked(np.ones(x.shape, dtype=bool))
    x[padding] = np.resize(POISONS, int(padding.sum()))
    return named_arrays(solve(replace(problem, x=x)))


def longer_padding(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """The same lengths in a longer array: more padding, which is left out again (SEQ-4, SEQ-9)."""
    T, B, _ = problem.x.shape
    lengths = np.full(B, T) if problem.lengths is None else problem.lengths
    d = problem.cotangents

    def longer(array: Array) -> Array:
        return np.concatenate([array, array[:2]])

    cotangents = None if d is None else replace(d, y=None if d.y is None else longer(d.y))
    fields = named_arrays(solve(replace(problem, x=longer(problem.x), lengths=lengths, cotangents=cotangents)))
    return {name: array[:T] if name in ("y", "gradients.x") else array for name, array in fields.items()}


def zero_states(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """Initial states of zeros where the problem gives none (SEQ-2)."""
    fields = named_arrays(solve(replace(problem, initial=problem.zero_states())))
    return {name: array for name, array in fields.items() if not name.startswith("gradients.initial")}


def mirrored(problem: Problem, solve: Solve, _: Precision) -> Fields:
    """One layer read from the other end: forward is reverse, and two directions change places (SEQ-5, SEQ-7)."""
    (layer,) = problem.layers
    other: dict[Direction, Direction] = {"forward": "reverse", "reverse": "forward", "bidirectional": "bidirectional"}
    steps = steps_of(problem)

    def turned(states: States | None) -> States | None:
        return None if states is None else (states[0][::-1],)

    def mirror(y: Array) -> Array:
        backward = steps.reversed(y)
        return np.roll(backward, y.shape[-1] // 2, axis=-1) if layer.directions == 2 else backward

    d = problem.cotangents
    outcome = solve(
        replace(
            problem,
            layers=(replace(layer, direction=other[layer.direction], parameters=layer.parameters[::-1]),),
            x=steps.reversed(problem.x).copy(),
            initial=turned(problem.initial),
            cotangents=None if d is None else Cotangents(y=None if d.y is None else mirror(d.y), final=turned(d.final)),
        )
    )
    final, gradients = turned(outcome.final), outcome.gradients
    assert final is not None
    if gradients is not None:
        gradients = replace(
            gradients,
            x=steps.reversed(gradients.x),
            initial=turned(gradients.initial),
            layers=(gradients.layers[0][::-1],),
        )
    return named_arrays(Outcome(y=mirror(outcome.y), final=final, gradients=gradients))


def cotangents_apart(problem: Problem, solve: Solve, precision: Precision) -> Fields:
    """The gradients of outputs and those of final states, taken apart and added (GRAD-1)."""
    d = problem.cotangents
    assert d is not None
    of_y = named_arrays(solve(replace(problem, cotangents=replace(d, final=None))))
    of_final = named_arrays(solve(replace(problem, cotangents=replace(d, y=None))))
    return {
        name: precision.nearest(array + of_final[name]) if name.startswith("gradients.") else array
        for name, array in of_y.items()
    }


LAWS: Mapping[str, Law] = {
    "chunks": chunks,
    "sequences-in-another-order": in_another_order,
    "sequences-one-by-one": one_by_one,
    "poisoned-neighbour": poisoned_neighbour,
    "poisoned-padding": poisoned_padding,
    "longer-padding": longer_padding,
    "zero-states": zero_states,
    "mirrored": mirrored,
    "cotangents-apart": cotangents_apart,
}
"""By the kind of the case."""


def chosen(problem: Problem, sequences: Sequence[int] | Array) -> Problem:
    """`problem` with these sequences of its batch, in this order."""
    indices = np.asarray(sequences, dtype=np.intp)

    def states(given: States | None) -> States | None:
        return map_arrays(given, lambda array: array[indices])

    d = problem.cotangents
    return replace(
        problem,
        x=problem.x[:, indices],
        initial=states(problem.initial),
        lengths=None if problem.lengths is None else problem.lengths[indices],
        cotangents=None if d is None else Cotangents(y=None if d.y is None else d.y[:, indices], final=states(d.final)),
    )


def _batch_axis(name: str) -> int | None:
    """The axis of a field that counts the sequences; None in the gradients of parameters."""
    if name.startswith("gradients.layers"):
        return None
    return 1 if name in ("y", "gradients.x") else 0


def _taken(name: str, array: Array, order: Array) -> Array:
    axis = _batch_axis(name)
    return array if axis is None else np.take(array, order, axis=axis)


def _in_float64(states: States) -> States:
    return map_arrays(states, lambda array: array.astype(np.float64))
