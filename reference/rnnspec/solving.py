"""`solve`: layers over a batch of sequences, and the gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from rnnspec.errors import ProblemError
from rnnspec.merging import merge, merge_adjoint
from rnnspec.outcome import Gradients, Outcome
from rnnspec.precision import FLOAT64, PRECISIONS, Precision
from rnnspec.problem import Cotangents, Layer, Problem, check_problem
from rnnspec.records import Array, Parameters, State, States, map_arrays
from rnnspec.scan import Trace, ValidSteps, scan, scan_adjoint
from rnnspec.steps.binding import Bind, bind


def solve(problem: Problem, *, precision: Precision = FLOAT64) -> Outcome:
    """Solve `problem`: outputs, final states and, where it has cotangents, all gradients.

    Complex input is computed in complex128 by the same code, without conjugation, so that ``Im(solve(x + ihv)) / h``
    is a directional derivative to rounding.

    Parameters
    ----------
    problem
        Already checked when it was made. It is not modified, and the outcome shares no memory with it.
    precision
        The number format of the evaluation. The specification is float64; the others serve to measure rounding (NUM-2).

    Raises
    ------
    ProblemError
        When `problem` is no `Problem`, or complex in another precision than float64.
    """
    check_problem(problem)
    if not isinstance(precision, Precision):
        name = getattr(precision, "__name__", precision)
        hint = f" (rnnspec.PRECISIONS[{name!r}]?)" if isinstance(name, str) and name in PRECISIONS else ""
        raise ProblemError(field="precision", wanted="a Precision", came=f"{precision!r}{hint}", rule="NUM-3")
    return evaluate(problem, precision)


def evaluate(problem: Problem, precision: Precision = FLOAT64, bind: Bind = bind) -> Outcome:
    """`solve`, in which `bind` makes the steps: one that measures a tolerance or makes a mistake may be another."""
    run = _Run.of(problem, precision, bind)
    steps = steps_of(problem)
    y = steps.masked(run.cast(problem.x))  # SEQ-10
    final: list[tuple[State, ...]] = []
    traces: list[_LayerTrace] = []
    for layer, states in zip(problem.layers, run.states(problem.initial), strict=True):  # SEQ-8
        repeat = problem.padded_outputs == "repeat" and len(traces) == len(problem.layers) - 1  # SEQ-11
        y, layer_final, trace = _layer_forward(layer, y, states, steps, run, repeat=repeat)
        final.append(layer_final)
        traces.append(trace)
    gradients = None if problem.cotangents is None else _gradients(problem, problem.cotangents, y, traces, run)
    return Outcome(y=y, final=tuple(final), gradients=gradients)


def steps_of(problem: Problem) -> ValidSteps:
    """Which steps of `problem` are valid, and how its reverse directions read them."""
    T, B, _ = problem.x.shape
    return ValidSteps.of(T, B, problem.lengths)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One evaluation: the problem, its precision, what makes its steps, and the one dtype of all its arrays."""

    problem: Problem
    precision: Precision
    bind: Bind
    dtype: DTypeLike

    @staticmethod
    def of(problem: Problem, precision: Precision, bind: Bind) -> _Run:
        is_complex = any(np.iscomplexobj(array) for array in problem.named().values())
        if is_complex and precision.dtype != np.float64:
            raise ProblemError(field="precision", wanted="float64 for complex input", came=precision.name, rule="NUM-3")
        dtype = np.dtype(np.complex128 if is_complex else precision.dtype)
        return _Run(problem=problem, precision=precision, bind=bind, dtype=dtype)

    def cast(self, array: Array) -> Array:
        """`array` in the dtype of the run; itself where it already is."""
        return self.precision.store(array.astype(self.dtype, copy=False))  # NUM-3

    def states(self, states: States | None) -> States:
        """`states` in the dtype of the run; zeros where there are none (SEQ-2)."""
        return map_arrays(self.problem.zero_states() if states is None else states, self.cast)


@dataclass(frozen=True, kw_only=True, eq=False)
class _LayerTrace:
    """What the adjoint of a layer needs: the traces and the outputs of its directions."""

    layer: Layer
    directions: list[Trace]
    outputs: list[Array]


def _layer_forward(
    layer: Layer, x: Array, states: tuple[State, ...], steps: ValidSteps, run: _Run, *, repeat: bool
) -> tuple[Array, tuple[State, ...], _LayerTrace]:
    outputs, final, traces = [], [], []
    for position, (parameters, state) in enumerate(zip(layer.parameters, states, strict=True)):
        step = run.bind(layer.cell, parameters.map(run.cast), run.precision)
        read, write = _orders(layer, position, steps)
        output, end, trace = scan(step, read(x), dict(state), steps, repeat=repeat)
        outputs.append(write(output))  # SEQ-5, SEQ-12
        final.append(_state(layer, end))  # SEQ-6
        traces.append(trace)
    trace_of_layer = _LayerTrace(layer=layer, directions=traces, outputs=outputs)
    return run.precision.store(merge(layer.merge, outputs)), tuple(final), trace_of_layer


def _layer_adjoint(
    trace: _LayerTrace, d_y: Array, d_final: tuple[State, ...]
) -> tuple[Array, tuple[State, ...], tuple[Parameters, ...]]:
    layer = trace.layer
    d_x: Array | None = None
    d_initial, d_parameters = [], []
    d_outputs = merge_adjoint(layer.merge, trace.outputs, d_y)
    for position, (d_output, direction, d_state) in enumerate(zip(d_outputs, trace.directions, d_final, strict=True)):
        read, write = _orders(layer, position, direction.steps)
        d_input, d_start, d_of_parameters = scan_adjoint(direction, write(d_output), dict(d_state))
        d_x = read(d_input) if d_x is None else direction.step.bound.precision.store(d_x + read(d_input))
        d_initial.append(_state(layer, d_start))
        d_parameters.append(d_of_parameters)
    assert d_x is not None
    return d_x, tuple(d_initial), tuple(d_parameters)


def _gradients(problem: Problem, cotangents: Cotangents, y: Array, traces: list[_LayerTrace], run: _Run) -> Gradients:
    d_y = np.zeros_like(y) if cotangents.y is None else run.cast(cotangents.y)
    d_final = run.states(cotangents.final)
    d_initial: list[tuple[State, ...]] = []
    d_layers: list[tuple[Parameters, ...]] = []
    for trace, d_states in reversed(list(zip(traces, d_final, strict=True))):
        d_y, d_start, d_parameters = _layer_adjoint(trace, d_y, d_states)
        d_initial.insert(0, d_start)
        d_layers.insert(0, d_parameters)
    initial = None if problem.initial is None else tuple(d_initial)
    return Gradients(x=d_y, initial=initial, layers=tuple(d_layers))


Order = Callable[[Array], Array]


def _orders(layer: Layer, position: int, steps: ValidSteps) -> tuple[Order, Order]:
    """How a direction reads its input and writes its output. Each is its own inverse, and so its own adjoint."""
    if layer.direction != "reverse" and position == 0:
        return _unchanged, _unchanged
    return steps.reversed, steps.reversed if layer.reverse_outputs == "time" else _unchanged


def _unchanged(a: Array) -> Array:
    return a


def _state(layer: Layer, arrays: Mapping[str, Array]) -> State:
    return State(**{name: np.array(arrays[name]) for name in layer.cell.states})
