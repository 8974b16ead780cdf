"""The conformance suite: cases, tolerances, comparison, mutants, deviations, results; a pytest plugin and a command.

`validate` judges an adapter from Python and gives a `Run`, whose rows say what came of each case. `judge` judges one
case. `load_results` reads what ``rnnspec validate --results`` has written. What is not asked for is not imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnspec_conformance.cases import CASES, SELECTIONS, Case
    from rnnspec_conformance.checking import check
    from rnnspec_conformance.judging import Judgement, judge
    from rnnspec_conformance.results import ResultsError, Row, Run
    from rnnspec_conformance.results import load as load_results
    from rnnspec_conformance.validation import validate

__all__ = [
    "CASES",
    "SELECTIONS",
    "Case",
    "Judgement",
    "ResultsError",
    "Row",
    "Run",
    "check",
    "judge",
    "load_results",
    "validate",
]

MODULES = {
    "cases": ("CASES", "SELECTIONS", "Case"),
    "judging": ("Judgement", "judge"),
    "results": ("ResultsError", "Row", "Run", "load_results"),
    "validation": ("validate",),
    "checking": ("check",),
}
"""What each module has of them."""


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    module = next((module for module, names in MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), "load" if name == "load_results" else name)


def __dir__() -> list[str]:
    return sorted(__all__)
