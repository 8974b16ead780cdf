"""The first set: sixty wrong implementations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Problem
from rnnspec_workshop.unseen.mistake_sets import Calls, Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import again, filled, make, turned_cotangent


def _fortran_x() -> Problem:
    """An input in Fortran order."""
    p = make(LSTM())
    return replace(p, x=np.asfortranarray(p.x))


def _rolled() -> Calls:
    """Rows of a matrix change places in place."""

    def change(p: Problem) -> None:
        w = p.layers[0].parameters[0].R_i
        w[...] = np.roll(w, 1, axis=0)

    return again(make(LSTM()), change)


def _bias_changed() -> Calls:
    """A bias changes in place."""

    def change(p: Problem) -> None:
        p.layers[0].parameters[0].b_z[...] += 0.5

    return again(make(GRU()), change)


OUTPUTS = (
    Mistake(
        ident="f01-sigmoid-ratio",
        kind="numerics",
        sentence="The logistic function is exp(a) / (1 + exp(a)), which is NaN for large a.",
        changes=(
            Change(
                old="    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1.0, e) / (1.0 + e)",
                new="    e = np.exp(a)\n    return e / (1.0 + e)",
            ),
        ),
        example=lambda: filled(make(LSTM()), b_f=800.0),
    ),
    Mistake(
        ident="f02-softplus-overflow",
        kind="numerics",
        sentence="softplus is log(1 + exp(a)) and infinite for a above 710.",
        changes=(
            Change(
                old="return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))",
                new="return np.log1p(np.exp(a))",
            ),
        ),
        example=lambda: filled(make(RNN(activation="softplus"), gradients=False), b=750.0, R=0.0),
    ),
    Mistake(
        ident="f03-lanes-tail",
        kind="sizes",
        sentence=(
            "Products over two or more full groups of lanes (16 features) forget the features that are left over."
        ),
        changes=(
            Change(
                old="    if main < a.shape[1]:",
                new="    if main < a.shape[1] < 2 * LANES:",
            ),
        ),
        example=lambda: make(GRU(), I=19),
    ),
    Mistake(
        ident="f04-tile-in-place",
        kind="in-place",
        sentence=(
            "LSTM: each tile of units writes its new hidden state at once, and later tiles read it "
            "(more than 16 units)."
        ),
        changes=(
            Change(
                old="            m[:, lo:hi] = o * k[:, lo:hi]\n",
                new=(
                    "            m[:, lo:hi] = o * k[:, lo:hi]\n"
                    "            if self.Ph is None:\n"
                    "                h[:, lo:hi] = m[:, lo:hi]\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), H=20),
    ),
    Mistake(
        ident="f05-peephole-unclipped",
        kind="options",
        sentence="The output gate's peephole sees the new cell state before the cell clip.",
        changes=(
            Change(
                old="            if cell.cell_clip is not None:\n                tape",
                new="            raw = new\n            if cell.cell_clip is not None:\n                tape",
            ),
            Change(
                old='(new if cell.peephole == "new" else c_old)',
                new='(raw if cell.peephole == "new" else c_old)',
            ),
        ),
        example=lambda: make(LSTM(peephole="new", cell_clip=0.3)),
    ),
    Mistake(
        ident="f06-clip-first",
        kind="options",
        sentence="The cell clip acts on what is kept of the old cell state, before the candidate is added.",
        changes=(
            Change(
                old="new = np.clip(new, -cell.cell_clip, cell.cell_clip)",
                new='new = np.clip(f * c_old, -cell.cell_clip, cell.cell_clip) + i * v[:, self.at["g"], lo:hi]',
            ),
        ),
        example=lambda: make(LSTM(cell_clip=0.3)),
    ),
    Mistake(
        ident="f07-export-bRn",
        kind="exporter",
        sentence="The exporter adds b_Rn to b_n and writes one bias, outside the reset product.",
        changes=(
            Change(
                old='self.bRn = np.array(parameters["b_Rn"]) if "b_Rn" in parameters else None',
                new=(
                    'self.bRn = np.zeros(self.H) if "b_Rn" in parameters else None\n'
                    "        if self.bRn is not None:\n"
                    '            self.b[self.at["n"]] += parameters["b_Rn"]'
                ),
            ),
        ),
        example=lambda: make(GRU(), gradients=False),
    ),
    Mistake(
        ident="f08-export-peepholes",
        kind="exporter",
        sentence="The exporter writes peepholes i, f, o where the kernel reads i, o, f.",
        changes=(
            Change(
                old="        self.p = {gate: np.array(p) for gate, p in self.p.items()}\n",
                new=(
                    "        self.p = {gate: np.array(p) for gate, p in self.p.items()}\n"
                    '        if "f" in self.p and "o" in self.p:\n'
                    '            self.p["f"], self.p["o"] = self.p["o"], self.p["f"]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="old"), gradients=False),
    ),
    Mistake(
        ident="f09-projection-clip-output",
        kind="projection",
        sentence="The projection clip acts on the output only; the state that goes on is not clipped.",
        changes=(
            Change(
                old="        if cell.projection_clip is not None:\n            tape",
                new="        raw = new\n        if cell.projection_clip is not None:\n            tape",
            ),
            Change(
                old="        h[...] = new\n        y[:, : self.J] = new",
                new="        h[...] = raw\n        y[:, : self.J] = new",
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_clip=0.1)),
    ),
    Mistake(
        ident="f10-projection-bias-lost",
        kind="projection",
        sentence=("The bias of the recurrent projection is added only where there is a non-recurrent projection too."),
        changes=(
            Change(
                old="        if self.bh is not None:\n            new += self.bh",
                new="        if self.bq is not None:\n            new += self.bh",
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_bias=True)),
    ),
    Mistake(
        ident="f11-hard-sigmoid-fifth",
        kind="options",
        sentence="hard_sigmoid always has the slope 0.2, whatever alpha says.",
        changes=(
            Change(
                old="np.minimum(np.maximum(alpha * a + beta, 0.0), 1.0)",
                new="np.minimum(np.maximum(0.2 * a + beta, 0.0), 1.0)",
            ),
        ),
        example=lambda: make(LSTM(gate_activation=Activation(name="hard_sigmoid", alpha=1 / 6)), gradients=False),
    ),
    Mistake(
        ident="f12-output-activation-shared",
        kind="options",
        sentence="The cell at the output passes the candidate activation instead of the output activation.",
        changes=(
            Change(
                old="self.act_c = Act(cell.output_activation)",
                new="self.act_c = Act(cell.candidate_activation)",
            ),
        ),
        example=lambda: make(LSTM(output_activation="identity")),
    ),
    Mistake(
        ident="f13-take-before",
        kind="options",
        sentence="A GRU that takes is computed as one that keeps where the reset acts before the product.",
        changes=(
            Change(
                old='            if self.cell.update == "keep":\n                new',
                new='            if self.cell.update == "keep" or before:\n                new',
            ),
        ),
        example=lambda: make(GRU(update="take", reset="before")),
    ),
    Mistake(
        ident="f14-repeat-without-q",
        kind="padding",
        sentence=(
            "Repeated padded outputs hold the hidden state, but zeros in the features of the non-recurrent projection."
        ),
        changes=(
            Change(
                old='                y[length:, b] = tape["y"][chunk.starts[length - 1] + row]',
                new=(
                    '                J = tape["h"].shape[1]\n'
                    '                y[length:, b, :J] = tape["y"][chunk.starts[length - 1] + row, :J]'
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=3, output_projection=2), lengths=[5, 2, 3], padded="repeat"),
    ),
    Mistake(
        ident="f15-repeat-initial",
        kind="padding",
        sentence="A sequence of length 0 repeats its initial hidden state in all outputs instead of zero.",
        changes=(
            Change(
                old="                if self.repeat:\n                    self.fill_padding",
                new=(
                    "                if self.repeat and self.initial is not None:\n"
                    "                    empty = chunk.seq[chunk.lens == 0]\n"
                    '                    y[:, empty, : op.J] = self.initial[d]["h"][empty]\n'
                    "                if self.repeat:\n"
                    "                    self.fill_padding"
                ),
            ),
        ),
        example=lambda: make(GRU(), lengths=[5, 0, 3], padded="repeat"),
    ),
    Mistake(
        ident="f16-unsigned-lengths",
        kind="lengths",
        sentence=(
            "Lengths of an unsigned type are negated for sorting in that type, so that empty "
            "sequences come first and stop their chunk."
        ),
        changes=(
            Change(
                old="problem.lengths.astype(np.int64)",
                new="problem.lengths",
            ),
        ),
        example=lambda: replace(make(LSTM()), lengths=np.array([5, 0, 3], dtype=np.uint8)),
    ),
    Mistake(
        ident="f17-input-product-float32",
        kind="numerics",
        sentence="The input product is computed in float32.",
        changes=(
            Change(
                old="product(xs[lo : lo + BLOCK], W) + b",
                new="product(xs[lo : lo + BLOCK].astype(np.float32), W.astype(np.float32)) + b",
            ),
        ),
        example=lambda: make(RNN(), T=8, B=8, I=9, H=8, x_scale=300.0),
    ),
    Mistake(
        ident="f18-elu-alpha",
        kind="options",
        sentence="elu forgets its alpha in the value.",
        changes=(
            Change(
                old="alpha * np.expm1(np.minimum(a, 0.0))",
                new="np.expm1(np.minimum(a, 0.0))",
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="elu", alpha=1.7)), gradients=False),
    ),
    Mistake(
        ident="f19-mean-inner-sum",
        kind="merge",
        sentence="The mean of two directions is their sum in all layers but the last.",
        changes=(
            Change(
                old="            return 0.5 * (there + back)",
                new="            return (0.5 if self.place == self.owner.last else 1.0) * (there + back)",
            ),
            Change(
                old="        last = len(problem.layers) - 1",
                new="        last = self.last = len(problem.layers) - 1",
            ),
        ),
        example=lambda: make(GRU(), GRU(), direction="bidirectional", merge="mean"),
    ),
    Mistake(
        ident="f20-coupled-peephole-c",
        kind="options",
        sentence=(
            "With coupling 'input' the coupled input gate is 1 - f of the tile before where there "
            "is one: the tile's own is used only in the first tile."
        ),
        changes=(
            Change(
                old="            i = 1.0 - f\n        return i, f, o",
                new=(
                    '            i = 1.0 - (f if lo == 0 else v[:, self.at["f"], lo - TILE : lo - TILE + '
                    "hi - lo])\n"
                    "        return i, f, o"
                ),
            ),
        ),
        example=lambda: make(LSTM(coupling="input"), H=24),
    ),
)
"""Wrong outputs."""


GRADIENTS = (
    Mistake(
        ident="g01-bias-first-chunk",
        kind="backward",
        sentence="The gradient of the biases is summed over the first 64 sequences only.",
        changes=(
            Change(
                old='        sums["b"] += da.sum(axis=0)',
                new='        if not sums["b"].any():\n            sums["b"] += da.sum(axis=0)',
            ),
        ),
        example=lambda: make(LSTM(), B=70, T=2),
    ),
    Mistake(
        ident="g02-first-step-R",
        kind="backward",
        sentence=(
            "The gradient of the recurrent matrices leaves out the first step, as if every initial state were zero."
        ),
        changes=(
            Change(
                old=('        sums["R"] += (da.reshape(len(da), self.G * self.H).T @ tape["h"]).reshape(self.R.shape)'),
                new=(
                    '        old = tape["h"].copy()\n'
                    '        old[: tape["first"]] = 0\n'
                    '        sums["R"] += (da.reshape(len(da), self.G * self.H).T @ old).reshape(self.R.shape)'
                ),
            ),
            Change(
                old='        tape["x"] = xs\n',
                new='        tape["x"], tape["first"] = xs, (chunk.counts or [0])[0]\n',
            ),
        ),
        example=lambda: make(LSTM()),
    ),
    Mistake(
        ident="g03-peephole-cut",
        kind="backward",
        sentence=(
            "The paths from the input and the forget gate back into the old cell state through the peepholes are cut."
        ),
        changes=(
            Change(
                old="                        d_old = d_old + d_gate * self.p[gate][lo:hi]",
                new="                        d_old = d_old + 0.0",
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="g04-p_o-old-cell",
        kind="backward",
        sentence="The gradient of p_o is taken with the old cell state in form 'new' too.",
        changes=(
            Change(
                old='tape["c_new"] if gate == "o" and self.cell.peephole == "new" else tape["c"]',
                new='tape["c"]',
            ),
        ),
        example=lambda: make(LSTM(peephole="new")),
    ),
    Mistake(
        ident="g05-cell-clip-passes",
        kind="backward",
        sentence="The derivative of the cell clip is 1 everywhere, whatever the cell says.",
        changes=(
            Change(
                old="            if cell.cell_clip is not None and self.true_slope:",
                new="            if cell.cell_clip is not None and not self.cell:",
            ),
        ),
        example=lambda: make(LSTM(cell_clip=0.3)),
    ),
    Mistake(
        ident="g06-straight-through-ignored",
        kind="backward",
        sentence=("The clip of the pre-activations has its true derivative where 'straight-through' is asked for."),
        changes=(
            Change(
                old="if self.bound is not None and self.true_slope:",
                new="if self.bound is not None:",
            ),
        ),
        example=lambda: make(GRU(preactivation_clip=0.4, clip_derivative="straight-through")),
    ),
    Mistake(
        ident="g07-reset-without-bRn",
        kind="backward",
        sentence="What the reset gate receives is taken from R_n h without b_Rn.",
        changes=(
            Change(
                old="d_r, d_m = d_an * inner, d_an * r",
                new="d_r, d_m = d_an * (inner - (0.0 if self.bRn is None else self.bRn)), d_an * r",
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="g08-bRn-as-bn",
        kind="backward",
        sentence="The gradient of b_Rn is that of b_n: the reset gate is missing.",
        changes=(
            Change(
                old='sums["b_Rn"] += tape["dm"].sum(axis=0)',
                new='sums["b_Rn"] += da[:, self.at["n"]].sum(axis=0)',
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="g09-before-Rn-unreset",
        kind="backward",
        sentence=("With reset before, the gradient of R_n is taken with the old state instead of the reset one."),
        changes=(
            Change(
                old='(tape["inner"] if self.cell.reset == "before" else tape["h"])',
                new='tape["h"]',
            ),
        ),
        example=lambda: make(GRU(reset="before")),
    ),
    Mistake(
        ident="g10-minimal-before",
        kind="backward",
        sentence=(
            "In the minimal unit with reset before, the update gate receives nothing for its work as a reset gate."
        ),
        changes=(
            Change(
                old="            d_z = d_z + d_r",
                new='            d_z = d_z + (d_r if self.cell.reset == "after" else 0.0)',
            ),
        ),
        example=lambda: make(GRU(minimal=True, reset="before")),
    ),
    Mistake(
        ident="g11-dx-overwritten",
        kind="direction",
        sentence=(
            "The gradient of the input of a bidirectional layer is that of the reverse direction; "
            "the other is overwritten."
        ),
        changes=(
            Change(
                old="dx[chunk.time, chunk.batch] += dxs",
                new="dx[chunk.time, chunk.batch] = dxs",
            ),
        ),
        example=lambda: make(RNN(), direction="bidirectional"),
    ),
    Mistake(
        ident="g12-mean-whole",
        kind="merge",
        sentence="The mean of two directions hands its whole cotangent to both.",
        changes=(
            Change(
                old="return [0.5 * dy, 0.5 * dy]",
                new="return [dy, dy]",
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional", merge="mean"),
    ),
    Mistake(
        ident="g13-product-own",
        kind="merge",
        sentence="The product of two directions hands each the cotangent times its own output.",
        changes=(
            Change(
                old="return [dy * back, dy * there]",
                new="return [dy * there, dy * back]",
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional", merge="product"),
    ),
    Mistake(
        ident="g14-final-lower-layers",
        kind="states",
        sentence="Cotangents of the final states of all layers but the last are ignored.",
        changes=(
            Change(
                old="None if given.final is None else given.final[place]",
                new="None if given.final is None or place < len(runs) - 1 else given.final[place]",
            ),
        ),
        example=lambda: make(GRU(), GRU()),
    ),
    Mistake(
        ident="g15-empty-sequence",
        kind="lengths",
        sentence="The gradient of the initial state of a sequence of length 0 is zero.",
        changes=(
            Change(
                old="d_initial[name][chunk.seq] = dstate[name]",
                new="d_initial[name][chunk.seq] = dstate[name] * chunk.has[:, None]",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 0, 5]),
    ),
    Mistake(
        ident="g16-padding-counts",
        kind="padding",
        sentence="The cotangents at padded steps reach the last valid output although the padding is zero.",
        changes=(
            Change(
                old="                if self.repeat:\n                    self.gather_padding",
                new="                if True:\n                    self.gather_padding",
            ),
        ),
        example=lambda: make(RNN(), lengths=[3, 2, 5]),
    ),
    Mistake(
        ident="g17-repeat-last-only",
        kind="padding",
        sentence="Of repeated outputs only the last step hands its cotangent on.",
        changes=(
            Change(
                old="d_out[length:, b].sum(axis=0)",
                new="d_out[-1, b]",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 2, 5], padded="repeat"),
    ),
    Mistake(
        ident="g18-relu-at-zero",
        kind="numerics",
        sentence="The derivative of relu at 0 is 1.",
        changes=(
            Change(
                old="return np.where(y > 0, 1.0, 0.0)",
                new='return np.where(y >= 0 if name == "relu" else y > 0, 1.0, 0.0)',
            ),
        ),
        example=lambda: filled(make(RNN(activation="relu", bias=False), T=1), W=0.0, R=0.0),
    ),
    Mistake(
        ident="g19-softsign-slope",
        kind="options",
        sentence="The derivative of softsign is found from the value as if it were the pre-activation.",
        changes=(
            Change(
                old="return (1.0 - np.abs(y)) ** 2",
                new="return 1.0 / (1.0 + np.abs(y)) ** 2",
            ),
        ),
        example=lambda: make(RNN(activation="softsign")),
    ),
    Mistake(
        ident="g20-P_h-before-clip",
        kind="projection",
        sentence=(
            "The gradients of P_h and b_h are taken with the cotangent in front of the derivative "
            "of the projection clip."
        ),
        changes=(
            Change(
                old='        tape["y"][rows, : self.J] = total\n',
                new='        tape["y"][rows, : self.J] = dh + dy[:, : self.J]\n',
            ),
        ),
        example=lambda: make(LSTM(projection=3, projection_bias=True, projection_clip=0.1)),
    ),
)
"""Right outputs, wrong gradients."""


CALLS = (
    Mistake(
        ident="s01-third-layer-buffers",
        kind="second layer",
        sentence="The third layer and those above keep their tape in the buffers of the second.",
        changes=(
            Change(
                old="(self.place, d, number)",
                new="(min(self.place, 1), d, number)",
                times=2,
            ),
        ),
        example=lambda: make(GRU(), GRU(), GRU(), I=4),
    ),
    Mistake(
        ident="s02-cache-by-sum",
        kind="cache/stale",
        sentence=(
            "Packed weights are packed anew only when the sum of a parameter has changed: rows "
            "that change places in place are not seen."
        ),
        changes=(
            Change(
                old='zlib.crc32(array.tobytes(), zlib.crc32(f"{name}{array.shape}".encode(), crc))',
                new='zlib.crc32(f"{name}{array.shape}{array.sum():.9g}".encode(), crc)',
            ),
        ),
        example=_rolled,
    ),
    Mistake(
        ident="s03-cache-matrices-only",
        kind="cache/stale",
        sentence=("The check of the cached weights looks at matrices only; a bias changed in place is not seen."),
        changes=(
            Change(
                old="        for name, array in parameters.items():\n            crc",
                new=(
                    "        for name, array in parameters.items():\n"
                    "            if array.ndim < 2:\n"
                    "                continue\n"
                    "            crc"
                ),
            ),
        ),
        example=_bias_changed,
    ),
    Mistake(
        ident="s04-stateful",
        kind="states",
        sentence=(
            "Without initial states a layer goes on from the final state of the call before, where "
            "that had the same shapes."
        ),
        changes=(
            Change(
                old="                        state[name] = np.zeros((len(chunk.seq), size))",
                new=(
                    '                        memory = self.owner.__dict__.setdefault("memory", {})\n'
                    "                        state[name] = memory.setdefault((self.place, d, number, name, "
                    "B, size), np.zeros((len(chunk.seq), size)))"
                ),
            ),
            Change(
                old="chunk, state, self.initial is None",
                new="chunk, state, False",
            ),
        ),
        example=lambda: [make(LSTM(), initial=False)] * 2,
    ),
    Mistake(
        ident="s05-gradients-accumulate",
        kind="cache/stale",
        sentence=(
            "The sums of the gradients of the parameters are kept with the cached weights and not "
            "cleared between calls."
        ),
        changes=(
            Change(
                old="            sums = op.sums()\n",
                new='            sums = op.__dict__.setdefault("kept", op.sums())\n',
            ),
        ),
        example=lambda: [make(RNN())] * 2,
    ),
    Mistake(
        ident="s06-output-view",
        kind="in-place",
        sentence="The outputs are a view of a buffer that the next call of the same shape overwrites.",
        changes=(
            Change(
                old="y = np.zeros((T, B, op.features))",
                new='y = self.owner.workspace.zeros((self.place, d, "out"), (T, B, op.features))',
            ),
            Change(
                old="        return np.array(array, dtype=self.dtype)",
                new="        return np.asarray(array, dtype=self.dtype)",
            ),
        ),
        example=lambda: [make(LSTM(), seed=1), make(LSTM(), seed=2)],
    ),
    Mistake(
        ident="s07-initial-as-buffer",
        kind="in-place",
        sentence=(
            "One chunk of sequences without lengths works in the arrays of the initial states, "
            "which hold the final ones afterwards."
        ),
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])",
                new=(
                    "state[name] = dense(self.initial[d][name] if self.lengths is None and B <= CHUNK else "
                    "self.initial[d][name][chunk.seq])"
                ),
            ),
        ),
        example=lambda: [make(GRU())] * 2,
    ),
    Mistake(
        ident="s08-strided-x",
        kind="strides",
        sentence="An input that is not contiguous is read in the order of its memory.",
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new='        y = dense(problem.x.ravel(order="K").reshape(problem.x.shape))\n',
            ),
        ),
        example=_fortran_x,
    ),
    Mistake(
        ident="s09-strided-cotangent",
        kind="strides",
        sentence=(
            "A cotangent of the outputs that is a transposed view, batch first in memory, is read "
            "in the order of its memory."
        ),
        changes=(
            Change(
                old="else dense(given.y)",
                new='else dense(given.y.ravel(order="K").reshape(given.y.shape))',
            ),
        ),
        example=lambda: turned_cotangent(make(GRU())),
    ),
    Mistake(
        ident="s10-second-chunk-initial",
        kind="batch chunk",
        sentence="Sequences from the 65th on start from the initial states of the first ones.",
        changes=(
            Change(
                old="dense(self.initial[d][name][chunk.seq])",
                new="dense(self.initial[d][name][chunk.seq % CHUNK])",
            ),
        ),
        example=lambda: make(GRU(), B=67, T=2),
    ),
    Mistake(
        ident="s11-equal-lengths",
        kind="lengths",
        sentence=("Where all lengths are equal the batch takes the path without lengths, even if they are below T."),
        changes=(
            Change(
                old="            if (lengths == problem.x.shape[0]).all():",
                new="            if (lengths == lengths[0]).all() and lengths[0] > 0:",
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 3, 3]),
    ),
    Mistake(
        ident="s12-reverse-off-by-one",
        kind="direction",
        sentence=(
            "A reverse direction starts one step late, in the padding, for sequences shorter than "
            "the longest of their chunk."
        ),
        changes=(
            Change(
                old="self.time = self.lens[self.row] - 1 - self.step if reverse else self.step",
                new=(
                    "self.time = self.lens[self.row] - (self.lens[self.row] == lens[0]) - self.step if "
                    "reverse else self.step"
                ),
            ),
        ),
        example=lambda: make(RNN(), direction="reverse", lengths=[5, 3, 5]),
    ),
    Mistake(
        ident="s13-third-layer-initial",
        kind="second layer",
        sentence="The third layer starts from the initial states of the second, where these have its shape.",
        changes=(
            Change(
                old="            initial = None if problem.initial is None else problem.initial[place]\n",
                new=(
                    "            initial = None if problem.initial is None else problem.initial[place]\n"
                    "            if initial is not None and place > 1:\n"
                    "                other = problem.initial[place - 1]\n"
                    "                if [{n: a.shape for n, a in s.items()} for s in other] == [{n: "
                    "a.shape for n, a in s.items()} for s in initial]:\n"
                    "                    initial = other\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), LSTM(), LSTM()),
    ),
    Mistake(
        ident="s14-beyond-48-units",
        kind="tiles",
        sentence="LSTM: units beyond the 48th see only the first 48 features of the hidden state.",
        changes=(
            Change(
                old=(
                    "                if not skip:\n"
                    "                    a += product(h, self.R[at, lo:hi])\n"
                    '                if gate == "o":'
                ),
                new=(
                    "                if not skip:\n"
                    "                    seen = 48 if lo >= 48 else self.J\n"
                    "                    a += product(h[:, :seen], self.R[at, lo:hi, :seen])\n"
                    '                if gate == "o":'
                ),
            ),
        ),
        example=lambda: make(LSTM(), H=50, T=2, scale=0.2),
    ),
    Mistake(
        ident="s15-single-sequence-transposed",
        kind="sizes",
        sentence=("For a single sequence an LSTM without projection multiplies by the transposed recurrent matrices."),
        changes=(
            Change(
                old=(
                    "                if not skip:\n"
                    "                    a += product(h, self.R[at, lo:hi])\n"
                    '                if gate == "o":'
                ),
                new=(
                    "                if not skip:\n"
                    "                    a += product(h, self.R[at, lo:hi] if len(h) > 1 or self.J != "
                    "self.H else self.R[at, :, lo:hi].T)\n"
                    '                if gate == "o":'
                ),
            ),
        ),
        example=lambda: make(LSTM(), B=1),
    ),
    Mistake(
        ident="s16-block-bias",
        kind="sizes",
        sentence="Input products of more than 128 rows add the biases to the first 128 only.",
        changes=(
            Change(
                old="product(xs[lo : lo + BLOCK], W) + b",
                new="product(xs[lo : lo + BLOCK], W) + (b if lo == 0 else 0.0)",
            ),
        ),
        example=lambda: make(GRU(), T=14, B=10),
    ),
    Mistake(
        ident="s17-reverse-final-h",
        kind="direction",
        sentence=("The final hidden state of a reverse direction is taken from its output at the last valid step."),
        changes=(
            Change(
                old=("                for name in final:\n                    final[name][chunk.seq] = state[name]\n"),
                new=(
                    "                for name in final:\n"
                    "                    final[name][chunk.seq] = state[name]\n"
                    "                if chunk.reverse and chunk.rows:\n"
                    "                    n = chunk.counts[0]\n"
                    '                    final["h"][chunk.seq[:n]] = tape["y"][:n, : op.J]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional"),
    ),
    Mistake(
        ident="s18-reverse-c0",
        kind="direction",
        sentence=(
            "The reverse direction of a bidirectional LSTM starts from the forward direction's initial cell state."
        ),
        changes=(
            Change(
                old="dense(self.initial[d][name][chunk.seq])",
                new='dense(self.initial[0 if name == "c" else d][name][chunk.seq])',
            ),
        ),
        example=lambda: make(LSTM(), direction="bidirectional"),
    ),
    Mistake(
        ident="s19-upper-reverse-full",
        kind="second layer",
        sentence="Reverse layers above the first are run without lengths.",
        changes=(
            Change(
                old="LayerRun(self, place, layer, lengths, initial",
                new=(
                    'LayerRun(self, place, layer, None if place and layer.direction == "reverse" else lengths, initial'
                ),
            ),
        ),
        example=lambda: make(GRU(), GRU(), direction="reverse", lengths=[5, 2, 3]),
    ),
    Mistake(
        ident="s20-processing-flip",
        kind="direction",
        sentence=(
            "The order of processing is made by flipping all T steps, so that shorter sequences "
            "stand behind their padding."
        ),
        changes=(
            Change(
                old="return chunk.step if processing else chunk.time",
                new="return self.shape[0] - 1 - chunk.time if processing else chunk.time",
            ),
        ),
        example=lambda: make(RNN(), direction="reverse", reverse_outputs="processing", lengths=[5, 2, 3]),
    ),
)
"""Wrong for some structures, sizes or calls."""


MISTAKES = MistakeSet(
    name="a",
    kernel="kernel",
    precision="float64",
    mistakes=(*OUTPUTS, *GRADIENTS, *CALLS),
)
