"""One step of the LSTM in all its variants, and its adjoint, in the letters of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnnspec.activations import activation_of
from rnnspec.cells.clipping import Clip, times
from rnnspec.cells.kernel import Kernel, Values, product_gradient, sum_over_time_and_batch
from rnnspec.precision import Precision
from rnnspec.records import Array, Parameters

if TYPE_CHECKING:
    from rnnspec.cells.lstm import LSTM


class Tape(NamedTuple):
    """What a step keeps for its adjoint. `i`, `f`, `g`, `o` and `r` may lie in the memory of `u`; the rest does not."""

    h: Array
    c: Array
    gates_before: Array | None
    i: Array
    f: Array
    g: Array
    o: Array
    r: Array | None
    s: Array | None
    c_new: Array
    k: Array
    m: Array
    a_slope: Array | None
    c_slope: Array | None
    h_slope: Array | None
    d: dict[str, Array]
    """What `adjoint` leaves for the gradients of the projections."""


class LSTMKernel(Kernel):
    """One step of the LSTM, and its adjoint. An absent gate is the constant 1."""

    def __init__(self, cell: LSTM, parameters: Parameters, precision: Precision) -> None:
        super().__init__(cell.gates, parameters, precision)
        self.cell = cell
        self.peephole = cell.peephole
        self.place = {gate: slice(k * self.H, (k + 1) * self.H) for k, gate in enumerate(self.gates)}
        self.one = np.ones((1, 1), self.W.dtype)
        self.on_h = tuple(gate for gate in self.gates if gate != "g") if cell.relevance_gate else self.gates
        self.R = self.stack("R", self.on_h)
        if cell.gate_recurrence:
            rows = [np.concatenate([parameters[f"R_{source}{target}"] for source in "ifo"], axis=1) for target in "ifo"]
            self.R_gates = np.concatenate(rows)
        self.gate = activation_of(cell.gate_activation, "gate_activation")
        self.candidate = activation_of(cell.candidate_activation, "candidate_activation")
        self.output = activation_of(cell.output_activation, "output_activation")
        straight = cell.clip_derivative == "straight-through"
        self.clip_a = Clip(bound=cell.preactivation_clip, straight_through=straight)
        self.clip_c = Clip(bound=cell.cell_clip, straight_through=straight)
        self.clip_h = Clip(bound=cell.projection_clip, straight_through=straight)

    def forward(self, u: Array, state: Values) -> tuple[Values, Array, Values]:
        h, c, *before = state
        cell, p, peephole = self.cell, self.parameters, self.peephole
        a = {gate: u[:, place] for gate, place in self.place.items()}
        gates_before = self._add_recurrent(a, u, h, before)
        a_slope = self.clip_a.slopes(u)

        def clipped(gate: str) -> Array:
            return self.clip_a.clipped(a[gate], None if a_slope is None else a_slope[:, self.place[gate]])  # CLIP-3

        r = s = None
        if "r" in a:
            r = self.gate.value(clipped("r"), a["r"])  # VAR-6
            s = r * h
            a["g"] += self.dot(s, p.R_g.T)  # VAR-6
        i = f = o = self.one  # VAR-1, VAR-2, VAR-3
        if "i" in a:
            if peephole != "none":
                a["i"] += p.p_i * c  # PEEP-2
            i = self.gate.value(clipped("i"), a["i"])  # LSTM-1
        if "f" in a:
            if peephole != "none":
                a["f"] += p.p_f * c  # PEEP-2
            f = self.gate.value(clipped("f"), a["f"])  # LSTM-2
        if cell.coupling == "forget":
            f = 1 - i  # VAR-4
        elif cell.coupling == "input":
            i = 1 - f  # VAR-5
        g = self.candidate.value(clipped("g"), a["g"])  # LSTM-3
        c_new = f * c + i * g  # LSTM-4
        c_slope = self.clip_c.derivative(c_new)
        self.clip_c.value(c_new)  # CLIP-1
        if "o" in a:
            if peephole != "none":
                a["o"] += p.p_o * (c_new if peephole == "new" else c)  # PEEP-3, PEEP-4
            o = self.gate.value(clipped("o"), a["o"])  # LSTM-5
        k = self.output.value(c_new)
        m = o * k  # LSTM-6
        h_new, y, h_slope = self._projected(m)
        tape = Tape(h, c, gates_before, i, f, g, o, r, s, c_new, k, m, a_slope, c_slope, h_slope, {})
        after = (i.copy(), f.copy(), o.copy()) if cell.gate_recurrence else ()
        return (h_new, c_new, *after), y, tape

    def _add_recurrent(self, a: dict[str, Array], u: Array, h: Array, before: list[Array]) -> Array | None:
        """Add the recurrent products to the pre-activations; the gates of the step before, where they enter."""
        if self.cell.relevance_gate:
            for part, gate in zip(self.split(self.dot(h, self.R.T)), self.on_h, strict=True):
                a[gate] += part
        else:
            u += self.dot(h, self.R.T)
        if not before:
            return None
        gates_before = np.concatenate(before, axis=-1)
        for part, gate in zip(self.split(self.dot(gates_before, self.R_gates.T)), "ifo", strict=True):
            a[gate] += part  # VAR-7
        return gates_before

    def _projected(self, m: Array) -> tuple[Array, Array, Array | None]:
        """The new h, the output, and the slope of the projection's clip."""
        cell, p = self.cell, self.parameters
        if not cell.projection:
            return m, m, None
        h_new = self.dot(m, p.P_h.T)  # PROJ-1
        if cell.projection_bias:
            h_new += p.b_h  # PROJ-2
        h_slope = self.clip_h.derivative(h_new)
        self.clip_h.value(h_new)  # CLIP-2
        if not cell.output_projection:
            return h_new, h_new, h_slope
        q = self.dot(m, p.P_q.T)  # PROJ-3
        if cell.projection_bias:
            q += p.b_q  # PROJ-2
        return h_new, np.concatenate([h_new, q], axis=-1), h_slope  # PROJ-3

    def adjoint(self, tape: Values, d_state: Values, d_y: Array, d_u: Array) -> Values:
        assert isinstance(tape, Tape)
        _, c, _, i, f, g, o, _, _, _, k, _, _, c_slope, _, _ = tape
        cell, p, peephole = self.cell, self.parameters, self.peephole
        d_h_new, d_c_new, *d_gates = d_state
        d_m = self._d_projected(tape, d_h_new, d_y)
        d_a: dict[str, Array] = {}
        if "o" in self.place:
            d_o = d_m * k  # GRAD-3
            if cell.gate_recurrence:
                d_o += d_gates[2]  # GRAD-15
            d_a["o"] = self._through_gate(tape, "o", d_o, o)  # GRAD-3
        d_c_new = d_c_new + d_m * o * self.output.derivative(k)  # GRAD-3
        if peephole == "new" and "o" in d_a:
            d_c_new += d_a["o"] * p.p_o  # GRAD-4
        d_c_new = times(d_c_new, c_slope)  # CLIP-4
        d_i, d_f = d_c_new * g, d_c_new * c  # GRAD-3
        if cell.gate_recurrence:
            d_i += d_gates[0]  # GRAD-15
            d_f += d_gates[1]  # GRAD-15
        if cell.coupling == "forget":
            d_i -= d_f  # GRAD-13
        elif cell.coupling == "input":
            d_f -= d_i  # GRAD-13
        if "i" in self.place:
            d_a["i"] = self._through_gate(tape, "i", d_i, i)  # GRAD-3
        if "f" in self.place:
            d_a["f"] = self._through_gate(tape, "f", d_f, f)  # GRAD-3
        d_a["g"] = self._behind_clip(tape, "g", d_c_new * i * self.candidate.derivative(g))  # GRAD-3
        d_c = d_c_new * f  # GRAD-3
        if peephole != "none":
            for gate in ("i", "f") if peephole == "new" else ("i", "f", "o"):
                if gate in d_a:
                    d_c += d_a[gate] * p[f"p_{gate}"]  # GRAD-4
        return self._d_recurrent(tape, d_a, d_u, d_c)

    def _d_projected(self, tape: Tape, d_h_new: Array, d_y: Array) -> Array:
        """The cotangent of m from those of the new h and of the output."""
        cell, p = self.cell, self.parameters
        if not cell.projection:
            return d_h_new + d_y
        d_h_new = times(d_h_new + d_y[:, : cell.projection], tape.h_slope)
        tape.d["h"] = d_h_new
        d_m = self.dot(d_h_new, p.P_h)  # GRAD-16
        if cell.output_projection:
            tape.d["q"] = d_y[:, cell.projection :]
            d_m += self.dot(tape.d["q"], p.P_q)  # GRAD-16
        return d_m

    def _through_gate(self, tape: Tape, gate: str, d: Array, value: Array) -> Array:
        """The cotangent of a gate's pre-activation from that of its value."""
        return self._behind_clip(tape, gate, d * self.gate.derivative(value))

    def _behind_clip(self, tape: Tape, gate: str, d: Array) -> Array:
        return d if tape.a_slope is None else d * tape.a_slope[:, self.place[gate]]  # CLIP-4

    def _d_recurrent(self, tape: Tape, d_a: dict[str, Array], d_u: Array, d_c: Array) -> Values:
        """The cotangents of the old state, through the recurrent products."""
        cell, p = self.cell, self.parameters
        if tape.r is not None:
            d_s = self.dot(d_a["g"], p.R_g)  # GRAD-14
            d_a["r"] = self._through_gate(tape, "r", d_s * tape.h, tape.r)  # GRAD-14
            through_s = d_s * tape.r  # GRAD-14
            self.fill(d_u, *(d_a[gate] for gate in self.gates))
            d_h = through_s + self.dot(np.concatenate([d_a[gate] for gate in self.on_h], axis=-1), self.R)  # GRAD-14
        else:
            self.fill(d_u, *(d_a[gate] for gate in self.gates))
            d_h = self.dot(d_u, self.R)  # GRAD-3
        if not cell.gate_recurrence:
            return d_h, d_c
        d_before = self.dot(np.concatenate([d_a[gate] for gate in "ifo"], axis=-1), self.R_gates)  # GRAD-15
        return d_h, d_c, *self.split(d_before)

    def recurrent_gradients(self, tapes: Sequence[Values], d_u: Array) -> dict[str, Array]:
        cell = self.cell
        d_a = {gate: d_u[..., place] for gate, place in self.place.items()}

        def over_time(name: str) -> Array:
            return np.stack([getattr(tape, name) for tape in tapes])

        if cell.relevance_gate:
            d_on_h = np.concatenate([d_a[gate] for gate in self.on_h], axis=-1)
            gradients = self.unstack("R", self.on_h, product_gradient(self, d_on_h, over_time("h")))
            gradients["R_g"] = product_gradient(self, d_a["g"], over_time("s"))  # GRAD-14
        else:
            gradients = self.unstack("R", self.gates, product_gradient(self, d_u, over_time("h")))
        if self.peephole != "none":
            c = over_time("c")
            for gate in cell.peephole_gates:
                seen = over_time("c_new") if gate == "o" and self.peephole == "new" else c
                gradients[f"p_{gate}"] = sum_over_time_and_batch(d_a[gate] * seen)  # GRAD-4
        if cell.gate_recurrence:
            d_ifo = np.concatenate([d_a[gate] for gate in "ifo"], axis=-1)
            d_R = product_gradient(self, d_ifo, over_time("gates_before"))  # GRAD-15
            for target, rows in zip("ifo", np.split(d_R, 3), strict=True):
                for source, block in zip("ifo", np.split(rows, 3, axis=1), strict=True):
                    gradients[f"R_{source}{target}"] = block
        for letter, size in (("h", cell.projection), ("q", cell.output_projection)):
            if size:
                d_projected = np.stack([tape[-1][letter] for tape in tapes])
                gradients[f"P_{letter}"] = product_gradient(self, d_projected, over_time("m"))  # GRAD-16
                if cell.projection_bias:
                    gradients[f"b_{letter}"] = sum_over_time_and_batch(d_projected)  # GRAD-16
        return gradients
