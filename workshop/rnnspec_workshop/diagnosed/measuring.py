"""What the diagnosis of a run says of a mistake, and whether that is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnspec import Outcome, Problem
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import validate
from rnnspec_conformance.reports import diagnosis
from rnnspec_workshop.diagnosed.mistakes import Slip

PATTERNS = (
    *(f"{cell}-{what}" for cell in ("lstm", "peephole-new", "gru-after-keep") for what in ("one-step", "forward")),
    *(f"{cell}-gradients*" for cell in ("rnn-tanh", "lstm", "peephole-new", "gru-after-keep")),
    *(
        f"{cell}-{what}"
        for cell in ("rnn", "lstm", "gru")
        for what in ("reverse", "bidirectional", "bidirectional-lengths", "lengths", "two-layers", "of-33-units")
    ),
    "rnn-tanh-one-step",
    "rnn-tanh-forward",
    "rnn-two-layers-bidirectional-lengths",
    "lstm-without-initial-states",
)
"""The cases that mistakes are judged on: of each cell, and of each thing that a mistake may hang on."""


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """What is said of a mistake: in the first line, and in the others; and whether the first line is right."""

    first: str
    others: tuple[str, ...]
    is_right: bool


def diagnosed(slip: Slip) -> Diagnosed:
    """The diagnosis of a mistake."""

    class Slipping(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            return slip.wrong(problem, self.precision).map(np.copy)

    run = validate(Slipping, precisions=[slip.precision], patterns=PATTERNS, draws=0)
    first, *others = diagnosis.lines(run) or [""]
    return Diagnosed(first=first, others=tuple(others), is_right=is_right(slip, first))


def is_right(slip: Slip, line: str) -> bool:
    """Whether a line says which arrays differ, and what the error looks like."""
    return slip.fields in line and any(looks in line for looks in slip.looks)
