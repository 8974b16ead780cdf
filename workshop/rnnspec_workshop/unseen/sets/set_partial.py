"""The set ``partial``: twenty wrong implementations of a kernel that can do little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import LSTM, Array, Cell, Problem, State
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.problems import filled, make, start_of


def single(problem: Problem) -> Problem:
    """The same with all numbers rounded to float32."""

    def rounded(array: Array) -> Array:
        return array.astype(np.float32).astype(np.float64)

    layers = tuple(replace(l, parameters=tuple(p.map(rounded) for p in l.parameters)) for l in problem.layers)
    initial = None
    if problem.initial is not None:
        initial = tuple(tuple(s.map(rounded) for s in of_layer) for of_layer in problem.initial)
    return replace(problem, x=rounded(problem.x), layers=layers, initial=initial)


def plain(*cells: Cell, **options: Any) -> Problem:
    """A problem that the partial kernel can do; of one LSTM where no cells are given."""
    return single(make(*(cells or (LSTM(),)), gradients=False, **options))


def changed() -> Iterator[Problem]:
    """A matrix changes in place."""
    problem = plain()
    yield problem
    problem.layers[0].parameters[0].R_f[...] *= 0.5
    yield problem


def fortran() -> Problem:
    """An input in Fortran order."""
    problem = plain()
    return replace(problem, x=np.asfortranarray(problem.x))


def without_h() -> Problem:
    """An initial hidden state of zeros."""
    problem = plain()
    state = start_of(problem)[0][0]
    return replace(problem, initial=((State(h=np.zeros_like(state.h), c=state.c),),))


PARTIAL = (
    Mistake(
        ident="p01-half-weights",
        kind="numerics",
        sentence="Weights are stored in float16.",
        changes=(
            Change(
                old="self.matrix = np.concatenate(blocks).astype(np.float32)",
                new="self.matrix = np.concatenate(blocks).astype(np.float16)",
            ),
        ),
        example=plain,
    ),
    Mistake(
        ident="p02-logistic-clamped",
        kind="numerics",
        sentence="The logistic function clamps its pre-activation to [-6, 6].",
        changes=(
            Change(
                old="return 0.5 + 0.5 * np.tanh(0.5 * a)",
                new="return 0.5 + 0.5 * np.tanh(0.5 * np.clip(a, -6.0, 6.0))",
            ),
        ),
        example=lambda: filled(plain(), b_i=-9.0, b_f=9.0),
    ),
    Mistake(
        ident="p03-tanh-rational",
        kind="numerics",
        sentence="tanh of the candidate is a rational approximation of low degree.",
        changes=(
            Change(
                old="g = np.tanh(a[:, 2 * n : 3 * n])",
                new=(
                    "u = np.clip(a[:, 2 * n : 3 * n], -4.9, 4.9)\n"
                    "        g = u * (945 + u**2 * (105 + u**2)) / (945 + u**2 * (420 + 15 * u**2))"
                ),
            ),
        ),
        example=lambda: plain(x_scale=3.0),
    ),
    Mistake(
        ident="p04-hard-sigmoid",
        kind="options",
        sentence="The output gate is a hard sigmoid where there are more than 16 units.",
        changes=(
            Change(
                old="logistic(a[:, n : 2 * n]), logistic(a[:, 3 * n :])",
                new=(
                    "logistic(a[:, n : 2 * n]), (np.clip(0.2 * a[:, 3 * n :] + 0.5, 0, 1) if line.shape[1] "
                    "> 20 else logistic(a[:, 3 * n :]))"
                ),
            ),
        ),
        example=lambda: plain(H=20),
    ),
    Mistake(
        ident="p05-panel-tail-zero",
        kind="tiles",
        sentence="Units of a last panel that is not full have no bias.",
        changes=(
            Change(
                old="if bias else np.zeros(hi - lo)",
                new="if bias and (lo == 0 or hi - lo == UNITS) else np.zeros(hi - lo)",
            ),
        ),
        example=lambda: plain(H=11),
    ),
    Mistake(
        ident="p06-panel-order",
        kind="tiles",
        sentence="A last panel of a single unit has its gates in the order i, f, o, g.",
        changes=(
            Change(
                old='for gate in "ifgo":',
                new='for gate in ("ifog" if hi - lo == 1 and lo else "ifgo"):',
            ),
        ),
        example=lambda: plain(H=9),
    ),
    Mistake(
        ident="p07-batch-tail",
        kind="batch chunk",
        sentence=("The sequences of a last batch panel that is not full go through the first panel of units only."),
        changes=(
            Change(
                old="for panel in self.panels:",
                new=(
                    "for panel in (self.panels if lo == 0 or some.stop - lo == BATCH else self.panels[:1] "
                    "* len(self.panels)):"
                ),
            ),
            Change(
                old="        h_new, c_new = np.empty((B, H)), np.empty((B, H))",
                new="        h_new, c_new = np.zeros((B, H)), np.zeros((B, H))",
            ),
        ),
        example=lambda: plain(B=6, H=12),
    ),
    Mistake(
        ident="p08-single-sequence",
        kind="sizes",
        sentence="A batch of one sequence sees the hidden state of the step before last.",
        changes=(
            Change(
                old="            line[:, I:-1] = h\n",
                new="            line[:, I:-1] = h if B > 1 or t < 2 else y[t - 2]\n",
            ),
        ),
        example=lambda: plain(B=1),
    ),
    Mistake(
        ident="p09-line-in-place",
        kind="in-place",
        sentence=("Each panel writes its hidden state into the line at once, and later panels of the step read it."),
        changes=(
            Change(
                old="panel.compute(line[some], c[some, units])",
                new=(
                    "panel.compute(line[some], c[some, units])\n"
                    "                    line[some, I + panel.lo : I + panel.hi] = h_new[some, units]"
                ),
            ),
        ),
        example=lambda: plain(H=12),
    ),
    Mistake(
        ident="p10-cell-in-place",
        kind="in-place",
        sentence=(
            "The cell states swap only every other step: with an odd number of steps the final "
            "cell is that of the step before."
        ),
        changes=(
            Change(
                old="        return y, h, c\n",
                new="        return y, h, c if T % 2 == 0 else c_new\n",
            ),
        ),
        example=lambda: plain(T=5),
    ),
    Mistake(
        ident="p11-compiled-once",
        kind="cache/stale",
        sentence="A layer is compiled once; weights changed in place are not seen.",
        changes=(
            Change(
                old="program = Program(layer)",
                new="program = self.programs.setdefault(id(layer), (layer, Program(layer)))[1]",
            ),
        ),
        example=changed,
    ),
    Mistake(
        ident="p12-state-kept",
        kind="states",
        sentence="Without initial states a call goes on from the state that the call before left.",
        changes=(
            Change(
                old="h, c = np.zeros((B, program.H)), np.zeros((B, program.H))",
                new=(
                    "h, c = (a.copy() for a in self.programs.get((place, B, program.H), (np.zeros((B, "
                    "program.H)),) * 2))"
                ),
            ),
            Change(
                old="            y, h, c = program.run(y, h, c)\n",
                new=(
                    "            y, h, c = program.run(y, h, c)\n"
                    "            self.programs[(place, B, program.H)] = (h.copy(), c.copy())\n"
                ),
            ),
        ),
        example=lambda: [plain(initial=False)] * 2,
    ),
    Mistake(
        ident="p13-state-order",
        kind="states",
        sentence="The initial pair is read as (c, h) in layers above the first.",
        changes=(
            Change(
                old='h, c = state["h"].copy(), state["c"].copy()',
                new=(
                    'h, c = (state["c"].copy(), state["h"].copy()) if place else (state["h"].copy(), state["c"].copy())'
                ),
            ),
        ),
        example=lambda: plain(LSTM(), LSTM()),
    ),
    Mistake(
        ident="p14-zero-h-no-state",
        kind="states",
        sentence="An initial hidden state of zeros is taken for no initial state, and the cell is ignored.",
        changes=(
            Change(
                old='                h, c = state["h"].copy(), state["c"].copy()\n',
                new=(
                    '                h, c = state["h"].copy(), state["c"].copy()\n'
                    "                if not h.any():\n"
                    "                    c[...] = 0\n"
                ),
            ),
        ),
        example=without_h,
    ),
    Mistake(
        ident="p15-strided-x",
        kind="strides",
        sentence="An input that is not contiguous is read in the order of its memory.",
        changes=(
            Change(
                old="y, final = problem.x, []",
                new='y, final = problem.x.ravel(order="K").reshape(problem.x.shape), []',
            ),
        ),
        example=fortran,
    ),
    Mistake(
        ident="p16-writes-initial",
        kind="in-place",
        sentence="The state is computed in the arrays of the initial one, which are changed by the call.",
        changes=(
            Change(
                old='h, c = state["h"].copy(), state["c"].copy()',
                new='h, c = state["h"], state["c"]',
            ),
        ),
        example=lambda: [plain()] * 2,
    ),
    Mistake(
        ident="p17-second-layer-weights",
        kind="second layer",
        sentence="A second layer of the same shape is run with the program of the first.",
        changes=(
            Change(
                old="program = Program(layer)",
                new=(
                    'programs = [*locals().get("programs", []), Program(layer)]\n'
                    "            program = next(p for p in programs if (p.I, p.H) == (programs[-1].I, "
                    "programs[-1].H))"
                ),
            ),
        ),
        example=lambda: plain(LSTM(), LSTM(), I=4),
    ),
    Mistake(
        ident="p18-final-lower-layer",
        kind="second layer",
        sentence="The final hidden state of a layer below another is its output at step 0.",
        changes=(
            Change(
                old="h=h.astype(np.float32), c=",
                new="h=(h if place == len(problem.layers) - 1 else y[0]).astype(np.float32), c=",
            ),
        ),
        example=lambda: plain(LSTM(), LSTM()),
    ),
    Mistake(
        ident="p19-no-bias-forget",
        kind="exporter",
        sentence="Cells without biases are exported with a forget bias of 1.",
        changes=(
            Change(
                old="if bias else np.zeros(hi - lo)",
                new='if bias else np.full(hi - lo, float(gate == "f"))',
            ),
        ),
        example=lambda: plain(LSTM(bias=False)),
    ),
    Mistake(
        ident="p20-quantised-state",
        kind="numerics",
        sentence="From the 32nd step on the hidden state goes back in 12 bits.",
        changes=(
            Change(
                old="            line[:, I:-1] = h\n",
                new="            line[:, I:-1] = h if t < 32 else np.round(h * 2048) / 2048\n",
            ),
        ),
        example=lambda: plain(T=36),
    ),
)
"""All of them."""


MISTAKES = MistakeSet(
    name="partial",
    kernel="partial",
    precision="float32",
    mistakes=PARTIAL,
)
