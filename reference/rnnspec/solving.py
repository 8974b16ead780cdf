"""`solve`: layers over a batch of sequences, and the gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from rnnspec import scan
from rnnspec.arithmetic import FLOAT64, Arithmetic
from rnnspec.cells.kernel import Values
from rnnspec.errors import ProblemError
from rnnspec.outcome import Gradients, Outcome
from rnnspec.problem import Cotangents, Layer, Problem, States, arrays_of
from rnnspec.records import Array, Parameters, State


def solve(problem: Problem, *, arithmetic: Arithmetic = FLOAT64) -> Outcome:
    """Solve `problem`: outputs, final states and, where it has cotangents, all gradients.

    Complex input is computed in complex128 by the same code, without conjugation, so that ``Im(solve(x + ihv)) / h``
    is a directional derivative to rounding.

    Parameters
    ----------
    problem
        Already checked when it was made. It is not modified, and the outcome shares no memory with it.
    arithmetic
        The number format of the evaluation. The specification is float64; the others serve to measure rounding (NUM-2).

    Raises
    ------
    ProblemError
        When `problem` is no `Problem`.
    """
    if not isinstance(problem, Problem):
        raise ProblemError(field="problem", wanted="a Problem", came=type(problem).__name__, rule="SEQ-1")
    run = _Run.of(problem, arithmetic)
    T, B, _ = problem.x.shape
    steps = scan.Steps.of(T, B, problem.lengths)
    y = steps.masked(run.cast(problem.x))  # SEQ-10
    final: list[tuple[State, ...]] = []
    traces: list[list[scan.Trace]] = []
    for layer, states in zip(problem.layers, run.states(problem.initial), strict=True):  # SEQ-8
        y, layer_final, layer_traces = _layer_forward(layer, y, states, steps, run)
        final.append(layer_final)
        traces.append(layer_traces)
    gradients = None if problem.cotangents is None else _gradients(problem, problem.cotangents, y, traces, run)
    return Outcome(y=y, final=tuple(final), gradients=gradients)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One evaluation: the problem, its arithmetic, and the one dtype of all its arrays."""

    problem: Problem
    arithmetic: Arithmetic
    dtype: DTypeLike

    @staticmethod
    def of(problem: Problem, arithmetic: Arithmetic) -> _Run:
        is_complex = any(np.iscomplexobj(array) for array in arrays_of(problem))
        return _Run(
            problem=problem, arithmetic=arithmetic, dtype=np.dtype(np.complex128 if is_complex else arithmetic.dtype)
        )

    def cast(self, array: Array) -> Array:
        """`array` in the dtype of the run; itself where it already is."""
        return array.astype(self.dtype, copy=False)  # NUM-3

    def states(self, states: States | None) -> States:
        """`states` in the dtype of the run; zeros where there are none (SEQ-2)."""
        if states is not None:
            return tuple(tuple(state.map(self.cast) for state in directions) for directions in states)
        B = self.problem.x.shape[1]
        return tuple(
            tuple(
                State(**{name: np.zeros((B, layer.hidden_size), self.dtype) for name in layer.cell.states})
                for _ in range(layer.directions)
            )
            for layer in self.problem.layers
        )


def _layer_forward(
    layer: Layer, x: Array, states: tuple[State, ...], steps: scan.Steps, run: _Run
) -> tuple[Array, tuple[State, ...], list[scan.Trace]]:
    outputs, final, traces = [], [], []
    for position, (parameters, state) in enumerate(zip(layer.parameters, states, strict=True)):
        kernel = layer.cell.bind(parameters.map(run.cast), run.arithmetic)
        values = tuple(state[name] for name in layer.cell.states)
        in_order = steps.reversed if _is_reverse(layer, position) else _unchanged
        output, end, trace = scan.forward(kernel, in_order(x), values, steps)
        outputs.append(in_order(output))  # SEQ-5
        final.append(_state(layer, end))  # SEQ-6
        traces.append(trace)
    y = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=-1)  # SEQ-7
    return y, tuple(final), traces


def _layer_adjoint(
    layer: Layer, d_y: Array, d_final: tuple[State, ...], traces: list[scan.Trace]
) -> tuple[Array, tuple[State, ...], tuple[Parameters, ...]]:
    d_inputs, d_initial, d_parameters = [], [], []
    for position, (trace, d_state) in enumerate(zip(traces, d_final, strict=True)):
        H = layer.hidden_size
        in_order = trace.steps.reversed if _is_reverse(layer, position) else _unchanged
        part = in_order(d_y[..., position * H : (position + 1) * H])
        d_input, d_start, d_of_parameters = scan.adjoint(trace, part, tuple(d_state[s] for s in layer.cell.states))
        d_inputs.append(in_order(d_input))
        d_initial.append(_state(layer, d_start))
        d_parameters.append(d_of_parameters)
    d_x = d_inputs[0] if len(d_inputs) == 1 else d_inputs[0] + d_inputs[1]
    return d_x, tuple(d_initial), tuple(d_parameters)


def _gradients(
    problem: Problem, cotangents: Cotangents, y: Array, traces: list[list[scan.Trace]], run: _Run
) -> Gradients:
    d_y = np.zeros_like(y) if cotangents.y is None else run.cast(cotangents.y)
    d_final = run.states(cotangents.final)
    d_initial: list[tuple[State, ...]] = []
    d_layers: list[tuple[Parameters, ...]] = []
    for layer, d_states, layer_traces in reversed(list(zip(problem.layers, d_final, traces, strict=True))):
        d_y, d_start, d_parameters = _layer_adjoint(layer, d_y, d_states, layer_traces)
        d_initial.insert(0, d_start)
        d_layers.insert(0, d_parameters)
    initial = None if problem.initial is None else tuple(d_initial)
    return Gradients(x=d_y, initial=initial, layers=tuple(d_layers))


def _is_reverse(layer: Layer, position: int) -> bool:
    return layer.direction == "reverse" or position == 1


def _unchanged(a: Array) -> Array:
    return a


def _state(layer: Layer, values: Values) -> State:
    return State(**{name: np.array(value) for name, value in zip(layer.cell.states, values, strict=True)})
