"""The mutants: every misreading that the suite must catch."""

from __future__ import annotations

from itertools import chain

from rnnspec_conformance.mutants import (
    adapter_mutants,
    call_behaviour_mutants,
    cell_mutants,
    gradient_mutants,
    number_mutants,
    option_mutants,
    parameter_mutants,
    sequence_mutants,
    stack_mutants,
)
from rnnspec_conformance.mutants.mutant import Mutant

FAMILIES = {
    "parameters": parameter_mutants,
    "cells": cell_mutants,
    "options": option_mutants,
    "sequences": sequence_mutants,
    "numbers": number_mutants,
    "gradients": gradient_mutants,
    "adapters": adapter_mutants,
    "call_behaviour": call_behaviour_mutants,
    "stacks": stack_mutants,
}

MUTANTS: tuple[Mutant, ...] = tuple(chain.from_iterable(family.mutants() for family in FAMILIES.values()))

__all__ = ["FAMILIES", "MUTANTS", "Mutant"]
