"""What fails is made as small as it can be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rnnspec_conformance.stream.neighbours import simpler
from rnnspec_conformance.stream.structure import Structure

Failure = TypeVar("Failure")

SEEDS = 2
"""A smaller structure is tried with so many draws of numbers: with few units, some numbers show nothing."""


@dataclass(frozen=True, kw_only=True)
class Small(Generic[Failure]):
    """The smallest structure that was found to fail.

    Attributes
    ----------
    structure
        The structure.
    seed
        Of its numbers.
    failure
        What came of it.
    is_smallest
        Whether no simpler one fails; False where time ran out before that was known.
    """

    structure: Structure
    seed: int
    failure: Failure
    is_smallest: bool


def shrunk(
    structure: Structure,
    seed: int,
    failure: Failure,
    fails: Callable[[Structure, int], Failure | None],
    *,
    seconds: float,
) -> Small[Failure]:
    """The smallest structure near `structure` that fails in the same way.

    Parameters
    ----------
    structure, seed, failure
        What failed, with which numbers, and how.
    fails
        How a structure fails with the numbers of a seed; None where it does not fail in the same way.
    seconds
        After which no more is tried.
    """
    deadline = time.monotonic() + seconds
    known: set[Structure] = {structure}

    def step() -> tuple[Structure, int, Failure] | None:
        for other in simpler(structure):
            if other in known:
                continue
            known.add(other)
            for again in range(SEEDS):
                if time.monotonic() > deadline:
                    return None
                found = fails(other, seed + again)
                if found is not None:
                    return other, seed + again, found
        return None

    while (smaller := step()) is not None:
        structure, seed, failure = smaller
    is_smallest = time.monotonic() <= deadline
    return Small(structure=structure, seed=seed, failure=failure, is_smallest=is_smallest)
