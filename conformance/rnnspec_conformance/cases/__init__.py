"""The cases, as data."""

from rnnspec_conformance.cases.case import Case
from rnnspec_conformance.cases.catalogue import CASES
from rnnspec_conformance.cases.recipe import Recipe

__all__ = ["CASES", "Case", "Recipe"]
