"""Laws: what several calls of an implementation say together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rnnspec import LSTM
from rnnspec_conformance.cases.case import Case, Kind, declare
from rnnspec_conformance.cases.case_cells import BASIC, PLAIN, VARIANTS


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A law as a case: its kind, its rules, what holds, what it catches, and what the recipe needs."""

    kind: Kind
    rules: tuple[str, ...]
    sentence: str
    catches: tuple[str, ...]
    fields: str = ".*"
    recipe: dict[str, Any] = field(default_factory=dict)


LAWS = {
    "chunks-with-gradients": Statement(
        kind="chunks",
        rules=("SEQ-15", "GRAD-9", "GRAD-10"),
        sentence="a sequence cut in two gives the outputs and the gradients of one piece",
        catches=("initial-states-ignored", "final-cotangents-ignored"),
        recipe={"T": 6, "lengths": (4, 6, 2)},
    ),
    "sequences-in-another-order": Statement(
        kind="sequences-in-another-order",
        rules=("SEQ-10", "SEQ-9"),
        sentence="the order of the sequences in the batch has no influence",
        catches=("sequences-share-a-state",),
        recipe={"lengths": (3, 5, 2)},
    ),
    "sequences-one-by-one": Statement(
        kind="sequences-one-by-one",
        rules=("SEQ-10", "GRAD-7"),
        sentence="every sequence by itself gives what it gives in a batch, and the gradients of the parameters add up",
        catches=("a-single-sequence-forgets-its-state",),
    ),
    "poisoned-neighbour": Statement(
        kind="poisoned-neighbour",
        rules=("SEQ-10",),
        sentence="infinities and NaN in one sequence stay in it",
        catches=("nan-spreads-over-the-batch",),
        fields=r"(?!gradients\.layers).*",  # sums over all sequences
    ),
    "poisoned-padding": Statement(
        kind="poisoned-padding",
        rules=("SEQ-10", "GRAD-11"),
        sentence="infinities and NaN in the padding have no influence",
        catches=("padding-multiplied-by-zero",),
        recipe={"lengths": (2, 5, 3)},
    ),
    "longer-padding": Statement(
        kind="longer-padding",
        rules=("SEQ-4", "SEQ-9", "GRAD-11"),
        sentence="more padding changes nothing",
        catches=("final-state-runs-over-the-padding", "a-length-below-the-number-of-steps-ignored"),
        recipe={"lengths": (4, 5, 3)},
    ),
    "zero-states": Statement(
        kind="zero-states",
        rules=("SEQ-2",),
        sentence="initial states of zeros are no initial states",
        catches=("zero-states-taken-for-ones",),
        recipe={"initial": False},
    ),
    "reverse-is-an-involution": Statement(
        kind="mirrored",
        rules=("SEQ-5", "SEQ-6"),
        sentence="the reverse direction over a reversed sequence is the forward direction, reversed",
        catches=("reverse-reads-forward", "reverse-output-in-processing-order"),
        recipe={"lengths": (3, 5, 2)},
    ),
    "direction-swap": Statement(
        kind="mirrored",
        rules=("SEQ-7", "SEQ-5"),
        sentence="over reversed sequences, with their parameters exchanged, the two directions change places",
        catches=("directions-exchanged", "direction-parameters-exchanged"),
        recipe={"direction": "bidirectional", "lengths": (3, 5, 2)},
    ),
    "cotangents-apart": Statement(
        kind="cotangents-apart",
        rules=("GRAD-1", "GRAD-10"),
        sentence="the gradients of outputs and of final states, taken apart, add up",
        catches=("output-cotangents-ignored", "final-cotangents-ignored"),
        recipe={"lengths": (3, 5, 2)},
    ),
}

BEYOND = {name: cell for name, (cell, *_) in BASIC.items() if cell not in PLAIN.values()} | {
    name: VARIANTS[name][0] for name in ("projections", "gate-recurrence", "relevance", "cell-clip")
}
"""Cells on which the laws are tried beyond the default selection."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    for name, cell in (PLAIN | BEYOND).items():
        for law, statement in LAWS.items():
            yield declare(
                f"{name}-{law}",
                statement.rules,
                statement.sentence,
                statement.catches,
                kind=statement.kind,
                fields=statement.fields,
                cells=(cell,),
                in_default=name in PLAIN,
                **statement.recipe,
            )
    for name, cell in (PLAIN | {"projection": LSTM(projection=3)}).items():
        yield declare(
            f"{name}-two-layers-chunks-with-gradients",
            ("SEQ-15", "SEQ-8", "GRAD-9", "GRAD-10"),
            "a stack cut in two in time gives the outputs and the gradients of one piece",
            ("initial-states-ignored", "final-cotangents-ignored", "layer-states-exchanged"),
            kind="chunks",
            cells=(cell, cell),
            T=6,
            lengths=(4, 6, 2),
            in_default=False,
        )
