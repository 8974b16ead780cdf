"""All cases, family by family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rnnspec_conformance.cases import (
    call_behaviour,
    cover,
    edges,
    gradients,
    jvp_hvp,
    laws,
    layouts,
    options,
    sequences,
    steps,
)
from rnnspec_conformance.cases.case import Case

FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "steps": steps.cases,
    "gradients": gradients.cases,
    "sequences": sequences.cases,
    "edges": edges.cases,
    "laws": laws.cases,
    "options": options.cases,
    "cover": cover.cases,
    "derivatives": jvp_hvp.cases,
    "layouts": layouts.cases,
    "call-behaviour": call_behaviour.cases,
}
"""By name, what declares their cases."""

CASES: tuple[Case, ...] = tuple(
    replace(case, family=family) for family, declared in FAMILIES.items() for case in declared()
)
