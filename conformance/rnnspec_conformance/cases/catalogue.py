"""All cases, chapter by chapter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_conformance.cases import conduct, variants
from rnnspec_conformance.cases.case import Case, declare

CELLS: dict[str, tuple[Cell, tuple[str, ...], tuple[str, ...], str]] = {
    "rnn-tanh": (
        RNN(activation="tanh"),
        ("RNN-1", "RNN-2"),
        ("rnn-recurrent-matrix-transposed", "rnn-tanh-taken-for-relu", "rnn-bias-dropped"),
        "h' = tanh(W x + R h + b)",
    ),
    "rnn-relu": (
        RNN(activation="relu"),
        ("RNN-2", "RNN-1"),
        ("rnn-recurrent-matrix-transposed", "rnn-relu-taken-for-tanh", "rnn-bias-doubled"),
        "h' = max(0, W x + R h + b)",
    ),
    "lstm": (
        LSTM(),
        ("LSTM-4", "LSTM-1", "LSTM-2", "LSTM-3", "LSTM-5", "LSTM-6", "LSTM-7"),
        ("lstm-gates-ofgi", "lstm-output-without-tanh", "lstm-nothing-forgotten", "lstm-final-states-exchanged"),
        "the step of an LSTM without peepholes is LSTM-1 to LSTM-6",
    ),
    "peephole-new": (
        LSTM(peephole="new"),
        ("PEEP-3", "PEEP-1", "PEEP-2", "PEEP-5"),
        ("peephole-output-sees-the-old-cell", "peephole-gates-fio", "peephole-on-the-candidate"),
        "input and forget gate see the old cell, the output gate sees the new one",
    ),
    "peephole-old": (
        LSTM(peephole="old"),
        ("PEEP-4", "PEEP-1", "PEEP-2", "PEEP-5"),
        ("peephole-output-sees-the-new-cell", "peephole-gates-fio", "peephole-of-the-neighbour"),
        "all three gates see the old cell",
    ),
    "gru-after-keep": (
        GRU(),
        ("GRU-3", "GRU-1", "GRU-2", "GRU-5", "PAR-4"),
        ("gru-reset-before-the-product", "gru-b-rn-outside-the-reset-product", "gru-keep-taken-for-take"),
        "the reset gate multiplies R_n h + b_Rn, and an open update gate keeps the old state",
    ),
    "gru-after-take": (
        GRU(update="take"),
        ("GRU-6", "GRU-1", "GRU-2", "GRU-3", "GRU-7"),
        ("gru-take-taken-for-keep", "gru-reset-of-everything"),
        "the reset gate multiplies R_n h + b_Rn, and an open update gate takes the candidate",
    ),
    "gru-before-keep": (
        GRU(reset="before"),
        ("GRU-4", "GRU-1", "GRU-2", "GRU-5"),
        ("gru-reset-after-the-product", "gru-gates-zrn"),
        "the reset gate multiplies the state that enters the product, and an open update gate keeps the old state",
    ),
    "gru-before-take": (
        GRU(reset="before", update="take"),
        ("GRU-4", "GRU-6", "GRU-1", "GRU-2"),
        ("gru-take-taken-for-keep", "gru-reset-after-the-product"),
        "the reset gate multiplies the state that enters the product, and an open update gate takes the candidate",
    ),
}
"""Name: the cell, the rules of its step, wrong readings that its plain cases catch, and what holds."""

ADJOINTS = {
    "rnn": "GRAD-2",
    "lstm": "GRAD-3",
    "peephole": "GRAD-4",
    "gru-after": "GRAD-5",
    "gru-before": "GRAD-6",
}

PLAIN: dict[str, Cell] = {"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}


def _steps() -> Iterator[Case]:
    """Forward passes of every cell: one step, and several."""
    for position, (name, (cell, rules, catches, sentence)) in enumerate(CELLS.items()):
        yield declare(
            f"{name}-one-step", rules, sentence, catches, cells=(cell,), seed=100 + position, T=1, cotangents="none"
        )
        yield declare(
            f"{name}-forward", rules, sentence, catches, cells=(cell,), seed=120 + position, cotangents="none"
        )
    for position, (name, bare) in enumerate(
        {
            "rnn": RNN(bias=False),
            "lstm": LSTM(bias=False),
            "gru-after": GRU(bias=False),
            "gru-before": GRU(reset="before", bias=False),
        }.items()
    ):
        kind = name.split("-")[0]
        yield declare(
            f"{name}-without-bias",
            ("PAR-5", "PAR-3"),
            "without biases a layer equals one whose biases are zero, and its gradients name none",
            (f"{kind}-recurrent-matrix-transposed", "gradient-of-W-missing"),
            cells=(bare,),
            seed=140 + position,
        )


def _parameters() -> Iterator[Case]:
    """One letter at a time, where each has the largest say."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        yield declare(
            f"{name}-many-inputs",
            ("PAR-1", "PAR-3"),
            "W x sums over the inputs, one row of W for each unit",
            (f"{name}-inputs-reversed",),
            cells=(cell,),
            seed=160 + position,
            I=7,
            H=2,
        )
        yield declare(
            f"{name}-large-bias",
            ("PAR-2",),
            "each gate has one bias, added once",
            (f"{name}-bias-dropped", f"{name}-bias-doubled"),
            cells=(cell,),
            seed=170 + position,
            offset=1.0,
        )


def _gradients() -> Iterator[Case]:
    """Gradients of every cell, of outputs and of final states."""
    for position, (name, (cell, _, _, _)) in enumerate(CELLS.items()):
        adjoint = next(rule for prefix, rule in ADJOINTS.items() if name.startswith(prefix))
        catches = ("gradient-of-x-missing", "gradient-of-initial-h-doubled", "gradients-averaged-over-the-batch")
        yield declare(
            f"{name}-gradients",
            (adjoint, "GRAD-1", "GRAD-7", "GRAD-8", "GRAD-9", "GRAD-10"),
            "the gradients of outputs and final states are the full derivatives",
            catches,
            cells=(cell,),
            seed=200 + position,
        )
        yield declare(
            f"{name}-gradients-one-step",
            (adjoint, "GRAD-1"),
            "the adjoint of a single step is the derivative of that step",
            catches[:2],
            cells=(cell,),
            seed=220 + position,
            T=1,
        )
    parts: tuple[tuple[Literal["y", "final"], str, str], ...] = (
        ("y", "GRAD-1", "gradients of the outputs alone are right"),
        ("final", "GRAD-10", "gradients of the final states alone are right"),
    )
    for position, (name, cell) in enumerate(PLAIN.items()):
        for offset, (cotangents, rule, sentence) in enumerate(parts):
            yield declare(
                f"{name}-gradients-of-{cotangents}",
                (rule, "GRAD-7", "GRAD-8", "GRAD-9"),
                sentence,
                ("output-cotangents-ignored" if cotangents == "y" else "final-cotangents-ignored",),
                cells=(cell,),
                seed=240 + 2 * position + offset,
                cotangents=cotangents,
            )
        kind = {"rnn": "rnn", "lstm": "lstm", "gru": "gru-after"}[name]
        yield declare(
            f"{name}-gradients-over-many-steps",
            ("GRAD-1", "GRAD-7"),
            "gradients are not truncated in time",
            (f"{kind}-gradient-truncated",),
            cells=(cell,),
            seed=260 + position,
            T=20,
        )
        yield declare(
            f"{name}-gradients-in-the-padding",
            ("GRAD-11", "SEQ-10"),
            "padded steps give no gradient and take none",
            (
                "output-cotangents-in-the-padding",
                "gradient-of-the-padding",
                "gradient-of-the-padding-nearly-zero",
            ),
            cells=(cell,),
            seed=270 + position,
            lengths=(3, 5, 2),
        )
    yield declare(
        "rnn-relu-gradient-at-the-kink",
        ("GRAD-12", "RNN-2"),
        "where the pre-activation is exactly 0, the derivative of relu is 0",
        ("rnn-relu-slope-one-at-zero",),
        cells=(RNN(activation="relu", bias=False),),
        seed=280,
        scale=0.0,
    )
    yield declare(
        "gru-gradient-of-b-rn",
        ("GRAD-5", "PAR-4"),
        "the gradient of b_Rn carries the reset gate",
        ("gradient-of-b-rn-missing", "gru-after-gradient-without-reset"),
        cells=(GRU(),),
        seed=281,
        offset=0.5,
    )


def _sequences() -> Iterator[Case]:
    """Directions, lengths, states and stacks."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        seed = 300 + 20 * position
        yield declare(
            f"{name}-without-initial-states",
            ("SEQ-2",),
            "absent initial states are zeros",
            ("time-reversed",),
            cells=(cell,),
            seed=seed,
            initial=False,
        )
        yield declare(
            f"{name}-initial-states",
            ("SEQ-2", "SEQ-10"),
            "each sequence starts from its own initial state",
            ("initial-states-ignored", "sequences-share-a-state"),
            cells=(cell,),
            seed=seed + 1,
            T=2,
            I=5,
        )
        yield declare(
            f"{name}-reverse",
            ("SEQ-5", "SEQ-6"),
            "the reverse direction reads from the last step to the first and returns its outputs in time order",
            ("reverse-output-in-processing-order", "reverse-reads-forward", "reverse-final-state-of-the-last-step"),
            cells=(cell,),
            seed=seed + 2,
            direction="reverse",
        )
        yield declare(
            f"{name}-reverse-lengths",
            ("SEQ-5", "SEQ-6", "SEQ-10"),
            "the reverse direction starts at the last valid step of each sequence",
            ("reverse-starts-in-the-padding", "reverse-output-in-processing-order"),
            cells=(cell,),
            seed=seed + 3,
            direction="reverse",
            lengths=(2, 5, 4),
        )
        yield declare(
            f"{name}-bidirectional",
            ("SEQ-7", "SEQ-5", "SEQ-6"),
            "two directions with their own parameters and states; y is the forward half, then the reverse half",
            (
                "directions-exchanged",
                "direction-parameters-exchanged",
                "direction-states-exchanged",
                "directions-added",
            ),
            cells=(cell,),
            seed=seed + 4,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-bidirectional-lengths",
            ("SEQ-7", "SEQ-3", "SEQ-4", "SEQ-5"),
            "with lengths, both directions of a sequence cover its valid steps and nothing else",
            ("directions-exchanged", "reverse-starts-in-the-padding", "final-state-runs-over-the-padding"),
            cells=(cell,),
            seed=seed + 5,
            direction="bidirectional",
            lengths=(4, 2, 5),
        )
        yield declare(
            f"{name}-lengths",
            ("SEQ-3", "SEQ-4", "SEQ-10"),
            "the final state is that of the last valid step, and padded outputs are zero",
            (
                "final-state-runs-over-the-padding",
                "final-state-of-the-padded-output",
                "padded-outputs-repeat",
                "padded-outputs-nearly-zero",
                "padded-outputs-run-on",
            ),
            cells=(cell,),
            seed=seed + 6,
            lengths=(2, 5, 3),
        )
        yield declare(
            f"{name}-lengths-none-full",
            ("SEQ-9", "SEQ-3"),
            "no sequence needs to be of length T",
            ("lengths-ignored", "lengths-one-short", "sequences-exchanged"),
            cells=(cell,),
            seed=seed + 7,
            lengths=(4, 1, 2),
        )
        yield declare(
            f"{name}-length-zero",
            ("SEQ-9", "SEQ-4"),
            "a sequence of length 0 has zero outputs, and its final state is its initial one",
            ("empty-sequence-forgets-its-state",),
            cells=(cell,),
            seed=seed + 8,
            lengths=(3, 0, 5),
        )
        yield declare(
            f"{name}-two-layers",
            ("SEQ-8",),
            "the second layer reads the outputs of the first",
            ("layer-states-exchanged", "final-states-of-the-layers-exchanged"),
            cells=(cell, cell),
            seed=seed + 9,
        )
        yield declare(
            f"{name}-two-layers-bidirectional-lengths",
            ("SEQ-8", "SEQ-7", "SEQ-4"),
            "each layer reads both directions of the one below, and every layer keeps to the lengths",
            ("direction-parameters-exchanged", "layer-states-exchanged"),
            cells=(cell, cell),
            seed=seed + 10,
            direction="bidirectional",
            lengths=(3, 5, 1),
        )
        yield declare(
            f"{name}-three-layers",
            ("SEQ-8",),
            "three layers are three layers",
            ("layer-states-exchanged",),
            cells=(cell, cell, cell),
            seed=seed + 11,
            T=3,
            B=2,
            I=5,
        )
    yield declare(
        "stack-of-gru-and-lstm",
        ("SEQ-8",),
        "layers of different kinds stack: a GRU below, an LSTM on top",
        ("lstm-gates-ofgi", "gru-gates-zrn"),
        cells=(GRU(), LSTM()),
        seed=380,
    )
    yield declare(
        "stack-of-three-kinds",
        ("SEQ-8", "SEQ-7"),
        "layers of different kinds stack in both directions: RNN, GRU, LSTM",
        ("rnn-recurrent-matrix-transposed", "gru-recurrent-matrix-transposed", "lstm-recurrent-matrix-transposed"),
        cells=(RNN(), GRU(), LSTM()),
        seed=381,
        direction="bidirectional",
        lengths=(5, 2, 4),
        T=5,
    )


def _numerics() -> Iterator[Case]:
    """Saturated, tiny and zero weights; long and narrow problems."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        seed = 400 + 10 * position
        yield declare(
            f"{name}-saturated",
            ("NUM-1",),
            "pre-activations of several thousands give finite outcomes"
            if name != "rnn"
            else "a large pre-activation gives 1 or -1",
            ("lstm-sigmoid-overflows",)
            if name == "lstm"
            else ("gru-sigmoid-overflows",)
            if name == "gru"
            else ("rnn-bias-dropped",),
            cells=(cell,),
            seed=seed,
            scale=3000.0,
            cotangents="none",
        )
        yield declare(
            f"{name}-small-weights",
            ("NUM-2",),
            "small weights are not rounded away",
            ("less-precise",),
            cells=(cell,),
            seed=seed + 1,
            scale=1e-3,
        )
        yield declare(
            f"{name}-one-unit",
            ("PAR-1", "NUM-3"),
            "one unit, one input and one sequence are no special case",
            ("other-dtype",),
            cells=(cell,),
            seed=seed + 2,
            B=1,
            I=1,
            H=1,
        )
        yield declare(
            f"{name}-fifty-steps",
            ("NUM-2", "SEQ-1"),
            "rounding does not pile up beyond the allowance in fifty steps",
            ("less-precise", "time-reversed"),
            cells=(cell,),
            seed=seed + 3,
            T=50,
            scale=0.6,
        )


def _layouts() -> Iterator[Case]:
    """What an implementation says of its parameters, and what its blocks do."""
    cells: dict[str, tuple[Cell, tuple[str, ...]]] = {
        "rnn": (RNN(), ()),
        "lstm": (LSTM(), ("lstm-gates-ofgi",)),
        "peephole": (LSTM(peephole="new"), ("peephole-gates-fio",)),
        "gru": (GRU(), ("gru-gates-zrn", "gru-b-rn-outside-the-reset-product")),
        "gru-take": (GRU(update="take"), ("layout-sign-forgotten",)),
    }
    for position, (name, (cell, catches)) in enumerate(cells.items()):
        seed = 500 + 10 * position
        yield declare(
            f"{name}-layout-names",
            ("LAY-3",),
            "the declared native names and shapes are those that the implementation reports",
            ("layout-names-other", "layout-shapes-other"),
            kind="layout-names",
            cells=(cell, cell),
            seed=seed,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-layout-identity",
            ("LAY-4",),
            "unpacking what was packed gives it back, bit for bit",
            ("layout-unpacks-something-else",),
            kind="layout-identity",
            cells=(cell, cell),
            seed=seed + 1,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-layout-probe",
            ("LAY-1", "LAY-2", "LAY-5", "LAY-6"),
            "a change of one native block changes the outcome exactly as the reference says",
            ("layout-native-axes-exchanged", "layout-second-bias-ignored", *catches),
            kind="layout-probe",
            cells=(cell,),
            seed=seed + 2,
            T=2,
            I=5,
            cotangents="none",
        )


CASES: tuple[Case, ...] = tuple(
    chain(
        _steps(), _parameters(), _gradients(), _sequences(), _numerics(), variants.cases(), _layouts(), conduct.cases()
    )
)
