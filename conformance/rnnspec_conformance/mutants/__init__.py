"""The mutants: every misreading that the suite must catch."""

from __future__ import annotations

from itertools import chain

from rnnspec_conformance.mutants import (
    adapters,
    call_behaviour,
    cells,
    gradients,
    numbers,
    options,
    parameters,
    sequences,
)
from rnnspec_conformance.mutants.base import Mutant

FAMILIES = {
    "parameters": parameters,
    "cells": cells,
    "options": options,
    "sequences": sequences,
    "numbers": numbers,
    "gradients": gradients,
    "adapters": adapters,
    "call_behaviour": call_behaviour,
}

MUTANTS: tuple[Mutant, ...] = tuple(chain.from_iterable(family.mutants() for family in FAMILIES.values()))

__all__ = ["FAMILIES", "MUTANTS", "Mutant"]
