"""A reading of the rules in arbitrary precision: scalar by scalar, forward only.

It is written from the text of ``spec/`` and shares no code with the reference. A problem is a plain dict, as in the
files (``README.md`` beside this module says how it looks); its numbers are `mpmath` numbers, or anything that
multiplies with them. Vectors and matrices are lists. How many digits are computed is said by `mpmath.mp.dps`.
"""

from __future__ import annotations

from typing import Any

from mpmath import mp

from rnnspec_workshop.vectors.kinks import Kinks, Number

Vector = list[Number]
Named = dict[str, Any]
"""Parameters or a state: vectors and matrices by the letters of the text."""


def read(problem: dict[str, Any], kinks: Kinks) -> dict[str, Any]:
    """The outputs ``y`` [T][B].. and the ``final`` states of a problem, by layer and direction."""
    x = problem["x"]
    T, B = len(x), len(x[0])
    lengths = problem["lengths"] or [T] * B  # SEQ-9
    y, final = x, []
    last = len(problem["layers"]) - 1
    for position, layer in enumerate(problem["layers"]):  # SEQ-8
        repeat = problem["padded_outputs"] == "repeat" and position == last  # SEQ-11
        given = problem["initial"][position] if problem["initial"] else None
        columns, ends = [], []
        for b in range(B):  # SEQ-10
            steps = [y[t][b] for t in range(lengths[b])]
            states = [{name: array[b] for name, array in state.items()} for state in given] if given else None
            column, end = layer_of_sequence(layer, steps, states, T=T, repeat=repeat, kinks=kinks)
            columns.append(column)
            ends.append(end)
        y = [[columns[b][t] for b in range(B)] for t in range(T)]
        final.append(
            [
                {name: [ends[b][d][name] for b in range(B)] for name in state_sizes(layer["cell"], 0)}
                for d in range(len(layer["parameters"]))
            ]
        )
    return {"y": y, "final": final}


def layer_of_sequence(
    layer: dict[str, Any], steps: list[Vector], states: list[Named] | None, *, T: int, repeat: bool, kinks: Kinks
) -> tuple[list[Any], list[Named]]:
    """The T outputs of a layer for the valid steps of one sequence, and the final state of each direction."""
    outputs, ends = [], []
    for d, parameters in enumerate(layer["parameters"]):
        state = states[d] if states else zero_state(layer["cell"], parameters)  # SEQ-2
        reverse = layer["direction"] == "reverse" or d == 1
        out: list[Vector] = []
        for x in reversed(steps) if reverse else steps:  # SEQ-5, SEQ-1
            state, output = step(layer["cell"], parameters, x, state, kinks)
            out.append(output)
        ends.append(state)  # SEQ-3, SEQ-6, SEQ-9
        features = output_size(layer["cell"], parameters)
        padding = out[-1] if repeat and out else [mp.zero] * features  # SEQ-11, SEQ-4
        if reverse and layer["reverse_outputs"] == "time":
            out.reverse()  # SEQ-5; otherwise SEQ-12
        outputs.append(out + [padding] * (T - len(steps)))
    if len(outputs) == 1:
        return outputs[0], ends
    forward, backward = outputs
    return [merged(layer["merge"], u, v) for u, v in zip(forward, backward, strict=True)], ends


def merged(how: str, forward: Vector, reverse: Vector) -> Any:
    """The outputs of two directions at one step as one."""
    pairs = list(zip(forward, reverse, strict=True))
    if how == "concat":
        return forward + reverse  # SEQ-7
    if how == "sum":
        return [u + v for u, v in pairs]  # SEQ-13
    if how == "mean":
        return [(u + v) / 2 for u, v in pairs]  # SEQ-13
    if how == "product":
        return [u * v for u, v in pairs]  # SEQ-13
    if how == "none":
        return [forward, reverse]  # SEQ-14
    raise ValueError(f"merge: {how!r}")


def step(cell: dict[str, Any], p: Named, x: Vector, state: Named, kinks: Kinks) -> tuple[Named, Vector]:
    """One step of a cell: the new state and the output."""
    return {"RNN": rnn_step, "LSTM": lstm_step, "GRU": gru_step}[cell["kind"]](cell, p, x, state, kinks)


def rnn_step(cell: dict[str, Any], p: Named, x: Vector, state: Named, kinks: Kinks) -> tuple[Named, Vector]:
    """One step of the simple recurrent layer."""
    h_new = []
    for j in range(len(p["W"])):
        a = dot(p["W"][j], x) + dot(p["R"][j], state["h"])  # RNN-1, PAR-3
        if cell["bias"]:
            a += p["b"][j]  # RNN-1
        h_new.append(activation(cell["activation"], preactivation(cell, a, kinks), kinks))  # RNN-1, RNN-2
    return {"h": h_new}, h_new


