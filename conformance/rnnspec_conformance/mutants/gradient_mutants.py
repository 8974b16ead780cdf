"""Wrong gradients beside a right forward pass: missing, doubled, truncated, of the wrong sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Array,
    Cell,
    Gradients,
    Outcome,
    Parameters,
    Problem,
    State,
    map_arrays,
    map_records,
    solve,
)
from rnnspec.activations import RELU, TANH, activation_of
from rnnspec.precision import Precision
from rnnspec.solving import steps_of
from rnnspec.steps.clips import TrueClip
from rnnspec.steps.gated_product import GatedProduct
from rnnspec.steps.gru_step import ResetRecurrence
from rnnspec.steps.peepholes import Peephole
from rnnspec.steps.shared_lines import Activated
from rnnspec.steps.step import Bound, Letters, Line, Lines, Named, old_letter
from rnnspec_conformance.mutants.mutant import Mutant, by_other_lines, misreading, with_gradients

LETTERS = {
    "W": ("W", "GRAD-7"),
    "R": ("R", "GRAD-7"),
    "b": ("b", "GRAD-7"),
    "p": ("p", "GRAD-4"),
    "P": ("projections", "GRAD-16"),
}
"""The letters of the parameters: what ids call them, and the rules of their gradients."""


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    for factor, word in ((0.0, "missing"), (2.0, "doubled")):
        yield _scaled_x(f"gradient-of-x-{word}", "GRAD-8", f"the gradient of x is {word}", factor)
        for state in ("h", "c"):
            yield _scaled_initial(
                f"gradient-of-initial-{state}-{word}",
                "GRAD-9",
                f"the gradient of the initial {state} is {word}",
                state,
                factor,
            )
        for letter, (name, rule) in LETTERS.items():
            yield _scaled_parameter(
                f"gradient-of-{name}-{word}", rule, f"the gradients of {letter} are {word}", letter, factor
            )
    for letter, (name, rule) in LETTERS.items():
        yield _of_one_step(
            f"gradient-of-{name}-of-one-step",
            rule,
            f"the gradients of {letter} are those of the last step alone, right where there is one step",
            letter,
        )
    yield _layout("gradient-of-R-transposed", "GRAD-7", "the gradients of R are transposed", "R", _transposed)
    yield _layout(
        "gradient-of-W-in-another-gate-order",
        "GRAD-7",
        "the gradients of W belong to the gate before",
        "W",
        None,
    )
    yield _layout(
        "gradient-of-b-in-another-gate-order", "GRAD-7", "the gradients of b belong to the gate before", "b", None
    )
    yield _layout(
        "gradient-of-p-in-another-gate-order", "GRAD-4", "the gradients of p belong to the gate before", "p", None
    )
    yield _changed(
        "gradient-of-x-one-step-late",
        "GRAD-8",
        "the gradient of x stands one step late",
        lambda d: replace(d, x=np.roll(d.x, 1, axis=0)),
    )
    yield _changed(
        "gradients-of-the-initial-states-exchanged",
        "GRAD-9",
        "the gradients of the initial h and c are exchanged",
        _exchanged_states,
    )
    yield _changed(
        "gradients-of-the-directions-exchanged",
        "SEQ-7",
        "the gradients of the parameters of the two directions are exchanged",
        lambda d: replace(d, layers=tuple(layer[::-1] for layer in d.layers)),
    )
    yield _scaled_parameter("gradient-of-b-rn-missing", "GRAD-5", "b_Rn has no gradient", "b_Rn", 0.0)
    yield misreading(
        "gradients-averaged-over-the-batch", "GRAD-7", "parameter gradients are means over the batch", _averaged
    )
    yield misreading("final-cotangents-ignored", "GRAD-10", "final states have no part in the gradients", _no_final)
    yield misreading("output-cotangents-ignored", "GRAD-1", "outputs have no part in the gradients", _no_y)
    yield misreading(
        "output-cotangents-in-the-padding",
        "GRAD-11",
        "cotangents of padded outputs act on the last valid step",
        _padded_y,
    )
    for id, size in (("gradient-of-the-padding", 0.1), ("gradient-of-the-padding-nearly-zero", 1e-30)):
        yield _padded_x(id, "GRAD-11", f"x has a gradient of {size:g} in the padding", size)
    yield from _steps()


def _scaled_x(id: str, rule: str, sentence: str, factor: float) -> Mutant:
    def change(d: Gradients) -> Gradients:
        return replace(d, x=d.x * d.x.dtype.type(factor))

    return _changed(id, rule, sentence, change)


def _scaled_initial(id: str, rule: str, sentence: str, name: str, factor: float) -> Mutant:
    def scaled(state: State) -> State:
        return state.replace(**{name: state[name] * state[name].dtype.type(factor)}) if name in state else state

    def change(d: Gradients) -> Gradients:
        if d.initial is None:
            return d
        return replace(d, initial=map_records(d.initial, scaled))

    return _changed(id, rule, sentence, change)


def _scaled_parameter(id: str, rule: str, sentence: str, chosen: str, factor: float) -> Mutant:
    def scaled(parameters: Parameters) -> Parameters:
        names = [name for name in parameters if chosen in (name, name.split("_")[0])]
        return parameters.replace(**{name: parameters[name] * parameters[name].dtype.type(factor) for name in names})

    def change(d: Gradients) -> Gradients:
        return replace(d, layers=map_records(d.layers, scaled))

    return _changed(id, rule, sentence, change)


def _changed(id: str, rule: str, sentence: str, change: Callable[[Gradients], Gradients]) -> Mutant:
    def wrong(problem: Problem, precision: Precision) -> Outcome:
        return with_gradients(solve(problem, precision=precision), change)

    return misreading(id, rule, sentence, wrong)


def _of_one_step(id: str, rule: str, sentence: str, chosen: str) -> Mutant:
    """The gradients of a letter as if there were no step before the last one that the sequences have in common."""

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(problem, precision=precision)
        d = problem.cotangents
        T = len(problem.x)
        if d is None or T == 1 or outcome.gradients is None:
            return outcome
        before = solve(replace(problem, x=problem.x[:-1], lengths=_within(problem, T - 1), cotangents=None))
        last = replace(
            problem,
            x=problem.x[-1:],
            initial=before.final,
            lengths=None if problem.lengths is None else np.maximum(problem.lengths - (T - 1), 0),
            cotangents=replace(d, y=None if d.y is None else d.y[-1:]),
        )
        gradients = solve(last, precision=precision).gradients
        assert gradients is not None

        def mixed(whole: Parameters, of_last: Parameters) -> Parameters:
            return whole.replace(**{name: of_last[name] for name in whole if name.split("_")[0] == chosen})

        layers = map_records(outcome.gradients.layers, mixed, gradients.layers)
        return replace(outcome, gradients=replace(outcome.gradients, layers=layers))

    return misreading(id, rule, sentence, wrong)


def _within(problem: Problem, T: int) -> Any:
    return None if problem.lengths is None else np.minimum(problem.lengths, T)


def _transposed(array: Array) -> Array:
    return array.T.copy() if array.ndim == 2 and array.shape[0] == array.shape[1] else array


def _layout(id: str, rule: str, sentence: str, chosen: str, change: Callable[[Array], Array] | None) -> Mutant:
    """The gradients of a letter, each array changed; or, without a change, each that of the gate before it."""

    def changed(parameters: Parameters) -> Parameters:
        names = [name for name in parameters if name.split("_")[0] == chosen and len(name) <= 3]
        if change is not None:
            return parameters.replace(**{name: change(parameters[name]) for name in names})
        before = [*names[-1:], *names[:-1]]
        return parameters.replace(**{name: parameters[old] for name, old in zip(names, before, strict=True)})

    return _changed(id, rule, sentence, lambda d: replace(d, layers=map_records(d.layers, changed)))


def _exchanged_states(d: Gradients) -> Gradients:
    def exchanged(state: State) -> State:
        if "c" not in state or state.h.shape != state.c.shape:
            return state
        return state.replace(h=state.c, c=state.h)

    return d if d.initial is None else replace(d, initial=map_records(d.initial, exchanged))


def _averaged(problem: Problem, precision: Precision) -> Outcome:
    B = problem.x.shape[1]

    def change(d: Gradients) -> Gradients:
        return replace(d, layers=map_arrays(d.layers, lambda array: array / array.dtype.type(B)))

    return with_gradients(solve(problem, precision=precision), change)


def _no_final(problem: Problem, precision: Precision) -> Outcome:
    if problem.cotangents is None:
        return solve(problem, precision=precision)
    return solve(replace(problem, cotangents=replace(problem.cotangents, final=None)), precision=precision)


def _no_y(problem: Problem, precision: Precision) -> Outcome:
    if problem.cotangents is None:
        return solve(problem, precision=precision)
    return solve(replace(problem, cotangents=replace(problem.cotangents, y=None)), precision=precision)


def _padded_y(problem: Problem, precision: Precision) -> Outcome:
    if problem.cotangents is None or problem.cotangents.y is None or problem.lengths is None:
        return solve(problem, precision=precision)
    d_y = problem.cotangents.y.copy()
    for b, length in enumerate(problem.lengths.tolist()):
        if length:
            d_y[length - 1, b] = d_y[length - 1 :, b].sum(axis=0)
    return solve(replace(problem, cotangents=replace(problem.cotangents, y=d_y)), precision=precision)


def _padded_x(id: str, rule: str, sentence: str, size: float) -> Mutant:
    def wrong(problem: Problem, precision: Precision) -> Outcome:
        valid = steps_of(problem).valid

        def change(d: Gradients) -> Gradients:
            return d if valid is None else replace(d, x=np.where(valid, d.x, d.x.dtype.type(size)))

        return with_gradients(solve(problem, precision=precision), change)

    return misreading(id, rule, sentence, wrong)


Adjoint = Callable[[Any, Letters, Letters], Named]
"""The adjoint of a line, or what gives the gradients of its parameters."""


class OtherAdjoint(Line):
    """A line with another adjoint, or with other gradients of its parameters."""

    def __init__(self, line: Line, adjoint: Adjoint | None, gradients: Adjoint | None) -> None:
        self.line, self.other_adjoint, self.other_gradients = line, adjoint, gradients
        self.left, self.summed, self.d_summed = line.left, line.summed, line.d_summed

    def forward(self, v: Letters) -> Named:
        return self.line.forward(v)

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return self.line.adjoint(v, d) if self.other_adjoint is None else self.other_adjoint(self.line, v, d)

    def gradients(self, v: Letters, d: Letters) -> Named:
        return self.line.gradients(v, d) if self.other_gradients is None else self.other_gradients(self.line, v, d)


class Cut(Line):
    """Lets no gradient through to these arrays of the old state."""

    def __init__(self, *letters: str) -> None:
        self.left = letters

    def forward(self, v: Letters) -> Named:
        return {}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {letter: np.zeros_like(d[letter]) for letter in self.left}


Applies = Callable[[Cell], bool]


def _cut(id: str, rule: str, sentence: str, applies: Applies, *letters: str) -> Mutant:
    """A misreading in which no gradient reaches these arrays of the old state, or any of them."""

    def cut(lines: Lines, cell: Cell, _: Bound) -> Lines:
        return [Cut(*(letters or map(old_letter, cell.states))), *lines] if applies(cell) else lines

    return misreading(id, rule, sentence, lambda problem, precision: by_other_lines(problem, precision, cut))


def _adjoint(
    id: str,
    rule: str,
    sentence: str,
    applies: Applies,
    *,
    of: type[Line] | tuple[type[Line], ...],
    adjoint: Adjoint | None = None,
    gradients: Adjoint | None = None,
) -> Mutant:
    """A misreading in which lines of a kind have another adjoint, or other gradients of their parameters."""

    def other(lines: Lines, cell: Cell, _: Bound) -> Lines:
        if not applies(cell):
            return lines
        return [OtherAdjoint(line, adjoint, gradients) if isinstance(line, of) else line for line in lines]

    return misreading(id, rule, sentence, lambda problem, precision: by_other_lines(problem, precision, other))


def _is_lstm(cell: Cell) -> bool:
    return isinstance(cell, LSTM)


def _is_rnn(cell: Cell) -> bool:
    return isinstance(cell, RNN)


def _resets_after(cell: Cell) -> bool:
    return isinstance(cell, GRU) and cell.reset != "before"


def _resets_before(cell: Cell) -> bool:
    return isinstance(cell, GRU) and cell.reset == "before"


def _steps() -> Iterator[Mutant]:
    """Wrong adjoints of one step."""
    truncated = "no gradient flows from one step to the step before"
    yield _cut("lstm-gradient-truncated", "GRAD-1", truncated, _is_lstm)
    yield _cut("rnn-gradient-truncated", "GRAD-1", truncated, _is_rnn)
    yield _cut("gru-after-gradient-truncated", "GRAD-1", truncated, _resets_after)
    yield _cut("gru-before-gradient-truncated", "GRAD-1", truncated, _resets_before)
    yield _cut(
        "lstm-gradient-through-the-gates-cut",
        "GRAD-3",
        "the recurrent products have no gradient to the step before (the rule of 1997)",
        _is_lstm,
        "h",
    )
    yield _adjoint(
        "peephole-gradient-cut",
        "GRAD-4",
        "no gradient flows through the peepholes to the cell",
        _is_lstm,
        of=Peephole,
        adjoint=lambda _line, _v, _d: {},
    )
    yield _adjoint(
        "gru-after-gradient-without-reset",
        "GRAD-5",
        "the gradient of R_n and b_Rn forgets r",
        _resets_after,
        of=ResetRecurrence,
        gradients=lambda line, v, d: line.gradients(v, Letters(vars(d) | {"m": d.a_n})),
    )
    yield _adjoint(
        "gru-before-gradient-of-the-reset-state",
        "GRAD-6",
        "the gradient of h forgets the reset state",
        _resets_before,
        of=GatedProduct,
        adjoint=lambda line, v, d: {"r": line.adjoint(v, d)["r"]},
    )
    yield _adjoint(
        "rnn-relu-derivative-one-at-zero",
        "GRAD-12",
        "the derivative of relu at 0 is 1",
        _is_relu,
        of=(Activated, TrueClip),
        adjoint=_without_clip(lambda v: v.a >= 0),
    )
    for side, by in (("left", -1e-9), ("right", 1e-9)):
        yield _adjoint(
            f"kinks-from-the-{side}",
            "ACT-3",
            f"derivatives at kinks are those on the {side}",
            _is_rnn,
            of=Activated,
            adjoint=_beside(by),
        )
    yield _adjoint(
        "rnn-gradient-derivative-of-tanh",
        "GRAD-2",
        "the derivative is always that of tanh",
        _is_rnn,
        of=(Activated, TrueClip),
        adjoint=_without_clip(lambda v: TANH.derivative(v.h_new)),
    )


def _is_relu(cell: Cell) -> bool:
    return isinstance(cell, RNN) and activation_of(cell.activation, "RNN.activation") == RELU


def _without_clip(slope: Callable[[Letters], Array]) -> Adjoint:
    """The activation has this derivative, and a clip in front of it the derivative 1."""
    return lambda line, v, d: {"a": d.h_new * slope(v)} if isinstance(line, Activated) else {"a": d.a}


def _beside(by: float) -> Adjoint:
    """At a kink, the derivative is that of a point beside it. Relu has a mutant of its own."""

    def adjoint(line: Activated, v: Letters, d: Letters) -> Named:
        slope = line.activation.derivative(v.h_new)
        for kink in _kinks(line.activation):
            (there,) = line.activation.derivative(line.activation.value(np.array([kink + by])))
            slope[v.a.real == kink] = there
        return {"a": d.h_new * slope}

    return adjoint


def _kinks(activation: Activation) -> tuple[float, ...]:
    """Where its derivative jumps."""
    match activation:
        case Activation(name="leaky_relu" | "elu"):
            return (0.0,)
        case Activation(name="thresholded_relu", alpha=float(alpha)):
            return (alpha,)
        case Activation(name="hard_sigmoid", alpha=float(alpha), beta=float(beta)):
            return (-beta / alpha, (1 - beta) / alpha)
        case _:
            return ()
