"""Gradients of every cell, of outputs and of final states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rnnspec import GRU, RNN
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import ADJOINTS, BASIC, PLAIN, VARIANTS

WITH_RESPECT_TO = {
    "x": ("GRAD-8", r"gradients\.x", "x"),
    "initial-h": ("GRAD-9", r"gradients\.initial.*\.h", "the initial h"),
    "initial-c": ("GRAD-9", r"gradients\.initial.*\.c", "the initial c"),
    "W": ("GRAD-7", r"gradients\.layers.*\.W(_.*)?", "the input matrices"),
    "R": ("GRAD-7", r"gradients\.layers.*\.R(_.*)?", "the recurrent matrices"),
    "b": ("GRAD-7", r"gradients\.layers.*\.b(_.*)?", "the biases"),
    "p": ("GRAD-4", r"gradients\.layers.*\.p_.*", "the peepholes"),
    "P": ("GRAD-16", r"gradients\.layers.*\.P_.*", "the projections"),
}
"""By the name of an input: the rule of its gradient, the fields that hold it, and what it is called."""

ID_WORDS = {"p": "peepholes", "P": "projections"}
"""Where an id, which is in small letters, would be ambiguous."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _of_everything()
    yield from _with_respect_to_each()


def _with_respect_to_each() -> Iterator[Case]:
    """The gradient of one input at a time, of every cell, in both directions and with padding."""
    for name, (cell, *_) in (BASIC | VARIANTS).items():
        inputs = ["x", *(f"initial-{state}" for state in cell.states if state in "hc")]
        inputs += [letter for letter in ("W", "R", "b", "p", "P") if any(n[0] == letter for n in cell.parameter_axes)]
        for wrt in inputs:
            rule, fields, words = WITH_RESPECT_TO[wrt]
            missing = f"gradient-of-{wrt if wrt != 'P' else 'projections'}-missing"
            yield declare(
                f"{name}-gradient-of-{ID_WORDS.get(wrt, wrt.lower())}",
                (rule, "GRAD-1"),
                f"the gradient of {words} is the full derivative, whatever the other gradients are",
                (missing,),
                cells=(cell,),
                fields=fields,
                direction="bidirectional",
                lengths=(3, 5, 2),
                B=3,
                in_default=False,
            )


def _of_everything() -> Iterator[Case]:
    """All gradients at once."""
    for position, (name, (cell, _, _, _)) in enumerate(BASIC.items()):
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
        ("rnn-relu-derivative-one-at-zero",),
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
