"""Misreadings of the equations of a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from rnnspec import GRU, LSTM, RNN, Array, Layer, Outcome, Parameters, Problem, State, map_records, solve
from rnnspec.cells.gru import ResetAfterKernel
from rnnspec.cells.kernel import Kernel, Values
from rnnspec.cells.lstm_step import LSTMKernel
from rnnspec.precision import Precision
from rnnspec_conformance.mutants.mutant import Mutant, forward_only, misreading
from rnnspec_conformance.mutants.option_mutants import Options, misread


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield from _lstm_steps()
    yield from _gru_steps()
    yield from _other_cells()
    yield from _state_orders()


def _sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))


def _hard_sigmoid(slope: float) -> Callable[[Array], Array]:
    return lambda a: np.clip(slope * a + 0.5, 0, 1)


def _tanh(a: Array) -> Array:
    return np.asarray(np.tanh(a))


def _overflowing_sigmoid(a: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(a) / (1 + np.exp(a)))


def _same(a: Array) -> Array:
    return a


class LooseLSTM(LSTMKernel):
    """An LSTM step whose parts can be exchanged one by one; only its forward pass is meant."""

    gate_of: Callable[[Array], Array] = staticmethod(_sigmoid)
    candidate_of: Callable[[Array], Array] = staticmethod(_tanh)
    output_of: Callable[[Array], Array] = staticmethod(_tanh)
    coupling: ClassVar[str] = ""
    forgets: ClassVar[bool] = True
    reads_old_cell: ClassVar[bool] = False
    candidate_peephole: ClassVar[bool] = False

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        h, c = state
        p = self.parameters
        a_i, a_f, a_g, a_o = self.split(u + self.dot(h, self.R.T))
        peephole = self.peephole != "none"
        i = self.gate_of(a_i + p.p_i * c if peephole else a_i)
        f = self.gate_of(a_f + p.p_f * c if peephole else a_f)
        if self.coupling == "f":
            f = 1 - i
        elif self.coupling == "i":
            i = 1 - f
        g = self.candidate_of(a_g + p.p_i * c if peephole and self.candidate_peephole else a_g)
        c_new = (f * c if self.forgets else c) + i * g
        seen = c_new if self.peephole == "new" else c
        o = self.gate_of(a_o + p.p_o * seen if peephole else a_o)
        h_new = o * self.output_of(c if self.reads_old_cell else c_new)
        return (h_new, c_new), h_new, ()


class LooseGRU(ResetAfterKernel):
    """A GRU step whose parts can be exchanged, for both places of the reset gate; only its forward pass is meant."""

    gate_of: Callable[[Array], Array] = staticmethod(_sigmoid)
    resets: ClassVar[str] = "what it should"

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        (h,) = state
        u_r, u_z, u_n = self.split(u)
        q_r, q_z, q_n = self.split(self.dot(h, self.R.T))
        r, z = self.gate_of(u_r + q_r), self.gate_of(u_z + q_z)
        m = q_n if self.b_Rn is None else q_n + self.b_Rn
        if self.resets == "nothing":
            a_n = u_n + m
        elif self.cell.reset == "after":
            a_n = r * (u_n + m) if self.resets == "everything" else u_n + r * m
        elif self.resets == "product and bias":
            b_n = self.parameters.get("b_n", np.zeros((), u.dtype))
            a_n = u_n - b_n + r * (m + b_n)
        else:
            a_n = u_n + self.dot(r * h, self.parameters.R_n.T)
        h_new = self.update(z, h, np.tanh(a_n))
        return (h_new,), h_new, ()


def _step(id: str, rule: str, sentence: str, kind: type[Any], kernel: type[Kernel], **parts: Any) -> Mutant:
    """A misreading in which the step of a cell is the one of `kernel`, with these parts exchanged."""
    wrong_kernel: Any = type("WrongKernel", (kernel,), parts)

    @dataclass(frozen=True, kw_only=True)
    class WrongCell(kind):  # type: ignore[misc]
        def bind(self, parameters: Parameters, precision: Precision) -> Kernel:
            bound: Kernel = wrong_kernel(self, parameters, precision)
            return bound

    def wrong(problem: Problem, precision: Precision) -> Outcome:
        def exchanged(layer: Layer) -> Layer:
            # The loose steps know the plain cell, with and without peepholes and biases, and nothing else.
            cell: Any = layer.cell
            plain = {"peephole": "none", "update": "keep", "bias": True, "reset": "after"}
            known = {name: value for name, value in plain.items() if hasattr(cell, name)}
            applies = (
                isinstance(cell, kind) and replace(cell, **known) == kind() and getattr(cell, "reset", "") != "none"
            )
            return replace(layer, cell=WrongCell(**vars(layer.cell))) if applies else layer

        wrong_problem = replace(problem, layers=tuple(exchanged(layer) for layer in problem.layers))
        return forward_only(problem, wrong_problem, precision)

    return misreading(id, rule, sentence, wrong)


def _lstm_steps() -> Iterator[Mutant]:
    def step(id: str, rule: str, sentence: str, **parts: Any) -> Mutant:
        return _step(id, rule, sentence, LSTM, LooseLSTM, **parts)

    yield step("lstm-output-without-tanh", "LSTM-6", "h' = o * c'", output_of=staticmethod(_same))
    yield step("lstm-output-of-the-old-cell", "LSTM-6", "h' = o * tanh(c)", reads_old_cell=True)
    yield step("lstm-candidate-sigmoid", "LSTM-3", "the candidate is a sigmoid", candidate_of=staticmethod(_sigmoid))
    yield step("lstm-forget-gate-coupled", "LSTM-2", "f = 1 - i", coupling="f")
    yield step("lstm-input-gate-coupled", "LSTM-1", "i = 1 - f", coupling="i")
    yield step("lstm-nothing-forgotten", "LSTM-4", "c' = c + i * g", forgets=False)
    yield step("lstm-gates-tanh", "LSTM-5", "the gates are hyperbolic tangents", gate_of=staticmethod(_tanh))
    yield step(
        "lstm-hard-sigmoid-fifth",
        "LSTM-1",
        "gates are clip(0.2 a + 0.5, 0, 1)",
        gate_of=staticmethod(_hard_sigmoid(0.2)),
    )
    yield step(
        "lstm-hard-sigmoid-sixth",
        "LSTM-1",
        "gates are clip(a / 6 + 0.5, 0, 1)",
        gate_of=staticmethod(_hard_sigmoid(1 / 6)),
    )
    yield step(
        "lstm-sigmoid-overflows",
        "NUM-1",
        "sigmoid is exp(a) / (1 + exp(a))",
        gate_of=staticmethod(_overflowing_sigmoid),
    )
    yield step("peephole-on-the-candidate", "PEEP-5", "the candidate sees the cell too", candidate_peephole=True)


def _gru_steps() -> Iterator[Mutant]:
    def step(id: str, rule: str, sentence: str, **parts: Any) -> Mutant:
        return _step(id, rule, sentence, GRU, LooseGRU, **parts)

    yield step("gru-reset-ignored", "GRU-1", "the reset gate is always open", resets="nothing")
    yield step("gru-reset-of-everything", "GRU-3", "n = tanh(r * (W_n x + b_n + R_n h + b_Rn))", resets="everything")
    yield step(
        "gru-hard-sigmoid-fifth", "GRU-2", "gates are clip(0.2 a + 0.5, 0, 1)", gate_of=staticmethod(_hard_sigmoid(0.2))
    )
    yield step(
        "gru-hard-sigmoid-sixth",
        "GRU-2",
        "gates are clip(a / 6 + 0.5, 0, 1)",
        gate_of=staticmethod(_hard_sigmoid(1 / 6)),
    )
    yield step(
        "gru-bias-in-the-reset-product",
        "GRU-4",
        "n = tanh(W_n x + r * (R_n h + b_n))",
        resets="product and bias",
    )
    yield step(
        "gru-sigmoid-overflows", "NUM-1", "sigmoid is exp(a) / (1 + exp(a))", gate_of=staticmethod(_overflowing_sigmoid)
    )


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
