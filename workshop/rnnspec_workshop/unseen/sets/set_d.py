"""The fourth set: sixty wrong implementations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Array, Cell, Problem
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import again, filled, make, start_of, turned_cotangent, with_weights


def turned(array: Array) -> Array:
    """The same numbers, lying in memory column by column."""
    return np.asfortranarray(array)


def swap_rows(problem: Problem) -> None:
    """Exchange rows of a matrix in place."""
    array = problem.layers[0].parameters[0].W_z
    array[...] = array[::-1].copy()


def last_number(problem: Problem) -> None:
    """Change the last number of a matrix in place."""
    problem.layers[0].parameters[0].R_g[-1, -1] += 1.0


def then_lengths(lengths: list[int], *cells: Cell, **options: Any) -> Iterator[Problem]:
    """A batch without lengths, and then with these."""
    p = make(*cells, **options)
    yield p
    yield replace(p, lengths=np.array(lengths))


def other_input(*cells: Cell, **options: Any) -> Iterator[Problem]:
    """A problem, and then one with another input."""
    p = make(*cells, **options)
    yield p
    yield replace(p, x=p.x[::-1].copy())


def column_of_lengths() -> Problem:
    """A problem whose lengths are a column of a table."""
    table = np.array([[2, 4], [5, 1], [3, 2]])
    return replace(make(GRU()), lengths=table[:, 0])


def tied() -> Problem:
    """Two layers with one record of parameters."""
    p = make(RNN(), RNN(), I=4)
    return replace(p, layers=(p.layers[0], replace(p.layers[1], parameters=p.layers[0].parameters)))


def new_lengths(problem: Problem) -> None:
    """Change lengths in place."""
    assert problem.lengths is not None
    problem.lengths[...] = [5, 1, 4]


OUTPUTS = (
    Mistake(
        ident="f01-bias-order",
        kind="exporter",
        sentence=("Biases are packed in the order in which the cell lists its gates, weights in that of the kernel."),
        changes=(
            Change(
                old='            self.b = np.stack([parameters[named("b", gate)] for gate in self.gates])\n',
                new=(
                    '            self.b = np.stack([parameters[named("b", gate)] for gate in (self.gates '
                    'if kind == "RNN" else cell.gates)])\n'
                ),
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="f02-reverse-inner-bias",
        kind="exporter",
        sentence="The reverse direction of a GRU uses the b_Rn of the forward one.",
        changes=(
            Change(
                old="            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n",
                new=(
                    "            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n"
                    '            if d == 1 and getattr(op, "bRn", None) is not None:\n'
                    "                op.bRn = self.operators[0].bRn\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional"),
    ),
    Mistake(
        ident="f03-peephole-order",
        kind="exporter",
        sentence="Three peepholes are packed as i, f, o and read as i, o, f.",
        changes=(
            Change(
                old="        self.p = {gate: np.array(p) for gate, p in self.p.items()}\n",
                new=(
                    "        self.p = {gate: np.array(p) for gate, p in self.p.items()}\n"
                    "        if len(self.p) == 3:\n"
                    '            self.p["f"], self.p["o"] = self.p["o"], self.p["f"]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="f04-projections-grouped",
        kind="merge",
        sentence="Side by side means both hidden states first, then both non-recurrent projections.",
        changes=(
            Change(
                old="            return np.concatenate((there, back), axis=2)\n",
                new=(
                    "            J = self.operators[0].J\n"
                    "            return np.concatenate((there[..., :J], back[..., :J], there[..., J:], "
                    "back[..., J:]), axis=2)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2), direction="bidirectional"),
    ),
    Mistake(
        ident="f05-softplus-overflow",
        kind="numerics",
        sentence="softplus is log(1 + exp(a)), which is infinite for large a.",
        changes=(
            Change(
                old="        return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))\n",
                new="        return np.log(1.0 + np.exp(a))\n",
            ),
        ),
        example=lambda: filled(make(RNN(activation="softplus"), gradients=False), b=800, R=0),
    ),
    Mistake(
        ident="f06-state-in-range",
        kind="quantisation",
        sentence=("The state of a GRU is held in [-1, 1], the range of tanh, whatever its candidate activation is."),
        changes=(
            Change(
                old="                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n        h[...] = new\n",
                new=(
                    "                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n"
                    "        np.clip(new, -1.0, 1.0, out=new)\n"
                    "        h[...] = new\n"
                ),
            ),
        ),
        example=lambda: make(GRU(candidate_activation="relu"), x_scale=2.0),
    ),
    Mistake(
        ident="f07-relu6",
        kind="activations",
        sentence="relu is the mobile one, which ends at 6.",
        changes=(
            Change(
                old="            return np.where(a <= 0, 0.0, a)\n",
                new="            return np.where(a <= 0, 0.0, np.minimum(a, 6.0))\n",
            ),
        ),
        example=lambda: make(RNN(activation="relu"), x_scale=5.0),
    ),
    Mistake(
        ident="f08-tanh-saturates",
        kind="numerics",
        sentence="tanh is a rational approximation that is exactly 1 or -1 beyond 4.97.",
        changes=(
            Change(
                old="            return np.tanh(a)\n",
                new="            return np.where(np.abs(a) > 4.97, np.sign(a), np.tanh(a))\n",
            ),
        ),
        example=lambda: make(RNN(), x_scale=5.0),
    ),
    Mistake(
        ident="f09-scaled-tanh-swapped",
        kind="activations",
        sentence="The two constants of scaled_tanh change places.",
        changes=(
            Change(
                old="            return alpha * np.tanh(beta * a)\n",
                new="            return beta * np.tanh(alpha * a)\n",
            ),
        ),
        example=lambda: make(LSTM(output_activation=Activation(name="scaled_tanh", alpha=1.7, beta=0.6))),
    ),
    Mistake(
        ident="f10-affine-linear",
        kind="activations",
        sentence="affine leaves out its beta.",
        changes=(
            Change(
                old="            return alpha * a + beta\n",
                new="            return alpha * a\n",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="affine", alpha=0.7, beta=0.2))),
    ),
    Mistake(
        ident="f11-one-tanh",
        kind="options",
        sentence="The candidate activation is used for the cell at the output too.",
        changes=(
            Change(
                old="        self.act_c = Act(cell.output_activation)\n",
                new="        self.act_c = Act(cell.candidate_activation)\n",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation="softsign")),
    ),
    Mistake(
        ident="f12-take-without-reset",
        kind="options",
        sentence="A GRU without a reset gate keeps with z, whatever its update is.",
        changes=(
            Change(
                old='            if self.cell.update == "keep":\n                new[:, lo:hi]',
                new=('            if self.cell.update == "keep" or not self.resets:\n                new[:, lo:hi]'),
            ),
        ),
        example=lambda: make(GRU(reset="none", update="take")),
    ),
    Mistake(
        ident="f13-no-gate-no-activation",
        kind="options",
        sentence="Without an output gate the cell leaves as it is, without the output activation.",
        changes=(
            Change(
                old="            k[:, lo:hi] = self.act_c.value(new)\n",
                new='            k[:, lo:hi] = self.act_c.value(new) if "o" in self.at else new\n',
            ),
        ),
        example=lambda: make(LSTM(output_gate=False)),
    ),
    Mistake(
        ident="f14-absent-is-coupled",
        kind="options",
        sentence="An absent input gate is taken for a coupled one, 1 - f.",
        changes=(
            Change(
                old='        elif self.cell.coupling == "input":\n            i = 1.0 - f\n',
                new='        elif "i" not in self.at and "f" in self.at:\n            i = 1.0 - f\n',
            ),
        ),
        example=lambda: make(LSTM(input_gate=False)),
    ),
    Mistake(
        ident="f15-peephole-unclipped",
        kind="clips",
        sentence="The peephole of the output gate sees the new cell before it is clipped.",
        changes=(
            Change(
                old='            new = f * c_old + i * v[:, self.at["g"], lo:hi]\n',
                new='            raw = new = f * c_old + i * v[:, self.at["g"], lo:hi]\n',
            ),
            Change(
                old='(new if cell.peephole == "new" else c_old)',
                new='(raw if cell.peephole == "new" else c_old)',
            ),
        ),
        example=lambda: make(LSTM(peephole="new", cell_clip=0.2)),
    ),
    Mistake(
        ident="f16-peephole-after-clip",
        kind="clips",
        sentence="The peepholes of input and forget gate are added behind the clip of the pre-activation.",
        changes=(
            Change(
                old=(
                    "                if gate in self.p:\n"
                    "                    a += self.p[gate][lo:hi] * c_old\n"
                    "                a[...] = self.clip_gate(a, inside[:, at, lo:hi])\n"
                ),
                new=(
                    "                a[...] = self.clip_gate(a, inside[:, at, lo:hi])\n"
                    "                if gate in self.p:\n"
                    "                    a += self.p[gate][lo:hi] * c_old\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="old", preactivation_clip=0.5)),
    ),
    Mistake(
        ident="f17-candidate-unclipped",
        kind="clips",
        sentence="GRU: the gates have bounded pre-activations, the candidate has not.",
        changes=(
            Change(
                old="            a[...] = self.act_n.value(self.clip_gate(a, inside[:, n_at, lo:hi]))\n",
                new="            inside[:, n_at, lo:hi] = True\n            a[...] = self.act_n.value(a)\n",
            ),
        ),
        example=lambda: make(GRU(preactivation_clip=0.5)),
    ),
    Mistake(
        ident="f18-reverse-final",
        kind="directions",
        sentence="The final h of the reverse direction is its output at the last valid step.",
        changes=(
            Change(
                old='                y[self.target(chunk), chunk.batch] = tape["y"]\n',
                new=(
                    '                y[self.target(chunk), chunk.batch] = tape["y"]\n'
                    "                if chunk.reverse and chunk.counts:\n"
                    "                    n = chunk.counts[0]\n"
                    '                    state["h"][:n] = tape["y"][:n, : state["h"].shape[1]]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional"),
    ),
    Mistake(
        ident="f19-mask-not-handed-on",
        kind="layers",
        sentence="Layers above the first know nothing of lengths and run on over the zeros of the padding.",
        changes=(
            Change(
                old="            run = LayerRun(self, place, layer, lengths, initial, repeat)\n",
                new=(
                    "            run = LayerRun(self, place, layer, lengths if place == 0 else None, initial, repeat)\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), GRU(), lengths=[3, 5, 2]),
    ),
    Mistake(
        ident="f20-single-padded-step",
        kind="padding",
        sentence="A single padded step is not filled with the last output.",
        changes=(
            Change(
                old="            if 0 < length < T:\n                y[length:, b] =",
                new="            if 0 < length < T - 1:\n                y[length:, b] =",
            ),
        ),
        example=lambda: make(RNN(), lengths=[4, 5, 2], padded="repeat"),
    ),
    Mistake(
        ident="f21-processing-flips-padding",
        kind="directions",
        sentence="Outputs in the order of processing are the flipped array, so that the padding comes first.",
        changes=(
            Change(
                old="        return chunk.step if processing else chunk.time\n",
                new="        return self.shape[0] - 1 - chunk.time if processing else chunk.time\n",
            ),
        ),
        example=lambda: make(GRU(), direction="reverse", reverse_outputs="processing", lengths=[3, 5, 2]),
    ),
    Mistake(
        ident="f22-unclipped-state",
        kind="clips",
        sentence=(
            "The projection clip bounds the output of a step; the state that the next step reads is not clipped."
        ),
        changes=(
            Change(
                old="        if cell.projection_clip is not None:\n            tape",
                new="        raw = new\n        if cell.projection_clip is not None:\n            tape",
            ),
            Change(
                old="        h[...] = new\n        y[:, : self.J] = new\n",
                new="        h[...] = raw\n        y[:, : self.J] = new\n",
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_clip=0.1)),
    ),
)
"""Wrong outputs."""


GRADIENTS = (
    Mistake(
        ident="g01-reverse-overwrites",
        kind="gradients",
        sentence="The reverse direction writes its part of the gradient of x over that of the forward one.",
        changes=(
            Change(
                old="                dx[chunk.time, chunk.batch] += dxs\n",
                new="                dx[chunk.time, chunk.batch] = dxs\n",
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional"),
    ),
    Mistake(
        ident="g02-layers-share-tape",
        kind="gradients",
        sentence="Layers of the same sizes record on the same tape.",
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(d, number)",
                times=2,
            ),
        ),
        example=lambda: make(GRU(), GRU()),
    ),
    Mistake(
        ident="g03-bound-excluded",
        kind="gradients",
        sentence="The derivative of a clip is 0 at the bound itself.",
        changes=(
            Change(
                old="        inside[...] = np.abs(a) <= self.bound\n",
                new="        inside[...] = np.abs(a) < self.bound\n",
            ),
        ),
        example=lambda: filled(make(RNN(preactivation_clip=0.5)), W=0, R=0, b=0.5),
    ),
    Mistake(
        ident="g04-mask-of-clipped",
        kind="gradients",
        sentence="Where a pre-activation was inside its bound is read from the clipped one, which always is.",
        changes=(
            Change(
                old=(
                    "        inside[...] = np.abs(a) <= self.bound\n"
                    "        return np.clip(a, -self.bound, self.bound)\n"
                ),
                new=(
                    "        a = np.clip(a, -self.bound, self.bound)\n"
                    "        inside[...] = np.abs(a) <= self.bound\n"
                    "        return a\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(preactivation_clip=0.3)),
    ),
    Mistake(
        ident="g05-softsign-slope",
        kind="gradients",
        sentence="The slope of softsign is 1 / (1 + |y|)^2, with the value in the place of the argument.",
        changes=(
            Change(
                old="            return (1.0 - np.abs(y)) ** 2\n",
                new="            return 1.0 / (1.0 + np.abs(y)) ** 2\n",
            ),
        ),
        example=lambda: make(GRU(candidate_activation="softsign")),
    ),
    Mistake(
        ident="g06-softplus-slope",
        kind="gradients",
        sentence="The slope of softplus is the sigmoid of its value.",
        changes=(
            Change(
                old="        return -np.expm1(-y)\n",
                new="        return sigmoid(y)\n",
            ),
        ),
        example=lambda: make(RNN(activation="softplus"), scale=0.2),
    ),
    Mistake(
        ident="g07-scaled-tanh-slope",
        kind="gradients",
        sentence="The slope of scaled_tanh is alpha beta (1 - y y), with the scaled value.",
        changes=(
            Change(
                old="            return beta * (alpha - y * y / alpha)\n",
                new="            return alpha * beta * (1.0 - y * y)\n",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation=Activation(name="scaled_tanh", alpha=1.7, beta=0.6))),
    ),
    Mistake(
        ident="g08-candidate-saw-h",
        kind="gradients",
        sentence="GRU, reset before: the gradient of R_n is taken with h instead of r h.",
        changes=(
            Change(
                old='(tape["inner"] if self.cell.reset == "before" else tape["h"])',
                new='tape["h"]',
            ),
        ),
        example=lambda: make(GRU(reset="before")),
    ),
    Mistake(
        ident="g09-minimal-path-cut",
        kind="gradients",
        sentence="In the minimal GRU the gate receives nothing from where it resets.",
        changes=(
            Change(
                old="            d_z = d_z + d_r\n",
                new="            pass\n",
            ),
        ),
        example=lambda: make(GRU(minimal=True)),
    ),
    Mistake(
        ident="g10-peepholes-saw-new",
        kind="gradients",
        sentence="With the form new all peepholes have gradients taken with the new cell.",
        changes=(
            Change(
                old='seen = tape["c_new"] if gate == "o" and self.cell.peephole == "new"',
                new='seen = tape["c_new"] if self.cell.peephole == "new"',
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="g11-final-of-top",
        kind="gradients",
        sentence="Only the cotangents of the final states of the last layer are used.",
        changes=(
            Change(
                old="            dfinal = None if given.final is None else given.final[place]\n",
                new=(
                    "            dfinal = None if given.final is None or place + 1 < len(runs) else "
                    "given.final[place]\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), RNN()),
    ),
    Mistake(
        ident="g12-mean-not-halved",
        kind="gradients",
        sentence="The mean of two directions hands its whole cotangent to each of them.",
        changes=(
            Change(
                old="            return [0.5 * dy, 0.5 * dy]\n",
                new="            return [dy, dy]\n",
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional", merge="mean"),
    ),
    Mistake(
        ident="g13-first-padded-step",
        kind="gradients",
        sentence="Of the padded steps that repeat an output only the first one hands its cotangent on.",
        changes=(
            Change(
                old="d_out[length:, b].sum(axis=0)",
                new="d_out[length, b]",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[2, 5, 3], padded="repeat"),
    ),
    Mistake(
        ident="g14-shifted-outputs",
        kind="gradients",
        sentence=(
            "The gradient of R is taken with the outputs one step earlier and zeros at the first "
            "step, not the initial state."
        ),
        changes=(
            Change(
                old="        self.sum_weights(tape, da, sums)\n",
                new=(
                    "        if chunk.counts:\n"
                    '            tape["h"][: chunk.counts[0]] = 0.0\n'
                    "        self.sum_weights(tape, da, sums)\n"
                ),
            ),
        ),
        example=lambda: make(RNN()),
    ),
    Mistake(
        ident="g15-early-finals",
        kind="gradients",
        sentence=(
            "Cotangents of final states enter at the last step of the batch, and those of shorter sequences are lost."
        ),
        changes=(
            Change(
                old="                        dstate[name] = dense(dfinal[d][name][chunk.seq])\n",
                new=(
                    "                        dstate[name] = dense(dfinal[d][name][chunk.seq])\n"
                    "                        dstate[name][chunk.lens < chunk.lens[0]] = 0.0\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), lengths=[3, 5, 2]),
    ),
    Mistake(
        ident="g16-q-path-cut",
        kind="gradients",
        sentence="The non-recurrent projection has gradients of its own but hands none on.",
        changes=(
            Change(
                old="            dm = dm + dq @ self.Pq\n",
                new="",
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2)),
    ),
)
"""Right outputs, wrong gradients."""


CALLS = (
    Mistake(
        ident="s01-checksum",
        kind="cache",
        sentence=(
            "Packed weights are made anew where the sum of an array has changed; numbers that changed places go unseen."
        ),
        changes=(
            Change(
                old="        crc = 0\n",
                new=(
                    "        return tuple((name, array.shape, round(float(array.sum()), 9)) for name, "
                    "array in parameters.items())\n"
                    "        crc = 0\n"
                ),
            ),
        ),
        example=lambda: again(make(GRU()), swap_rows),
    ),
    Mistake(
        ident="s02-stamp-of-heads",
        kind="cache",
        sentence=("Only the first eight numbers of each array are looked at to tell whether weights have changed."),
        changes=(
            Change(
                old="zlib.crc32(array.tobytes(),",
                new="zlib.crc32(array.tobytes()[:64],",
            ),
        ),
        example=lambda: again(make(LSTM()), last_number),
    ),
    Mistake(
        ident="s03-frozen",
        kind="cache",
        sentence=("In calls without gradients weights count as frozen: packed once, they are not looked at again."),
        changes=(
            Change(
                old="            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n",
                new=(
                    "            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d], "
                    "self.owner.frozen)\n"
                ),
            ),
            Change(
                old=(
                    "    def get(self, cell: Cell, parameters: Parameters) -> Operator:\n"
                    '        """The operator of a cell with these parameters."""\n'
                    "        key, stamp = id(parameters), self.stamp(parameters)\n"
                    "        entry = self.entries.get(key)\n"
                ),
                new=(
                    "    def get(self, cell, parameters, frozen):\n"
                    "        entry = self.entries.get(id(parameters))\n"
                    "        if frozen and entry is not None and entry[1] == cell:\n"
                    "            return entry[2]\n"
                    "        key, stamp = id(parameters), self.stamp(parameters)\n"
                ),
            ),
            Change(
                old="        lengths = None\n        if problem.lengths is not None:\n",
                new=(
                    "        self.frozen = problem.cotangents is None\n"
                    "        lengths = None\n"
                    "        if problem.lengths is not None:\n"
                ),
            ),
        ),
        example=lambda: again(make(RNN(), gradients=False), lambda p: p.layers[0].parameters[0].W.__imul__(0.5)),
    ),
    Mistake(
        ident="s04-stale-final",
        kind="workspace",
        sentence=(
            "Final states are written to a reused buffer, those of empty sequences not at all: "
            "they are those of the call before."
        ),
        changes=(
            Change(
                old="            final = {name: np.zeros((B, size)) for",
                new=(
                    '            final = {name: self.owner.workspace.take(("final", self.place, d, name), '
                    "(B, size)) for"
                ),
            ),
            Change(
                old="                    final[name][chunk.seq] = state[name]\n",
                new="                    final[name][chunk.seq[chunk.has]] = state[name][chunk.has]\n",
            ),
        ),
        example=lambda: then_lengths([2, 0, 5], GRU()),
    ),
    Mistake(
        ident="s05-stale-input-gradient",
        kind="workspace",
        sentence="The gradient of x is written to a reused buffer that is not cleared in the padding.",
        changes=(
            Change(
                old="        dx = np.zeros(self.shape)\n",
                new='        dx = self.owner.workspace.take(("dx", self.place), self.shape)\n',
            ),
            Change(
                old="                dx[chunk.time, chunk.batch] += dxs\n",
                new=(
                    "                if d == 0:\n"
                    "                    dx[chunk.time, chunk.batch] = dxs\n"
                    "                else:\n"
                    "                    dx[chunk.time, chunk.batch] += dxs\n"
                ),
            ),
        ),
        example=lambda: then_lengths([2, 4, 5], LSTM()),
    ),
    Mistake(
        ident="s06-input-gradient-is-buffer",
        kind="aliasing",
        sentence=("The gradient of x that is handed out is the workspace buffer, and the next call overwrites it."),
        changes=(
            Change(
                old="        dx = np.zeros(self.shape)\n",
                new='        dx = self.owner.workspace.zeros(("dx", self.place), self.shape)\n',
            ),
            Change(
                old="        return Gradients(x=self.out(dy),",
                new="        return Gradients(x=np.asarray(dy, dtype=self.dtype),",
            ),
        ),
        example=lambda: other_input(GRU()),
    ),
    Mistake(
        ident="s07-final-is-buffer",
        kind="aliasing",
        sentence=("The final states that are handed out are workspace buffers, and the next call overwrites them."),
        changes=(
            Change(
                old="            final = {name: np.zeros((B, size)) for",
                new=(
                    '            final = {name: self.owner.workspace.zeros(("final", self.place, d, name), '
                    "(B, size)) for"
                ),
            ),
            Change(
                old=(
                    "        final = tuple(tuple(State(**self.rounded(state)) for state in run.final) for "
                    "run in runs)\n"
                ),
                new=(
                    "        final = tuple(tuple(State(**{n: np.asarray(a, self.dtype) for n, a in "
                    "s.items()}) for s in run.final) for run in runs)\n"
                ),
            ),
        ),
        example=lambda: other_input(LSTM(), gradients=False),
    ),
    Mistake(
        ident="s08-cotangent-masked",
        kind="aliasing",
        sentence="The cotangent of y is set to zero in the padding, in the array of the problem.",
        changes=(
            Change(
                old="        dy = np.zeros(y.shape) if given.y is None else dense(given.y)\n",
                new=(
                    "        dy = np.zeros(y.shape) if given.y is None else dense(given.y)\n"
                    '        if runs[0].lengths is not None and problem.padded_outputs == "zero":\n'
                    "            dy[np.arange(len(dy))[:, None] >= runs[0].lengths] = 0.0\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), lengths=[3, 5, 2]),
    ),
    Mistake(
        ident="s09-cotangent-strides",
        kind="strides",
        sentence=("The cotangent of y is read as it lies in memory, also where it is a view of a batch-first array."),
        changes=(
            Change(
                old="else dense(given.y)\n",
                new='else dense(given.y.ravel(order="K").reshape(given.y.shape))\n',
            ),
        ),
        example=lambda: turned_cotangent(make(LSTM())),
    ),
    Mistake(
        ident="s10-recurrent-strides",
        kind="strides",
        sentence="R is read as it lies in memory: a transposed view of units by gates is misread.",
        changes=(
            Change(
                old='        self.R = np.stack([parameters[named("R", gate)] for gate in self.gates])\n',
                new=(
                    '        stored = [parameters[named("R", gate)] for gate in self.gates]\n'
                    '        self.R = np.stack([r.ravel(order="K").reshape(r.shape) for r in stored])\n'
                ),
            ),
        ),
        example=lambda: with_weights(
            make(GRU()), lambda p: p.replace(**{n: turned(a) for n, a in p.items() if n.startswith("R")})
        ),
    ),
    Mistake(
        ident="s11-lengths-strides",
        kind="strides",
        sentence=(
            "Lengths are read one after the other from their first address, although they are a column of a table."
        ),
        changes=(
            Change(
                old="            lengths = problem.lengths.astype(np.int64)\n",
                new=(
                    "            given = problem.lengths\n"
                    "            if given.strides[0] > 0:\n"
                    "                given = np.lib.stride_tricks.as_strided(given, "
                    "strides=(given.itemsize,))\n"
                    "            lengths = np.clip(given.astype(np.int64), 0, problem.x.shape[0])\n"
                ),
            ),
        ),
        example=column_of_lengths,
    ),
    Mistake(
        ident="s12-last-lane",
        kind="sizes",
        sentence="A product leaves out the last feature where it is the only one behind the full lanes.",
        changes=(
            Change(
                old="    if main < a.shape[1]:\n",
                new="    if main < a.shape[1] - 1:\n",
            ),
        ),
        example=lambda: make(RNN(), I=9),
    ),
    Mistake(
        ident="s13-block-without-bias",
        kind="sizes",
        sentence="The incomplete last block of an input product of more than one block has no bias.",
        changes=(
            Change(
                old="product(xs[lo : lo + BLOCK], W) + b\n",
                new="product(xs[lo : lo + BLOCK], W) + (b if lo == 0 or lo + BLOCK <= len(xs) else 0.0)\n",
            ),
        ),
        example=lambda: make(LSTM(), T=50),
    ),
    Mistake(
        ident="s14-chunk-starts-again",
        kind="sizes",
        sentence="Every chunk of a large batch starts from the initial states of the first one.",
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])\n",
                new="state[name] = dense(self.initial[d][name][chunk.seq % CHUNK])\n",
            ),
        ),
        example=lambda: make(GRU(), B=70, T=2),
    ),
    Mistake(
        ident="s15-last-tile-back",
        kind="tiles",
        sentence="RNN: what goes back to the state is the part of the last tile of units.",
        changes=(
            Change(
                old="            dh += da[:, 0, lo:hi] @ self.R[0, lo:hi]\n",
                new="            dh[...] = da[:, 0, lo:hi] @ self.R[0, lo:hi]\n",
            ),
        ),
        example=lambda: make(RNN(), H=20),
    ),
    Mistake(
        ident="s16-tied-sums",
        kind="layers",
        sentence="Two layers with the same record of parameters add up their gradients in one place.",
        changes=(
            Change(
                old="        given = problem.cotangents\n",
                new="        given = problem.cotangents\n        self.held = {}\n",
            ),
            Change(
                old="            sums = op.sums()\n",
                new="            sums = self.owner.held.setdefault(id(op), op.sums())\n",
            ),
        ),
        example=tied,
    ),
    Mistake(
        ident="s17-one-zero",
        kind="aliasing",
        sentence="Without cotangents of final states those of h and c are one and the same array of zeros.",
        changes=(
            Change(
                old="                dstate = {}\n",
                new="                dstate, zeros = {}, {}\n",
            ),
            Change(
                old=(
                    "                    if dfinal is None:\n"
                    "                        dstate[name] = np.zeros((len(chunk.seq), size))\n"
                ),
                new=(
                    "                    if dfinal is None:\n"
                    "                        dstate[name] = zeros.setdefault(size, "
                    "np.zeros((len(chunk.seq), size)))\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), final=False),
    ),
    Mistake(
        ident="s18-options-of-first",
        kind="layers",
        sentence="All layers whose parameters are alike have the options of the first one.",
        changes=(
            Change(
                old="        last = len(problem.layers) - 1\n",
                new="        last = len(problem.layers) - 1\n        self.first = problem.layers[0].cell\n",
            ),
            Change(
                old="            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n",
                new=(
                    "            cell, first = self.layer.cell, self.owner.first\n"
                    "            if type(cell) is type(first) and (cell.parameter_axes, cell.fixed_sizes) "
                    "== (first.parameter_axes, first.fixed_sizes):\n"
                    "                cell = first\n"
                    "            op = self.owner.weights.get(cell, self.layer.parameters[d])\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), RNN(activation="relu")),
    ),
    Mistake(
        ident="s19-direction-of-first",
        kind="layers",
        sentence="Layers with one direction all read in that of the first layer.",
        changes=(
            Change(
                old="        last = len(problem.layers) - 1\n",
                new="        last = len(problem.layers) - 1\n        self.way = problem.layers[0].direction\n",
            ),
            Change(
                old='        return self.layer.direction == "reverse" or d == 1\n',
                new=(
                    '        way = self.layer.direction if "bidirectional" in (self.layer.direction, '
                    "self.owner.way) else self.owner.way\n"
                    '        return way == "reverse" or d == 1\n'
                ),
            ),
        ),
        example=lambda: make(GRU(), GRU(), directions=["forward", "reverse"]),
    ),
    Mistake(
        ident="s20-lengths-kept",
        kind="cache",
        sentence=("Lengths are copied to the device once for each array of them; a change in place is not seen."),
        changes=(
            Change(
                old="            lengths = problem.lengths.astype(np.int64)\n",
                new=(
                    "            if self.seen is None or self.seen[0] is not problem.lengths:\n"
                    "                self.seen = (problem.lengths, problem.lengths.astype(np.int64))\n"
                    "            lengths = self.seen[1]\n"
                ),
            ),
            Change(
                old="        self.workspace = Workspace()\n",
                new="        self.workspace = Workspace()\n        self.seen = None\n",
            ),
        ),
        example=lambda: again(make(RNN(), lengths=[2, 5, 3]), new_lengths),
    ),
    Mistake(
        ident="s21-start-kept",
        kind="cache",
        sentence=(
            "Initial states are copied to the device once for each record; a change of its arrays in place is not seen."
        ),
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])\n",
                new="state[name] = dense(self.owner.start_of(self.initial[d])[name][chunk.seq])\n",
            ),
            Change(
                old="        self.workspace = Workspace()\n",
                new=(
                    "        self.workspace = Workspace()\n"
                    "        self.starts = OrderedDict()\n"
                    "\n"
                    "    def start_of(self, state):\n"
                    "        if id(state) not in self.starts:\n"
                    "            self.starts[id(state)] = (state, {name: array.copy() for name, array in "
                    "state.items()})\n"
                    "            if len(self.starts) > 16:\n"
                    "                self.starts.popitem(last=False)\n"
                    "        return self.starts[id(state)][1]\n"
                ),
            ),
        ),
        example=lambda: again(make(LSTM()), lambda p: start_of(p)[0][0].c.__iadd__(0.5)),
    ),
    Mistake(
        ident="s22-batch-first-guess",
        kind="layout",
        sentence="The axis that is as long as lengths is taken for the batch, the first one where both are.",
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new=(
                    "        y = dense(problem.x)\n"
                    "        if problem.lengths is not None and len(problem.lengths) == len(y):\n"
                    "            y = dense(y.swapaxes(0, 1))\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), T=4, B=4, lengths=[2, 4, 3, 4]),
    ),
)
"""Wrong for some structures, sizes or calls."""


MISTAKES = MistakeSet(
    name="d",
    kernel="kernel",
    precision="float64",
    mistakes=(*OUTPUTS, *GRADIENTS, *CALLS),
)
