"""Steps become sequences, sequences a batch, directions a layer, and layers a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnspec_workshop.independent_reading.cell_equations import State, Step, Vector
from rnnspec_workshop.independent_reading.kinds_of_number import Numbers


def read(problem: Mapping[str, Any], n: Numbers) -> dict[str, Any]:
    """The outputs ``y`` [T][B].. and the ``final`` states of a problem, by layer, direction and name [B][..]."""
    y, final = problem["x"], []
    T, B = len(y), len(y[0])
    lengths = problem["lengths"] or [T] * B  # SEQ-9
    for l, layer in enumerate(problem["layers"]):  # SEQ-8
        repeat = problem["padded_outputs"] == "repeat" and l == len(problem["layers"]) - 1  # SEQ-11
        steps = [Step(cell=layer["cell"], parameters=parameters, n=n) for parameters in layer["parameters"]]
        columns, ends = [], []
        for b in range(B):  # SEQ-10
            starts = [step.zeros for step in steps]  # SEQ-2
            if problem["initial"]:
                starts = [{name: rows[b] for name, rows in state.items()} for state in problem["initial"][l]]
            column, end = sequence(layer, steps, [y[t][b] for t in range(lengths[b])], starts, T=T, repeat=repeat)
            columns.append(column)
            ends.append(end)
        y = [[columns[b][t] for b in range(B)] for t in range(T)]
        final.append([{name: [end[d][name] for end in ends] for name in ends[0][d]} for d in range(len(steps))])
    return {"y": y, "final": final}


def sequence(
    layer: Mapping[str, Any], steps: list[Step], xs: list[Vector], starts: list[State], *, T: int, repeat: bool
) -> tuple[list[Any], list[State]]:
    """The T outputs of a layer for the valid steps of one sequence, and the final state of each direction."""
    outputs, ends = [], []
    for d, (step, start) in enumerate(zip(steps, starts, strict=True)):
        backward = layer["direction"] == "reverse" or d == 1
        out, state = [], start
        for x in reversed(xs) if backward else xs:  # SEQ-1, SEQ-5
            y, state = step(x, state)
            out.append(y)
        width = len(state["h"]) + step.cell.get("output_projection", 0)
        padding = out[-1] if repeat and out else step.full(width, 0)  # SEQ-11, SEQ-4, SEQ-9
        if backward and layer["reverse_outputs"] == "time":
            out.reverse()  # SEQ-5; otherwise SEQ-12
        outputs.append(out + [padding] * (T - len(xs)))
        ends.append(state)  # SEQ-3, SEQ-6
    return [merged(layer["merge"], *parts) for parts in zip(*outputs, strict=True)], ends


def merged(how: str, forward: Vector, *reverse: Vector) -> Any:
    """The output of a layer at one step from those of its one or two directions."""
    if not reverse:
        return forward
    pairs = list(zip(forward, *reverse, strict=True))
    return {
        "concat": [*forward, *reverse[0]],  # SEQ-7
        "sum": [u + v for u, v in pairs],  # SEQ-13
        "mean": [(u + v) / 2 for u, v in pairs],  # SEQ-13
        "product": [u * v for u, v in pairs],  # SEQ-13
        "none": [forward, *reverse],  # SEQ-14
    }[how]
