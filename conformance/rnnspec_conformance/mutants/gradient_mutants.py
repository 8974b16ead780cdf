"""Wrong gradients beside a right forward pass: missing, doubled, truncated, of the wrong sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Array,
    Gradients,
    Layer,
    Outcome,
    Parameters,
    Problem,
    State,
    map_arrays,
    map_records,
    solve,
)
from rnnspec.activations import RELU, TANH
from rnnspec.cells.clipping import times
from rnnspec.cells.gru import ResetAfterKernel, ResetBeforeKernel
from rnnspec.cells.kernel import Kernel, Values
from rnnspec.cells.lstm_step import LSTMKernel
from rnnspec.cells.rnn import RNNKernel
from rnnspec.precision import Precision
from rnnspec.solving import steps_of
from rnnspec_conformance.mutants.mutant import Mutant, misreading, with_gradients

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


def _step(id: str, rule: str, sentence: str, kind: type, kernel: type[Kernel]) -> Mutant:
    """A misreading in which the cells that `kernel` is for have its adjoint."""

    @dataclass(frozen=True, kw_only=True)
    class WrongCell(kind):  # type: ignore[misc]
        def bind(self, parameters: Parameters, precision: Precision) -> Kernel:
            right: Kernel = super().bind(parameters, precision)
            wrong: Any = kernel
            return wrong(self, parameters, precision) if issubclass(kernel, type(right)) else right

    def exchanged(layer: Layer) -> Layer:
        return replace(layer, cell=WrongCell(**vars(layer.cell))) if isinstance(layer.cell, kind) else layer

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        return solve(replace(problem, layers=tuple(map(exchanged, problem.layers))), precision=precision)

    return misreading(id, rule, sentence, wrong)


def _steps() -> Iterator[Mutant]:
    """Wrong adjoints of one step."""
    truncated = "no gradient flows from one step to the step before"
    yield _step("lstm-gradient-truncated", "GRAD-1", truncated, LSTM, _TruncatedLSTM)
    yield _step("rnn-gradient-truncated", "GRAD-1", truncated, RNN, _TruncatedRNN)
    yield _step("gru-after-gradient-truncated", "GRAD-1", truncated, GRU, _TruncatedAfter)
    yield _step("gru-before-gradient-truncated", "GRAD-1", truncated, GRU, _TruncatedBefore)
    yield _step(
        "lstm-gradient-through-the-gates-cut",
        "GRAD-3",
        "the recurrent products have no gradient to the step before (the rule of 1997)",
        LSTM,
        _GatesCut,
    )
    yield _step(
        "peephole-gradient-cut", "GRAD-4", "no gradient flows through the peepholes to the cell", LSTM, _PeepholesCut
    )
    yield _step(
        "gru-after-gradient-without-reset", "GRAD-5", "the gradient of R_n and b_Rn forgets r", GRU, _WithoutReset
    )
    yield _step(
        "gru-before-gradient-of-the-reset-state",
        "GRAD-6",
        "the gradient of h forgets the reset state",
        GRU,
        _ResetStateCut,
    )
    yield _step("rnn-relu-derivative-one-at-zero", "GRAD-12", "the derivative of relu at 0 is 1", RNN, _DerivativeOne)
    yield _step("kinks-from-the-left", "ACT-3", "derivatives at kinks are those on the left", RNN, _DerivativeOnTheLeft)
    yield _step(
        "kinks-from-the-right", "ACT-3", "derivatives at kinks are those on the right", RNN, _DerivativeOnTheRight
    )
    yield _step(
        "rnn-gradient-derivative-of-tanh", "GRAD-2", "the derivative is always that of tanh", RNN, _DerivativeOfTanh
    )


def _zeros(values: Values) -> Values:
    return tuple(np.zeros_like(value) for value in values)


class _TruncatedLSTM(LSTMKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        return _zeros(super().adjoint(tape, d_state, d_y, d_u))


class _TruncatedRNN(RNNKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        return _zeros(super().adjoint(tape, d_state, d_y, d_u))


class _TruncatedAfter(ResetAfterKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        return _zeros(super().adjoint(tape, d_state, d_y, d_u))


class _TruncatedBefore(ResetBeforeKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        return _zeros(super().adjoint(tape, d_state, d_y, d_u))


class _GatesCut(LSTMKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        d_h, *others = super().adjoint(tape, d_state, d_y, d_u)
        return np.zeros_like(d_h), *others


class _PeepholesCut(LSTMKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        peephole, self.peephole = self.peephole, "none"
        try:
            return super().adjoint(tape, d_state, d_y, d_u)
        finally:
            self.peephole = peephole


class _WithoutReset(ResetAfterKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        d_old = super().adjoint(tape, d_state, d_y, d_u)
        tape[3][...] = d_u[..., -self.H :]
        return d_old


class _ResetStateCut(ResetBeforeKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        r = tape[1].copy()
        (d_h,) = super().adjoint(tape, d_state, d_y, d_u)
        return (d_h - self.dot(d_u[:, -self.H :], self.parameters.R_n) * r,)


class _DerivativeOne(RNNKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        if self.activation != RELU:
            return super().adjoint(tape, d_state, d_y, d_u)
        d_u[...] = (d_state[0] + d_y) * (d_u >= 0)  # relu leaves the pre-activation in the memory of d_u
        return (self.dot(d_u, self.R),)


class _DerivativeOfTanh(RNNKernel):
    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        d_u[...] = (d_state[0] + d_y) * TANH.derivative(tape[1])
        return (self.dot(d_u, self.R),)


class _DerivativeBesideKinks(RNNKernel):
    """At a kink, the derivative is that of a point beside it. Relu has a mutant of its own."""

    beside: ClassVar[float]

    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        _, h_new, clip_slope = tape
        slope = self.activation.derivative(h_new)
        for kink in _kinks(self.activation):
            (there,) = self.activation.derivative(self.activation.value(np.array([kink + self.beside])))
            slope[d_u.real == kink] = there  # d_u holds the pre-activations until it is filled
        d_u[...] = times((d_state[0] + d_y) * slope, clip_slope)
        return (self.dot(d_u, self.R),)


class _DerivativeOnTheLeft(_DerivativeBesideKinks):
    beside = -1e-9


class _DerivativeOnTheRight(_DerivativeBesideKinks):
    beside = 1e-9


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
