"""Directional derivatives by complex steps: ``spec/second-order.md``.

A step of ``i h v`` with a tiny h through analytic code gives ``Im f(q + i h v) / h``, the derivative along v to
rounding: no two close numbers are subtracted, so h can be as small as one likes. Through the forward pass it is the
Jacobian times v; through the hand-derived gradient it is the Hessian times v.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rnnspec.errors import ProblemError
from rnnspec.outcome import Gradients, Outcome
from rnnspec.problem import Problem, States, arrays_of, check_record, check_tuple
from rnnspec.records import Array, Parameters, State, check_array
from rnnspec.solving import solve

STEP = 1e-200
"""So small that its square is 0: where two zeros move together, their product stays on its side of a kink (ACT-3)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tangents:
    """A direction in the space of a problem's numbers, shaped like what it belongs to; None for zeros.

    Attributes
    ----------
    x
        [T, B, I].
    initial
        By layer and direction; only where the problem has initial states.
    layers
        Of the parameters, by layer and direction.
    """

    x: Array | None = None
    initial: States | None = None
    layers: tuple[tuple[Parameters, ...], ...] | None = None


def jvp(problem: Problem, tangents: Tangents | Gradients) -> Outcome:
    """The derivative of outputs and final states along `tangents` (SEC-1); its gradients are None.

    Raises
    ------
    ProblemError
        When the problem is complex, or a tangent is not shaped like its primal.
    """
    stepped = _stepped(replace(problem, cotangents=None), tangents)
    outcome = solve(stepped)
    return outcome.map(_derivative)


def hvp(problem: Problem, tangents: Tangents | Gradients) -> Gradients:
    """The Hessian of L = <outputs, cotangents> (GRAD-1) times `tangents` (SEC-2).

    Raises
    ------
    ProblemError
        When the problem has no cotangents or is complex, or a tangent is not shaped like its primal.
    """
    if problem.cotangents is None:
        raise ProblemError(field="problem.cotangents", wanted="cotangents", came="None", rule="SEC-2")
    gradients = solve(_stepped(problem, tangents)).gradients
    assert gradients is not None
    return gradients.map(_derivative)


def _derivative(array: Array) -> Array:
    return np.asarray(array.imag / STEP) if np.iscomplexobj(array) else np.zeros_like(array)


def _stepped(problem: Problem, tangents: Tangents | Gradients) -> Problem:
    """`problem` moved by i h times `tangents`."""
    if any(np.iscomplexobj(array) for array in arrays_of(problem)):
        raise ProblemError(field="problem", wanted="real arrays", came="complex ones", rule="SEC-1")
    _check(problem, tangents)
    stepped = problem
    if tangents.x is not None:
        stepped = replace(stepped, x=_moved(problem.x, tangents.x))
    if tangents.initial is not None and problem.initial is not None:
        initial = tuple(
            tuple(State(**{name: _moved(array, d[name]) for name, array in state.items()}) for state, d in pair)
            for pair in (zip(*layer, strict=True) for layer in zip(problem.initial, tangents.initial, strict=True))
        )
        stepped = replace(stepped, initial=initial)
    if tangents.layers is not None:
        layers = tuple(
            replace(
                layer,
                parameters=tuple(
                    Parameters(**{name: _moved(array, d[name]) for name, array in parameters.items()})
                    for parameters, d in zip(layer.parameters, directions, strict=True)
                ),
            )
            for layer, directions in zip(problem.layers, tangents.layers, strict=True)
        )
        stepped = replace(stepped, layers=layers)
    return stepped


def _moved(array: Array, tangent: Array) -> Array:
    """``array + i h tangent``, in which an infinite tangent in the padding stays in the imaginary part (SEQ-10)."""
    moved = array.astype(np.complex128)
    moved.imag = STEP * tangent
    return moved


def _check(problem: Problem, tangents: Tangents | Gradients) -> None:
    """Raise `ProblemError` unless every tangent is shaped like its primal, and real."""
    parts: list[tuple[str, object, tuple[tuple[State | Parameters, ...], ...] | None]] = [
        ("initial", tangents.initial, problem.initial),
        ("layers", tangents.layers, tuple(layer.parameters for layer in problem.layers)),
    ]
    if tangents.x is not None:
        check_array("tangents.x", tangents.x, problem.x.shape, rule="SEC-1")
        _check_real("tangents.x", tangents.x)
    for name, given, primal in parts:
        if given is None:
            continue
        field = f"tangents.{name}"
        if primal is None:
            raise ProblemError(field=field, wanted="None where the problem has none", came="some", rule="SEC-1")
        check_tuple(field, given, tuple, count=len(primal), wanted="one for each layer", rule="SEC-1")
        assert isinstance(given, tuple)
        for layer, (d_layer, of_layer) in enumerate(zip(given, primal, strict=True)):
            where = f"{field}[{layer}]"
            kind = type(of_layer[0])
            check_tuple(where, d_layer, kind, count=len(of_layer), wanted="one for each direction", rule="SEC-1")
            for direction, (d, record) in enumerate(zip(d_layer, of_layer, strict=True)):
                shapes = {letter: array.shape for letter, array in record.items()}
                check_record(f"{where}[{direction}]", d, shapes, rule="SEC-1")
                for letter, array in d.items():
                    _check_real(f"{where}[{direction}].{letter}", array)


def _check_real(field: str, array: Array) -> None:
    """Raise `ProblemError` when `array` is complex: its imaginary part would turn the step."""
    if np.iscomplexobj(array):
        raise ProblemError(field=field, wanted="real numbers", came=str(array.dtype), rule="SEC-1")
