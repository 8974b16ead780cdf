"""The steps of the LSTM."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from rnnspec import Array, Parameters
from rnnspec_workshop.unseen.kernel.kernel_activations import Act
from rnnspec_workshop.unseen.kernel.operator import Arrays, Operator, Tape
from rnnspec_workshop.unseen.kernel.tiled_products import product, tiles
from rnnspec_workshop.unseen.kernel.workspace import Workspace


class LSTMOperator(Operator):
    """The LSTM with all of its options."""

    def unpack(self, parameters: Parameters) -> None:
        cell = self.cell
        self.act, self.act_g = Act(cell.gate_activation), Act(cell.candidate_activation)
        self.act_c = Act(cell.output_activation)
        self.p = {gate: parameters[f"p_{gate}"] for gate in self.gates if f"p_{gate}" in parameters}
        self.p = {gate: np.array(p) for gate, p in self.p.items()}
        self.Ph = np.array(parameters["P_h"]) if cell.projection else None
        self.Pq = np.array(parameters["P_q"]) if cell.output_projection else None
        self.bh = np.array(parameters["b_h"]) if cell.projection_bias else None
        self.bq = np.array(parameters["b_q"]) if cell.projection_bias and cell.output_projection else None
        self.features = self.J + cell.output_projection
        self.sizes = {"h": self.J, "c": self.H}

    def tape(self, ws: Workspace, tag: Hashable, N: int) -> Tape:
        G, H, J = self.G, self.H, self.J
        return {
            "v": ws.take((tag, "v"), (N, G, H)),
            "inside": ws.take((tag, "inside"), (N, G, H), np.bool_),
            "h": ws.take((tag, "h"), (N, J)),
            "c": ws.take((tag, "c"), (N, H)),
            "c_new": ws.take((tag, "c_new"), (N, H)),
            "c_inside": ws.take((tag, "c_inside"), (N, H), np.bool_),
            "k": ws.take((tag, "k"), (N, H)),
            "m": ws.take((tag, "m"), (N, H)),
            "h_inside": ws.take((tag, "h_inside"), (N, J), np.bool_),
            "y": ws.take((tag, "y"), (N, self.features)),
        }

    def values(self, v: Array, lo: int, hi: int) -> tuple[Any, Any, Any]:
        """The gates of a tile, computed, coupled or absent."""
        i = v[:, self.at["i"], lo:hi] if "i" in self.at else 1.0
        f = v[:, self.at["f"], lo:hi] if "f" in self.at else 1.0
        o = v[:, self.at["o"], lo:hi] if "o" in self.at else 1.0
        if self.cell.coupling == "forget":
            f = 1.0 - i
        elif self.cell.coupling == "input":
            i = 1.0 - f
        return i, f, o

    def step(self, tape: Tape, rows: slice, state: Arrays, skip: bool) -> None:
        cell = self.cell
        h, c, v, inside = state["h"], state["c"], tape["v"][rows], tape["inside"][rows]
        tape["h"][rows] = h
        tape["c"][rows] = c
        c_new, k, m = tape["c_new"][rows], tape["k"][rows], tape["m"][rows]
        for lo, hi in tiles(self.H):
            c_old = c[:, lo:hi]
            for gate, at in self.at.items():
                a = v[:, at, lo:hi]
                if not skip:
                    a += product(h, self.R[at, lo:hi])
                if gate == "o":
                    continue
                if gate in self.p:
                    a += self.p[gate][lo:hi] * c_old
                a[...] = self.clip_gate(a, inside[:, at, lo:hi])
                a[...] = (self.act_g if gate == "g" else self.act).value(a)
            i, f, _ = self.values(v, lo, hi)
            new = f * c_old + i * v[:, self.at["g"], lo:hi]
            if cell.cell_clip is not None:
                tape["c_inside"][rows, lo:hi] = np.abs(new) <= cell.cell_clip
                new = np.clip(new, -cell.cell_clip, cell.cell_clip)
            c_new[:, lo:hi] = new
            if "o" in self.at:
                at = self.at["o"]
                a = v[:, at, lo:hi]
                if "o" in self.p:
                    a += self.p["o"][lo:hi] * (new if cell.peephole == "new" else c_old)
                a[...] = self.act.value(self.clip_gate(a, inside[:, at, lo:hi]))
            o = self.values(v, lo, hi)[2]
            k[:, lo:hi] = self.act_c.value(new)
            m[:, lo:hi] = o * k[:, lo:hi]
        c[...] = c_new
        self.project(tape, rows, h, m)

    def project(self, tape: Tape, rows: slice, h: Array, m: Array) -> None:
        """The new hidden state and the output."""
        cell = self.cell
        y = tape["y"][rows]
        if self.Ph is None:
            h[...] = m
            y[...] = m
            return
        new = product(m, self.Ph)
        if self.bh is not None:
            new += self.bh
        if cell.projection_clip is not None:
            tape["h_inside"][rows] = np.abs(new) <= cell.projection_clip
            new = np.clip(new, -cell.projection_clip, cell.projection_clip)
        h[...] = new
        y[:, : self.J] = new
        if self.Pq is not None:
            y[:, self.J :] = product(m, self.Pq)
            if self.bq is not None:
                y[:, self.J :] += self.bq

    def back_project(self, tape: Tape, rows: slice, dy: Array, dh: Array) -> Array:
        """The cotangent of m; what the projections receive is kept in place of y."""
        total = dh + dy[:, : self.J]
        if self.Ph is None:
            return total
        if self.cell.projection_clip is not None and self.true_slope:
            total = total * tape["h_inside"][rows]
        tape["y"][rows, : self.J] = total
        dm = total @ self.Ph
        if self.Pq is not None:
            dq = dy[:, self.J :]
            tape["y"][rows, self.J :] = dq
            dm = dm + dq @ self.Pq
        return dm

    def back_step(self, tape: Tape, rows: slice, dy: Array, dstate: Arrays, da: Array) -> None:
        cell = self.cell
        dh, dc = dstate["h"], dstate["c"]
        dm = self.back_project(tape, rows, dy, dh)
        dh[...] = 0
        v, inside = tape["v"][rows], tape["inside"][rows]
        for lo, hi in tiles(self.H):
            i, f, o = self.values(v, lo, hi)
            g, k = v[:, self.at["g"], lo:hi], tape["k"][rows, lo:hi]
            c_old, c_new = tape["c"][rows, lo:hi], tape["c_new"][rows, lo:hi]
            d_new = dc[:, lo:hi] + dm[:, lo:hi] * o * self.act_c.slope(k)
            d_old: Any = 0.0
            if "o" in self.at:
                at = self.at["o"]
                d_o = dm[:, lo:hi] * k * self.gate_slope(self.act, v[:, at, lo:hi], inside[:, at, lo:hi])
                da[:, at, lo:hi] = d_o
                if cell.peephole == "new":
                    d_new = d_new + d_o * self.p["o"][lo:hi]
                elif cell.peephole == "old":
                    d_old = d_o * self.p["o"][lo:hi]
            if cell.cell_clip is not None and self.true_slope:
                d_new = d_new * tape["c_inside"][rows, lo:hi]
            d_i, d_f = d_new * g, d_new * c_old
            if cell.coupling == "forget":
                d_i = d_i - d_f
            elif cell.coupling == "input":
                d_f = d_f - d_i
            for gate, d_gate in (("i", d_i), ("f", d_f)):
                if gate in self.at:
                    at = self.at[gate]
                    d_gate = d_gate * self.gate_slope(self.act, v[:, at, lo:hi], inside[:, at, lo:hi])
                    da[:, at, lo:hi] = d_gate
                    if gate in self.p:
                        d_old = d_old + d_gate * self.p[gate][lo:hi]
            at = self.at["g"]
            da[:, at, lo:hi] = d_new * i * self.gate_slope(self.act_g, g, inside[:, at, lo:hi])
            dc[:, lo:hi] = d_new * f + d_old
            for at in range(self.G):
                dh += da[:, at, lo:hi] @ self.R[at, lo:hi]

    def sum_recurrent(self, tape: Tape, da: Array, sums: Arrays) -> None:
        """The part of them that the state takes part in."""
        super().sum_recurrent(tape, da, sums)
        for gate in self.p:
            seen = tape["c_new"] if gate == "o" and self.cell.peephole == "new" else tape["c"]
            sums[f"p_{gate}"] += (da[:, self.at[gate]] * seen).sum(axis=0)
        if self.Ph is not None:
            dh, dq = tape["y"][:, : self.J], tape["y"][:, self.J :]
            sums["P_h"] += dh.T @ tape["m"]
            if self.bh is not None:
                sums["b_h"] += dh.sum(axis=0)
            if self.Pq is not None:
                sums["P_q"] += dq.T @ tape["m"]
                if self.bq is not None:
                    sums["b_q"] += dq.sum(axis=0)

    def sums(self) -> Arrays:
        """Zeros to which the gradients are added."""
        sums = super().sums()
        for gate, p in self.p.items():
            sums[f"p_{gate}"] = np.zeros(p.shape)
        for name, array in (("P_h", self.Ph), ("b_h", self.bh), ("P_q", self.Pq), ("b_q", self.bq)):
            if array is not None:
                sums[name] = np.zeros(array.shape)
        return sums

    def gradients(self, sums: Arrays) -> Arrays:
        """The gradients under the names of the parameters."""
        found = super().gradients(sums)
        return found | {name: array.copy() for name, array in sums.items() if name not in ("W", "R", "b")}
