"""The bridge from a problem to the scalar reading, which sees nested lists and names only."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnspec import Activation, Array, Cell, Problem

from .scalar_reading import ScalarLayer, solve_by_scalars


def read_by_scalars(problem: Problem) -> dict[str, Array]:
    """The outcome by the scalar reading, without gradients, under the names of `named_arrays`."""
    layers = [
        ScalarLayer(
            kind=type(layer.cell).__name__.lower(),
            options=plain_options(layer.cell),
            weights=[{name: a.tolist() for name, a in parameters.items()} for parameters in layer.parameters],
            direction=layer.direction,
            merge=layer.merge,
            reverse_outputs=layer.reverse_outputs,
        )
        for layer in problem.layers
    ]
    initial = None
    if problem.initial is not None:
        initial = [[{name: a.tolist() for name, a in s.items()} for s in states] for states in problem.initial]
    lengths = None if problem.lengths is None else problem.lengths.tolist()
    y, final = solve_by_scalars(layers, problem.x.tolist(), initial, lengths, problem.padded_outputs)
    arrays = {"y": np.array(y)}
    for l, states in enumerate(final):
        for d, state in enumerate(states):
            arrays |= {f"final[{l}][{d}].{name}": np.array(rows) for name, rows in state.items()}
    return arrays


def plain_options(cell: Cell) -> dict[str, Any]:
    """The options of a cell without any class of the reference: an activation is its name and its constants."""
    return {
        option: (value.name, (value.alpha, value.beta)) if isinstance(value, Activation) else value
        for option, value in vars(cell).items()
    }
