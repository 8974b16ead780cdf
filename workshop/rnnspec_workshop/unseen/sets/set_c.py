"""The third set: sixty wrong implementations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Array, Cell, Problem, State
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import again, filled, make, start_of, with_weights


def started(problem: Problem, change: Callable[[str, Array], Array]) -> Problem:
    """The problem with other initial states: `change` of a name and an array."""
    return replace(
        problem,
        initial=tuple(
            tuple(State(**{n: change(n, a.copy()) for n, a in s.items()}) for s in layer) for layer in start_of(problem)
        ),
    )


def first_zero(_name: str, array: Array) -> Array:
    """An initial state of which the first sequence has zeros."""
    array[0] = 0
    return array


def offset_data() -> Problem:
    """Inputs around 1000, and weights whose rows sum to zero."""
    p = make(LSTM(), T=4)
    p = with_weights(
        p, lambda q: q.replace(**{n: a - a.mean(axis=1, keepdims=True) for n, a in q.items() if n[0] == "W"})
    )
    return replace(p, x=p.x + 1000.0)


def with_nan(problem: Problem) -> Problem:
    """The problem with one input that is NaN."""
    problem.x[1, 0, 0] = np.nan
    return problem


def other_options() -> Iterator[Problem]:
    """The same parameters in a cell with another option."""
    p = make(GRU())
    yield p
    yield replace(p, layers=(replace(p.layers[0], cell=GRU(update="take")),))


def full_then_padded() -> Iterator[Problem]:
    """A batch without lengths, and then with some."""
    p = make(LSTM())
    yield p
    yield replace(p, lengths=np.array([2, 5, 3]))


def two_inputs(*cells: Cell, **options: Any) -> Iterator[Problem]:
    """A problem, and then one with another input."""
    p = make(*cells, **options)
    yield p
    yield replace(p, x=p.x[::-1].copy())


def batch_first(problem: Problem) -> Problem:
    """The problem with an input that lies in memory batch by batch."""
    return replace(problem, x=np.ascontiguousarray(problem.x.swapaxes(0, 1)).swapaxes(0, 1))


def window() -> Problem:
    """A problem whose input is a part of a longer array."""
    p = make(RNN(), T=8)
    q = make(RNN(), T=6)
    return replace(q, x=p.x[2:])


def twice(problem: Problem) -> Iterator[Problem]:
    """The same problem in two calls."""
    yield problem
    yield problem


def same_total() -> Iterator[Problem]:
    """Lengths, and then others with the same sum."""
    p = make(GRU(), lengths=[5, 1, 3])
    yield p
    yield replace(p, lengths=np.array([1, 3, 5]))


def two_constants() -> Problem:
    """Two layers with an activation of different constants."""
    first, second = (Activation(name="leaky_relu", alpha=a) for a in (0.1, 0.3))
    return make(RNN(activation=first), RNN(activation=second))


OUTPUTS = (
    Mistake(
        ident="f01-unit-forget-bias",
        kind="options",
        sentence="An LSTM without biases gets the forget bias of 1 that a fresh layer would have.",
        changes=(
            Change(
                old="            self.b = np.zeros((self.G, self.H))\n",
                new=(
                    "            self.b = np.zeros((self.G, self.H))\n"
                    '            if "f" in self.at:\n'
                    '                self.b[self.at["f"]] = 1.0\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(bias=False)),
    ),
    Mistake(
        ident="f02-printed-constants",
        kind="exporter",
        sentence="The constants of activations are written with three digits.",
        changes=(
            Change(
                old="        self.name, self.alpha, self.beta = full.name, full.alpha, full.beta\n",
                new=(
                    "        self.name = full.name\n"
                    '        self.alpha, self.beta = (None if c is None else float(f"{c:.3g}") for c in '
                    "(full.alpha, full.beta))\n"
                ),
            ),
        ),
        example=lambda: make(GRU(gate_activation=Activation(name="hard_sigmoid", alpha=1 / 6))),
    ),
    Mistake(
        ident="f03-sigmoid-table",
        kind="numerics",
        sentence="The sigmoid comes from a table of [-8, 8] and is exactly 0 or 1 outside.",
        changes=(
            Change(
                old="    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1.0, e)",
                new=("    e = np.where(np.abs(a) < 8.0, np.exp(-np.abs(a)), 0.0)\n    return np.where(a >= 0, 1.0, e)"),
            ),
        ),
        example=lambda: make(LSTM(), x_scale=10.0),
    ),
    Mistake(
        ident="f04-first-step-bias",
        kind="fast path",
        sentence=("GRU, reset after: the recurrent product is skipped at the first step from zeros, and b_Rn with it."),
        changes=(
            Change(
                old=(
                    "                inner[:, lo:hi] = product(h, self.R[n_at, lo:hi])\n"
                    "                if self.bRn is not None:\n"
                ),
                new=(
                    "                inner[:, lo:hi] = 0.0 if skip else product(h, self.R[n_at, lo:hi])\n"
                    "                if self.bRn is not None and not skip:\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), initial=False),
    ),
    Mistake(
        ident="f05-first-step-peephole",
        kind="fast path",
        sentence=("The first step from zeros leaves out the peephole of the output gate, which sees the new cell."),
        changes=(
            Change(
                old='                if "o" in self.p:\n                    a +=',
                new='                if "o" in self.p and not skip:\n                    a +=',
            ),
        ),
        example=lambda: make(LSTM(peephole="new"), initial=False),
    ),
    Mistake(
        ident="f06-skip-by-first-row",
        kind="fast path",
        sentence="The first recurrent product is skipped where the initial h of sequence 0 is zero.",
        changes=(
            Change(
                old="xs, chunk, state, self.initial is None)\n",
                new='xs, chunk, state, self.initial is None or not self.initial[d]["h"][0].any())\n',
            ),
        ),
        example=lambda: started(make(RNN()), first_zero),
    ),
    Mistake(
        ident="f07-clip-on-entry",
        kind="clips",
        sentence="The cell state is clipped on entering a step too, so that a large initial cell is cut.",
        changes=(
            Change(
                old="            c_old = c[:, lo:hi]\n",
                new=(
                    "            c_old = c[:, lo:hi]\n"
                    "            if cell.cell_clip is not None:\n"
                    "                c_old = np.clip(c_old, -cell.cell_clip, cell.cell_clip)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(cell_clip=0.4)),
    ),
    Mistake(
        ident="f08-one-sided-clip",
        kind="clips",
        sentence="Pre-activations are bounded from above only.",
        changes=(
            Change(
                old="        return np.clip(a, -self.bound, self.bound)\n",
                new="        return np.minimum(a, self.bound)\n",
            ),
        ),
        example=lambda: make(LSTM(preactivation_clip=0.5)),
    ),
    Mistake(
        ident="f09-inner-clip",
        kind="clips",
        sentence=(
            "GRU, reset after: the recurrent product of the candidate is clipped before the reset gate multiplies it."
        ),
        changes=(
            Change(
                old="                    inner[:, lo:hi] += self.bRn[lo:hi]\n",
                new=(
                    "                    inner[:, lo:hi] += self.bRn[lo:hi]\n"
                    "                if self.bound is not None:\n"
                    "                    inner[:, lo:hi] = np.clip(inner[:, lo:hi], -self.bound, self.bound)\n"
                ),
            ),
        ),
        example=lambda: make(GRU(preactivation_clip=0.4)),
    ),
    Mistake(
        ident="f10-projection-bias-after-clip",
        kind="projection",
        sentence="The bias of the projection is added behind the clip.",
        changes=(
            Change(
                old="        if self.bh is not None:\n            new += self.bh\n        if cell",
                new="        if cell",
            ),
            Change(
                old="            new = np.clip(new, -cell.projection_clip, cell.projection_clip)\n",
                new=(
                    "            new = np.clip(new, -cell.projection_clip, cell.projection_clip)\n"
                    "        if self.bh is not None:\n"
                    "            new = new + self.bh\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_bias=True, projection_clip=0.2)),
    ),
    Mistake(
        ident="f11-q-clipped",
        kind="projection",
        sentence="The projection clip bounds the non-recurrent projection too.",
        changes=(
            Change(
                old="            y[:, self.J :] = product(m, self.Pq)\n",
                new=(
                    "            y[:, self.J :] = product(m, self.Pq)\n"
                    "            if cell.projection_clip is not None:\n"
                    "                y[:, self.J :] = np.clip(y[:, self.J :], -cell.projection_clip, "
                    "cell.projection_clip)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2, projection_clip=0.05)),
    ),
    Mistake(
        ident="f12-apart-interleaved",
        kind="merge",
        sentence=("Directions that stay apart are cut out of the joined features as if these were interleaved."),
        changes=(
            Change(
                old="        return np.stack((there, back), axis=2)\n",
                new=("        return np.concatenate((there, back), axis=2).reshape(*there.shape, 2).swapaxes(2, 3)\n"),
            ),
        ),
        example=lambda: make(RNN(), direction="bidirectional", merge="none"),
    ),
    Mistake(
        ident="f13-leaky-max",
        kind="activations",
        sentence="leaky_relu is max(a, alpha a), which is the wrong branch for alpha above 1.",
        changes=(
            Change(
                old="            return np.where(a < 0, alpha * a, a)\n",
                new="            return np.maximum(a, alpha * a)\n",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="leaky_relu", alpha=1.5))),
    ),
    Mistake(
        ident="f14-threshold-subtracted",
        kind="activations",
        sentence="thresholded_relu is relu(a - alpha), a soft threshold.",
        changes=(
            Change(
                old="            return np.where(a <= alpha, 0.0, a)\n",
                new="            return np.maximum(a - alpha, 0.0)\n",
            ),
        ),
        example=lambda: make(GRU(candidate_activation=Activation(name="thresholded_relu", alpha=0.1))),
    ),
    Mistake(
        ident="f15-minimal-take",
        kind="options",
        sentence=(
            "The minimal GRU with update take resets with 1 - z, by a rewriting of z that holds for the update only."
        ),
        changes=(
            Change(
                old="            inner[...] = v[:, self.at[self.reset]] * h\n",
                new="            inner[...] = self.resetting(v[:, self.at[self.reset]]) * h\n",
            ),
            Change(
                old="a += v[:, self.at[self.reset], lo:hi] * inner[:, lo:hi] if",
                new="a += self.resetting(v[:, self.at[self.reset], lo:hi]) * inner[:, lo:hi] if",
            ),
            Change(
                old='        self.resets = cell.reset != "none"\n',
                new=(
                    '        self.resets = cell.reset != "none"\n'
                    '        turned = cell.minimal and cell.update == "take"\n'
                    "        self.resetting = (lambda r: 1.0 - r) if turned else (lambda r: r)\n"
                ),
            ),
        ),
        example=lambda: make(GRU(minimal=True, reset="before", update="take")),
    ),
    Mistake(
        ident="f16-coupled-in-range",
        kind="options",
        sentence="A coupled gate is kept within [0, 1], also where the gate activation leaves that range.",
        changes=(
            Change(
                old="            f = 1.0 - i\n",
                new="            f = np.clip(1.0 - i, 0.0, 1.0)\n",
            ),
            Change(
                old="            i = 1.0 - f\n",
                new="            i = np.clip(1.0 - f, 0.0, 1.0)\n",
            ),
        ),
        example=lambda: make(LSTM(coupling="forget", gate_activation="relu"), x_scale=3.0),
    ),
    Mistake(
        ident="f17-single-products",
        kind="numerics",
        sentence="Input products are made in single precision.",
        changes=(
            Change(
                old="flat[lo : lo + BLOCK] = product(xs[lo : lo + BLOCK], W) + b\n",
                new=(
                    "flat[lo : lo + BLOCK] = product(xs[lo : lo + BLOCK].astype(np.float32), "
                    "W.astype(np.float32)) + b\n"
                ),
            ),
        ),
        example=offset_data,
    ),
    Mistake(
        ident="f18-relu-nan",
        kind="special values",
        sentence="relu picks by a > 0 and turns NaN into 0, so that a diverged sequence looks healthy.",
        changes=(
            Change(
                old="            return np.where(a <= 0, 0.0, a)\n",
                new="            return np.where(a > 0, a, 0.0)\n",
            ),
        ),
        example=lambda: with_nan(make(RNN(activation="relu"), gradients=False)),
    ),
    Mistake(
        ident="f19-forward-fill",
        kind="padding",
        sentence=("Repeated outputs fill the padding with the step before it in time, also in the reverse direction."),
        changes=(
            Change(
                old='                y[length:, b] = tape["y"][chunk.starts[length - 1] + row]\n',
                new="                y[length:, b] = y[length - 1, b]\n",
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional", lengths=[3, 5, 2], padded="repeat"),
    ),
    Mistake(
        ident="f20-cell-not-sorted",
        kind="lengths",
        sentence="The batch is sorted by length, and the initial h with it, but not the initial c.",
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])\n",
                new=('state[name] = dense(self.initial[d][name][np.sort(chunk.seq) if name == "c" else chunk.seq])\n'),
            ),
        ),
        example=lambda: make(LSTM(), lengths=[2, 5, 3]),
    ),
    Mistake(
        ident="f21-square-transposed",
        kind="exporter",
        sentence=(
            "W is stored as inputs by units and turned unless its shape tells that it is right; a "
            "square one is always turned."
        ),
        changes=(
            Change(
                old="        self.G, self.H, self.I = self.W.shape\n",
                new=(
                    "        self.G, self.H, self.I = self.W.shape\n"
                    "        if self.H == self.I:\n"
                    "            self.W = np.ascontiguousarray(self.W.swapaxes(1, 2))\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), I=4, H=4),
    ),
    Mistake(
        ident="f22-empty-repeats-start",
        kind="padding",
        sentence="With repeated outputs an empty sequence repeats its initial state instead of giving zeros.",
        changes=(
            Change(
                old="            if 0 < length < T:\n                y[length:, b] =",
                new=(
                    "            if length == 0 and self.initial is not None:\n"
                    '                start = self.initial[len(self.outputs)]["h"][b]\n'
                    "                y[:, b, : len(start)] = start\n"
                    "            if 0 < length < T:\n"
                    "                y[length:, b] ="
                ),
            ),
        ),
        example=lambda: make(RNN(), lengths=[3, 0, 5], padded="repeat"),
    ),
)
"""Wrong outputs."""


GRADIENTS = (
    Mistake(
        ident="g01-empty-start",
        kind="gradients",
        sentence=(
            "The gradient of the initial state of an empty sequence is zero, not the cotangent of its final state."
        ),
        changes=(
            Change(
                old="                    d_initial[name][chunk.seq] = dstate[name]\n",
                new="                    d_initial[name][chunk.seq[chunk.has]] = dstate[name][chunk.has]\n",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 0, 5]),
    ),
    Mistake(
        ident="g02-final-not-sorted",
        kind="gradients",
        sentence="The cotangents of final states are not sorted by length as the batch is.",
        changes=(
            Change(
                old="dstate[name] = dense(dfinal[d][name][chunk.seq])",
                new="dstate[name] = dense(dfinal[d][name][np.sort(chunk.seq)])",
            ),
        ),
        example=lambda: make(GRU(), lengths=[2, 5, 3]),
    ),
    Mistake(
        ident="g03-directions-share-tape",
        kind="gradients",
        sentence=(
            "Both directions record on the same tape, and the forward one goes back over the records of the reverse."
        ),
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(self.place, number)",
                times=2,
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional"),
    ),
    Mistake(
        ident="g04-clip-before-peephole",
        kind="gradients",
        sentence=("The derivative of the cell clip is applied before the peephole of the output gate adds its part."),
        changes=(
            Change(
                old='                    d_new = d_new + d_o * self.p["o"][lo:hi]\n',
                new=(
                    "                    if cell.cell_clip is not None and self.true_slope:\n"
                    '                        d_new = d_new * tape["c_inside"][rows, lo:hi]\n'
                    '                    d_new = d_new + d_o * self.p["o"][lo:hi]\n'
                ),
            ),
            Change(
                old=(
                    "            if cell.cell_clip is not None and self.true_slope:\n"
                    '                d_new = d_new * tape["c_inside"][rows, lo:hi]\n'
                    "            d_i,"
                ),
                new=(
                    "            if cell.cell_clip is not None and self.true_slope and not (cell.peephole "
                    '== "new" and "o" in self.at):\n'
                    '                d_new = d_new * tape["c_inside"][rows, lo:hi]\n'
                    "            d_i,"
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new", cell_clip=0.3)),
    ),
    Mistake(
        ident="g05-straight-through-ignored",
        kind="gradients",
        sentence=(
            "The clip of pre-activations always has its true derivative; only the other clips know straight-through."
        ),
        changes=(
            Change(
                old="        if self.bound is not None and self.true_slope:\n",
                new="        if self.bound is not None:\n",
            ),
        ),
        example=lambda: make(GRU(preactivation_clip=0.3, clip_derivative="straight-through")),
    ),
    Mistake(
        ident="g06-bias-of-last-chunk",
        kind="gradients",
        sentence="The gradient of b is that of the last chunk of the batch.",
        changes=(
            Change(
                old='        sums["b"] += da.sum(axis=0)\n',
                new='        sums["b"] = da.sum(axis=0)\n',
            ),
        ),
        example=lambda: make(LSTM(), B=70, T=2),
    ),
    Mistake(
        ident="g07-projection-unmasked",
        kind="gradients",
        sentence="P_h and b_h receive the cotangent in front of the derivative of the projection clip.",
        changes=(
            Change(
                old="        if self.cell.projection_clip is not None and self.true_slope:\n",
                new=(
                    '        tape["y"][rows, : self.J] = total\n'
                    "        if self.cell.projection_clip is not None and self.true_slope:\n"
                ),
            ),
            Change(
                old=('            total = total * tape["h_inside"][rows]\n        tape["y"][rows, : self.J] = total\n'),
                new='            total = total * tape["h_inside"][rows]\n',
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_clip=0.1)),
    ),
    Mistake(
        ident="g08-hard-slope",
        kind="gradients",
        sentence="The slope of hard_sigmoid is 0.2 whatever its alpha is.",
        changes=(
            Change(
                old="return np.where((y > 0) & (y < 1), alpha, 0.0)",
                new="return np.where((y > 0) & (y < 1), 0.2, 0.0)",
            ),
        ),
        example=lambda: make(LSTM(gate_activation=Activation(name="hard_sigmoid", alpha=1 / 6))),
    ),
    Mistake(
        ident="g09-leaky-kink",
        kind="gradients",
        sentence="leaky_relu has the slope alpha at 0, where dead units with zero weights stand.",
        changes=(
            Change(
                old="            return np.where(y < 0, alpha, 1.0)\n",
                new="            return np.where(y <= 0, alpha, 1.0)\n",
            ),
        ),
        example=lambda: filled(make(RNN(activation="leaky_relu")), W=0, R=0, b=0),
    ),
    Mistake(
        ident="g10-inner-bias-copied",
        kind="gradients",
        sentence="GRU, reset after: b_Rn gets the gradient of b_n, without the reset gate.",
        changes=(
            Change(
                old='            sums["b_Rn"] += tape["dm"].sum(axis=0)\n',
                new='            sums["b_Rn"] += da[:, self.at["n"]].sum(axis=0)\n',
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="g11-product-in-place",
        kind="gradients",
        sentence="The product of two directions is written over the forward one, which the way back needs.",
        changes=(
            Change(
                old="            return there * back\n",
                new="            there *= back\n            return there\n",
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional", merge="product"),
    ),
    Mistake(
        ident="g12-elu-slope",
        kind="gradients",
        sentence="The slope of elu is y + 1 whatever its alpha is.",
        changes=(
            Change(
                old="            return np.where(y < 0, y + alpha, 1.0)\n",
                new="            return np.where(y < 0, y + 1.0, 1.0)\n",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="elu", alpha=0.5))),
    ),
    Mistake(
        ident="g13-no-output-cotangent",
        kind="gradients",
        sentence=(
            "Without a cotangent of y no layer hands one to the layer below, although the final states have some."
        ),
        changes=(
            Change(
                old="            dy = runs[place].backward(dy, dfinal)\n",
                new=(
                    "            dy = runs[place].backward(dy, dfinal)\n"
                    "            if given.y is None and place:\n"
                    "                dy = np.zeros(dy.shape)\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), GRU(), y=False),
    ),
    Mistake(
        ident="g14-padding-counts",
        kind="gradients",
        sentence=("What arrives at padded steps is added to the last valid step, although the padding is zero."),
        changes=(
            Change(
                old="                if self.repeat:\n                    self.gather_padding",
                new="                if self.lengths is not None:\n                    self.gather_padding",
            ),
        ),
        example=lambda: make(RNN(), lengths=[3, 5, 2]),
    ),
    Mistake(
        ident="g15-input-in-processing-order",
        kind="gradients",
        sentence="With outputs in the order of processing the gradient of x stands in that order too.",
        changes=(
            Change(
                old="                dx[chunk.time, chunk.batch] += dxs\n",
                new="                dx[self.target(chunk), chunk.batch] += dxs\n",
            ),
        ),
        example=lambda: make(LSTM(), direction="reverse", reverse_outputs="processing"),
    ),
    Mistake(
        ident="g16-derivatives-clipped",
        kind="gradients",
        sentence="Cotangents of pre-activations are clipped to [-1, 1], as in training.",
        changes=(
            Change(
                old="dys[rows], {name: array[:n] for name, array in dstate.items()}, da[rows])\n",
                new=(
                    "dys[rows], {name: array[:n] for name, array in dstate.items()}, da[rows])\n"
                    "            np.clip(da[rows], -1.0, 1.0, out=da[rows])\n"
                ),
            ),
        ),
        example=lambda: make(RNN()),
    ),
)
"""Right outputs, wrong gradients."""


CALLS = (
    Mistake(
        ident="s01-stamp-of-matrices",
        kind="cache",
        sentence=("Packed weights are made anew where a matrix has changed; biases and peepholes are not looked at."),
        changes=(
            Change(
                old="        for name, array in parameters.items():\n            crc =",
                new=(
                    "        for name, array in parameters.items():\n"
                    "            if array.ndim < 2:\n"
                    "                continue\n"
                    "            crc ="
                ),
            ),
        ),
        example=lambda: again(make(GRU()), lambda p: p.layers[0].parameters[0].b_z.__iadd__(0.5)),
    ),
    Mistake(
        ident="s02-options-not-compared",
        kind="cache",
        sentence=(
            "The packed operator is found again by its parameters and the type of the cell, whatever the options are."
        ),
        changes=(
            Change(
                old="entry[1] != cell:",
                new="type(entry[1]) is not type(cell):",
            ),
        ),
        example=other_options,
    ),
    Mistake(
        ident="s03-stale-padding",
        kind="workspace",
        sentence=("Outputs are written to a reused buffer that is not cleared: the padding shows the call before."),
        changes=(
            Change(
                old="            y = np.zeros((T, B, op.features))\n",
                new='            y = self.owner.workspace.take(("out", self.place, d), (T, B, op.features))\n',
            ),
        ),
        example=full_then_padded,
    ),
    Mistake(
        ident="s04-output-is-buffer",
        kind="aliasing",
        sentence=(
            "The output of a layer with one direction is the workspace buffer itself, and the next call overwrites it."
        ),
        changes=(
            Change(
                old="            y = np.zeros((T, B, op.features))\n",
                new='            y = self.owner.workspace.zeros(("out", self.place, d), (T, B, op.features))\n',
            ),
            Change(
                old="        return Outcome(y=self.out(y),",
                new="        return Outcome(y=np.asarray(y, dtype=self.dtype),",
            ),
        ),
        example=lambda: two_inputs(RNN()),
    ),
    Mistake(
        ident="s05-unsigned-lengths",
        kind="dtypes",
        sentence=("Lengths are negated in their own type to sort them: an unsigned 0 comes first and ends the batch."),
        changes=(
            Change(
                old="            lengths = problem.lengths.astype(np.int64)\n",
                new="            lengths = problem.lengths\n",
            ),
        ),
        example=lambda: make(GRU(), lengths=np.array([2, 0, 5], dtype=np.uint8)),
    ),
    Mistake(
        ident="s06-equal-lengths",
        kind="lengths",
        sentence="A batch of equal lengths is taken for one without padding.",
        changes=(
            Change(
                old="(lengths == problem.x.shape[0]).all()",
                new="(lengths == lengths[0]).all()",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 3, 3]),
    ),
    Mistake(
        ident="s07-state-in-place",
        kind="aliasing",
        sentence="Where no sorting is needed the steps run on the arrays of the initial state themselves.",
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])\n",
                new=(
                    "state[name] = self.initial[d][name] if self.lengths is None and B <= CHUNK else "
                    "dense(self.initial[d][name][chunk.seq])\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), gradients=False),
    ),
    Mistake(
        ident="s08-memory-order",
        kind="strides",
        sentence=(
            "The input is read as it lies in memory: a batch-first array that was handed over as a view is misread."
        ),
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new='        y = dense(problem.x.ravel(order="K").reshape(problem.x.shape))\n',
            ),
        ),
        example=lambda: batch_first(make(GRU())),
    ),
    Mistake(
        ident="s09-offset-ignored",
        kind="strides",
        sentence="A contiguous view is read from the start of the array that it is a part of.",
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new=(
                    "        y = dense(problem.x)\n"
                    "        if isinstance(problem.x.base, np.ndarray) and problem.x.flags.c_contiguous "
                    "and problem.x.base.dtype == y.dtype:\n"
                    "            y = problem.x.base.ravel()[: y.size].reshape(y.shape)\n"
                ),
            ),
        ),
        example=window,
    ),
    Mistake(
        ident="s10-single-step",
        kind="sizes",
        sentence=("A single step takes the path without a recurrent product, although there is an initial state."),
        changes=(
            Change(
                old="fresh and t == 0)",
                new="(fresh or len(chunk.counts) == 1) and t == 0)",
            ),
        ),
        example=lambda: make(LSTM(), T=1),
    ),
    Mistake(
        ident="s11-single-row",
        kind="sizes",
        sentence=("The product of a single row with the weights goes to a routine for vectors, which has no bias."),
        changes=(
            Change(
                old="            flat[lo : lo + BLOCK] = product(xs[lo : lo + BLOCK], W) + b\n",
                new=(
                    "            flat[lo : lo + BLOCK] = product(xs[lo : lo + BLOCK], W)\n"
                    "            if len(xs[lo : lo + BLOCK]) > 1:\n"
                    "                flat[lo : lo + BLOCK] += b\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), T=1, B=1),
    ),
    Mistake(
        ident="s12-shared-zeros",
        kind="state",
        sentence=("The zeros of absent initial states are made once; the steps of the first call write over them."),
        changes=(
            Change(
                old=(
                    "                    if self.initial is None:\n"
                    "                        state[name] = np.zeros((len(chunk.seq), size))\n"
                ),
                new=(
                    "                    if self.initial is None:\n"
                    "                        key = (self.place, d, number, name, len(chunk.seq), size)\n"
                    "                        state[name] = self.owner.zero_states.setdefault(key, "
                    "np.zeros((len(chunk.seq), size)))\n"
                ),
            ),
            Change(
                old="        self.workspace = Workspace()\n",
                new="        self.workspace = Workspace()\n        self.zero_states = {}\n",
            ),
        ),
        example=lambda: twice(make(LSTM(), initial=False)),
    ),
    Mistake(
        ident="s13-chunks-share-tape",
        kind="workspace",
        sentence="All chunks of a batch record on the same tape; only full chunks have the same shape.",
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(self.place, d)",
                times=2,
            ),
        ),
        example=lambda: make(RNN(), B=128, T=2),
    ),
    Mistake(
        ident="s14-final-by-direction",
        kind="layers",
        sentence=("The final states of a bidirectional stack are listed all forward ones first, then cut in pairs."),
        changes=(
            Change(
                old="        return Outcome(y=self.out(y), final=final,",
                new=(
                    "        if all(len(pair) == 2 for pair in final):\n"
                    "            flat = [pair[0] for pair in final] + [pair[1] for pair in final]\n"
                    "            final = tuple(tuple(flat[2 * k : 2 * k + 2]) for k in range(len(final)))\n"
                    "        return Outcome(y=self.out(y), final=final,"
                ),
            ),
        ),
        example=lambda: make(GRU(), GRU(), direction="bidirectional", gradients=False),
    ),
    Mistake(
        ident="s15-flat-states",
        kind="layers",
        sentence=(
            "Initial states are found in a flat list at layer times directions, which counts the "
            "directions of this layer for all below."
        ),
        changes=(
            Change(
                old="            initial = None if problem.initial is None else problem.initial[place]\n",
                new=(
                    "            initial = None if problem.initial is None else problem.initial[place]\n"
                    "            if initial is not None:\n"
                    "                flat = [state for states in problem.initial for state in states]\n"
                    "                at = place * layer.directions\n"
                    "                found = tuple(flat[at : at + layer.directions])\n"
                    '                if [s["h"].shape for s in found] == [s["h"].shape for s in initial] '
                    "and [*found[0]] == [*initial[0]]:\n"
                    "                    initial = found\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), RNN(), directions=["bidirectional", "forward"]),
    ),
    Mistake(
        ident="s16-sums-kept",
        kind="state",
        sentence="The sums of gradients stay with the cached weights and go on from the call before.",
        changes=(
            Change(
                old="            sums = op.sums()\n",
                new='            sums = op.__dict__.setdefault("kept", op.sums())\n',
            ),
        ),
        example=lambda: twice(make(RNN())),
    ),
    Mistake(
        ident="s17-plan-by-total",
        kind="cache",
        sentence="Plans of a batch are kept by its shape and the number of its valid steps.",
        changes=(
            Change(
                old='    """The chunks of one direction."""\n    if lengths is None:\n',
                new=(
                    '    """The chunks of one direction."""\n'
                    "    key = (T, B, T * B if lengths is None else int(lengths.sum()), reverse)\n"
                    "    if key not in PLANS:\n"
                    "        PLANS[key] = make_plan(T, B, lengths, reverse)\n"
                    "    return PLANS[key]\n"
                    "\n"
                    "\n"
                    "def make_plan(T, B, lengths, reverse):\n"
                    "    if lengths is None:\n"
                ),
            ),
            Change(
                old="LANES = 8\n",
                new="LANES = 8\nPLANS = {}\n",
            ),
        ),
        example=same_total,
    ),
    Mistake(
        ident="s18-two-buffers",
        kind="lengths",
        sentence=(
            "States go back and forth between two buffers: a sequence that ends an odd number of "
            "steps early has its last but one state there."
        ),
        changes=(
            Change(
                old='                y[self.target(chunk), chunk.batch] = tape["y"]\n',
                new=(
                    "                for row, length in enumerate(chunk.lens.tolist()):\n"
                    "                    if length > 0 and (chunk.lens[0] - length) % 2:\n"
                    "                        for name in state:\n"
                    "                            state[name][row] = tape[name][chunk.starts[length - 1] + "
                    "row]\n"
                    '                y[self.target(chunk), chunk.batch] = tape["y"]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(), lengths=[5, 4, 2]),
    ),
    Mistake(
        ident="s19-input-kept",
        kind="cache",
        sentence=("The copy of the input is kept as long as the same array comes; a change in place is not seen."),
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new=(
                    "        if self.seen is None or self.seen[0] is not problem.x:\n"
                    "            self.seen = (problem.x, np.array(problem.x))\n"
                    "        y = self.seen[1]\n"
                ),
            ),
            Change(
                old="        self.workspace = Workspace()\n",
                new="        self.workspace = Workspace()\n        self.seen = None\n",
            ),
        ),
        example=lambda: again(make(RNN()), lambda p: p.x.__imul__(0.5)),
    ),
    Mistake(
        ident="s20-activation-by-name",
        kind="cache",
        sentence="Activations are made once for each name, with the constants of the first that asked.",
        changes=(
            Change(
                old="        self.name, self.alpha, self.beta = full.name, full.alpha, full.beta\n",
                new=(
                    "        self.name, self.alpha, self.beta = KNOWN.setdefault(full.name, (full.name, "
                    "full.alpha, full.beta))\n"
                ),
            ),
            Change(
                old="LANES = 8\n",
                new="LANES = 8\nKNOWN = {}\n",
            ),
        ),
        example=two_constants,
    ),
    Mistake(
        ident="s21-overlapping-tile",
        kind="tiles",
        sentence=(
            "The last tile is moved back to be a full one: the units that it shares with the tile "
            "before are computed twice, in place."
        ),
        changes=(
            Change(
                old="    return [(lo, min(lo + TILE, H)) for lo in range(0, H, TILE)]\n",
                new=(
                    "    if H <= TILE:\n"
                    "        return [(0, H)]\n"
                    "    return [(min(lo, H - TILE), min(lo + TILE, H)) for lo in range(0, H, TILE)]\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), H=19),
    ),
    Mistake(
        ident="s22-cut-at-longest",
        kind="lengths",
        sentence="The output ends with the longest sequence of the batch, although the input is longer.",
        changes=(
            Change(
                old="        return Outcome(y=self.out(y),",
                new=(
                    "        if lengths is not None and lengths.max() > 0:\n"
                    "            y = y[: lengths.max()]\n"
                    "        return Outcome(y=self.out(y),"
                ),
            ),
        ),
        example=lambda: make(GRU(), lengths=[3, 2, 1]),
    ),
)
"""Wrong for some structures, sizes or calls."""


MISTAKES = MistakeSet(
    name="c",
    kernel="kernel",
    precision="float64",
    mistakes=(*OUTPUTS, *GRADIENTS, *CALLS),
)
