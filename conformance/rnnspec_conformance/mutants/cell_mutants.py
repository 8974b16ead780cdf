"""Misreadings of the equations of a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Array, Cell, Outcome, Precision, Problem, State, map_records, solve
from rnnspec.activations import HARD_SIGMOID_FIFTH, HARD_SIGMOID_SIXTH, TANH, Out
from rnnspec.steps.binding import lines_of
from rnnspec.steps.gated_product import GatedProduct
from rnnspec.steps.gru_step import ResetProduct
from rnnspec.steps.shared_lines import Absent, Activated
from rnnspec.steps.step import Bound, Letters, Line, Lines, Named, after, before, instead
from rnnspec.steps.variants import complement
from rnnspec_conformance.mutants.mutant import Mutant, Rewrite, by_other_lines, misreading
from rnnspec_conformance.mutants.option_mutants import Options, misread


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield from _lstm_steps()
    yield from _gru_steps()
    yield from _other_cells()
    yield from _state_orders()


class OverflowingSigmoid(Activation):
    """Sigmoid without care for a large pre-activation."""

    def value(self, a: Array, out: Out = None) -> Array:
        """exp(a) / (1 + exp(a)); NaN where exp(a) is infinite."""
        with np.errstate(all="ignore"):
            return np.asarray(np.divide(np.exp(a), 1 + np.exp(a), out=out))


OVERFLOWING = OverflowingSigmoid(name="sigmoid")


class ForwardLine(Line):
    """A wrong line; only its forward pass is meant."""

    def __init__(self, bound: Bound) -> None:
        self.bound, self.p = bound, bound.parameters

    def adjoint(self, v: Letters, d: Letters) -> Named:
        raise NotImplementedError("the gradients are those of the right forward pass")


class CandidatePeephole(ForwardLine):
    """``p_i c`` is added to the pre-activation of the candidate too."""

    def forward(self, v: Letters) -> Named:
        a_g = v.a_g
        a_g += self.p.p_i * v.c
        return {}


class ResetOfEverything(ForwardLine):
    """``a_n = r (W_n x + b_n + m)``."""

    def forward(self, v: Letters) -> Named:
        v.a_n[...] = v.r * (v.a_n + v.m)
        return {}


class ResetOfTheBias(ForwardLine):
    """``a_n = W_n x + r (R_n h + b_n)``."""

    def forward(self, v: Letters) -> Named:
        b_n = self.p.get("b_n", np.zeros((), v.h.dtype))
        v.a_n[...] = v.a_n - b_n + v.r * (self.bound.dot(v.h, self.p.R_n.T) + b_n)
        return {}


def _same(lines: Lines, _cell: Cell, _bound: Bound) -> Lines:
    return lines


def _step(id: str, rule: str, sentence: str, cell: LSTM | GRU, lines: Rewrite = _same, **options: Any) -> Mutant:
    """A misreading in which the forward step of a plain cell has other lines, or other options."""

    def applies(layer_cell: Cell) -> bool:
        # The misreadings are of the plain cell, with and without peepholes and biases, and of nothing else.
        plain = {"peephole": "none", "update": "keep", "bias": True, "reset": "after"}
        known: Any = {name: value for name, value in plain.items() if hasattr(layer_cell, name)}
        return replace(layer_cell, **known) == cell and getattr(layer_cell, "reset", "") != "none"

    def rewritten(right: Lines, of: Cell, bound: Bound) -> Lines:
        return lines(lines_of(replace(of, **options), bound), of, bound) if applies(of) else right

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        forward = by_other_lines(replace(problem, cotangents=None), precision, rewritten)
        return replace(forward, gradients=solve(problem, precision=precision).gradients)

    return misreading(id, rule, sentence, wrong)


def _lstm_steps() -> Iterator[Mutant]:
    def step(id: str, rule: str, sentence: str, lines: Rewrite = _same, **options: Any) -> Mutant:
        return _step(id, rule, sentence, LSTM(), lines, **options)

    yield step("lstm-output-without-tanh", "LSTM-6", "h' = o * c'", output_activation="identity")
    yield step(
        "lstm-output-of-the-old-cell",
        "LSTM-6",
        "h' = o * tanh(c)",
        lambda lines, _, bound: instead(lines, "k", Activated(bound, "k", TANH, of="c", in_place=False)),
    )
    yield step("lstm-candidate-sigmoid", "LSTM-3", "the candidate is a sigmoid", candidate_activation="sigmoid")
    yield step(
        "lstm-forget-gate-coupled",
        "LSTM-2",
        "f = 1 - i",
        lambda lines, _cell, _bound: after(instead(lines, "f"), "i", complement("f", "i")),
    )
    yield step(
        "lstm-input-gate-coupled",
        "LSTM-1",
        "i = 1 - f",
        lambda lines, _cell, _bound: after(instead(lines, "i"), "f", complement("i", "f")),
    )
    yield step(
        "lstm-nothing-forgotten",
        "LSTM-4",
        "c' = c + i * g",
        lambda lines, _, bound: instead(lines, "f", Absent(bound, "f")),
    )
    yield step("lstm-gates-tanh", "LSTM-5", "the gates are hyperbolic tangents", gate_activation="tanh")
    yield step(
        "lstm-hard-sigmoid-fifth", "LSTM-1", "gates are clip(0.2 a + 0.5, 0, 1)", gate_activation=HARD_SIGMOID_FIFTH
    )
    yield step(
        "lstm-hard-sigmoid-sixth", "LSTM-1", "gates are clip(a / 6 + 0.5, 0, 1)", gate_activation=HARD_SIGMOID_SIXTH
    )
    yield step("lstm-sigmoid-overflows", "NUM-1", "sigmoid is exp(a) / (1 + exp(a))", gate_activation=OVERFLOWING)
    yield step(
        "peephole-on-the-candidate",
        "PEEP-5",
        "the candidate sees the cell too",
        lambda lines, cell, bound: (
            lines if cell == LSTM(bias=cell.bias) else before(lines, "g", CandidatePeephole(bound))
        ),
    )


def _gru_steps() -> Iterator[Mutant]:
    def step(id: str, rule: str, sentence: str, lines: Rewrite = _same, **options: Any) -> Mutant:
        return _step(id, rule, sentence, GRU(), lines, **options)

    def product(right: type[Line], wrong: type[ForwardLine]) -> Rewrite:
        """Another line in the place of the one that brings R_n into the candidate."""
        return lambda lines, _, bound: [wrong(bound) if isinstance(line, right) else line for line in lines]

    yield step(
        "gru-reset-ignored",
        "GRU-1",
        "the reset gate is always open",
        lambda lines, _, bound: instead(lines, "r", Absent(bound, "r")),
    )
    yield step(
        "gru-reset-of-everything",
        "GRU-3",
        "n = tanh(r * (W_n x + b_n + R_n h + b_Rn))",
        product(ResetProduct, ResetOfEverything),
    )
    yield step(
        "gru-hard-sigmoid-fifth", "GRU-2", "gates are clip(0.2 a + 0.5, 0, 1)", gate_activation=HARD_SIGMOID_FIFTH
    )
    yield step(
        "gru-hard-sigmoid-sixth", "GRU-2", "gates are clip(a / 6 + 0.5, 0, 1)", gate_activation=HARD_SIGMOID_SIXTH
    )
    yield step(
        "gru-bias-in-the-reset-product",
        "GRU-4",
        "n = tanh(W_n x + r * (R_n h + b_n))",
        product(GatedProduct, ResetOfTheBias),
    )
    yield step("gru-sigmoid-overflows", "NUM-1", "sigmoid is exp(a) / (1 + exp(a))", gate_activation=OVERFLOWING)


def _other_cells() -> Iterator[Mutant]:
    """Misreadings in which one option of a cell is taken for another."""
    yield _option(
        "peephole-output-sees-the-old-cell",
        "PEEP-3",
        "the output gate sees c",
        kind=LSTM,
        field="peephole",
        to={"new": "old"},
    )
    yield _option(
        "peephole-output-sees-the-new-cell",
        "PEEP-4",
        "the output gate sees c'",
        kind=LSTM,
        field="peephole",
        to={"old": "new"},
    )
    yield _option(
        "gru-keep-taken-for-take", "GRU-5", "h' = (1 - z) * h + z * n", kind=GRU, field="update", to={"keep": "take"}
    )
    yield _option(
        "gru-take-taken-for-keep", "GRU-6", "h' = z * h + (1 - z) * n", kind=GRU, field="update", to={"take": "keep"}
    )
    yield _option(
        "gru-reset-before-the-product",
        "GRU-3",
        "n = tanh(W_n x + b_n + R_n (r * h))",
        kind=GRU,
        field="reset",
        to={"after": "before"},
    )
    yield _option(
        "gru-reset-after-the-product",
        "GRU-4",
        "n = tanh(W_n x + b_n + r * R_n h)",
        kind=GRU,
        field="reset",
        to={"before": "after"},
    )
    yield _option(
        "rnn-relu-taken-for-tanh", "RNN-2", "the activation is tanh", kind=RNN, field="activation", to={"relu": "tanh"}
    )
    yield _option(
        "rnn-tanh-taken-for-relu", "RNN-2", "the activation is relu", kind=RNN, field="activation", to={"tanh": "relu"}
    )


def _option(id: str, rule: str, sentence: str, *, kind: type[Any], field: str, to: dict[str, str]) -> Mutant:
    """A misreading in which an option of a cell is taken for another of its values."""

    def other(cell: Any) -> Options | None:
        value = getattr(cell, field)
        return {field: to[value]} if value in to else None

    return misread(id, rule, sentence, kind, other)


def _state_orders() -> Iterator[Mutant]:
    """Misreadings in which the cell stands where the output belongs."""

    def exchanged(state: State) -> State:
        plain = set(state) == {"h", "c"} and state.h.shape == state.c.shape
        return State(h=state.c, c=state.h) if plain else state

    def states_in(problem: Problem, precision: Precision) -> Outcome:
        if problem.initial is None:
            return solve(problem, precision=precision)
        initial = map_records(problem.initial, exchanged)
        outcome = solve(replace(problem, initial=initial), precision=precision)
        if outcome.gradients is None or outcome.gradients.initial is None:
            return outcome
        back = map_records(outcome.gradients.initial, exchanged)
        return replace(outcome, gradients=replace(outcome.gradients, initial=back))

    def states_out(problem: Problem, precision: Precision) -> Outcome:
        outcome = solve(problem, precision=precision)
        return replace(outcome, final=map_records(outcome.final, exchanged))

    yield misreading("lstm-initial-states-exchanged", "LSTM-7", "the initial (h, c) are read as (c, h)", states_in)
    yield misreading("lstm-final-states-exchanged", "LSTM-7", "the final (h, c) are given as (c, h)", states_out)
