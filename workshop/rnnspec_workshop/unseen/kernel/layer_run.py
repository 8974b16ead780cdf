"""One layer of a stack: its directions, its chunks, its padding, and the merge of its outputs."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from rnnspec import Array, Layer, State
from rnnspec_workshop.unseen.kernel.operator import Arrays, Operator, Tape
from rnnspec_workshop.unseen.kernel.plans import Chunk, plan
from rnnspec_workshop.unseen.kernel.tiled_products import dense
from rnnspec_workshop.unseen.kernel.weight_cache import WeightCache
from rnnspec_workshop.unseen.kernel.workspace import Workspace


class Owner(Protocol):
    """What a layer takes from the kernel that it is a part of."""

    weights: WeightCache
    workspace: Workspace


class LayerRun:
    """One layer on its way there and back."""

    outputs: list[Array]
    final: list[Arrays]
    tapes: list[list[tuple[Chunk, Tape]]]
    operators: list[Operator]
    d_initial: list[Arrays]
    d_parameters: list[Arrays]
    shape: tuple[int, ...]

    def __init__(
        self,
        owner: Owner,
        place: int,
        layer: Layer,
        lengths: Array | None,
        initial: tuple[State, ...] | None,
        repeat: bool,
    ) -> None:
        self.owner, self.place, self.layer = owner, place, layer
        self.lengths, self.initial, self.repeat = lengths, initial, repeat
        self.outputs, self.final, self.tapes, self.operators = [], [], [], []

    def is_reverse(self, d: int) -> bool:
        """Whether a direction goes back in time."""
        return self.layer.direction == "reverse" or d == 1

    def target(self, chunk: Chunk) -> Array:
        """At which step of the output each packed row stands."""
        processing = chunk.reverse and self.layer.reverse_outputs == "processing"
        return chunk.step if processing else chunk.time

    def forward(self, x: Array) -> Array:
        """The output of the layer."""
        T, B, _ = x.shape
        self.shape = x.shape
        for d in range(self.layer.directions):
            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])
            y = np.zeros((T, B, op.features))
            final = {name: np.zeros((B, size)) for name, size in op.sizes.items()}
            tapes = []
            for number, chunk in enumerate(plan(T, B, self.lengths, self.is_reverse(d))):
                state = {}
                for name, size in op.sizes.items():
                    if self.initial is None:
                        state[name] = np.zeros((len(chunk.seq), size))
                    else:
                        state[name] = dense(self.initial[d][name][chunk.seq])
                xs = x[chunk.time, chunk.batch]
                tape = op.forward(self.owner.workspace, (self.place, d, number), xs, chunk, state, self.initial is None)
                y[self.target(chunk), chunk.batch] = tape["y"]
                if self.repeat:
                    self.fill_padding(y, tape, chunk)
                for name in final:
                    final[name][chunk.seq] = state[name]
                tapes.append((chunk, tape))
            self.outputs.append(y)
            self.final.append(final)
            self.tapes.append(tapes)
            self.operators.append(op)
        return self.merge()

    def fill_padding(self, y: Array, tape: Tape, chunk: Chunk) -> None:
        """Each sequence's last computed output in all of its padded steps."""
        T = len(y)
        for row, (b, length) in enumerate(zip(chunk.seq.tolist(), chunk.lens.tolist(), strict=True)):
            if 0 < length < T:
                y[length:, b] = tape["y"][chunk.starts[length - 1] + row]

    def merge(self) -> Array:
        """The outputs of both directions as one."""
        how = self.layer.merge
        if self.layer.directions == 1:
            return self.outputs[0]
        there, back = self.outputs
        if how == "concat":
            return np.concatenate((there, back), axis=2)
        if how == "sum":
            return there + back
        if how == "mean":
            return 0.5 * (there + back)
        if how == "product":
            return there * back
        return np.stack((there, back), axis=2)

    def split(self, dy: Array) -> list[Array]:
        """The cotangents of the two directions."""
        how = self.layer.merge
        if self.layer.directions == 1:
            return [dy]
        there, back = self.outputs
        if how == "concat":
            F = there.shape[2]
            return [dy[..., :F], dy[..., F:]]
        if how == "sum":
            return [dy, dy]
        if how == "mean":
            return [0.5 * dy, 0.5 * dy]
        if how == "product":
            return [dy * back, dy * there]
        return [dy[:, :, 0], dy[:, :, 1]]

    def backward(self, dy: Array, dfinal: tuple[State, ...] | None) -> Array:
        """The cotangent of the input; gradients of initial states and parameters."""
        T, B, _ = self.shape
        dx = np.zeros(self.shape)
        self.d_initial, self.d_parameters = [], []
        for d, d_out in enumerate(self.split(dy)):
            op = self.operators[d]
            sums = op.sums()
            d_initial = {name: np.zeros((B, size)) for name, size in op.sizes.items()}
            for number, (chunk, tape) in enumerate(self.tapes[d]):
                dys = d_out[self.target(chunk), chunk.batch]
                if self.repeat:
                    self.gather_padding(d_out, dys, chunk)
                dstate = {}
                for name, size in op.sizes.items():
                    if dfinal is None:
                        dstate[name] = np.zeros((len(chunk.seq), size))
                    else:
                        dstate[name] = dense(dfinal[d][name][chunk.seq])
                dxs = op.backward(self.owner.workspace, (self.place, d, number), tape, chunk, dys, dstate, sums)
                dx[chunk.time, chunk.batch] += dxs
                for name in d_initial:
                    d_initial[name][chunk.seq] = dstate[name]
            self.d_initial.append(d_initial)
            self.d_parameters.append(op.gradients(sums))
        return dx

    def gather_padding(self, d_out: Array, dys: Array, chunk: Chunk) -> None:
        """What arrives at the padded steps is added to the output that they repeat."""
        T = len(d_out)
        for row, (b, length) in enumerate(zip(chunk.seq.tolist(), chunk.lens.tolist(), strict=True)):
            if 0 < length < T:
                dys[chunk.starts[length - 1] + row] += d_out[length:, b].sum(axis=0)
