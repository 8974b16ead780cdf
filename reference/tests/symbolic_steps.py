"""One step of each cell as SymPy expressions, written from the text with matrices of symbols.

A clip is written as what it adds, ``a + shift``: SymPy differentiates it with slope 1, which is what straight-through
means (CLIP-5). The true derivative (CLIP-4) follows when the slope of a number that is cut off is set to 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp  # type: ignore[import-untyped]  # it publishes no types

Column = Any
"""A SymPy column vector."""
Symbols = Mapping[str, Any]
"""Matrices and columns of symbols by their letters."""

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
    "tanh": sp.tanh,
    "identity": lambda a: a,
    "softplus": lambda a: sp.log(1 + sp.exp(a)),
    "softsign": lambda a: a / (1 + sp.Abs(a)),
    "scaled_tanh": lambda a: sp.Rational(17, 10) * sp.tanh(sp.Rational(3, 5) * a),
    "affine": lambda a: sp.Rational(3, 5) * a - sp.Rational(3, 10),
}
"""Activations by name; ``scaled_tanh`` and ``affine`` with the constants 1.7, 0.6 and 0.6, -0.3."""


@dataclass
class Clips:
    """The clips of one step: each number that is clipped, the symbols of what is added to it, and of its slope."""

    bounds: Mapping[str, Any]
    clipped: list[tuple[Any, Any, Any, Any]] = field(default_factory=list)

    def __call__(self, kind: str, column: Column) -> Column:
        bound = self.bounds.get(kind)
        if bound is None:
            return column
        result = []
        for a in column:
            shift, slope = sp.symbols(f"shift{len(self.clipped)} slope{len(self.clipped)}", real=True)
            self.clipped.append((a, shift, slope, bound))
            # A function of a, whose value is a + shift and whose derivative is slope: linear with an unknown constant.
            result.append(slope * a + shift)
        return sp.Matrix(result)


def times(a: Column, b: Column) -> Column:
    """Element by element."""
    return sp.Matrix([x * y for x, y in zip(a, b, strict=True)])


def apply(name: str, a: Column) -> Column:
    return sp.Matrix([FUNCTIONS[name](x) for x in a])


def affine(s: Symbols, gate: str, h: Column) -> Column:
    a = s[f"W_{gate}"] * s["x"] + s[f"R_{gate}"] * h
    return a + s[f"b_{gate}"] if f"b_{gate}" in s else a


def lstm(option: Mapping[str, Any], s: Symbols, clip: Clips) -> tuple[Column, dict[str, Column]]:
    """The output and the new state."""
    h, c = s["h"], s["c"]
    one = sp.ones(len(c), 1)

    def gate(name: str, cell: Column) -> Column:
        a = affine(s, name, h)
        if f"p_{name}" in s:
            a += times(s[f"p_{name}"], cell)  # PEEP-1
        if option["gate_recurrence"] and name != "r":
            for source in "ifo":
                a += s[f"R_{source}{name}"] * s[source]  # VAR-7
        return apply(option["gate_activation"], clip("preactivation_clip", a))

    i = f = o = one  # VAR-1 to VAR-3
    if option["input_gate"] and option["coupling"] != "input":
        i = gate("i", c)  # LSTM-1, PEEP-2
    if option["forget_gate"] and option["coupling"] != "forget":
        f = gate("f", c)  # LSTM-2, PEEP-2
    if option["coupling"] == "forget":
        f = one - i  # VAR-4
    if option["coupling"] == "input":
        i = one - f  # VAR-5
    seen = times(gate("r", c), h) if option["relevance_gate"] else h  # VAR-6
    g = apply(option["candidate_activation"], clip("preactivation_clip", affine(s, "g", seen)))  # LSTM-3
    c_new = clip("cell_clip", times(f, c) + times(i, g))  # LSTM-4, CLIP-1
    if option["output_gate"]:
        o = gate("o", c_new if option["peephole"] == "new" else c)  # LSTM-5, PEEP-3, PEEP-4
    m = times(o, apply(option["output_activation"], c_new))  # LSTM-6
    state = {"c": c_new, "i": i, "f": f, "o": o} if option["gate_recurrence"] else {"c": c_new}
    if not option["projection"]:
        return m, {"h": m, **state}
    h_new = s["P_h"] * m  # PROJ-1
    h_new = clip("projection_clip", h_new + s["b_h"] if "b_h" in s else h_new)  # PROJ-2, CLIP-2
    y = h_new
    if option["output_projection"]:
        q = s["P_q"] * m  # PROJ-3
        y = h_new.col_join(q + s["b_q"] if "b_q" in s else q)  # PROJ-2
    return y, {"h": h_new, **state}


def gru(option: Mapping[str, Any], s: Symbols, clip: Clips) -> tuple[Column, dict[str, Column]]:
    """The output and the new state."""
    h = s["h"]

    def gate(name: str) -> Column:
        return apply(option["gate_activation"], clip("preactivation_clip", affine(s, name, h)))

    z = gate("z")  # GRU-2
    if option["minimal"]:
        r = z  # GRU-9
    else:
        r = sp.ones(len(h), 1) if option["reset"] == "none" else gate("r")  # GRU-8, GRU-1
    a = s["W_n"] * s["x"]
    if "b_n" in s:
        a += s["b_n"]
    if option["reset"] == "before":
        a += s["R_n"] * times(r, h)  # GRU-4
    else:
        inner = s["R_n"] * h
        a += times(r, inner + s["b_Rn"] if "b_Rn" in s else inner)  # GRU-3
    n = apply(option["candidate_activation"], clip("preactivation_clip", a))
    kept = z if option["update"] == "keep" else sp.ones(len(h), 1) - z
    h_new = times(kept, h) + n - times(kept, n)  # GRU-5, GRU-6
    return h_new, {"h": h_new}


def rnn(option: Mapping[str, Any], s: Symbols, clip: Clips) -> tuple[Column, dict[str, Column]]:
    """The output and the new state."""
    a = s["W"] * s["x"] + s["R"] * s["h"]
    h_new = apply(option["activation"], clip("preactivation_clip", a + s["b"] if "b" in s else a))  # RNN-1
    return h_new, {"h": h_new}


STEPS = {"LSTM": lstm, "GRU": gru, "RNN": rnn}
