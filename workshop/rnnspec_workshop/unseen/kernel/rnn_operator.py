"""The steps of the simple recurrent layer."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from rnnspec import Array, Parameters
from rnnspec_workshop.unseen.kernel.kernel_activations import Act
from rnnspec_workshop.unseen.kernel.operator import Arrays, Operator, Tape
from rnnspec_workshop.unseen.kernel.tiled_products import product, tiles
from rnnspec_workshop.unseen.kernel.workspace import Workspace


class RNNOperator(Operator):
    """The simple recurrent layer."""

    def unpack(self, parameters: Parameters) -> None:
        self.act = Act(self.cell.activation)

    def tape(self, ws: Workspace, tag: Hashable, N: int) -> Tape:
        G, H = self.G, self.H
        return {
            "v": ws.take((tag, "v"), (N, G, H)),
            "inside": ws.take((tag, "inside"), (N, G, H), np.bool_),
            "h": ws.take((tag, "h"), (N, H)),
            "y": ws.take((tag, "y"), (N, H)),
        }

    def step(self, tape: Tape, rows: slice, state: Arrays, skip: bool) -> None:
        h, v, inside = state["h"], tape["v"][rows], tape["inside"][rows]
        tape["h"][rows] = h
        new = tape["y"][rows]
        for lo, hi in tiles(self.H):
            a = v[:, 0, lo:hi]
            if not skip:
                a += product(h, self.R[0, lo:hi])
            new[:, lo:hi] = v[:, 0, lo:hi] = self.act.value(self.clip_gate(a, inside[:, 0, lo:hi]))
        h[...] = new

    def back_step(self, tape: Tape, rows: slice, dy: Array, dstate: Arrays, da: Array) -> None:
        dh = dstate["h"]
        total = dh + dy
        dh[...] = 0
        for lo, hi in tiles(self.H):
            slope = self.gate_slope(self.act, tape["v"][rows, 0, lo:hi], tape["inside"][rows, 0, lo:hi])
            da[:, 0, lo:hi] = total[:, lo:hi] * slope
            dh += da[:, 0, lo:hi] @ self.R[0, lo:hi]