def lstm_step(cell: dict[str, Any], p: Named, x: Vector, state: Named, kinks: Kinks) -> tuple[Named, Vector]:
    """One step of an LSTM."""
    h, c = state["h"], state["c"]
    units = range(len(p["W_g"]))
    a = lstm_preactivations(cell, p, x, state)
    s = h
    if cell["relevance_gate"]:
        r = [gate(cell, a_r, kinks) for a_r in affine(cell, p, "r", x, h)]  # VAR-6
        s = [r[j] * h[j] for j in units]  # VAR-6
    a_g = affine(cell, p, "g", x, s)  # LSTM-3, PEEP-5, VAR-6
    new: Named = {name: [] for name in ("i", "f", "o", "c", "m")}
    for j in units:
        i = gate(cell, a["i"][j], kinks) if "i" in a else mp.one  # LSTM-1, VAR-1
        f = gate(cell, a["f"][j], kinks) if "f" in a else mp.one  # LSTM-2, VAR-2
        if cell["coupling"] == "forget":
            f = 1 - i  # VAR-4
        if cell["coupling"] == "input":
            i = 1 - f  # VAR-5
        g = activation(cell["candidate_activation"], preactivation(cell, a_g[j], kinks), kinks)  # LSTM-3
        c_new = clip(f * c[j] + i * g, cell["cell_clip"], cell, kinks)  # LSTM-4, CLIP-1
        o = mp.one  # VAR-3
        if "o" in a:
            a_o = a["o"][j]
            if cell["peephole"] == "new":
                a_o += p["p_o"][j] * c_new  # PEEP-3
            o = gate(cell, a_o, kinks)  # LSTM-5
        m = o * activation(cell["output_activation"], c_new, kinks)  # LSTM-6
        for name, value in (("i", i), ("f", f), ("o", o), ("c", c_new), ("m", m)):
            new[name].append(value)
    h_new, q = projected(cell, p, new["m"], kinks)
    after = {"h": h_new, "c": new["c"]}  # LSTM-7
    if cell["gate_recurrence"]:
        after |= {source: new[source] for source in "ifo"}  # VAR-7
    return after, h_new + q  # LSTM-7, PROJ-3


def lstm_preactivations(cell: dict[str, Any], p: Named, x: Vector, state: Named) -> Named:
    """The pre-activations of the gates that are there, complete but for a peephole that sees the new cell state."""
    a = {q: affine(cell, p, q, x, state["h"]) for q in "ifo" if f"W_{q}" in p}  # LSTM-1, LSTM-2, LSTM-5
    for target, of_units in a.items():
        for j in range(len(of_units)):
            if cell["gate_recurrence"]:
                for source in "ifo":
                    of_units[j] += dot(p[f"R_{source}{target}"][j], state[source])  # VAR-7
            if cell["peephole"] == "old" or (cell["peephole"] == "new" and target != "o"):
                of_units[j] += p[f"p_{target}"][j] * state["c"][j]  # PEEP-1, PEEP-2, PEEP-4
    return a


def projected(cell: dict[str, Any], p: Named, m: Vector, kinks: Kinks) -> tuple[Vector, Vector]:
    """The new hidden state, and what the non-recurrent projection appends to the output."""
    if not cell["projection"]:
        return m, []
    h_new, q = [], []
    for j in range(cell["projection"]):
        a = dot(p["P_h"][j], m)  # PROJ-1
        if cell["projection_bias"]:
            a += p["b_h"][j]  # PROJ-2
        h_new.append(clip(a, cell["projection_clip"], cell, kinks))  # CLIP-2
    for k in range(cell["output_projection"]):
        a = dot(p["P_q"][k], m)  # PROJ-3
        if cell["projection_bias"]:
            a += p["b_q"][k]  # PROJ-2
        q.append(a)
    return h_new, q


def gru_step(cell: dict[str, Any], p: Named, x: Vector, state: Named, kinks: Kinks) -> tuple[Named, Vector]:
    """One step of a GRU."""
    h = state["h"]
    units = range(len(p["W_n"]))
    z = [gate(cell, a_z, kinks) for a_z in affine(cell, p, "z", x, h)]  # GRU-2
    r = z  # GRU-9
    if cell["reset"] != "none" and not cell["minimal"]:
        r = [gate(cell, a_r, kinks) for a_r in affine(cell, p, "r", x, h)]  # GRU-1
    h_new = []
    for j in units:
        a = dot(p["W_n"][j], x)
        if cell["bias"]:
            a += p["b_n"][j]
        if cell["reset"] == "after":
            recurrent = dot(p["R_n"][j], h)
            if cell["bias"]:
                recurrent += p["b_Rn"][j]  # PAR-4
            a += r[j] * recurrent  # GRU-3
        elif cell["reset"] == "before":
            a += dot(p["R_n"][j], [r[k] * h[k] for k in units])  # GRU-4
        else:
            a += dot(p["R_n"][j], h)  # GRU-8
        n = activation(cell["candidate_activation"], preactivation(cell, a, kinks), kinks)
        if cell["update"] == "keep":
            h_new.append(z[j] * h[j] + (1 - z[j]) * n)  # GRU-5
        else:
            h_new.append((1 - z[j]) * h[j] + z[j] * n)  # GRU-6
    return {"h": h_new}, h_new


