"""The bridge from a problem to the independent reading, which sees plain values alone.

`rnnspec_adapters.plain` writes problems down in the same form, but takes no complex numbers and fills in the constants
of activations from the reference. Here the reading chooses them itself (ACT-1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnspec import Activation, Array, Cell, Problem, Record
from rnnspec_workshop.independent_reading import read
from rnnspec_workshop.independent_reading.kinds_of_number import Floats


def read_independently(problem: Problem) -> dict[str, Array]:
    """The outcome by the independent reading, without gradients, under the names of `named_arrays`."""
    found = read(plain_problem(problem), Floats())
    return {"y": np.array(found["y"])} | {
        f"final[{l}][{d}].{name}": np.array(rows)
        for l, states in enumerate(found["final"])
        for d, state in enumerate(states)
        for name, rows in state.items()
    }


def plain_problem(problem: Problem) -> dict[str, Any]:
    """A problem as plain values; the numbers stay complex where they are."""
    return {
        "layers": [
            {
                "cell": plain_cell(layer.cell),
                "direction": layer.direction,
                "merge": layer.merge,
                "reverse_outputs": layer.reverse_outputs,
                "parameters": [_plain(parameters) for parameters in layer.parameters],
            }
            for layer in problem.layers
        ],
        "x": problem.x.tolist(),
        "initial": problem.initial and [[_plain(state) for state in states] for states in problem.initial],
        "lengths": None if problem.lengths is None else problem.lengths.tolist(),
        "padded_outputs": problem.padded_outputs,
    }


def plain_cell(cell: Cell) -> dict[str, Any]:
    """The kind and the options of a cell, without any class of the reference."""
    options = {name: vars(value) if isinstance(value, Activation) else value for name, value in vars(cell).items()}
    return {"kind": type(cell).__name__} | options


def _plain(record: Record) -> dict[str, Any]:
    return {name: array.tolist() for name, array in record.items()}
