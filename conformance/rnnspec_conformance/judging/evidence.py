"""What is at hand where an implementation is wrong: what it was asked, what it answered, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from rnnspec import Array, Outcome, Precision, Problem, solve

Solve = Callable[[Problem], Outcome]
Asked = Callable[[Solve, Precision], Mapping[str, Array]]
"""What was asked of the implementation, asked of any other: the fields that came of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What was asked of an implementation about `problem`, what is expected and allowed, and what it answered."""

    problem: Problem
    asked: Asked
    precision: Precision
    expected: Mapping[str, Array]
    tolerances: Mapping[str, float]
    actual: Mapping[str, object]

    def in_precision(self, precision: Precision) -> Mapping[str, Array]:
        """What the reference answers in a precision."""
        return self.asked(partial(solve, precision=precision), precision)
