"""What the three cells have in common: packed weights, and the way through the steps of a chunk and back."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from rnnspec import Array, Parameters
from rnnspec_workshop.unseen.kernel.kernel_activations import Act
from rnnspec_workshop.unseen.kernel.plans import Chunk
from rnnspec_workshop.unseen.kernel.tiled_products import BLOCK, ORDER, product
from rnnspec_workshop.unseen.kernel.workspace import Workspace

Arrays = dict[str, Array]
"""Arrays by name."""

Tape = dict[str, Array]
"""What the way forward leaves for the way back, by name."""


class Operator:
    """A cell with packed weights: W [G, H, I], R [G, H, J], b [G, H]."""

    def __init__(self, cell: Any, parameters: Parameters) -> None:
        self.cell = cell
        kind = type(cell).__name__
        self.gates = [gate for gate in ORDER[kind] if kind == "RNN" or gate in cell.gates]
        self.at = {gate: k for k, gate in enumerate(self.gates)}
        named = (lambda letter, _gate: letter) if kind == "RNN" else (lambda letter, gate: f"{letter}_{gate}")
        self.named = named
        self.W = np.stack([parameters[named("W", gate)] for gate in self.gates])
        self.R = np.stack([parameters[named("R", gate)] for gate in self.gates])
        self.G, self.H, self.I = self.W.shape
        self.J = self.R.shape[2]
        if cell.bias:
            self.b = np.stack([parameters[named("b", gate)] for gate in self.gates])
        else:
            self.b = np.zeros((self.G, self.H))
        self.bound = cell.preactivation_clip
        self.true_slope = cell.clip_derivative == "true"
        self.features = self.J
        self.sizes = {"h": self.J}
        self.unpack(parameters)

    def unpack(self, parameters: Parameters) -> None:
        """What a cell has besides."""

    def tape(self, ws: Workspace, tag: Hashable, N: int) -> Tape:
        """Buffers for what a direction of a chunk leaves for the way back."""
        raise NotImplementedError

    def step(self, tape: Tape, rows: slice, state: Arrays, skip: bool) -> None:
        """One step of the rows; without the recurrent products where `skip` says that the state is zero."""
        raise NotImplementedError

    def back_step(self, tape: Tape, rows: slice, dy: Array, dstate: Arrays, da: Array) -> None:
        """One step back: the cotangents of the pre-activations, and of the state before."""
        raise NotImplementedError

    def input_product(self, xs: Array, u: Array) -> None:
        """W x + b of all rows, block by block."""
        W, b = self.W.reshape(-1, self.I), self.b.reshape(-1)
        flat = u.reshape(len(xs), self.G * self.H)
        for lo in range(0, len(xs), BLOCK):
            flat[lo : lo + BLOCK] = product(xs[lo : lo + BLOCK], W) + b

    def clip_gate(self, a: Array, inside: Array) -> Array:
        """A pre-activation within its bound; where it was inside is kept for the way back."""
        if self.bound is None:
            return a
        inside[...] = np.abs(a) <= self.bound
        return np.clip(a, -self.bound, self.bound)

    def gate_slope(self, act: Act, y: Array, inside: Array) -> Array:
        """The slope of an activation, and of the clip before it."""
        slope = act.slope(y)
        if self.bound is not None and self.true_slope:
            slope = slope * inside
        return slope

    def forward(self, ws: Workspace, tag: Hashable, xs: Array, chunk: Chunk, state: Arrays, fresh: bool) -> Tape:
        """All steps of a chunk; `state` becomes the final one."""
        tape = self.tape(ws, tag, len(xs))
        self.input_product(xs, tape["v"])
        for t, rows in enumerate(chunk.steps()):
            n = rows.stop - rows.start
            self.step(tape, rows, {name: array[:n] for name, array in state.items()}, fresh and t == 0)
        tape["x"] = xs
        return tape

    def backward(
        self, ws: Workspace, tag: Hashable, tape: Tape, chunk: Chunk, dys: Array, dstate: Arrays, sums: Arrays
    ) -> Array:
        """All steps back: the cotangent of the input; `dstate` becomes that of the initial state."""
        N = len(dys)
        da = ws.take((tag, "da"), (N, self.G, self.H))
        for rows in reversed(chunk.steps()):
            n = rows.stop - rows.start
            self.back_step(tape, rows, dys[rows], {name: array[:n] for name, array in dstate.items()}, da[rows])
        flat = da.reshape(N, self.G * self.H)
        self.sum_weights(tape, da, sums)
        return flat @ self.W.reshape(-1, self.I)

    def sum_weights(self, tape: Tape, da: Array, sums: Arrays) -> None:
        """Add what a chunk gives to the gradients of the parameters."""
        N = len(da)
        flat = da.reshape(N, self.G * self.H)
        sums["W"] += (flat.T @ tape["x"]).reshape(self.W.shape)
        sums["b"] += da.sum(axis=0)
        self.sum_recurrent(tape, da, sums)

    def sum_recurrent(self, tape: Tape, da: Array, sums: Arrays) -> None:
        """The part of them that the state takes part in."""
        sums["R"] += (da.reshape(len(da), self.G * self.H).T @ tape["h"]).reshape(self.R.shape)

    def sums(self) -> Arrays:
        """Zeros to which the gradients are added."""
        return {"W": np.zeros(self.W.shape), "R": np.zeros(self.R.shape), "b": np.zeros(self.b.shape)}

    def gradients(self, sums: Arrays) -> Arrays:
        """The gradients under the names of the parameters."""
        found = {}
        for gate, k in self.at.items():
            found[self.named("W", gate)] = sums["W"][k].copy()
            found[self.named("R", gate)] = sums["R"][k].copy()
            if self.cell.bias:
                found[self.named("b", gate)] = sums["b"][k].copy()
        return found
