"""Cases for implementations without gradients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rnnspec_conformance.cases.case import Case


def forward_cases(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases that are not about derivatives, without cotangents and without the rules of gradients.

    They claim to catch nothing: that is checked of the cases that they come from.
    """
    return tuple(
        replace(
            case,
            rules=tuple(rule for rule in case.rules if not rule.startswith("GRAD")),
            recipe=replace(case.recipe, cotangents="none"),
            catches=(),
        )
        for case in cases
        if case.chapter not in ("GRAD", "SEC")
    )
