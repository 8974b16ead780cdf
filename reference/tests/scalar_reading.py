"""An independent reading of the rules: one sequence, one unit, one number at a time, in the standard library.

It judges the reference and shares no code with it: nested lists, `math` and `cmath`, written from the text. Slow on
purpose; every line can be held against the rule beside it. Complex numbers that carry a tiny step come out with the
derivative along it, so that the same reading judges the gradients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .scalar_cells import STEPS, Matrix, Memory, Vector, Weights, memory_sizes


@dataclass(frozen=True, kw_only=True)
class ScalarLayer:
    """One layer: the kind (``lstm``, ``gru``, ``rnn``), its options by name, its weights by direction."""

    kind: str
    options: Mapping[str, Any]
    weights: Sequence[Weights]
    direction: str
    merge: str = "concat"
    reverse_outputs: str = "time"


def read(layer: ScalarLayer, w: Weights, xs: Matrix, start: Memory) -> tuple[Matrix, Memory]:
    """The outputs of the steps in the order of `xs`, and the state after the last of them (SEQ-1, SEQ-3)."""
    state, outputs = start, []
    for x in xs:
        y, state = STEPS[layer.kind](layer.options, w, x, state)
        outputs.append(y)  # LSTM-7, PROJ-3
    return outputs, state


def filled(outputs: Matrix, T: int, width: int, padded_outputs: str) -> Matrix:
    """The outputs of one direction in the order of its steps, and what it puts into the padding behind them."""
    nothing = [0.0] * width  # SEQ-4, SEQ-9
    last = outputs[-1] if padded_outputs == "repeat" and outputs else nothing  # SEQ-11
    return outputs + [last] * (T - len(outputs))


def merged(merge: str, parts: list[Vector]) -> Any:
    """The output of one step from those of its directions."""
    if len(parts) == 1:
        return parts[0]
    pairs = list(zip(*parts, strict=True))
    match merge:
        case "concat":
            return parts[0] + parts[1]  # SEQ-7
        case "sum":
            return [a + b for a, b in pairs]  # SEQ-13
        case "mean":
            return [(a + b) / 2 for a, b in pairs]  # SEQ-13
        case "product":
            return [a * b for a, b in pairs]  # SEQ-13
        case "none":
            return parts  # SEQ-14
    raise ValueError(merge)


def layer_over_sequence(
    layer: ScalarLayer, xs: Matrix, starts: Sequence[Memory], T: int, padded_outputs: str
) -> tuple[list[Any], list[Memory]]:
    """One layer over the valid steps `xs` of one sequence: its outputs at all `T` steps, and its final states."""
    directions, ends = [], []
    for d, w in enumerate(layer.weights):
        backward = layer.direction == "reverse" or d == 1
        outputs, end = read(layer, w, xs[::-1] if backward else xs, starts[d])  # SEQ-5, SEQ-6
        steps = filled(outputs, T, output_width(layer, w), padded_outputs)
        if backward and layer.reverse_outputs == "time":
            steps[: len(xs)] = steps[: len(xs)][::-1]  # SEQ-5; otherwise they stay as processed, SEQ-12
        directions.append(steps)
        ends.append(end)
    return [merged(layer.merge, [steps[t] for steps in directions]) for t in range(T)], ends


def solve_by_scalars(
    layers: Sequence[ScalarLayer],
    x: list[Matrix],
    initial: Sequence[Sequence[Mapping[str, Matrix]]] | None,
    lengths: Sequence[int] | None,
    padded_outputs: str = "zero",
) -> tuple[list[list[Any]], list[list[dict[str, Matrix]]]]:
    """The outputs [T][B][..], and the final states by layer, direction and name, [B][features].

    `initial` is by layer, direction and name too; None for zeros (SEQ-2).
    """
    T, B = len(x), len(x[0])
    y: list[list[Any]] = [[[] for _ in range(B)] for _ in range(T)]
    final: list[list[dict[str, Matrix]]] = [[{} for _ in layer.weights] for layer in layers]
    for s in range(B):  # SEQ-10
        length = T if lengths is None else lengths[s]
        outputs = [x[t][s] for t in range(T)]
        for l, layer in enumerate(layers):  # SEQ-8
            if initial is None:
                starts = [_zeros(layer, w) for w in layer.weights]
            else:
                starts = [{name: rows[s] for name, rows in state.items()} for state in initial[l]]
            outputs, ends = layer_over_sequence(layer, outputs[:length], starts, T, padded_outputs)
            for d, end in enumerate(ends):
                for name, value in end.items():
                    final[l][d].setdefault(name, []).append(value)
        for t in range(T):
            y[t][s] = outputs[t]
    return y, final


def output_width(layer: ScalarLayer, w: Weights) -> int:
    projected = len(w["P_q"]) if "P_q" in w else 0
    return memory_sizes(layer.kind, layer.options, w)["h"] + projected


def _zeros(layer: ScalarLayer, w: Weights) -> Memory:
    return {name: [0.0] * size for name, size in memory_sizes(layer.kind, layer.options, w).items()}
