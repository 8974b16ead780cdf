"""The fifth set: sixty wrong implementations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Array, Cotangents, Problem, State
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import again, filled, make, start_of


def started(problem: Problem, change: Callable[[str, Array], Array]) -> Problem:
    """The problem with other initial states: `change` of a name and an array."""
    return replace(
        problem,
        initial=tuple(
            tuple(State(**{n: change(n, a.copy()) for n, a in s.items()}) for s in layer) for layer in start_of(problem)
        ),
    )


def one_large(problem: Problem) -> Problem:
    """The problem with large inputs in its first sequence."""
    problem.x[:, 0] *= 2000.0
    return problem


def with_nan(problem: Problem) -> Problem:
    """The problem with one input that is NaN."""
    problem.x[1, 0, 0] = np.nan
    return problem


def one_silent(problem: Problem) -> Problem:
    """The problem with an input vector of zeros."""
    problem.x[2, 1] = 0.0
    return problem


def of_the_cell() -> Problem:
    """An LSTM whose cell alone has a cotangent."""
    p = make(LSTM(), y=False)
    cotangents = p.cotangents
    assert cotangents is not None
    assert cotangents.final is not None
    state = cotangents.final[0][0]
    return replace(p, cotangents=Cotangents(final=((State(h=np.zeros_like(state["h"]), c=state["c"]),),)))


def shared() -> Problem:
    """A bidirectional layer that has the same parameters in both directions."""
    p = make(RNN(), direction="bidirectional")
    layer = p.layers[0]
    return replace(p, layers=(replace(layer, parameters=(layer.parameters[0], layer.parameters[0])),))


def longer() -> Iterator[Problem]:
    """A problem of three steps, and then one of six."""
    yield make(RNN(), T=3)
    yield make(RNN(), T=6)


def other_bound() -> Iterator[Problem]:
    """The same parameters in a cell with another bound."""
    p = make(LSTM(peephole="new", coupling="forget", cell_clip=0.9))
    yield p
    cell = LSTM(peephole="new", coupling="forget", cell_clip=0.1)
    yield replace(p, layers=(replace(p.layers[0], cell=cell),))


def batch_first(problem: Problem) -> Problem:
    """The problem with an input that lies in memory batch by batch."""
    return replace(problem, x=np.ascontiguousarray(problem.x.swapaxes(0, 1)).swapaxes(0, 1))


def negate(array: Array) -> None:
    """The array with other signs, in place."""
    array *= -1.0


def sort_lengths(problem: Problem) -> None:
    """The lengths in rising order, in place."""
    assert problem.lengths is not None
    problem.lengths.sort()


def clipped_then_free() -> Iterator[Problem]:
    """A cell that goes beyond its bound, and then one that does not."""
    p = make(LSTM(cell_clip=2.5), T=6)
    yield filled(p, b_i=20.0, b_f=20.0, b_g=20.0)
    yield filled(p, b_i=-20.0)


def two_inputs() -> Iterator[Problem]:
    """A problem, and then one with another input."""
    p = make(RNN(), T=10, B=8, H=8)
    yield p
    yield replace(p, x=p.x[::-1].copy())


def twice(problem: Problem) -> Iterator[Problem]:
    """The same problem in two calls."""
    yield problem
    yield problem


OUTPUTS = (
    Mistake(
        ident="f01-tanh-range",
        kind="activations",
        sentence="The hyperbolic tangent takes no argument beyond 4.97, where its approximation ends.",
        changes=(
            Change(
                old="            return np.tanh(a)\n",
                new="            return np.tanh(np.minimum(np.maximum(a, -4.97), 4.97))\n",
            ),
        ),
        example=lambda: make(RNN(), scale=3.0),
    ),
    Mistake(
        ident="f02-leaky-larger",
        kind="activations",
        sentence="A leaky relu is the larger of two lines, which is wrong where its constant is above 1.",
        changes=(Change(old="np.where(a < 0, alpha * a, a)", new="np.maximum(a, alpha * a)"),),
        example=lambda: make(RNN(activation=Activation(name="leaky_relu", alpha=1.5))),
    ),
    Mistake(
        ident="f03-affine-folded",
        kind="exporter",
        sentence="An affine activation with a factor of 1 is folded away, and its offset with it.",
        changes=(
            Change(
                old="            return alpha * a + beta\n",
                new="            return np.array(a) if alpha == 1.0 else alpha * a + beta\n",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation=Activation(name="affine", beta=0.25))),
    ),
    Mistake(
        ident="f04-zero-not-given",
        kind="exporter",
        sentence="A constant alpha of zero is taken for one that is not given, and becomes 1.",
        changes=(Change(old="= full.name, full.alpha, full.beta", new="= full.name, full.alpha or 1.0, full.beta"),),
        example=lambda: make(RNN(activation=Activation(name="thresholded_relu", alpha=0.0))),
    ),
    Mistake(
        ident="f05-scaled-overflow",
        kind="special values",
        sentence="A scaled tanh is made of exponentials, which overflow far below zero.",
        changes=(
            Change(
                old="            return alpha * np.tanh(beta * a)\n",
                new=("            e = np.exp(-2.0 * beta * a)\n            return alpha * (1.0 - e) / (1.0 + e)\n"),
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="scaled_tanh", alpha=2.0, beta=0.5)), x_scale=3000.0),
    ),
    Mistake(
        ident="f06-softplus-shift",
        kind="special values",
        sentence="A softplus is shifted by the largest number of all sequences, beside which small ones are lost.",
        changes=(
            Change(
                old="        return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))\n",
                new="        top = a.max()\n        return top + np.log(np.exp(-top) + np.exp(a - top))\n",
            ),
        ),
        example=lambda: one_large(make(RNN(activation="softplus"))),
    ),
    Mistake(
        ident="f07-elu-nan",
        kind="special values",
        sentence="An elu turns NaN into zero.",
        changes=(
            Change(
                old="np.where(a < 0, alpha * np.expm1(np.minimum(a, 0.0)), a)",
                new="np.where(a >= 0, a, alpha * np.expm1(np.fmin(a, 0.0)))",
            ),
        ),
        example=lambda: with_nan(make(RNN(activation="elu"), gradients=False)),
    ),
    Mistake(
        ident="f08-one-alpha",
        kind="exporter",
        sentence="The candidate of an LSTM takes the constant alpha of the gates where both have one.",
        changes=(
            Change(
                old="        self.act_c = Act(cell.output_activation)\n",
                new=(
                    "        self.act_c = Act(cell.output_activation)\n"
                    "        if self.act.alpha and self.act_g.alpha:\n"
                    "            self.act_g.alpha = self.act.alpha\n"
                ),
            ),
        ),
        example=lambda: make(
            LSTM(gate_activation="hard_sigmoid", candidate_activation=Activation(name="leaky_relu", alpha=0.4))
        ),
    ),
    Mistake(
        ident="f09-output-as-candidate",
        kind="exporter",
        sentence="An output activation that is the default is replaced by that of the candidate.",
        changes=(
            Change(
                old="Act(cell.output_activation)",
                new="Act(cell.candidate_activation if cell.output_activation == 'tanh' else cell.output_activation)",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation="softsign")),
    ),
    Mistake(
        ident="f10-clip-then-peephole",
        kind="options",
        sentence="The peephole of the output gate is added after the pre-activation was clipped.",
        changes=(
            Change(
                old=(
                    '                if "o" in self.p:\n'
                    '                    a += self.p["o"][lo:hi] * (new if cell.peephole == "new" else c_old)\n'
                    "                a[...] = self.act.value(self.clip_gate(a, inside[:, at, lo:hi]))\n"
                ),
                new=(
                    "                a[...] = self.clip_gate(a, inside[:, at, lo:hi])\n"
                    '                if "o" in self.p:\n'
                    '                    a += self.p["o"][lo:hi] * (new if cell.peephole == "new" else c_old)\n'
                    "                a[...] = self.act.value(a)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new", preactivation_clip=0.3)),
    ),
    Mistake(
        ident="f11-bias-of-q",
        kind="options",
        sentence="The bias of the non-recurrent projection is left out where the gates have no biases.",
        changes=(
            Change(
                old="            if self.bq is not None:\n                y[",
                new="            if self.bq is not None and cell.bias:\n                y[",
            ),
        ),
        example=lambda: make(LSTM(projection=2, output_projection=3, projection_bias=True, bias=False)),
    ),
    Mistake(
        ident="f12-states-first",
        kind="directions",
        sentence="Two directions with two projections are put together as both states, and then both others.",
        changes=(
            Change(
                old="            return np.concatenate((there, back), axis=2)\n",
                new=(
                    "            J = self.operators[0].J\n"
                    "            parts = there[..., :J], back[..., :J], there[..., J:], back[..., J:]\n"
                    "            return np.concatenate(parts, axis=2)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=2, output_projection=3), direction="bidirectional"),
    ),
    Mistake(
        ident="f13-square-projection",
        kind="exporter",
        sentence="A projection is told by its shape, and a square one is read transposed.",
        changes=(
            Change(
                old='        self.Ph = np.array(parameters["P_h"]) if cell.projection else None\n',
                new=(
                    '        self.Ph = np.array(parameters["P_h"]) if cell.projection else None\n'
                    "        if cell.projection == self.H:\n"
                    "            self.Ph = self.Ph.T\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(projection=4)),
    ),
    Mistake(
        ident="f14-silent-input",
        kind="special values",
        sentence="The input product skips a vector of zeros, and with it the bias.",
        changes=(
            Change(
                old="= product(xs[lo : lo + BLOCK], W) + b",
                new="= product(xs[lo : lo + BLOCK], W) + b * xs[lo : lo + BLOCK].any(axis=1, keepdims=True)",
            ),
        ),
        example=lambda: one_silent(make(GRU())),
    ),
    Mistake(
        ident="f15-fresh-reset",
        kind="first step",
        sentence="The first step of a GRU from zeros leaves out the reset product, and with it the bias inside.",
        changes=(
            Change(
                old="                a += v[:, self.at[self.reset], lo:hi] * inner[:, lo:hi] if self.resets else",
                new=(
                    "                if not skip:\n"
                    "                    a += v[:, self.at[self.reset], lo:hi] * inner[:, lo:hi] if self.resets else"
                ),
            ),
        ),
        example=lambda: make(GRU(), initial=False),
    ),
    Mistake(
        ident="f16-minimal-take",
        kind="options",
        sentence="A minimal unit whose gate takes resets, before the product, by what the gate leaves.",
        changes=(
            Change(
                old="            inner[...] = v[:, self.at[self.reset]] * h\n",
                new=(
                    "            r = v[:, self.at[self.reset]]\n"
                    '            turned = self.cell.minimal and self.cell.update == "take"\n'
                    "            inner[...] = (1.0 - r if turned else r) * h\n"
                ),
            ),
        ),
        example=lambda: make(GRU(minimal=True, reset="before", update="take")),
    ),
    Mistake(
        ident="f17-processing-from-end",
        kind="directions",
        sentence="Outputs in the order of processing are turned about all steps, and short ones land in the padding.",
        changes=(
            Change(
                old="        return chunk.step if processing else chunk.time\n",
                new="        return self.shape[0] - 1 - chunk.time if processing else chunk.time\n",
            ),
        ),
        example=lambda: make(RNN(), direction="reverse", reverse_outputs="processing", lengths=[5, 2, 4]),
    ),
    Mistake(
        ident="f18-repeat-last-valid",
        kind="padding",
        sentence="The padding repeats the last valid step of a reverse direction too.",
        changes=(
            Change(
                old='                y[length:, b] = tape["y"][chunk.starts[length - 1] + row]\n',
                new="                y[length:, b] = y[length - 1, b]\n",
            ),
        ),
        example=lambda: make(GRU(), direction="bidirectional", lengths=[5, 2, 4], padded="repeat"),
    ),
    Mistake(
        ident="f19-final-from-outputs",
        kind="lengths",
        sentence="The final hidden state of a forward direction is taken from the outputs; an empty sequence has none.",
        changes=(
            Change(
                old="                    final[name][chunk.seq] = state[name]\n",
                new=(
                    "                    final[name][chunk.seq] = state[name]\n"
                    "                if self.lengths is not None and not chunk.reverse:\n"
                    '                    final["h"][chunk.seq] = y[chunk.lens - 1, chunk.seq, : op.J]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(), lengths=[3, 0, 5]),
    ),
    Mistake(
        ident="f20-order-turned",
        kind="lengths",
        sentence="Final states leave the sorted batch by the permutation in place of its inverse.",
        changes=(
            Change(
                old="                    final[name][chunk.seq] = state[name]\n",
                new="                    final[name][np.argsort(chunk.seq)] = state[name]\n",
            ),
        ),
        example=lambda: make(GRU(), lengths=[3, 5, 4]),
    ),
    Mistake(
        ident="f21-half-checkpoints",
        kind="precision",
        sentence="The state goes through half precision after every eighth step.",
        changes=(
            Change(
                old=(
                    "            self.step(tape, rows, {name: array[:n] for name, array in state.items()}, "
                    "fresh and t == 0)\n"
                ),
                new=(
                    "            self.step(tape, rows, {name: array[:n] for name, array in state.items()}, "
                    "fresh and t == 0)\n"
                    "            if t % 8 == 7:\n"
                    "                for array in state.values():\n"
                    "                    array[:n] = array[:n].astype(np.float16)\n"
                ),
            ),
        ),
        example=lambda: make(RNN(), T=10),
    ),
    Mistake(
        ident="f22-zero-h",
        kind="initial states",
        sentence="A first step from a hidden state of zeros leaves out peepholes too, though the cell is not zero.",
        changes=(
            Change(
                old="xs, chunk, state, self.initial is None)",
                new="xs, chunk, state, self.initial is None or not state['h'].any())",
            ),
            Change(
                old="                if gate in self.p:\n                    a +=",
                new="                if gate in self.p and not skip:\n                    a +=",
            ),
        ),
        example=lambda: started(make(LSTM(peephole="old")), lambda n, a: a * 0 if n == "h" else a),
    ),
)
"""Wrong outputs or final states."""

GRADIENTS = (
    Mistake(
        ident="g01-elu-kink",
        kind="activations",
        sentence="The slope of elu at zero is its constant.",
        changes=(Change(old="np.where(y < 0, y + alpha, 1.0)", new="np.where(y <= 0, y + alpha, 1.0)"),),
        example=lambda: filled(make(RNN(activation=Activation(name="elu", alpha=2.0))), W=0.0, R=0.0, b=0.0),
    ),
    Mistake(
        ident="g02-threshold-zero",
        kind="activations",
        sentence="A thresholded relu has the slope 1 where its value is its threshold or more, which 0 may be.",
        changes=(
            Change(
                old="            return np.where(y > 0, 1.0, 0.0)\n",
                new='            return np.where((y >= alpha) if name == "thresholded_relu" else (y > 0), 1.0, 0.0)\n',
            ),
        ),
        example=lambda: make(RNN(activation=Activation(name="thresholded_relu", alpha=0.0))),
    ),
    Mistake(
        ident="g03-negative-scale",
        kind="activations",
        sentence="The slope of a scaled tanh is never falling, whatever the sign of its scale.",
        changes=(
            Change(
                old="            return beta * (alpha - y * y / alpha)\n",
                new="            return beta * (abs(alpha) - y * y / abs(alpha))\n",
            ),
        ),
        example=lambda: make(LSTM(candidate_activation=Activation(name="scaled_tanh", alpha=-1.5, beta=0.5))),
    ),
    Mistake(
        ident="g04-peephole-past-clip",
        kind="options",
        sentence="What the cell receives through the peephole of the output gate does not pass the clip of the cell.",
        changes=(
            Change(
                old=(
                    "            if cell.cell_clip is not None and self.true_slope:\n"
                    '                d_new = d_new * tape["c_inside"][rows, lo:hi]\n'
                    "            d_i, d_f ="
                ),
                new="            d_i, d_f =",
            ),
            Change(
                old="            d_old: Any = 0.0\n",
                new=(
                    "            if cell.cell_clip is not None and self.true_slope:\n"
                    '                d_new = d_new * tape["c_inside"][rows, lo:hi]\n'
                    "            d_old: Any = 0.0\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new", cell_clip=0.2)),
    ),
    Mistake(
        ident="g05-projection-at-bound",
        kind="options",
        sentence="A projected state exactly at its bound receives nothing.",
        changes=(Change(old="np.abs(new) <= cell.projection_clip", new="np.abs(new) < cell.projection_clip"),),
        example=lambda: filled(make(LSTM(projection=2, projection_clip=0.5, projection_bias=True)), P_h=0.0, b_h=0.5),
    ),
    Mistake(
        ident="g06-wrong-bound",
        kind="options",
        sentence="On the way back the projected state is compared with the bound of the cell, where there is one.",
        changes=(
            Change(
                old="np.abs(new) <= cell.projection_clip",
                new="np.abs(new) <= (cell.cell_clip or cell.projection_clip)",
            ),
        ),
        example=lambda: make(LSTM(projection=2, projection_clip=0.1, cell_clip=0.9)),
    ),
    Mistake(
        ident="g07-cell-again",
        kind="checkpoints",
        sentence="The gradient of the output gate's peephole sees a new cell that is computed again, without its clip.",
        changes=(
            Change(
                old=(
                    '            seen = tape["c_new"] if gate == "o" and self.cell.peephole == "new" else tape["c"]\n'
                ),
                new=(
                    '            seen = tape["c"]\n'
                    '            if gate == "o" and self.cell.peephole == "new":\n'
                    '                i, f, _ = self.values(tape["v"], 0, self.H)\n'
                    '                seen = f * tape["c"] + i * tape["v"][:, self.at["g"]]\n'
                ),
            ),
        ),
        example=lambda: make(LSTM(peephole="new", cell_clip=0.2)),
    ),
    Mistake(
        ident="g08-no-forget-peephole",
        kind="options",
        sentence="Without a forget gate the old cell receives nothing through peepholes.",
        changes=(
            Change(
                old="            dc[:, lo:hi] = d_new * f + d_old\n",
                new="            dc[:, lo:hi] = d_new * f + (d_old if cell.forget_gate else 0.0)\n",
            ),
        ),
        example=lambda: make(LSTM(peephole="new", forget_gate=False)),
    ),
    Mistake(
        ident="g09-minimal-inner",
        kind="options",
        sentence="In a minimal unit that resets before, the candidate's matrix receives the state without its reset.",
        changes=(
            Change(
                old='(tape["inner"] if self.cell.reset == "before" else tape["h"])',
                new='(tape["inner"] if self.cell.reset == "before" and not self.cell.minimal else tape["h"])',
            ),
        ),
        example=lambda: make(GRU(minimal=True, reset="before")),
    ),
    Mistake(
        ident="g10-inner-again",
        kind="checkpoints",
        sentence="The product inside the reset is computed again for the way back, without its bias.",
        changes=(
            Change(
                old="d_r, d_m = d_an * inner, d_an * r",
                new="d_r, d_m = d_an * (h @ self.R[n_at].T), d_an * r",
            ),
        ),
        example=lambda: make(GRU()),
    ),
    Mistake(
        ident="g11-product-in-place",
        kind="aliasing",
        sentence="Two directions are multiplied in the array of the first, which the way back reads.",
        changes=(
            Change(
                old="            return there * back\n",
                new="            there *= back\n            return there\n",
            ),
        ),
        example=lambda: make(RNN(), direction="bidirectional", merge="product"),
    ),
    Mistake(
        ident="g12-processing-input",
        kind="directions",
        sentence="With outputs in the order of processing the gradient of the input is in that order too.",
        changes=(
            Change(
                old="                dx[chunk.time, chunk.batch] += dxs\n",
                new="                dx[self.target(chunk), chunk.batch] += dxs\n",
            ),
        ),
        example=lambda: make(GRU(), direction="reverse", reverse_outputs="processing"),
    ),
    Mistake(
        ident="g13-lower-finals",
        kind="cotangents",
        sentence="Without a cotangent of the outputs, those of the final states count in the last layer alone.",
        changes=(
            Change(
                old="            dfinal = None if given.final is None else given.final[place]\n",
                new=(
                    "            above = given.y is None and place < len(runs) - 1\n"
                    "            dfinal = None if given.final is None or above else given.final[place]\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), GRU(), y=False),
    ),
    Mistake(
        ident="g14-empty-sequence",
        kind="lengths",
        sentence="A mask takes from an empty sequence the cotangent that its initial state has from the final one.",
        changes=(
            Change(
                old="                    d_initial[name][chunk.seq] = dstate[name]\n",
                new="                    d_initial[name][chunk.seq] = dstate[name] * chunk.has[:, None]\n",
            ),
        ),
        example=lambda: make(GRU(), lengths=[5, 0, 3]),
    ),
    Mistake(
        ident="g15-cell-alone",
        kind="cotangents",
        sentence="A step back is skipped where nothing arrives at the hidden state, though something does at the cell.",
        changes=(
            Change(
                old='        dh, dc = dstate["h"], dstate["c"]\n',
                new=(
                    '        dh, dc = dstate["h"], dstate["c"]\n'
                    "        if not dy.any() and not dh.any():\n"
                    "            da[...] = 0\n"
                    '            tape["y"][rows] = 0\n'
                    "            return\n"
                ),
            ),
        ),
        example=of_the_cell,
    ),
    Mistake(
        ident="g16-zeros-are-none",
        kind="initial states",
        sentence="Initial states that are zeros count as not given, and have no gradient.",
        changes=(
            Change(
                old="        if problem.initial is not None:\n",
                new=(
                    "        if problem.initial is not None and any(\n"
                    "            a.any() for layer in problem.initial for state in layer for a in state.values()\n"
                    "        ):\n"
                ),
            ),
        ),
        example=lambda: started(make(RNN()), lambda _name, a: a * 0),
    ),
    Mistake(
        ident="g17-nothing-asked",
        kind="cotangents",
        sentence="Where both cotangents are absent there are no gradients, in place of zeros.",
        changes=(
            Change(
                old="        if problem.cotangents is not None:\n",
                new=(
                    "        asked = problem.cotangents\n"
                    "        if asked is not None and (asked.y is not None or asked.final is not None):\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), y=False, final=False),
    ),
    Mistake(
        ident="g18-segments",
        kind="checkpoints",
        sentence="The way back goes by segments of sixteen steps, and no cotangent passes from one to the other.",
        changes=(
            Change(
                old="        for rows in reversed(chunk.steps()):\n",
                new="        for t, rows in reversed(list(enumerate(chunk.steps()))):\n",
            ),
            Change(
                old="{name: array[:n] for name, array in dstate.items()}, da[rows])\n",
                new=(
                    "{name: array[:n] for name, array in dstate.items()}, da[rows])\n"
                    "            if t and t % 16 == 0:\n"
                    "                for array in dstate.values():\n"
                    "                    array[:n] = 0\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), T=18),
    ),
    Mistake(
        ident="g19-shared-sums",
        kind="accumulation",
        sentence="Two directions with the same parameters add to one gradient, which the second one hands out.",
        changes=(
            Change(
                old="        self.d_initial, self.d_parameters = [], []\n",
                new="        self.d_initial, self.d_parameters = [], []\n        shared = {}\n",
            ),
            Change(
                old="            sums = op.sums()\n",
                new="            sums = shared.setdefault(id(op), op.sums())\n",
            ),
        ),
        example=shared,
    ),
)
"""Right outputs and wrong gradients."""

CALLS = (
    Mistake(
        ident="s01-tile-peephole",
        kind="tiles",
        sentence="The second tile of units has the output peepholes of the first.",
        changes=(Change(old='a += self.p["o"][lo:hi] *', new='a += self.p["o"][: hi - lo] *'),),
        example=lambda: make(LSTM(peephole="old"), H=20),
    ),
    Mistake(
        ident="s02-tile-in-place",
        kind="tiles",
        sentence="A tile of a GRU writes its new state where the next tile reads the old one.",
        changes=(
            Change(
                old="                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n",
                new=(
                    "                new[:, lo:hi] = (1.0 - z) * h[:, lo:hi] + z * a\n"
                    "            h[:, lo:hi] = new[:, lo:hi]\n"
                ),
            ),
        ),
        example=lambda: make(GRU(), H=20),
    ),
    Mistake(
        ident="s03-tile-overwrites",
        kind="tiles",
        sentence="On the way back of the simple layer each tile overwrites what the one before gave to the old state.",
        changes=(
            Change(
                old="            dh += da[:, 0, lo:hi] @ self.R[0, lo:hi]\n",
                new="            dh[...] = da[:, 0, lo:hi] @ self.R[0, lo:hi]\n",
            ),
        ),
        example=lambda: make(RNN(), H=20),
    ),
    Mistake(
        ident="s04-unrolled-tail",
        kind="widths",
        sentence="A product over more than 32 features leaves out those beyond the last full lanes.",
        changes=(
            Change(
                old="    if main < a.shape[1]:\n",
                new="    if main < a.shape[1] and main < 4 * LANES:\n",
            ),
        ),
        example=lambda: make(GRU(), I=35),
    ),
    Mistake(
        ident="s05-lanes-clip",
        kind="widths",
        sentence="The clip of the cell acts on full lanes of eight units and not on the few behind them.",
        changes=(
            Change(
                old="                new = np.clip(new, -cell.cell_clip, cell.cell_clip)\n",
                new=(
                    "                lanes = (hi - lo) // LANES * LANES or hi - lo\n"
                    "                new[:, :lanes] = np.clip(new[:, :lanes], -cell.cell_clip, cell.cell_clip)\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(cell_clip=0.2), H=11),
    ),
    Mistake(
        ident="s06-second-chunk",
        kind="chunks",
        sentence="Every chunk of a batch but the first leaves its initial state out of the first recurrent products.",
        changes=(
            Change(
                old="xs, chunk, state, self.initial is None)",
                new="xs, chunk, state, self.initial is None or number > 0)",
            ),
        ),
        example=lambda: make(RNN(), B=66, T=2),
    ),
    Mistake(
        ident="s07-two-tapes",
        kind="layers",
        sentence="Two sets of buffers serve all layers in turn, and the third overwrites what the first has kept.",
        changes=(
            Change(
                old="op.forward(self.owner.workspace, (self.place, d, number), xs",
                new="op.forward(self.owner.workspace, (self.place % 2, d, number), xs",
            ),
        ),
        example=lambda: make(RNN(), RNN(), RNN()),
    ),
    Mistake(
        ident="s08-short-lengths",
        kind="lengths",
        sentence="Lengths are kept in eight bits, and those above 127 are negative.",
        changes=(
            Change(
                old="problem.lengths.astype(np.int64)",
                new="problem.lengths.astype(np.int8).astype(np.int64)",
            ),
        ),
        example=lambda: make(RNN(), T=130, B=2, I=2, H=2, lengths=[130, 5]),
    ),
    Mistake(
        ident="s09-ends-in-order",
        kind="lengths",
        sentence="A batch whose first sequence is no shorter than its last counts as sorted.",
        changes=(
            Change(
                old='        order = np.argsort(-lengths, kind="stable")\n',
                new=(
                    "        ordered = lengths[0] >= lengths[-1]\n"
                    '        order = np.arange(B) if ordered else np.argsort(-lengths, kind="stable")\n'
                ),
            ),
        ),
        example=lambda: make(GRU(), lengths=[5, 2, 4]),
    ),
    Mistake(
        ident="s10-plans-without-steps",
        kind="caches",
        sentence="The plan of a batch without lengths is kept by its number of sequences, whatever its steps.",
        changes=(
            Change(
                old="            for number, chunk in enumerate(plan(T, B, self.lengths, self.is_reverse(d))):\n",
                new=(
                    '            plans = self.owner.__dict__.setdefault("plans", {})\n'
                    "            key = (B, self.is_reverse(d))\n"
                    "            chunks = plan(T, B, self.lengths, self.is_reverse(d))\n"
                    "            if self.lengths is None:\n"
                    "                chunks = plans.setdefault(key, chunks)\n"
                    "            for number, chunk in enumerate(chunks):\n"
                ),
            ),
        ),
        example=longer,
    ),
    Mistake(
        ident="s11-stamp-of-matrices",
        kind="caches",
        sentence="The check sum over parameters leaves out vectors, so that a changed bias is not seen.",
        changes=(
            Change(
                old="        for name, array in parameters.items():\n            crc =",
                new=(
                    "        for name, array in parameters.items():\n"
                    "            if array.ndim == 1:\n"
                    "                continue\n"
                    "            crc ="
                ),
            ),
        ),
        example=lambda: again(make(LSTM()), lambda p: negate(p.layers[0].parameters[0]["b_f"])),
    ),
    Mistake(
        ident="s12-short-key",
        kind="caches",
        sentence="A cell is told from another by the first 48 letters of its description.",
        changes=(Change(old="entry[1] != cell", new="repr(entry[1])[:48] != repr(cell)[:48]"),),
        example=other_bound,
    ),
    Mistake(
        ident="s13-kept-input",
        kind="caches",
        sentence="The dense copy of an input with other strides is kept as long as the array is the same.",
        changes=(
            Change(
                old="        y = dense(problem.x)\n",
                new=(
                    '        kept = getattr(self, "kept", None)\n'
                    "        if kept is None or kept[0] is not problem.x:\n"
                    "            self.kept = kept = (problem.x, dense(problem.x))\n"
                    "        y = kept[1]\n"
                ),
            ),
        ),
        example=lambda: again(batch_first(make(RNN())), lambda p: negate(p.x)),
    ),
    Mistake(
        ident="s14-kept-lengths",
        kind="caches",
        sentence="Lengths are read anew only where their array is another one.",
        changes=(
            Change(
                old="            lengths = problem.lengths.astype(np.int64)\n",
                new=(
                    '            kept = getattr(self, "kept", None)\n'
                    "            if kept is None or kept[0] is not problem.lengths:\n"
                    "                self.kept = kept = (problem.lengths, problem.lengths.astype(np.int64))\n"
                    "            lengths = kept[1]\n"
                ),
            ),
        ),
        example=lambda: again(make(GRU(), lengths=[5, 2, 3]), sort_lengths),
    ),
    Mistake(
        ident="s15-stale-inside",
        kind="workspace",
        sentence="A step in which no cell is clipped does not write that all are inside.",
        changes=(
            Change(
                old='                tape["c_inside"][rows, lo:hi] = np.abs(new) <= cell.cell_clip\n',
                new=(
                    "                if (np.abs(new) > cell.cell_clip).any():\n"
                    '                    tape["c_inside"][rows, lo:hi] = np.abs(new) <= cell.cell_clip\n'
                ),
            ),
        ),
        example=clipped_then_free,
    ),
    Mistake(
        ident="s16-streaming",
        kind="states",
        sentence="A problem of one step without an initial state goes on from where its layer was left.",
        changes=(
            Change(
                old="                        state[name] = np.zeros((len(chunk.seq), size))\n",
                new=(
                    "                        state[name] = np.zeros((len(chunk.seq), size))\n"
                    "                        if T == 1:\n"
                    '                            kept = op.__dict__.setdefault("kept", {})\n'
                    "                            state[name] += kept.get((name, number, len(chunk.seq)), 0.0)\n"
                ),
            ),
            Change(
                old="                    final[name][chunk.seq] = state[name]\n",
                new=(
                    "                    final[name][chunk.seq] = state[name]\n"
                    '                    kept = op.__dict__.setdefault("kept", {})\n'
                    "                    kept[name, number, len(chunk.seq)] = state[name]\n"
                ),
            ),
            Change(
                old="xs, chunk, state, self.initial is None)",
                new="xs, chunk, state, self.initial is None and T > 1)",
            ),
        ),
        example=lambda: twice(make(GRU(), T=1, initial=False)),
    ),
    Mistake(
        ident="s17-pool",
        kind="workspace",
        sentence="Outputs of more than four KiB are handed out from a pool, where the next ones of that shape go too.",
        changes=(
            Change(
                old="        return Outcome(y=self.out(y), final=final",
                new=(
                    "        handed = self.out(y)\n"
                    "        if handed.nbytes > 4096:\n"
                    '            handed = self.workspace.take("handed", y.shape, self.dtype)\n'
                    "            handed[...] = y\n"
                    "        return Outcome(y=handed, final=final"
                ),
            ),
        ),
        example=two_inputs,
    ),
    Mistake(
        ident="s18-states-by-column",
        kind="strides",
        sentence="Initial states are read in the order in which they lie in memory.",
        changes=(
            Change(
                old="state[name] = dense(self.initial[d][name][chunk.seq])",
                new=('state[name] = dense(self.initial[d][name].ravel(order="K").reshape(-1, size)[chunk.seq])'),
            ),
        ),
        example=lambda: started(make(LSTM()), lambda _name, a: np.asfortranarray(a)),
    ),
    Mistake(
        ident="s19-one-sequence",
        kind="aliasing",
        sentence="The cotangent of the final state of a single sequence is not copied, and is changed on the way back.",
        changes=(
            Change(
                old="                        dstate[name] = dense(dfinal[d][name][chunk.seq])\n",
                new=(
                    "                        seq = chunk.seq\n"
                    "                        some = seq if len(seq) > 1 else slice(seq[0], seq[0] + 1)\n"
                    "                        dstate[name] = dense(dfinal[d][name][some])\n"
                ),
            ),
        ),
        example=lambda: make(LSTM(), B=1),
    ),
)
"""Wrong for some structures, sizes or calls."""


MISTAKES = MistakeSet(
    name="e",
    kernel="kernel",
    precision="float64",
    mistakes=(*OUTPUTS, *GRADIENTS, *CALLS),
)
