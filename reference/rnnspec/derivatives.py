"""Directional derivatives by complex steps: ``spec/second-order.md``.

A step of ``i h v`` with a tiny h through analytic code gives ``Im f(q + i h v) / h``, the derivative along v to
rounding: no two close numbers are subtracted, so h can be as small as one likes. Through the forward pass it is the
Jacobian times v; through the hand-derived gradient it is the Hessian times v.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from rnnspec.errors import ProblemError
from rnnspec.outcome import Gradients, Outcome
from rnnspec.problem import Problem, check_problem
from rnnspec.record_checks import check_record, check_tuple
from rnnspec.records import Array, Arrays, ByLayer, Parameters, States, check_array, map_arrays
from rnnspec.solving import solve

Solve = Callable[[Problem], Outcome]

STEP = 1e-200
"""So small that its square is 0: where two zeros move together, their product stays on its side of a kink (ACT-3)."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Tangents(Arrays):
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

    holds: ClassVar = ("x", "initial", "layers")
    called: ClassVar = "tangents"
    x: Array | None = None
    initial: States | None = None
    layers: ByLayer[Parameters] | None = None


def jvp(problem: Problem, tangents: Tangents | Gradients) -> Outcome:
    """The derivative of outputs and final states along `tangents` (SEC-1); its gradients are None.

    Raises
    ------
    ProblemError
        When the problem is complex, or a tangent is not shaped like its primal.
    """
    return jvp_by(solve, problem, tangents)


def jvp_by(solve: Solve, problem: Problem, tangents: Tangents | Gradients) -> Outcome:
    """`jvp` by another way of solving."""
    check_problem(problem)
    return solve(_stepped(replace(problem, cotangents=None), tangents)).map(_derivative)


def hvp(problem: Problem, tangents: Tangents | Gradients) -> Gradients:
    """The Hessian of L = <outputs, cotangents> (GRAD-1) times `tangents` (SEC-2).

    Raises
    ------
    ProblemError
        When the problem has no cotangents or is complex, or a tangent is not shaped like its primal.
    """
    return hvp_by(solve, problem, tangents)


def hvp_by(solve: Solve, problem: Problem, tangents: Tangents | Gradients) -> Gradients:
    """`hvp` by another way of solving."""
    check_problem(problem)
    if problem.cotangents is None:
        raise ProblemError(field="problem.cotangents", wanted="cotangents", came="None", rule="SEC-2")
    gradients = solve(_stepped(problem, tangents)).gradients
    assert gradients is not None
    return gradients.map(_derivative)


def _derivative(array: Array) -> Array:
    return np.asarray(array.imag / STEP) if np.iscomplexobj(array) else np.zeros_like(array)


def _stepped(problem: Problem, tangents: Tangents | Gradients) -> Problem:
    """`problem` moved by i h times `tangents`."""
    if any(np.iscomplexobj(array) for array in problem.named().values()):
        raise ProblemError(field="problem", wanted="real arrays", came="complex ones", rule="SEC-1")
    _check(problem, tangents)
    stepped = problem
    if tangents.x is not None:
        stepped = replace(stepped, x=_moved(problem.x, tangents.x))
    if tangents.initial is not None and problem.initial is not None:
        stepped = replace(stepped, initial=map_arrays(problem.initial, _moved, tangents.initial))
    if tangents.layers is not None:
        stepped = stepped.with_parameters(map_arrays(problem.parameters, _moved, tangents.layers))
    return stepped


def _moved(array: Array, tangent: Array) -> Array:
    """``array + i h tangent``, in which an infinite tangent in the padding stays in the imaginary part (SEQ-10)."""
    moved = array.astype(np.complex128)
    moved.imag = STEP * tangent
    return moved


def _check(problem: Problem, tangents: Tangents | Gradients) -> None:
    """Raise `ProblemError` unless every tangent is shaped like its primal, and real."""
    if not isinstance(tangents, Tangents | Gradients):
        came = type(tangents).__name__
        raise ProblemError(field="tangents", wanted="Tangents or Gradients", came=came, rule="SEC-1")
    parts: list[tuple[str, object, ByLayer[Any] | None]] = [
        ("initial", tangents.initial, problem.initial),
        ("layers", tangents.layers, problem.parameters),
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
