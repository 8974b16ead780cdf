"""Numbers of as many digits as `mpmath.mp.dps` says, and on which side of every kink they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mpmath import mp

from rnnspec_workshop.independent_reading.kinds_of_number import HOLDS, Number, Numbers, Relation


class Digits(Numbers):
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

    exp, expm1, tanh = map(staticmethod, (mp.exp, mp.expm1, mp.tanh))

    def __init__(self) -> None:
        self.sides: list[bool] = []
        self.added: list[Number] = []
        self.nearest: Number = mp.inf
        self._sides: Iterator[bool] | None = None
        self._added: Iterator[Number] | None = None

    def same_sides(self) -> Digits:
        """The numbers of another evaluation, held to these sides; what straight-through clips add is recorded anew."""
        other = Digits()
        other.sides, other.nearest, other._sides = self.sides, self.nearest, iter(self.sides)
        return other

    def held(self) -> Digits:
        """The numbers of another evaluation, held to everything."""
        other = self.same_sides()
        other.added, other._added = self.added, iter(self.added)
        return other

    def number(self, value: Any) -> Number:
        return mp.mpf(value)

    def log1p_exp(self, a: Number) -> Number:
        return mp.log1p(mp.exp(a))

    def where(self, a: Number, relation: Relation, kink: Number, then: Number, otherwise: Number) -> Number:
        if self._sides is not None:
            return then if next(self._sides) else otherwise
        self.sides.append(bool(HOLDS[relation](a, kink)))
        self.nearest = min(self.nearest, abs(a - kink))
        return then if self.sides[-1] else otherwise

    def straight_through(self, a: Number, clipped: Number) -> Number:
        if self._added is not None:
            return a + next(self._added)
        self.added.append(clipped - a)
        return a + self.added[-1]

    def dot(self, u: Sequence[Number], v: Sequence[Number]) -> Number:
        return mp.fdot(zip(u, v, strict=True))
