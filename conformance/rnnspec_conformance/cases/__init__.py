"""The cases, as data."""

from rnnspec_conformance.cases.case import Case
from rnnspec_conformance.cases.catalogue import CASES
from rnnspec_conformance.cases.forward import forward_cases
from rnnspec_conformance.cases.recipe import Recipe

SELECTIONS: dict[str, tuple[Case, ...]] = {
    "default": tuple(case for case in CASES if case.in_default),
    "all": CASES,
    "forward": forward_cases(case for case in CASES if case.in_default),
}
"""What ``--rnn-cases`` selects.

The default selection kills every mutant; ``all`` covers every combination; ``forward`` is for implementations without
gradients.
"""

__all__ = ["CASES", "SELECTIONS", "Case", "Recipe"]
