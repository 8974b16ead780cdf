"""All cases, family by family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rnnspec_conformance.cases import (
    call_behaviour_cases,
    cover_cases,
    edge_cases,
    gradient_cases,
    jvp_hvp_cases,
    law_cases,
    layout_cases,
    option_cases,
    sequence_cases,
    stack_cases,
    step_cases,
)
from rnnspec_conformance.cases.case import Case

FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "steps": step_cases.cases,
    "gradients": gradient_cases.cases,
    "sequences": sequence_cases.cases,
    "edges": edge_cases.cases,
    "laws": law_cases.cases,
    "options": option_cases.cases,
    "cover": cover_cases.cases,
    "derivatives": jvp_hvp_cases.cases,
    "layouts": layout_cases.cases,
    "call-behaviour": call_behaviour_cases.cases,
    "stacks": stack_cases.cases,
}
"""By name, what declares their cases."""

CASES: tuple[Case, ...] = tuple(
    replace(case, family=family) for family, declared in FAMILIES.items() for case in declared()
)
