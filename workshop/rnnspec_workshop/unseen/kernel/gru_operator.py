"""The steps of the GRU."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from rnnspec import Array, Parameters
from rnnspec_workshop.unseen.kernel.kernel_activations import Act
from rnnspec_workshop.unseen.kernel.operator import Arrays, Operator, Tape
from rnnspec_workshop.unseen.kernel.tiled_products import product, tiles
from rnnspec_workshop.unseen.kernel.workspace import Workspace


class GRUOperator(Operator):
    """The GRU and the minimal unit."""

    def unpack(self, parameters: Parameters) -> None:
        cell = self.cell
        self.act, self.act_n = Act(cell.gate_activation), Act(cell.candidate_activation)
        self.reset = "z" if cell.minimal else "r"
        self.resets = cell.reset != "none"
        self.bRn = np.array(parameters["b_Rn"]) if "b_Rn" in parameters else None

    def tape(self, ws: Workspace, tag: Hashable, N: int) -> Tape:
        G, H = self.G, self.H
        return {
            "v": ws.take((tag, "v"), (N, G, H)),
            "inside": ws.take((tag, "inside"), (N, G, H), np.bool_),
            "h": ws.take((tag, "h"), (N, H)),
            "inner": ws.take((tag, "inner"), (N, H)),
            "dm": ws.take((tag, "dm"), (N, H)),
            "y": ws.take((tag, "y"), (N, H)),
        }

    def step(self, tape: Tape, rows: slice, state: Arrays, skip: bool) -> None:
        h, v, inside = state["h"], tape["v"][rows], tape["inside"][rows]
        tape["h"][rows] = h
        new, inner = tape["y"][rows], tape["inner"][rows]
        n_at = self.at["n"]
        for lo, hi in tiles(self.H):
            for gate, at in self.at.items():
                if gate == "n":
                    continue
                a = v[:, at, lo:hi]
                if not skip:
                    a += product(h, self.R[at, lo:hi])
                a[...] = self.act.value(self.clip_gate(a, inside[:, at, lo:hi]))
        before = self.cell.reset == "before"
        if before:
            inner[...] = v[:, self.at[self.reset]] * h
        for lo, hi in tiles(self.H):
            a = v[:, n_at, lo:hi]
            if before:
                a += product(inner, self.R[n_at, lo:hi])
            else:
                inner[:, lo:hi] = product(h, self.R[n_at, lo:hi])
                if self.bRn is not None:
                    inner[:, lo:hi] += self.bRn[lo:hi]
                a += v[:, self.at[self.reset], lo:hi] * inner[:, lo:hi] if self.resets else inner[:, lo:hi]
            a[...] = self.act_n.value(self.clip_gate(a, inside[:, n_at, lo:hi]))
            z = v[:, self.at["z"], lo:hi]
            if self.cell.update == "keep":
                new[:, lo:hi] = z * h[:, lo:hi] + (1.0 - z) * a
            else:
                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a
        h[...] = new

    def back_step(self, tape: Tape, rows: slice, dy: Array, dstate: Arrays, da: Array) -> None:
        dh = dstate["h"]
        total = dh + dy
        v, inside, h, inner = tape["v"][rows], tape["inside"][rows], tape["h"][rows], tape["inner"][rows]
        n_at, z_at = self.at["n"], self.at["z"]
        z, n = v[:, z_at], v[:, n_at]
        if self.cell.update == "keep":
            d_z, d_n, d_h = total * (h - n), total * (1.0 - z), total * z
        else:
            d_z, d_n, d_h = total * (n - h), total * z, total * (1.0 - z)
        d_an = d_n * self.gate_slope(self.act_n, n, inside[:, n_at])
        da[:, n_at] = d_an
        d_r = None
        if not self.resets:
            d_m = d_an
            d_h = d_h + d_m @ self.R[n_at]
        else:
            r = v[:, self.at[self.reset]]
            if self.cell.reset == "after":
                d_r, d_m = d_an * inner, d_an * r
                d_h = d_h + d_m @ self.R[n_at]
            else:
                d_m = d_an
                d_s = d_an @ self.R[n_at]
                d_r = d_s * h
                d_h = d_h + d_s * r
        tape["dm"][rows] = d_m
        if self.cell.minimal:
            d_z = d_z + d_r
        elif self.resets:
            at = self.at["r"]
            da[:, at] = d_r * self.gate_slope(self.act, v[:, at], inside[:, at])
            d_h = d_h + da[:, at] @ self.R[at]
        da[:, z_at] = d_z * self.gate_slope(self.act, z, inside[:, z_at])
        dh[...] = d_h + da[:, z_at] @ self.R[z_at]

    def sum_recurrent(self, tape: Tape, da: Array, sums: Arrays) -> None:
        """The part of them that the state takes part in."""
        for gate, at in self.at.items():
            if gate == "n":
                sums["R"][at] += tape["dm"].T @ (tape["inner"] if self.cell.reset == "before" else tape["h"])
            else:
                sums["R"][at] += da[:, at].T @ tape["h"]
        if self.bRn is not None:
            sums["b_Rn"] += tape["dm"].sum(axis=0)

    def sums(self) -> Arrays:
        """Zeros to which the gradients are added."""
        sums = super().sums()
        if self.bRn is not None:
            sums["b_Rn"] = np.zeros(self.bRn.shape)
        return sums

    def gradients(self, sums: Arrays) -> Arrays:
        """The gradients under the names of the parameters."""
        found = super().gradients(sums)
        if self.bRn is not None:
            found["b_Rn"] = sums["b_Rn"].copy()
        return found