def affine(cell: dict[str, Any], p: Named, q: str, x: Vector, h: Vector) -> Vector:
    """``W_q x + R_q h + b_q``, unit by unit (PAR-1 to PAR-3, PAR-5)."""
    a = [dot(W_j, x) + dot(R_j, h) for W_j, R_j in zip(p[f"W_{q}"], p[f"R_{q}"], strict=True)]
    return [a_j + b_j for a_j, b_j in zip(a, p[f"b_{q}"], strict=True)] if cell["bias"] else a


def gate(cell: dict[str, Any], a: Number, kinks: Kinks) -> Number:
    """The value of a gate from its complete pre-activation (VAR-8, GRU-10)."""
    return activation(cell["gate_activation"], preactivation(cell, a, kinks), kinks)


def preactivation(cell: dict[str, Any], a: Number, kinks: Kinks) -> Number:
    """A pre-activation behind its clip (CLIP-3)."""
    return clip(a, cell["preactivation_clip"], cell, kinks)


def clip(a: Number, bound: Number | None, cell: dict[str, Any], kinks: Kinks) -> Number:
    """`a` within [-bound, bound] (CLIP-1 to CLIP-3)."""
    if bound is None:
        return a
    side = 1 if a > bound else -1 if a < -bound else 0
    if cell["clip_derivative"] == "straight-through":
        return a + kinks.addition((side * bound if side else a) - a)  # CLIP-5
    side = kinks.side(side, abs(abs(a) - bound))
    return side * bound if side else a  # CLIP-4


def dot(u: Vector, v: Vector) -> Number:
    """The sum of the products, rounded once (PAR-3)."""
    return mp.fdot(zip(u, v, strict=True))


def activation(which: dict[str, Any], a: Number, kinks: Kinks) -> Number:
    """An activation by name, with its constants (ACT-1)."""
    alpha, beta = which["alpha"], which["beta"]
    match which["name"]:
        case "sigmoid":
            return 1 / (1 + mp.exp(-a))
        case "tanh":
            return mp.tanh(a)
        case "identity":
            return a
        case "affine":
            return alpha * a + beta
        case "scaled_tanh":
            return alpha * mp.tanh(beta * a)
        case "softplus":
            return mp.log1p(mp.exp(a))
        case name:
            return kinked(name, alpha, beta, a, kinks)


def kinked(name: str, alpha: Number, beta: Number, a: Number, kinks: Kinks) -> Number:
    """An activation with kinks; the side that it is on at a kink is the one that ACT-3 says."""
    match name:
        case "relu":
            return a if kinks.side(int(a > 0), abs(a)) else mp.zero
        case "leaky_relu":
            return a if kinks.side(int(a >= 0), abs(a)) else alpha * a
        case "thresholded_relu":
            return a if kinks.side(int(a > alpha), abs(a - alpha)) else mp.zero
        case "hard_sigmoid":
            line = alpha * a + beta  # ACT-2
            side = kinks.side(0 if line <= 0 else 2 if line >= 1 else 1, min(abs(line), abs(line - 1)))
            return (mp.zero, line, mp.one)[side]
        case "elu":
            return a if kinks.side(int(a >= 0), abs(a)) else alpha * mp.expm1(a)
        case "softsign":
            return a / (1 + a) if kinks.side(int(a >= 0), abs(a)) else a / (1 - a)
        case _:
            raise ValueError(f"activation: {name!r}")


def state_sizes(cell: dict[str, Any], H: int) -> dict[str, int]:
    """The names of the state's vectors and their features (LSTM-7, VAR-7, PROJ-1)."""
    if cell["kind"] != "LSTM":
        return {"h": H}
    sizes = {"h": cell["projection"] or H, "c": H}
    return sizes | dict.fromkeys("ifo", H) if cell["gate_recurrence"] else sizes


def zero_state(cell: dict[str, Any], p: Named) -> Named:
    """A state of zeros (SEQ-2)."""
    return {name: [mp.zero] * size for name, size in state_sizes(cell, units_of(p)).items()}


def units_of(p: Named) -> int:
    """H, the number of units that these parameters are made for (PAR-1)."""
    return len(next(array for name, array in p.items() if name[0] == "W"))


def output_size(cell: dict[str, Any], p: Named) -> int:
    """The features of the output of one direction (SEQ-1, PROJ-3)."""
    h = state_sizes(cell, units_of(p))["h"]
    return h + (cell["output_projection"] if cell["kind"] == "LSTM" else 0)
