"""The scalar reading of one step: nested lists and numbers, one unit at a time, written from the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .scalar_activations import Number, activate, clip, total

Vector = list[Number]
Matrix = list[Vector]
Weights = Mapping[str, Any]
"""The parameters of one direction: a matrix under ``W_i``, a vector under ``b_i`` .."""
Memory = dict[str, Vector]
"""The state of one sequence: ``h``, and ``c`` for an LSTM."""
Options = Mapping[str, Any]
"""The options of the cell by name; an activation is a name, or a name and its constants."""


def row_times(matrix: Matrix, j: int, vector: Vector) -> Number:
    return total(matrix[j][k] * vector[k] for k in range(len(vector)))  # PAR-3


def bias(w: Weights, name: str, j: int) -> Number:
    """An entry of a bias; a layer without biases adds nothing (PAR-5)."""
    return w[name][j] if name in w else 0.0


def affine(w: Weights, gate: str, j: int, x: Vector, h: Vector) -> Number:
    """Unit j of ``W x + R h + b``."""
    suffix = f"_{gate}" if gate else ""
    return total([row_times(w[f"W{suffix}"], j, x), row_times(w[f"R{suffix}"], j, h), bias(w, f"b{suffix}", j)])


def clipped(options: Options, a: Number) -> Number:
    """A complete pre-activation, clipped (CLIP-3)."""
    return clip(a, options["preactivation_clip"], options["clip_derivative"])


def lstm_step(options: Options, w: Weights, x: Vector, old: Memory) -> tuple[Vector, Memory]:
    units = range(len(old["c"]))
    h, c = old["h"], old["c"]

    def gate(name: str, j: int, seen: Vector) -> Number:
        """A gate whose peephole, if it has one, sees the cell `seen`."""
        a = affine(w, name, j, x, h)
        if f"p_{name}" in w:
            a = a + w[f"p_{name}"][j] * seen[j]  # PEEP-1
        if options["gate_recurrence"] and name in ("i", "f", "o"):
            a = total([a, *(row_times(w[f"R_{source}{name}"], j, old[source]) for source in "ifo")])  # VAR-7
        return activate(options["gate_activation"], clipped(options, a))

    def candidate(j: int) -> Number:
        seen = h
        if options["relevance_gate"]:
            seen = [gate("r", k, c) * h[k] for k in units]  # VAR-6
        a = affine(w, "g", j, x, seen)  # PEEP-5
        return activate(options["candidate_activation"], clipped(options, a))  # LSTM-3

    i, f, o, c_new, m = [], [], [], [], []
    for j in units:
        i_j = gate("i", j, c) if options["input_gate"] and options["coupling"] != "input" else 1.0  # LSTM-1, VAR-1
        f_j = gate("f", j, c) if options["forget_gate"] and options["coupling"] != "forget" else 1.0  # LSTM-2, VAR-2
        if options["coupling"] == "forget":
            f_j = 1 - i_j  # VAR-4
        if options["coupling"] == "input":
            i_j = 1 - f_j  # VAR-5
        i.append(i_j)
        f.append(f_j)
        c_j = f_j * c[j] + i_j * candidate(j)  # LSTM-4
        c_new.append(clip(c_j, options["cell_clip"], options["clip_derivative"]))  # CLIP-1
    for j in units:
        seen = c_new if options["peephole"] == "new" else c  # PEEP-3, PEEP-4
        o.append(gate("o", j, seen) if options["output_gate"] else 1.0)  # LSTM-5, VAR-3
        m.append(o[j] * activate(options["output_activation"], c_new[j]))  # LSTM-6
    h_new, y = projected(options, w, m)
    new = {"h": h_new, "c": c_new}  # LSTM-7
    return y, new | {"i": i, "f": f, "o": o} if options["gate_recurrence"] else new  # VAR-7


def projected(options: Options, w: Weights, m: Vector) -> tuple[Vector, Vector]:
    """The new h, and the output."""
    if not options["projection"]:
        return m, m
    h_new = []
    for j in range(options["projection"]):
        p = row_times(w["P_h"], j, m) + bias(w, "b_h", j)  # PROJ-1, PROJ-2
        h_new.append(clip(p, options["projection_clip"], options["clip_derivative"]))  # CLIP-2
    q = [row_times(w["P_q"], j, m) + bias(w, "b_q", j) for j in range(options["output_projection"])]  # PROJ-2
    return h_new, h_new + q  # PROJ-3


def gru_step(options: Options, w: Weights, x: Vector, old: Memory) -> tuple[Vector, Memory]:
    h = old["h"]
    units = range(len(h))

    def gate(name: str) -> Vector:
        return [activate(options["gate_activation"], clipped(options, affine(w, name, j, x, h))) for j in units]

    z = gate("z")  # GRU-2
    if options["reset"] == "none":
        r: Vector = [1.0 for _ in units]  # GRU-8
    elif options["minimal"]:
        r = z  # GRU-9
    else:
        r = gate("r")  # GRU-1
    h_new = []
    for j in units:
        from_x = row_times(w["W_n"], j, x) + bias(w, "b_n", j)
        if options["reset"] == "after":
            a = from_x + r[j] * (row_times(w["R_n"], j, h) + bias(w, "b_Rn", j))  # GRU-3, PAR-4
        else:
            a = from_x + row_times(w["R_n"], j, [r[k] * h[k] for k in units])  # GRU-4
        n = activate(options["candidate_activation"], clipped(options, a))
        share_of_old = z[j] if options["update"] == "keep" else 1 - z[j]  # GRU-5, GRU-6
        h_new.append(share_of_old * h[j] + (1 - share_of_old) * n)
    return h_new, {"h": h_new}


def rnn_step(options: Options, w: Weights, x: Vector, old: Memory) -> tuple[Vector, Memory]:
    h = old["h"]
    a = [clipped(options, affine(w, "", j, x, h)) for j in range(len(h))]
    h_new = [activate(options["activation"], a_j) for a_j in a]  # RNN-1
    return h_new, {"h": h_new}


STEPS: dict[str, Callable[[Options, Weights, Vector, Memory], tuple[Vector, Memory]]] = {
    "lstm": lstm_step,
    "gru": gru_step,
    "rnn": rnn_step,
}


def memory_sizes(kind: str, options: Options, w: Weights) -> dict[str, int]:
    """The names of the state's vectors and their sizes."""
    units = len(w["W" if kind == "rnn" else "W_g" if kind == "lstm" else "W_n"])
    if kind != "lstm":
        return {"h": units}
    sizes = {"h": options["projection"] or units, "c": units}
    return sizes | ({"i": units, "f": units, "o": units} if options["gate_recurrence"] else {})
