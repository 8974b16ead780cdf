"""An independent reading of the rules: one sequence, one unit, one number at a time, in the standard library.

It judges the forward pass of the reference and shares no code with it: nested lists and `math`, written from the text.
Slow on purpose; every line can be held against the rule beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Vector = list[float]
Matrix = list[Vector]
Weights = Mapping[str, Any]
"""The parameters of one direction: a matrix under ``W_i``, a vector under ``b_i`` .."""
Memory = dict[str, Vector]
"""The state of one sequence: ``h``, and ``c`` for an LSTM."""


@dataclass(frozen=True, kw_only=True)
class ScalarLayer:
    """One layer: the kind (``lstm``, ``gru``, ``rnn``), its options by name, its weights by direction."""

    kind: str
    options: Mapping[str, Any]
    weights: Sequence[Weights]
    direction: str


def sigmoid(a: float) -> float:
    """1 / (1 + exp(-a)); where exp(-a) is too large for a float, the value is 0 to every digit."""
    return 0.0 if a < -700 else 1 / (1 + math.exp(-a))


def relu(a: float) -> float:
    return a if a > 0 else 0.0  # RNN-2


def row_times(matrix: Matrix, j: int, vector: Vector) -> float:
    return math.fsum(matrix[j][k] * vector[k] for k in range(len(vector)))  # PAR-3


def affine(w: Weights, gate: str, j: int, x: Vector, h: Vector) -> float:
    """Unit j of ``W x + R h + b``; a layer without biases adds nothing (PAR-5)."""
    suffix = f"_{gate}" if gate else ""
    bias = w[f"b{suffix}"][j] if f"b{suffix}" in w else 0.0
    return math.fsum([row_times(w[f"W{suffix}"], j, x), row_times(w[f"R{suffix}"], j, h), bias])


def lstm_step(options: Mapping[str, Any], w: Weights, x: Vector, old: Memory) -> Memory:
    form, c_old, h_old = options["peephole"], old["c"], old["h"]
    h_new, c_new = [], []
    for j in range(len(h_old)):
        a_i, a_f = affine(w, "i", j, x, h_old), affine(w, "f", j, x, h_old)
        a_g, a_o = affine(w, "g", j, x, h_old), affine(w, "o", j, x, h_old)
        if form in ("new", "old"):
            a_i = a_i + w["p_i"][j] * c_old[j]  # PEEP-1, PEEP-2
            a_f = a_f + w["p_f"][j] * c_old[j]  # PEEP-1, PEEP-2
        c = sigmoid(a_f) * c_old[j] + sigmoid(a_i) * math.tanh(a_g)  # LSTM-1 to LSTM-4, PEEP-5
        if form == "new":
            a_o = a_o + w["p_o"][j] * c  # PEEP-3
        if form == "old":
            a_o = a_o + w["p_o"][j] * c_old[j]  # PEEP-4
        c_new.append(c)
        h_new.append(sigmoid(a_o) * math.tanh(c))  # LSTM-5, LSTM-6
    return {"h": h_new, "c": c_new}  # LSTM-7


def gru_step(options: Mapping[str, Any], w: Weights, x: Vector, old: Memory) -> Memory:
    h = old["h"]
    units = range(len(h))
    r = [sigmoid(affine(w, "r", j, x, h)) for j in units]  # GRU-1
    z = [sigmoid(affine(w, "z", j, x, h)) for j in units]  # GRU-2
    h_new = []
    for j in units:
        from_x = row_times(w["W_n"], j, x) + (w["b_n"][j] if "b_n" in w else 0.0)
        if options["reset"] == "after":
            inner = row_times(w["R_n"], j, h) + (w["b_Rn"][j] if "b_Rn" in w else 0.0)  # PAR-4
            n = math.tanh(from_x + r[j] * inner)  # GRU-3
        else:
            n = math.tanh(from_x + row_times(w["R_n"], j, [r[k] * h[k] for k in units]))  # GRU-4
        share_of_old = z[j] if options["update"] == "keep" else 1 - z[j]  # GRU-5, GRU-6
        h_new.append(share_of_old * h[j] + (1 - share_of_old) * n)
    return {"h": h_new}


def rnn_step(options: Mapping[str, Any], w: Weights, x: Vector, old: Memory) -> Memory:
    act = math.tanh if options["activation"] == "tanh" else relu  # RNN-2
    return {"h": [act(affine(w, "", j, x, old["h"])) for j in range(len(old["h"]))]}  # RNN-1


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


def read(layer: ScalarLayer, w: Weights, xs: Matrix, start: Memory) -> tuple[Matrix, Memory]:
    """The outputs of the steps in the order of `xs`, and the state after the last of them (SEQ-1, SEQ-3)."""
    state, outputs = start, []
    for x in xs:
        state = STEPS[layer.kind](layer.options, w, x, state)
        outputs.append(state["h"])  # LSTM-7
    return outputs, state


def layer_over_sequence(layer: ScalarLayer, xs: Matrix, starts: Sequence[Memory]) -> tuple[Matrix, list[Memory]]:
    """One layer over the valid steps of one sequence."""
    if layer.direction == "forward":
        outputs, end = read(layer, layer.weights[0], xs, starts[0])
        return outputs, [end]
    backward, backward_end = read(layer, layer.weights[-1], xs[::-1], starts[-1])  # SEQ-5, SEQ-6
    if layer.direction == "reverse":
        return backward[::-1], [backward_end]
    forward, forward_end = read(layer, layer.weights[0], xs, starts[0])
    return [a + b for a, b in zip(forward, backward[::-1], strict=True)], [forward_end, backward_end]  # SEQ-7


def solve_by_scalars(
    layers: Sequence[ScalarLayer],
    x: list[Matrix],
    initial: Sequence[Sequence[Mapping[str, Matrix]]] | None,
    lengths: Sequence[int] | None,
) -> tuple[list[Matrix], list[list[dict[str, Matrix]]]]:
    """The outputs [T][B][D H], and the final states by layer, direction and name, [B][H].

    `initial` is by layer, direction and name too; None for zeros (SEQ-2).
    """
    T, B = len(x), len(x[0])
    y: list[Matrix] = [[[] for _ in range(B)] for _ in range(T)]
    final: list[list[dict[str, Matrix]]] = [[{} for _ in layer.weights] for layer in layers]
    for s in range(B):  # SEQ-10
        length = T if lengths is None else lengths[s]
        xs = [x[t][s] for t in range(length)]
        for l, layer in enumerate(layers):  # SEQ-8
            if initial is None:
                starts = [_zeros(layer, w) for w in layer.weights]
            else:
                starts = [{name: rows[s] for name, rows in state.items()} for state in initial[l]]
            xs, ends = layer_over_sequence(layer, xs, starts)
            for d, end in enumerate(ends):
                for name, value in end.items():
                    final[l][d].setdefault(name, []).append(value)
        width = sum(_units(w) for w in layers[-1].weights)
        for t in range(T):
            y[t][s] = xs[t] if t < length else [0.0] * width  # SEQ-4, SEQ-9
    return y, final


def _units(w: Weights) -> int:
    return len(w["R"] if "R" in w else next(rows for name, rows in w.items() if name.startswith("R_")))


def _zeros(layer: ScalarLayer, w: Weights) -> Memory:
    names = ("h", "c") if layer.kind == "lstm" else ("h",)
    return {name: [0.0] * _units(w) for name in names}
