"""The same problem again: the same outcome (COND-3), and no more memory (COND-4)."""

from __future__ import annotations

import ctypes
import gc
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from rnnspec import Outcome, Precision, Problem, named_arrays
from rnnspec_conformance.cases import Recipe
from rnnspec_conformance.judging.compare import Comparison, compare

SEEDING: Mapping[str, Callable[[Any, int], object]] = {
    "numpy": lambda numpy, seed: numpy.random.seed(seed),
    "torch": lambda torch, seed: torch.manual_seed(seed),
    "tensorflow": lambda tensorflow, seed: tensorflow.random.set_seed(seed),
}
"""By module: how its global generator is seeded. Only modules that somebody has imported are asked."""

SEQUENCES = 256
"""By how much the batch of a case about memory is larger than its recipe says. An outcome has some 100 KiB then."""
WARMING = 2
CALLS = 8
ROUNDS = 3
LIMIT_S = 60.0
"""The seconds after which no further round begins."""
ADVICE = "Where each call traces or compiles anew, make the compiled function once and call that"
SHARE = 0.5
"""A round of `CALLS` calls may leave this share of the bytes of its outcomes behind: 0.3 to 0.8 MiB.

Measured after two calls, rounds of the reference leave 0 to 8 KiB behind and those of PyTorch at most 40; an
implementation that keeps its outcomes leaves all of their bytes, to a few per cent. Where the allocator cannot be asked
to give back what is free, single rounds were seen to leave 2 MiB, and the next ones nothing: memory has grown only when
it has in each of `ROUNDS` rounds.
"""

STATUS = Path("/proc/self/statm")


class TooSlow(Exception):
    """Calls take too long for a measure that needs many; the message says what to do."""


def reseed(seed: int) -> None:
    """Seed every global generator of random numbers that is there."""
    random.seed(seed)
    for name, seeding in SEEDING.items():
        if name in sys.modules:
            seeding(sys.modules[name], seed)


def another(recipe: Recipe, precision: Precision) -> Problem:
    """A problem of the same shapes, with other numbers."""
    return replace(recipe, seed=recipe.seed + 1).problem(precision)


def unequal(
    first: Mapping[str, object], second: Mapping[str, object], tolerances: Mapping[str, float], dtype: DTypeLike
) -> Comparison:
    """How far the second answer is from the first, in the fields where the first has numbers."""
    wanted = {
        name: array.astype(np.float64)
        for name, array in first.items()
        if isinstance(array, np.ndarray) and array.dtype == dtype and np.isfinite(array).all() and name in tolerances
    }
    comparison = compare(wanted, {name: second[name] for name in wanted if name in second}, tolerances, dtype)
    differences = tuple(
        replace(difference, what=f"on the second call: {difference.what}", rule="COND-3")
        for difference in comparison.differences
    )
    return replace(comparison, differences=differences)


def copied(arrays: Mapping[str, object]) -> dict[str, object]:
    """The same arrays, in memory that no later call can reach."""
    return {name: array.copy() if isinstance(array, np.ndarray) else array for name, array in arrays.items()}


def enlarged(recipe: Recipe, precision: Precision) -> Problem:
    """The problem of a case about memory."""
    return replace(recipe, B=SEQUENCES * recipe.B).problem(precision)


def growth(solve: Callable[[Problem], Outcome], problem: Problem) -> tuple[int, int]:
    """By how many bytes `CALLS` calls let the memory of this process grow, and by how many they may.

    The smallest growth of `ROUNDS` rounds; the first that grows by no more than it may is the last.

    Raises
    ------
    TooSlow
        When memory has grown, and `LIMIT_S` is over before it has in every round.
    """
    began = time.monotonic()
    size = sum(array.nbytes for array in named_arrays(solve(problem)).values())
    allowed = int(SHARE * CALLS * size)
    for _ in range(WARMING):
        solve(problem)
    least: int | None = None
    for _ in range(ROUNDS):
        before = resident()
        for _ in range(CALLS):
            solve(problem)
        grown = resident() - before
        least = grown if least is None else min(least, grown)
        if least <= allowed:
            break
        if time.monotonic() - began > LIMIT_S:
            raise TooSlow(
                f"memory grows, and {CALLS} calls take too long to tell for how long ({LIMIT_S:g} s). {ADVICE}"
            )
    assert least is not None
    return least, allowed


def can_be_measured() -> bool:
    """Whether this system tells how much memory a process holds."""
    return STATUS.exists()


def resident() -> int:
    """The bytes of memory that this process holds, when all that can be freed has been."""
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)
    return int(STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@cache
def _trim() -> Callable[[int], int] | None:
    """Glibc's way of giving free memory back, which otherwise stays with the process or goes as it likes."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim
