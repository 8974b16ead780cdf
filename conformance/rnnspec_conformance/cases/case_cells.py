"""The cells that cases are made of: what each is about, what its cases catch, and what holds."""

from __future__ import annotations

from rnnspec import GRU, LSTM, RNN, Activation, Cell

BASIC: dict[str, tuple[Cell, tuple[str, ...], tuple[str, ...], str]] = {
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
        "input and forget gate see the old cell state, the output gate sees the new one",
    ),
    "peephole-old": (
        LSTM(peephole="old"),
        ("PEEP-4", "PEEP-1", "PEEP-2", "PEEP-5"),
        ("peephole-output-sees-the-new-cell", "peephole-gates-fio", "peephole-of-the-neighbour"),
        "all three gates see the old cell state",
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
"""Name: the cell, the rules of its step, misreadings that its plain cases catch, and what holds."""

VARIANTS: dict[str, tuple[Cell, tuple[str, ...], tuple[str, ...], str]] = {
    "no-input-gate": (LSTM(input_gate=False), ("VAR-1",), ("absent-input-gate-is-half",), "i = 1"),
    "no-forget-gate": (LSTM(forget_gate=False), ("VAR-2",), ("absent-forget-gate-is-half",), "f = 1"),
    "no-output-gate": (LSTM(output_gate=False), ("VAR-3",), ("absent-output-gate-is-half",), "o = 1"),
    "coupled-forget": (
        LSTM(coupling="forget", peephole="new"),
        ("VAR-4", "GRAD-13"),
        ("coupling-forget-exchanged", "coupling-ignored", "coupled-gate-without-gradient"),
        "f = 1 - i",
    ),
    "coupled-input": (
        LSTM(coupling="input", peephole="new"),
        ("VAR-5", "GRAD-13"),
        ("coupling-input-exchanged", "coupling-ignored"),
        "i = 1 - f",
    ),
    "relevance": (
        LSTM(relevance_gate=True),
        ("VAR-6", "GRAD-14"),
        ("relevance-gate-open", "relevance-gate-without-gradient"),
        "a relevance gate multiplies the state that enters the candidate",
    ),
    "gate-recurrence": (
        LSTM(gate_recurrence=True, peephole="new"),
        ("VAR-7", "GRAD-15"),
        ("gate-recurrence-ignored", "gate-recurrence-transposed", "gate-recurrence-without-gradient"),
        "the gates of the step before enter the gates",
    ),
    "lstm-1997": (
        LSTM(
            forget_gate=False,
            candidate_activation=Activation(name="scaled_tanh", alpha=2.0, beta=0.5),
            output_activation=Activation(name="scaled_tanh", alpha=1.0, beta=0.5),
        ),
        ("VAR-8", "VAR-2"),
        ("lstm-activations-ignored",),
        "the memory cell of 1997: no forget gate, g in [-2, 2], the output squashed to [-1, 1]",
    ),
    "lstm-identities": (
        LSTM(candidate_activation="identity", output_activation="identity"),
        ("VAR-8",),
        ("lstm-activations-ignored",),
        "candidate and output without activation",
    ),
    "projection": (
        LSTM(projection=3),
        ("PROJ-1", "GRAD-16"),
        ("projection-columns-reversed", "projection-h-without-gradient"),
        "h' = P_h (o * tanh(c')), which is both the output and what enters the next step",
    ),
    "projections": (
        LSTM(projection=3, output_projection=2, projection_bias=True),
        ("PROJ-3", "PROJ-2", "GRAD-16"),
        ("projections-exchanged", "projection-bias-dropped", "projection-q-without-gradient"),
        "a second projection is appended to the output and enters no step",
    ),
    "cell-clip": (
        LSTM(cell_clip=0.4, peephole="new"),
        ("CLIP-1", "CLIP-4"),
        ("cell-clip-ignored", "cell-clip-on-pre-activations", "lstm-clip-derivative-straight-through"),
        "the new cell state is clipped before anything sees it",
    ),
    "projection-clip": (
        LSTM(projection=3, projection_clip=0.2),
        ("CLIP-2", "CLIP-4"),
        ("projection-clip-ignored", "lstm-clip-derivative-straight-through"),
        "the projection is clipped",
    ),
    "pre-activation-clip": (
        LSTM(preactivation_clip=0.5, peephole="new"),
        ("CLIP-3", "CLIP-4"),
        ("pre-activation-clip-on-the-cell", "lstm-pre-activation-clip-ignored"),
        "every pre-activation of an LSTM is clipped, complete with its peephole",
    ),
    "straight-through": (
        LSTM(cell_clip=0.4, preactivation_clip=0.8, clip_derivative="straight-through"),
        ("CLIP-5",),
        ("lstm-clip-derivative-true",),
        "the derivative of a clip called straight-through is 1 everywhere",
    ),
    "gru-pre-activation-clip": (
        GRU(preactivation_clip=0.5),
        ("CLIP-3", "CLIP-4"),
        ("gru-pre-activation-clip-ignored", "gru-clip-derivative-straight-through"),
        "every pre-activation of a GRU is clipped",
    ),
    "rnn-pre-activation-clip": (
        RNN(preactivation_clip=0.5, clip_derivative="straight-through"),
        ("CLIP-5", "CLIP-3"),
        ("rnn-pre-activation-clip-ignored", "rnn-clip-derivative-true"),
        "the pre-activation of a simple recurrent layer is clipped, straight-through",
    ),
    "gru-no-reset": (GRU(reset="none"), ("GRU-8",), ("absent-reset-gate-is-half",), "without a reset gate r is 1"),
    "gru-minimal-before": (
        GRU(minimal=True, reset="before", update="take"),
        ("GRU-9", "GRAD-17"),
        ("minimal-reset-is-half", "minimal-gate-without-gradient"),
        "the gate of the minimal unit resets the state before the product, and takes the candidate",
    ),
    "gru-minimal-after": (
        GRU(minimal=True),
        ("GRU-9", "GRAD-17"),
        ("minimal-reset-is-half", "minimal-gate-without-gradient"),
        "the gate of the minimal unit resets after the product, and keeps the old state",
    ),
    "gru-activations": (
        GRU(gate_activation="hard_sigmoid", candidate_activation="softsign"),
        ("GRU-10", "ACT-1"),
        ("gru-activations-ignored",),
        "the activations of a GRU are options",
    ),
    "hard-sigmoid-sixth": (
        RNN(activation=Activation(name="hard_sigmoid", alpha=1 / 6)),
        ("ACT-2",),
        ("hard-sigmoids-exchanged", "activation-constants-ignored"),
        "hard_sigmoid with alpha 1/6 is clip(a / 6 + 0.5, 0, 1)",
    ),
}
"""Name: the cell, the rules it is about, misreadings that its case catches, and what holds."""

ADJOINTS = {
    "rnn": "GRAD-2",
    "lstm": "GRAD-3",
    "peephole": "GRAD-4",
    "gru-after": "GRAD-5",
    "gru-before": "GRAD-6",
}

PLAIN: dict[str, Cell] = {"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}
