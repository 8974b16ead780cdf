"""Cases of the options: variants of the cells, and options of sequences."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM, RNN, Activation, Cell
from rnnspec_conformance.cases.case import Case, Kind, declare

CELLS: dict[str, tuple[Cell, tuple[str, ...], tuple[str, ...], str]] = {
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
        "the new cell is clipped before anything sees it",
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
"""Name: the cell, the rules it is about, wrong readings that its case catches, and what holds."""

CONSTANTS: dict[str, tuple[float | None, float | None]] = {
    "affine": (0.8, 0.3),
    "leaky_relu": (0.2, None),
    "thresholded_relu": (0.3, None),
    "scaled_tanh": (0.7, 1.3),
    "hard_sigmoid": (0.3, 0.4),
    "elu": (0.6, None),
}
"""Constants other than the default ones, for the activations that have some."""

FORMS = ("sigmoid", "identity", "softsign", "softplus")
"""Activations without constants that no other case uses in a simple recurrent layer."""


_DERIVATIVES: tuple[tuple[Kind, str, str], ...] = (
    ("jvp", "SEC-1", "the derivative of outputs and final states along a direction"),
    ("hvp", "SEC-2", "the Hessian of L times a direction"),
)


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _variants()
    yield from _activations()
    yield from _sequences()
    yield from _second_order()


def _variants() -> Iterator[Case]:
    for position, (name, (cell, rules, catches, sentence)) in enumerate(CELLS.items()):
        yield declare(name, rules, sentence, catches, cells=(cell,), seed=600 + position, B=6 if "clip" in name else 3)
        yield declare(
            f"{name}-bidirectional-lengths",
            (*rules, "SEQ-7", "SEQ-9"),
            f"{sentence}; in both directions and with padding",
            ("direction-parameters-exchanged", "lengths-ignored"),
            cells=(cell,),
            seed=630 + position,
            direction="bidirectional",
            lengths=(3, 5, 2),
        )


def _activations() -> Iterator[Case]:
    for position, (name, (alpha, beta)) in enumerate(CONSTANTS.items()):
        yield declare(
            f"{name.replace('_', '-')}-constants",
            ("ACT-1",),
            f"{name} with constants of its own",
            ("activation-constants-ignored",),
            cells=(RNN(activation=Activation(name=name, alpha=alpha, beta=beta)),),
            seed=660 + position,
        )
    for position, name in enumerate(FORMS):
        yield declare(
            f"{name}-activation",
            ("ACT-1",),
            f"{name} as the activation of a simple recurrent layer",
            ("rnn-activations-ignored",),
            cells=(RNN(activation=name),),
            seed=670 + position,
            scale=0.5,
        )
    for position, name in enumerate(("leaky_relu", "elu")):
        constants = Activation(name=name, alpha=0.5)
        yield declare(
            f"{name.replace('_', '-')}-at-the-kink",
            ("ACT-3",),
            f"where the pre-activation is exactly 0, the derivative of {name} is 1",
            ("kinks-from-the-left",),
            cells=(RNN(activation=constants, bias=False),),
            seed=680 + position,
            scale=0.0,
        )


def _sequences() -> Iterator[Case]:
    for position, (name, cell) in enumerate({"lstm": LSTM(), "gru": GRU(), "projection": LSTM(projection=3)}.items()):
        seed = 700 + 20 * position
        yield declare(
            f"{name}-repeat",
            ("SEQ-11", "GRAD-18"),
            "padded outputs repeat the last output, and their cotangents add to its own",
            ("repeated-outputs-zero", "cotangents-of-repeated-outputs-ignored"),
            cells=(cell,),
            seed=seed,
            lengths=(3, 5, 2),
            padded_outputs="repeat",
        )
        yield declare(
            f"{name}-processing-order",
            ("SEQ-12",),
            "outputs of the reverse direction stay in the order of processing",
            ("processing-order-ignored",),
            cells=(cell,),
            seed=seed + 1,
            direction="reverse",
            lengths=(3, 5, 2),
            reverse_outputs="processing",
        )
        for offset, merge in enumerate(("sum", "mean", "product")):
            taken = {"sum": "mean", "mean": "sum", "product": "sum"}[merge]
            yield declare(
                f"{name}-merge-{merge}",
                ("SEQ-13", "GRAD-19"),
                f"the output is the {merge} of the directions, element by element",
                (f"merge-{merge}-taken-for-{taken}",)
                + (("product-merge-gradient-of-sum",) if merge == "product" else ()),
                cells=(cell,),
                seed=seed + 2 + offset,
                direction="bidirectional",
                merge=merge,
                lengths=(3, 5, 2),
            )
        yield declare(
            f"{name}-merge-none",
            ("SEQ-14",),
            "the outputs of the directions stay apart",
            ("directions-apart-exchanged",),
            cells=(cell,),
            seed=seed + 6,
            direction="bidirectional",
            merge="none",
        )
        yield declare(
            f"{name}-chunks",
            ("SEQ-15", "SEQ-2"),
            "a sequence cut in two, the state handed on, gives what it gives in one piece",
            ("initial-states-ignored",),
            kind="chunks",
            cells=(cell,),
            seed=seed + 7,
            T=6,
            cotangents="none",
        )


def _second_order() -> Iterator[Case]:
    for position, (name, cell) in enumerate({"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}.items()):
        for offset, (kind, rule, sentence) in enumerate(_DERIVATIVES):
            yield declare(
                f"{name}-{kind}",
                (rule,),
                sentence,
                (f"{kind}-of-x-ignored",),
                kind=kind,
                cells=(cell,),
                seed=760 + 2 * position + offset,
                direction="bidirectional",
                lengths=(3, 5, 2),
            )
