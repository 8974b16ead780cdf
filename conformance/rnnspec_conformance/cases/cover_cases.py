"""Every cell under every rule of sequences: what the other families do not try of it already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import BASIC, PLAIN, VARIANTS


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How sequences are read: the rules, what holds, what it catches, and what the recipe needs."""

    rules: tuple[str, ...]
    sentence: str
    catches: tuple[str, ...]
    layers: int = 1
    recipe: dict[str, Any] = field(default_factory=dict)


SETTINGS = {
    "gradients-with-padding": Setting(
        rules=("SEQ-3", "SEQ-4", "GRAD-11"),
        sentence="padded steps take no part in outputs, states and gradients",
        catches=("final-state-runs-over-the-padding", "gradient-of-the-padding"),
        recipe={"lengths": (2, 5, 3)},
    ),
    "length-zero": Setting(
        rules=("SEQ-9", "SEQ-4"),
        sentence="an empty sequence keeps its state and gives zeros",
        catches=("empty-sequence-forgets-its-state",),
        recipe={"lengths": (3, 0, 5)},
    ),
    "without-initial-states": Setting(
        rules=("SEQ-2",),
        sentence="absent initial states are zeros",
        catches=("time-reversed",),
        recipe={"initial": False},
    ),
    "reverse-lengths": Setting(
        rules=("SEQ-5", "SEQ-6"),
        sentence="the reverse direction begins at the last valid step",
        catches=("reverse-reads-forward",),
        recipe={"direction": "reverse", "lengths": (2, 5, 4)},
    ),
    "bidirectional": Setting(
        rules=("SEQ-7", "SEQ-5", "SEQ-6"),
        sentence="two directions with their own parameters and states",
        catches=("directions-exchanged", "direction-states-exchanged"),
        recipe={"direction": "bidirectional"},
    ),
    "bidirectional-padding": Setting(
        rules=("SEQ-7", "SEQ-3", "SEQ-4"),
        sentence="both directions of a sequence cover its valid steps and nothing else",
        catches=("lengths-ignored", "direction-parameters-exchanged"),
        recipe={"direction": "bidirectional", "lengths": (4, 2, 5)},
    ),
    "two-layers-lengths": Setting(
        rules=("SEQ-8", "SEQ-4"),
        sentence="the second layer reads the outputs of the first, and every layer keeps to the lengths",
        catches=("layer-states-exchanged",),
        layers=2,
        recipe={"lengths": (3, 5, 1)},
    ),
    "two-layers-bidirectional": Setting(
        rules=("SEQ-8", "SEQ-7"),
        sentence="each layer reads both directions of the one below",
        catches=("layer-states-exchanged", "direction-parameters-exchanged"),
        layers=2,
        recipe={"direction": "bidirectional"},
    ),
    "repeated-outputs": Setting(
        rules=("SEQ-11", "GRAD-18"),
        sentence="padded outputs repeat the last output",
        catches=("repeated-outputs-zero",),
        recipe={"lengths": (3, 5, 2), "padded_outputs": "repeat"},
    ),
    "order-of-processing": Setting(
        rules=("SEQ-12",),
        sentence="outputs of the reverse direction stay in the order of processing",
        catches=("processing-order-ignored",),
        recipe={"direction": "bidirectional", "lengths": (3, 5, 2), "reverse_outputs": "processing"},
    ),
    "merged-by-sum": Setting(
        rules=("SEQ-13", "GRAD-19"),
        sentence="the output is the sum of the directions",
        catches=("merge-sum-taken-for-mean",),
        recipe={"direction": "bidirectional", "merge": "sum"},
    ),
    "merged-by-product": Setting(
        rules=("SEQ-13", "GRAD-19"),
        sentence="the output is the product of the directions",
        catches=("merge-product-taken-for-sum",),
        recipe={"direction": "bidirectional", "lengths": (3, 5, 2), "merge": "product"},
    ),
}

TRIED_ELSEWHERE = {name for name, (cell, *_) in BASIC.items() if cell in PLAIN.values()}
"""Cells of which the family of sequences has these cases, under shorter names."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    for name, (cell, rules, _, _) in (BASIC | VARIANTS).items():
        if name in TRIED_ELSEWHERE:
            continue
        for setting, how in SETTINGS.items():
            yield declare(
                f"{name}-{setting}",
                (*how.rules, *rules),
                how.sentence,
                how.catches,
                cells=(cell,) * how.layers,
                in_default=False,
                **how.recipe,
            )
