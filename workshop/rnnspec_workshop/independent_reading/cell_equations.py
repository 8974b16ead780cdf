"""One step of each cell, gate by gate and unit by unit, in the letters of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnspec_workshop.independent_reading.activation_formulas import activation, clip
from rnnspec_workshop.independent_reading.kinds_of_number import Number, Numbers

Vector = list[Number]
Cell = Mapping[str, Any]
"""The kind (``RNN``, ``LSTM``, ``GRU``) and every option by name."""
State = dict[str, Vector]
"""The state of one sequence: ``h``, and ``c`` for an LSTM."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A cell with the parameters of one direction, by the names of the text, in one kind of number."""

    cell: Cell
    parameters: Mapping[str, Any]
    n: Numbers

    def __call__(self, x: Vector, state: State) -> tuple[Vector, State]:
        """The output and the new state."""
        return {"RNN": rnn, "LSTM": lstm, "GRU": gru}[self.cell["kind"]](self, x, state)

    @property
    def zeros(self) -> State:
        """The state of a sequence that none is given for (SEQ-2)."""
        H = len(self.parameters[{"RNN": "W", "LSTM": "W_g", "GRU": "W_n"}[self.cell["kind"]]])
        return {name: self.full(size, 0) for name, size in state_sizes(self.cell, H).items()}

    def full(self, size: int, value: int) -> Vector:
        """A vector of one number."""
        return [self.n.number(value)] * size

    def product(self, name: str, v: Vector) -> Vector:
        """A matrix times a vector: row j belongs to unit j (PAR-3)."""
        return [self.n.dot(row, v) for row in self.parameters[name]]

    def bias(self, name: str, size: int, option: str = "bias") -> Vector:
        """A bias; zeros in a cell without (PAR-5, PROJ-2)."""
        b: Vector = self.parameters[name] if self.cell[option] else self.full(size, 0)
        return b

    def affine(self, gate: str, x: Vector, h: Vector) -> Vector:
        """``W x + R h + b`` of a gate (PAR-1)."""
        Wx, Rh = self.product(f"W{gate}", x), self.product(f"R{gate}", h)
        b = self.bias(f"b{gate}", len(Wx))
        return [Wx[j] + Rh[j] + b[j] for j in range(len(b))]

    def activated(self, option: str, a: Vector) -> Vector:
        """A gate or candidate from its complete pre-activation, which is clipped first (CLIP-3)."""
        return [activation(self.n, self.cell[option], clip(self.n, self.cell, "preactivation_clip", u)) for u in a]


def rnn(step: Step, x: Vector, state: State) -> tuple[Vector, State]:
    """One step of the simple recurrent layer."""
    h_new = step.activated("activation", step.affine("", x, state["h"]))  # RNN-1, RNN-2
    return h_new, {"h": h_new}


def lstm(step: Step, x: Vector, state: State) -> tuple[Vector, State]:
    """One step of an LSTM."""
    cell, p, n = step.cell, step.parameters, step.n
    h, c = state["h"], state["c"]
    H = range(len(c))

    def gate(q: str, seen: Vector) -> Vector:
        a = step.affine(f"_{q}", x, h)
        if cell["peephole"] != "none":
            a = [a[j] + p[f"p_{q}"][j] * seen[j] for j in H]  # PEEP-1
        if cell["gate_recurrence"]:
            for source in "ifo":
                G = step.product(f"R_{source}{q}", state[source])  # VAR-7
                a = [a[j] + G[j] for j in H]
        return step.activated("gate_activation", a)  # VAR-8

    i = f = o = step.full(len(c), 1)  # VAR-1, VAR-2, VAR-3
    if cell["input_gate"] and cell["coupling"] != "input":
        i = gate("i", c)  # LSTM-1, PEEP-2
    if cell["forget_gate"] and cell["coupling"] != "forget":
        f = gate("f", c)  # LSTM-2, PEEP-2
    if cell["coupling"] == "forget":
        f = [1 - i[j] for j in H]  # VAR-4
    if cell["coupling"] == "input":
        i = [1 - f[j] for j in H]  # VAR-5
    s = h
    if cell["relevance_gate"]:
        r = step.activated("gate_activation", step.affine("_r", x, h))  # VAR-6, PEEP-5
        s = [r[j] * h[j] for j in H]  # VAR-6
    g = step.activated("candidate_activation", step.affine("_g", x, s))  # LSTM-3, PEEP-5
    c_new = [clip(n, cell, "cell_clip", f[j] * c[j] + i[j] * g[j]) for j in H]  # LSTM-4, CLIP-1
    if cell["output_gate"]:
        o = gate("o", c_new if cell["peephole"] == "new" else c)  # LSTM-5, PEEP-3, PEEP-4
    m = [o[j] * activation(n, cell["output_activation"], c_new[j]) for j in H]  # LSTM-6
    h_new, q = projected(step, m)
    gates = {"i": i, "f": f, "o": o} if cell["gate_recurrence"] else {}  # VAR-7
    return h_new + q, {"h": h_new, "c": c_new} | gates  # LSTM-7, PROJ-3


def projected(step: Step, m: Vector) -> tuple[Vector, Vector]:
    """The new hidden state, and what the non-recurrent projection appends to the output."""
    cell, J, K = step.cell, step.cell["projection"], step.cell["output_projection"]
    if not J:
        return m, []
    P, b = step.product("P_h", m), step.bias("b_h", J, "projection_bias")
    h_new = [clip(step.n, cell, "projection_clip", P[j] + b[j]) for j in range(J)]  # PROJ-1, PROJ-2, CLIP-2
    if not K:
        return h_new, []
    P, b = step.product("P_q", m), step.bias("b_q", K, "projection_bias")
    return h_new, [P[k] + b[k] for k in range(K)]  # PROJ-2, PROJ-3


def gru(step: Step, x: Vector, state: State) -> tuple[Vector, State]:
    """One step of a GRU."""
    cell, h = step.cell, state["h"]
    H = range(len(h))

    def gate(q: str) -> Vector:
        return step.activated("gate_activation", step.affine(f"_{q}", x, h))  # GRU-10

    z = gate("z")  # GRU-2
    if cell["minimal"]:
        r = z  # GRU-9
    else:
        r = gate("r") if cell["reset"] != "none" else step.full(len(h), 1)  # GRU-1, GRU-8
    if cell["reset"] == "after":
        Wx, Rh = step.product("W_n", x), step.product("R_n", h)
        b, b_R = step.bias("b_n", len(h)), step.bias("b_Rn", len(h))  # PAR-4
        a = [Wx[j] + b[j] + r[j] * (Rh[j] + b_R[j]) for j in H]  # GRU-3
    else:
        a = step.affine("_n", x, [r[j] * h[j] for j in H])  # GRU-4, GRU-8
    n = step.activated("candidate_activation", a)
    if cell["update"] == "keep":
        h_new = [z[j] * h[j] + (1 - z[j]) * n[j] for j in H]  # GRU-5
    else:
        h_new = [(1 - z[j]) * h[j] + z[j] * n[j] for j in H]  # GRU-6
    return h_new, {"h": h_new}


def state_sizes(cell: Cell, H: int) -> dict[str, int]:
    """The names of the state's vectors and their features (LSTM-7, VAR-7, PROJ-1)."""
    if cell["kind"] != "LSTM":
        return {"h": H}
    sizes = {"h": cell["projection"] or H, "c": H}
    return sizes | dict.fromkeys("ifo", H) if cell["gate_recurrence"] else sizes
