"""On which side of every kink a computation is: how a derivative is defined where differences alone cannot say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mpmath import mp

Number = Any
"""An `mpmath.mpf`."""


class Kinks:
    """Record the side of every kink that an evaluation meets; or hold it to the sides recorded before.

    The order of an evaluation does not depend on its numbers, so that plain lists say all. An evaluation that is held
    stays on its side whatever its numbers are: it computes the one smooth function that the rules choose there, and
    *that* has derivatives (ACT-3, CLIP-4). A straight-through clip (CLIP-5) is held to the number that it added.

    Attributes
    ----------
    sides, added
        What was recorded, or is to be held to.
    nearest
        The least distance from a kink, of those recorded.
    """

    def __init__(self) -> None:
        self.sides: list[int] = []
        self.added: list[Number] = []
        self.nearest: Number = mp.inf
        self._sides: Iterator[int] | None = None
        self._added: Iterator[Number] | None = None

    def same_sides(self) -> Kinks:
        """The kinks of another evaluation, held to these sides; what straight-through clips add is recorded anew."""
        other = Kinks()
        other.sides, other.nearest, other._sides = self.sides, self.nearest, iter(self.sides)
        return other

    def held(self) -> Kinks:
        """The kinks of another evaluation, held to everything."""
        other = self.same_sides()
        other.added, other._added = self.added, iter(self.added)
        return other

    def side(self, side: int, distance: Number) -> int:
        """The side to be on: the given one, at that distance from the kink, or the recorded one."""
        if self._sides is not None:
            return next(self._sides)
        self.sides.append(side)
        self.nearest = min(self.nearest, distance)
        return side

    def addition(self, amount: Number) -> Number:
        """The number that a straight-through clip adds: the given one, or the recorded one."""
        if self._added is not None:
            return next(self._added)
        self.added.append(amount)
        return amount
