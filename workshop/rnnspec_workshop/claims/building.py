"""Small problems for the claims: one layer, its parameters, its Jacobians."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnspec import FLOAT64, Array, Cell, Layer, Outcome, Parameters, Precision, Problem, State, Tangents, jvp, solve

OPEN, SHUT = 1000.0, -1000.0
"""Biases with which a gate is exactly 1 and exactly 0 in every format, whatever else enters it."""


def zeros(cell: Cell, I: int = 1, H: int = 1, **values: Any) -> Parameters:
    """The parameters of `cell`, zero but for the named ones; a number stands for an array full of it."""
    shapes = cell.parameter_shapes(I, H)
    parameters = Parameters(**{name: np.zeros(shape) for name, shape in shapes.items()})
    return filled(parameters, **values)


def filled(parameters: Parameters, **values: Any) -> Parameters:
    """`parameters` with other values under some names; a number stands for an array full of it."""
    full = {name: np.broadcast_to(value, parameters[name].shape) for name, value in values.items()}
    return parameters.replace(**{name: np.array(value, dtype=np.float64) for name, value in full.items()})


def normal(cell: Cell, I: int, H: int, seed: int, scale: float = 1.0) -> Parameters:
    """The parameters of `cell`, all of them independent and normal with standard deviation `scale`."""
    rng = np.random.default_rng(seed)
    return Parameters(**{name: scale * rng.standard_normal(s) for name, s in cell.parameter_shapes(I, H).items()})


def problem(cell: Cell, parameters: Parameters, x: Array, **state: Array) -> Problem:
    """One layer over `x` [T, B, I], from the named arrays [B, H] of an initial state, zeros where there are none."""
    layer = Layer(cell=cell, parameters=(parameters,))
    if not state:
        return Problem(layers=(layer,), x=x)
    B = x.shape[1]
    sizes = cell.state_sizes(layer.hidden_size)
    initial = State(**{name: state.get(name, np.zeros((B, size))) for name, size in sizes.items()})
    return Problem(layers=(layer,), x=x, initial=((initial,),))


def run(cell: Cell, parameters: Parameters, x: Array, precision: Precision = FLOAT64, **state: Array) -> Outcome:
    """The outcome of such a problem."""
    return solve(problem(cell, parameters, x, **state), precision=precision)


def final(cell: Cell, parameters: Parameters, x: Array, precision: Precision = FLOAT64, **state: Array) -> State:
    """The final state of such a problem."""
    return run(cell, parameters, x, precision, **state).final[0][0]


def jacobian(cell: Cell, parameters: Parameters, x: Array, *, of: str, by: str, **state: Array) -> Array:
    """The matrix of derivatives of the final `of` by the initial `by`, all other initial arrays held fixed.

    `x` is [T, I] and the arrays of `state` are [H]. Entry [j, k] is the derivative of unit j by unit k. It is taken
    by complex steps (SEC-1), one sequence for each unit k.
    """
    H = len(state[by])
    copies = {name: np.tile(array, (H, 1)) for name, array in state.items()}
    primal = problem(cell, parameters, np.repeat(x[:, None, :], H, axis=1), **copies)
    assert primal.initial is not None
    zero = primal.initial[0][0].map(np.zeros_like)
    tangents = Tangents(initial=((zero.replace(**{by: np.eye(H)}),),))
    return np.asarray(jvp(primal, tangents).final[0][0][of].T)
