"""The second set: sixty wrong implementations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Problem, State
from rnnspec_workshop.unseen.mistake_sets import Calls, Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import again, filled, make, start_of


def _changed() -> Calls:
    """A number changes in place."""

    def change(p: Problem) -> None:
        p.layers[0].parameters[0].W_g[1, 2] += 0.5

    return again(make(LSTM()), change)


def _other_cell() -> Calls:
    """The same parameters in another cell."""
    first = make(GRU(update="keep"))
    layer = replace(first.layers[0], cell=GRU(update="take"))
    return [first, replace(first, layers=(layer,))]


def _strided_initial() -> Problem:
    """Initial states in Fortran order."""
    p = make(LSTM())
    initial = tuple(tuple(State(**{n: np.asfortranarray(a) for n, a in s.items()}) for s in l) for l in start_of(p))
    return replace(p, initial=initial)


def _strided_weights() -> Problem:
    """Recurrent matrices in Fortran order."""
    p = make(GRU())
    layer = p.layers[0]
    q = layer.parameters[0]
    layer = replace(
        layer, parameters=(q.replace(**{n: np.asfortranarray(a) for n, a in q.items() if n.startswith("R_")}),)
    )
    return replace(p, layers=(layer,))


def _c0_zero() -> Problem:
    """An initial cell state of zeros."""
    p = make(LSTM())
    state = start_of(p)[0][0]
    return replace(p, initial=((State(h=state.h, c=np.zeros_like(state.c)),),))


def _two_alphas() -> Problem:
    """Two layers with an activation of different constants."""
    return make(
        RNN(activation=Activation(name="leaky_relu", alpha=0.1)),
        RNN(activation=Activation(name="leaky_relu", alpha=0.6)),
    )


OUTPUTS = (
    Mistake(
        ident="f01-tanh-ratio",
        kind="numerics",
        sentence="tanh is (exp(2a) - 1) / (exp(2a) + 1), which is NaN for large a.",
        changes=(
            Change(
                old='        if name == "tanh":\n            return np.tanh(a)',
                new=(
                    '        if name == "tanh":\n            return (np.exp(2.0 * a) - 1.0) / (np.exp(2.0 * a) + 1.0)'
                ),
            ),
        ),
        example=lambda: filled(make(RNN()), b=500.0),
    ),
    Mistake(
        ident="f02-elu-masked-branches",
        kind="numerics",
        sentence=(
            "elu computes both branches and multiplies them by masks, so that the branch not taken "
            "leaves NaN for large a."
        ),
        changes=(
            Change(
                old="return np.where(a < 0, alpha * np.expm1(np.minimum(a, 0.0)), a)",
                new="return (a < 0) * (alpha * np.expm1(a)) + (a >= 0) * a",
            ),
        ),
        example=lambda: filled(make(RNN(activation="elu"), gradients=False), b=800.0, R=0.0),
    ),
    Mistake(
        ident="f03-tile-bias",
        kind="tiles",
        sentence="GRU: every tile of units after the first adds the first tile's part of b_Rn.",
        changes=(
            Change(
                old="inner[:, lo:hi] += self.bRn[lo:hi]",
                new="inner[:, lo:hi] += self.bRn[: hi - lo]",
            ),
        ),
        example=lambda: make(GRU(), H=21),
    ),
    Mistake(
        ident="f04-candidate-in-place",
        kind="in-place",
        sentence=(
            "GRU with reset after: each tile writes its new state at once, and the candidates of later tiles read it."
        ),
        changes=(
            Change(
                old=(
                    "                new[:, lo:hi] = z * h[:, lo:hi] + (1.0 - z) * a\n"
                    "            else:\n"
                    "                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n"
                ),
                new=(
                    "                new[:, lo:hi] = z * h[:, lo:hi] + (1.0 - z) * a\n"
                    "            else:\n"
                    "                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n"
                    "            h[:, lo:hi] = new[:, lo:hi]\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), H=18),
    ),
    Mistake(
        ident="f05-coupled-without-peephole",
        kind="options",
        sentence="Cells with coupled gates have no peephole of the input or forget gate that remains.",
        changes=(
            Change(
                old="                if gate in self.p:\n                    a +=",
                new='                if gate in self.p and cell.coupling == "none":\n                    a +=',
            ),
        ),
        example=lambda: make(LSTM(coupling="forget", peephole="old")),
    ),
    Mistake(
        ident="f06-clip-output-only",
        kind="states",
        sentence="The cell clip acts on what the output sees; the cell state that goes on is not clipped.",
        changes=(
            Change(
                old="            if cell.cell_clip is not None:\n                tape",
                new=("            c[:, lo:hi] = new\n            if cell.cell_clip is not None:\n                tape"),
            ),
            Change(
                old="        c[...] = c_new\n",
                new="",
            ),
        ),
        example=lambda: make(LSTM(cell_clip=0.3)),
    ),
    Mistake(
        ident="f07-clip-inner-product",
        kind="options",
        sentence=("GRU with reset after: the recurrent product is clipped on its own before it meets the reset gate."),
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
        ident="f08-export-bias-order",
        kind="exporter",
        sentence=(
            "The exporter writes the LSTM's matrices in the order i, o, f, g and its biases in the order i, f, o, g."
        ),
        changes=(
            Change(
                old='            self.b = np.stack([parameters[named("b", gate)] for gate in self.gates])\n',
                new=(
                    '            self.b = np.stack([parameters[named("b", gate)] for gate in self.gates])\n'
                    '            if "o" in self.at and "f" in self.at:\n'
                    '                self.b[[self.at["o"], self.at["f"]]] = self.b[[self.at["f"], '
                    'self.at["o"]]]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM()),
    ),
    Mistake(
        ident="f09-forget-bias-added",
        kind="exporter",
        sentence=("The exporter adds the forget bias 1 to b_f of cells with peepholes, as the kernel it targets did."),
        changes=(
            Change(
                old="        self.features = self.J + cell.output_projection\n",
                new=(
                    "        self.features = self.J + cell.output_projection\n"
                    '        if self.p and "f" in self.at:\n'
                    '            self.b[self.at["f"]] += 1.0\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="f10-minimal-take-reset",
        kind="options",
        sentence="In a minimal unit that takes, 1 - z stands in the place of the reset gate.",
        changes=(
            Change(
                old="            inner[...] = v[:, self.at[self.reset]] * h\n",
                new=(
                    "            r = v[:, self.at[self.reset]]\n"
                    '            inner[...] = (1.0 - r if self.cell.minimal and self.cell.update == "take" '
                    "else r) * h\n"
                ),
            ),
        ),
        example=lambda: make(GRU(minimal=True, reset="before", update="take")),
    ),
    Mistake(
        ident="f11-q-clipped",
        kind="projection",
        sentence="The projection clip acts on the non-recurrent projection too.",
        changes=(
            Change(
                old="                y[:, self.J :] += self.bq\n",
                new=(
                    "                y[:, self.J :] += self.bq\n"
                    "            if cell.projection_clip is not None:\n"
                    "                y[:, self.J :] = np.clip(y[:, self.J :], -cell.projection_clip, "
                    "cell.projection_clip)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2, projection_clip=0.1), gradients=False),
    ),
    Mistake(
        ident="f12-clip-before-bias",
        kind="projection",
        sentence="The bias of the recurrent projection is added behind its clip.",
        changes=(
            Change(
                old="new = np.clip(new, -cell.projection_clip, cell.projection_clip)",
                new=(
                    "shift = 0.0 if self.bh is None else self.bh\n"
                    "            new = np.clip(new - shift, -cell.projection_clip, cell.projection_clip) + "
                    "shift"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_bias=True, projection_clip=0.2)),
    ),
    Mistake(
        ident="f13-scaled-tanh-beta",
        kind="options",
        sentence="scaled_tanh uses beta in its derivative but not in its value.",
        changes=(
            Change(
                old="alpha * np.tanh(beta * a)",
                new="alpha * np.tanh(a)",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation=Activation(name="scaled_tanh", alpha=2.0, beta=0.5))),
    ),
    Mistake(
        ident="f14-thresholded-shrinks",
        kind="options",
        sentence="thresholded_relu subtracts its threshold where it passes.",
        changes=(
            Change(
                old="np.where(a <= alpha, 0.0, a)",
                new="np.where(a <= alpha, 0.0, a - alpha)",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="thresholded_relu", alpha=0.2))),
    ),
    Mistake(
        ident="f15-softplus-threshold",
        kind="numerics",
        sentence="softplus is the identity above a threshold of 8.",
        changes=(
            Change(
                old="return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))",
                new="return np.maximum(a, 0.0) + np.where(a > 8.0, 0.0, np.log1p(np.exp(-np.abs(a))))",
            ),
        ),
        example=lambda: filled(make(RNN(activation="softplus", bias=True), gradients=False, x_scale=0.1), b=8.5, R=0.0),
    ),
    Mistake(
        ident="f16-absent-gate-by-bias",
        kind="exporter",
        sentence="A missing forget gate is exported as one with a bias of 10, which is not quite open.",
        changes=(
            Change(
                old='f = v[:, self.at["f"], lo:hi] if "f" in self.at else 1.0',
                new='f = v[:, self.at["f"], lo:hi] if "f" in self.at else 1.0 / (1.0 + np.exp(-10.0))',
            ),
        ),
        example=lambda: make(LSTM(forget_gate=False)),
    ),
    Mistake(
        ident="f17-tanh-table",
        kind="numerics",
        sentence="The output activation tanh is read from a table of steps of 1/64 and interpolated.",
        changes=(
            Change(
                old="            k[:, lo:hi] = self.act_c.value(new)\n",
                new=(
                    "            k[:, lo:hi] = self.act_c.value(new)\n"
                    '            if self.act_c.name == "tanh":\n'
                    "                grid = np.arange(-512, 513) / 64.0\n"
                    "                k[:, lo:hi] = np.interp(new, grid, np.tanh(grid))\n"
                ),
            ),
        ),
        example=lambda: make(LSTM()),
    ),
    Mistake(
        ident="f18-sigmoid-saturates",
        kind="numerics",
        sentence="The logistic function is exactly 0 or 1 for pre-activations beyond 8.",
        changes=(
            Change(
                old="    return np.where(a >= 0, 1.0, e) / (1.0 + e)",
                new="    return np.where(np.abs(a) > 8.0, a > 0, np.where(a >= 0, 1.0, e) / (1.0 + e))",
            ),
        ),
        example=lambda: filled(make(LSTM()), b_o=-9.0),
    ),
    Mistake(
        ident="f19-old-form-in-reset-none",
        kind="options",
        sentence="A GRU without reset gate that takes is computed as one that keeps.",
        changes=(
            Change(
                old='            if self.cell.update == "keep":\n                new',
                new='            if self.cell.update == "keep" or not self.resets:\n                new',
            ),
        ),
        example=lambda: make(GRU(reset="none", update="take")),
    ),
    Mistake(
        ident="f20-matrices-by-shape",
        kind="exporter",
        sentence=(
            "The exporter finds matrices by their shape; where there are as many inputs as units, R of every gate is W."
        ),
        changes=(
            Change(
                old="        self.J = self.R.shape[2]\n",
                new=(
                    "        self.J = self.R.shape[2]\n"
                    "        if self.W.shape == self.R.shape:\n"
                    "            self.R = self.W.copy()\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), I=4),
    ),
)
"""Wrong outputs."""


GRADIENTS = (
    Mistake(
        ident="g01-W-last-block",
        kind="backward",
        sentence=(
            "The gradient of the input matrices leaves out the last block of rows where it is not "
            "full and there are more than 128."
        ),
        changes=(
            Change(
                old='        sums["W"] += (flat.T @ tape["x"]).reshape(self.W.shape)',
                new=(
                    "        full = N // BLOCK * BLOCK or N\n"
                    '        sums["W"] += (flat[:full].T @ tape["x"][:full]).reshape(self.W.shape)'
                ),
            ),
        ),
        example=lambda: make(RNN(), T=14, B=10),
    ),
    Mistake(
        ident="g02-x-beyond-64",
        kind="backward",
        sentence=(
            "The gradient of the input is summed over full groups of 64 gate units where there are more than 64."
        ),
        changes=(
            Change(
                old="        return flat @ self.W.reshape(-1, self.I)",
                new=(
                    "        full = self.G * self.H // 64 * 64 or self.G * self.H\n"
                    "        return flat[:, :full] @ self.W.reshape(-1, self.I)[:full]"
                ),
            ),
        ),
        example=lambda: make(LSTM(), H=18, T=2),
    ),
    Mistake(
        ident="g03-initial-sorted",
        kind="lengths",
        sentence="Gradients of the initial states of a reverse direction come back in the order of lengths.",
        changes=(
            Change(
                old="d_initial[name][chunk.seq] = dstate[name]",
                new="d_initial[name][np.sort(chunk.seq) if chunk.reverse else chunk.seq] = dstate[name]",
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional", lengths=[2, 5, 3]),
    ),
    Mistake(
        ident="g04-coupling-sign",
        kind="backward",
        sentence=("With coupling 'input', what the input gate receives reaches the forget gate with the wrong sign."),
        changes=(
            Change(
                old="                d_f = d_f - d_i",
                new="                d_f = d_f + d_i",
            ),
        ),
        example=lambda: make(LSTM(coupling="input")),
    ),
    Mistake(
        ident="g05-absent-forget-cell",
        kind="backward",
        sentence="Without a forget gate the cotangent of the cell does not go back to the step before.",
        changes=(
            Change(
                old="            dc[:, lo:hi] = d_new * f + d_old",
                new=(
                    '            dc[:, lo:hi] = d_new * (f if "f" in self.at or cell.coupling != "none" '
                    "else 0.0) + d_old"
                ),
            ),
        ),
        example=lambda: make(LSTM(forget_gate=False)),
    ),
    Mistake(
        ident="g06-peephole-new-cut",
        kind="backward",
        sentence="The path from the output gate back into the new cell state through its peephole is cut.",
        changes=(
            Change(
                old='                    d_new = d_new + d_o * self.p["o"][lo:hi]',
                new="                    d_new = d_new + 0.0",
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="g07-peephole-new-cell",
        kind="backward",
        sentence="The gradients of all three peepholes are taken with the new cell state in form 'new'.",
        changes=(
            Change(
                old='seen = tape["c_new"] if gate == "o" and self.cell.peephole',
                new='seen = tape["c_new"] if self.cell.peephole',
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="g08-projection-clip-passes",
        kind="projection",
        sentence="The derivative of the projection clip is 1 everywhere.",
        changes=(
            Change(
                old='            total = total * tape["h_inside"][rows]',
                new="            total = total * 1.0",
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_clip=0.1)),
    ),
    Mistake(
        ident="g09-candidate-clip-passes",
        kind="backward",
        sentence="GRU: the derivative of the clip of the candidate's pre-activation is 1 everywhere.",
        changes=(
            Change(
                old="d_an = d_n * self.gate_slope(self.act_n, n, inside[:, n_at])",
                new="d_an = d_n * self.act_n.slope(n)",
            ),
        ),
        example=lambda: make(GRU(preactivation_clip=0.4)),
    ),
    Mistake(
        ident="g10-Rn-without-reset",
        kind="backward",
        sentence=(
            "With reset after, the gradients of R_n and b_Rn leave out the reset gate; what goes "
            "back to the state is right."
        ),
        changes=(
            Change(
                old='        tape["dm"][rows] = d_m',
                new='        tape["dm"][rows] = d_an',
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="g11-take-sign",
        kind="backward",
        sentence="In a GRU that takes, the update gate's cotangent has the sign of one that keeps.",
        changes=(
            Change(
                old="d_z, d_n, d_h = total * (n - h), total * z, total * (1.0 - z)",
                new="d_z, d_n, d_h = total * (h - n), total * z, total * (1.0 - z)",
            ),
        ),
        example=lambda: make(GRU(update="take")),
    ),
    Mistake(
        ident="g12-reset-path-cut",
        kind="backward",
        sentence="With reset before, the state receives nothing through the reset product.",
        changes=(
            Change(
                old="                d_h = d_h + d_s * r",
                new="                d_h = d_h + 0.0 * r",
            ),
        ),
        example=lambda: make(GRU(reset="before")),
    ),
    Mistake(
        ident="g13-hard-sigmoid-corners",
        kind="numerics",
        sentence="The derivative of hard_sigmoid is alpha where it is 0 or 1, too.",
        changes=(
            Change(
                old="np.where((y > 0) & (y < 1), alpha, 0.0)",
                new="np.where((y >= 0) & (y <= 1), alpha, 0.0)",
            ),
        ),
        example=lambda: make(LSTM(gate_activation="hard_sigmoid"), x_scale=3.0),
    ),
    Mistake(
        ident="g14-elu-slope-alpha",
        kind="options",
        sentence="The derivative of elu below 0 is y + 1 whatever alpha is.",
        changes=(
            Change(
                old="np.where(y < 0, y + alpha, 1.0)",
                new="np.where(y < 0, y + 1.0, 1.0)",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="elu", alpha=1.5))),
    ),
    Mistake(
        ident="g15-output-slope-tanh",
        kind="options",
        sentence="On the way back the output activation is taken for tanh.",
        changes=(
            Change(
                old="d_new = dc[:, lo:hi] + dm[:, lo:hi] * o * self.act_c.slope(k)",
                new="d_new = dc[:, lo:hi] + dm[:, lo:hi] * o * (1.0 - k * k)",
            ),
        ),
        example=lambda: make(LSTM(output_activation="softsign")),
    ),
    Mistake(
        ident="g16-sum-forward-only",
        kind="merge",
        sentence="The sum of two directions hands its cotangent to the forward direction only.",
        changes=(
            Change(
                old="            return [dy, dy]",
                new="            return [dy, np.zeros_like(dy)]",
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional", merge="sum"),
    ),
    Mistake(
        ident="g17-apart-swapped",
        kind="merge",
        sentence="Cotangents of two directions that stay apart are swapped.",
        changes=(
            Change(
                old="        return [dy[:, :, 0], dy[:, :, 1]]",
                new="        return [dy[:, :, 1], dy[:, :, 0]]",
            ),
        ),
        example=lambda: make(RNN(), direction="bidirectional", merge="none"),
    ),
    Mistake(
        ident="g18-final-at-T",
        kind="lengths",
        sentence=(
            "The cotangents of final states enter at step T - 1 only, so that those of shorter sequences are lost."
        ),
        changes=(
            Change(
                old="                        dstate[name] = dense(dfinal[d][name][chunk.seq])",
                new=(
                    "                        dstate[name] = dense(dfinal[d][name][chunk.seq] * "
                    "((chunk.lens == T) | ~chunk.has)[:, None])"
                ),
            ),
        ),
        example=lambda: make(GRU(), lengths=[5, 3, 4]),
    ),
    Mistake(
        ident="g19-q-not-back",
        kind="projection",
        sentence="The non-recurrent projection hands nothing back to the cell; its own gradient is right.",
        changes=(
            Change(
                old="            dm = dm + dq @ self.Pq",
                new="            dm = dm + 0.0",
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2)),
    ),
    Mistake(
        ident="g20-two-biases",
        kind="exporter",
        sentence=(
            "The gradients of the two biases that the kernel keeps are added up, so that those of an LSTM are doubled."
        ),
        changes=(
            Change(
                old="        return found | {name: array.copy() for",
                new=(
                    "        found |= {name: 2.0 * array for name, array in found.items() if name[:2] == "
                    '"b_"}\n'
                    "        return found | {name: array.copy() for"
                ),
            ),
        ),
        example=lambda: make(LSTM()),
    ),
)
"""Right outputs, wrong gradients."""


CALLS = (
    Mistake(
        ident="s01-second-layer-unprojected",
        kind="second layer",
        sentence=(
            "In layers above the first a projected LSTM goes on from the first features of m "
            "instead of the projected state, where there are enough."
        ),
        changes=(
            Change(
                old="            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n",
                new=(
                    "            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n"
                    "            op.depth = self.place\n"
                ),
            ),
            Change(
                old="        h[...] = new\n        y[:, : self.J] = new",
                new=(
                    "        h[...] = m[:, : self.J] if self.depth and self.H >= self.J else new\n"
                    "        y[:, : self.J] = new"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3), LSTM(projection=3)),
    ),
    Mistake(
        ident="s02-cache-never-checked",
        kind="cache/stale",
        sentence=(
            "Packed weights are found by the identity of the parameters and never checked; changes "
            "in place are not seen."
        ),
        changes=(
            Change(
                old="key, stamp = id(parameters), self.stamp(parameters)",
                new="key, stamp = id(parameters), 0",
            ),
        ),
        example=_changed,
    ),
    Mistake(
        ident="s03-cache-without-options",
        kind="cache/stale",
        sentence=(
            "Cached weights bring the options of the cell that they were packed for, also where "
            "another cell has the same parameters."
        ),
        changes=(
            Change(
                old=" or entry[1] != cell:",
                new=":",
            ),
        ),
        example=_other_cell,
    ),
    Mistake(
        ident="s04-directions-share-tape",
        kind="direction",
        sentence=(
            "Both directions of a layer keep their tape in the same buffers, so that the way back "
            "of the forward one reads the other's."
        ),
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(self.place, number)",
                times=2,
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional"),
    ),
    Mistake(
        ident="s05-chunks-share-tape",
        kind="batch chunk",
        sentence="Batch chunks of the same size keep their tape in the same buffers (128 sequences).",
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(self.place, d)",
                times=2,
            ),
        ),
        example=lambda: make(GRU(), B=128, T=2),
    ),
    Mistake(
        ident="s06-cotangent-buffer-dirty",
        kind="cache/stale",
        sentence=(
            "Missing cotangents of final states are read from a buffer that is cleared when it is "
            "made and then holds what the last call left."
        ),
        changes=(
            Change(
                old="                        dstate[name] = np.zeros((len(chunk.seq), size))",
                new=(
                    '                        kept = self.owner.__dict__.setdefault("kept", {})\n'
                    "                        dstate[name] = kept.setdefault((self.place, d, number, name, "
                    "B, size), np.zeros((len(chunk.seq), size)))"
                ),
            ),
        ),
        example=lambda: [make(RNN(), final=False)] * 2,
    ),
    Mistake(
        ident="s07-mean-halves-in-place",
        kind="in-place",
        sentence="The mean of two directions halves the given cotangent of the outputs in place.",
        changes=(
            Change(
                old="            return [0.5 * dy, 0.5 * dy]",
                new="            dy *= 0.5\n            return [dy, dy]",
            ),
        ),
        example=lambda: [make(LSTM(), direction="bidirectional", merge="mean")] * 2,
    ),
    Mistake(
        ident="s08-strided-initial",
        kind="strides",
        sentence="Initial states that are not contiguous are read in the order of their memory.",
        changes=(
            Change(
                old="dense(self.initial[d][name][chunk.seq])",
                new='dense(self.initial[d][name].ravel(order="K").reshape(B, size)[chunk.seq])',
            ),
        ),
        example=_strided_initial,
    ),
    Mistake(
        ident="s09-strided-weights",
        kind="strides",
        sentence="Recurrent matrices that are transposed views are packed in the order of their memory.",
        changes=(
            Change(
                old='        self.R = np.stack([parameters[named("R", gate)] for gate in self.gates])',
                new=(
                    '        found = [parameters[named("R", gate)] for gate in self.gates]\n'
                    '        self.R = np.stack([array.ravel(order="K").reshape(array.shape) for array in '
                    "found])"
                ),
            ),
        ),
        example=_strided_weights,
    ),
    Mistake(
        ident="s10-final-cell-chunk",
        kind="batch chunk",
        sentence="The final cell state is written for the first 64 sequences only.",
        changes=(
            Change(
                old="                for name in final:\n                    final",
                new=(
                    "                for name in final:\n"
                    '                    if name == "c" and number:\n'
                    "                        continue\n"
                    "                    final"
                ),
            ),
        ),
        example=lambda: make(LSTM(), B=66, T=2),
    ),
    Mistake(
        ident="s11-zero-length-as-one",
        kind="lengths",
        sentence="A length of 0 is raised to 1.",
        changes=(
            Change(
                old="problem.lengths.astype(np.int64)",
                new="np.maximum(problem.lengths.astype(np.int64), 1)",
            ),
        ),
        example=lambda: make(GRU(), lengths=[5, 0, 3]),
    ),
    Mistake(
        ident="s12-one-step-reverse",
        kind="sizes",
        sentence=(
            "With a single step both directions use the parameters of the forward one, since their "
            "order of steps is the same."
        ),
        changes=(
            Change(
                old="            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d])\n",
                new=(
                    "            op = self.owner.weights.get(self.layer.cell, self.layer.parameters[d if T "
                    "> 1 else 0])\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), T=1, direction="bidirectional"),
    ),
    Mistake(
        ident="s13-stack-narrow",
        kind="second layer",
        sentence=(
            "On the way down a stack, a layer hands on only as many features of the cotangent as it has units itself."
        ),
        changes=(
            Change(
                old="            dy = runs[place].backward(dy, dfinal)\n",
                new=(
                    "            dy = runs[place].backward(dy, dfinal)\n"
                    "            if place:\n"
                    "                dy[..., problem.layers[place].hidden_size :] = 0\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), LSTM(), H_by_layer=[7, 4]),
    ),
    Mistake(
        ident="s14-third-layer-zero",
        kind="second layer",
        sentence="The third layer and those above start from zeros whatever their initial states are.",
        changes=(
            Change(
                old="initial = None if problem.initial is None else problem.initial[place]",
                new="initial = None if problem.initial is None or place > 1 else problem.initial[place]",
            ),
        ),
        example=lambda: make(GRU(), GRU(), GRU()),
    ),
    Mistake(
        ident="s15-zero-cell-no-state",
        kind="states",
        sentence=(
            "Initial states whose cell is zero throughout are taken for none at all, and the hidden state is ignored."
        ),
        changes=(
            Change(
                old="            initial = None if problem.initial is None else problem.initial[place]\n",
                new=(
                    "            initial = None if problem.initial is None else problem.initial[place]\n"
                    '            if initial is not None and all("c" in s and not s["c"].any() for s in '
                    "initial):\n"
                    "                initial = None\n"
                ),
            ),
        ),
        example=_c0_zero,
    ),
    Mistake(
        ident="s16-repeat-step-0",
        kind="padding",
        sentence=("A reverse direction repeats its output number 0, which in the order of processing is not the last."),
        changes=(
            Change(
                old='                y[length:, b] = tape["y"][chunk.starts[length - 1] + row]',
                new=(
                    "                y[length:, b] = y[0, b] if chunk.reverse else "
                    'tape["y"][chunk.starts[length - 1] + row]'
                ),
            ),
        ),
        example=lambda: make(
            RNN(), direction="reverse", reverse_outputs="processing", lengths=[5, 2, 3], padded="repeat"
        ),
    ),
    Mistake(
        ident="s17-final-unsorted",
        kind="lengths",
        sentence=("Final cell states come back in the order of lengths, hidden states in the order of the batch."),
        changes=(
            Change(
                old="                    final[name][chunk.seq] = state[name]\n",
                new=(
                    '                    final[name][np.sort(chunk.seq) if name == "c" else chunk.seq] = state[name]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(), lengths=[2, 5, 3]),
    ),
    Mistake(
        ident="s18-constants-shared",
        kind="options",
        sentence=(
            "The constants of an activation are kept by its name, so that all layers of a stack "
            "have those of the first."
        ),
        changes=(
            Change(
                old="        self.name, self.alpha, self.beta = full.name, full.alpha, full.beta\n",
                new=(
                    "        full = KNOWN.setdefault(full.name, full)\n"
                    "        self.name, self.alpha, self.beta = full.name, full.alpha, full.beta\n"
                ),
            ),
            Change(
                old="class Act:\n",
                new="KNOWN = {}\n\n\nclass Act:\n",
            ),
            Change(
                old='        with np.errstate(all="ignore"):\n',
                new='        KNOWN.clear()\n        with np.errstate(all="ignore"):\n',
            ),
        ),
        example=_two_alphas,
    ),
    Mistake(
        ident="s19-processing-unreversed",
        kind="second layer",
        sentence=("A layer above one whose outputs are in the order of processing reads them in the order of time."),
        changes=(
            Change(
                old='processing = chunk.reverse and self.layer.reverse_outputs == "processing"',
                new=(
                    'processing = chunk.reverse and self.layer.reverse_outputs == "processing" and '
                    "self.place == self.owner.last"
                ),
            ),
            Change(
                old="        last = len(problem.layers) - 1",
                new="        last = self.last = len(problem.layers) - 1",
            ),
        ),
        example=lambda: make(GRU(), GRU(), directions=["reverse", "forward"], reverse_outputs="processing"),
    ),
    Mistake(
        ident="s20-truncated-at-64",
        kind="sizes",
        sentence="Backpropagation is cut at every 64th step.",
        changes=(
            Change(
                old="        for rows in reversed(chunk.steps()):\n            n = rows.stop - rows.start\n",
                new=(
                    "        for t, rows in reversed(list(enumerate(chunk.steps()))):\n"
                    "            n = rows.stop - rows.start\n"
                    "            if t % 64 == 63 and t + 1 < len(chunk.counts):\n"
                    "                for array in dstate.values():\n"
                    "                    array[: chunk.counts[t + 1]] = 0\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), T=66, B=2),
    ),
)
"""Wrong for some structures, sizes or calls."""


MISTAKES = MistakeSet(
    name="b",
    kernel="kernel",
    precision="float64",
    mistakes=(*OUTPUTS, *GRADIENTS, *CALLS),
)
