"""Derivatives along tangents: Jacobian and Hessian times a vector."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec_conformance.cases.case import Case, Kind, Wrt, declare
from rnnspec_conformance.cases.case_cells import BASIC, PLAIN, VARIANTS

KINDS: tuple[tuple[Kind, str, str], ...] = (
    ("jvp", "SEC-1", "the derivative of outputs and final states along tangents"),
    ("hvp", "SEC-2", "the Hessian of L times tangents"),
)

WRT: dict[Wrt, str] = {
    "x": "in which x alone moves",
    "initial": "in which the initial states alone move",
    "parameters": "in which the parameters alone move",
}


def cases() -> Iterator[Case]:
    """All cases of this family."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        for offset, (kind, rule, sentence) in enumerate(KINDS):
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
    yield from _of_every_cell()
    yield from _of_one_input()


def _of_every_cell() -> Iterator[Case]:
    for name, (cell, rules, _, _) in (BASIC | VARIANTS).items():
        for kind, rule, sentence in KINDS:
            if name in PLAIN:
                continue
            yield declare(
                f"{name}-{kind}",
                (rule, *rules),
                sentence,
                (f"{kind}-of-x-ignored", f"{kind}-doubled"),
                kind=kind,
                cells=(cell,),
                lengths=(4, 5, 2),
                in_default=False,
            )


def _of_one_input() -> Iterator[Case]:
    for name, cell in (PLAIN | {key: BASIC[key][0] for key in ("peephole-new", "gru-before-keep")}).items():
        for kind, rule, sentence in KINDS:
            for wrt, words in WRT.items():
                yield declare(
                    f"{name}-{kind}-along-{wrt}",
                    (rule,),
                    f"{sentence} {words}",
                    (f"{kind}-of-{wrt}-ignored",),
                    kind=kind,
                    wrt=wrt,
                    cells=(cell,),
                    in_default=False,
                )
