"""Clipping, and its derivative: ``spec/clips.md``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnspec.records import Array


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Clip to [-bound, bound] (CLIP-1 to CLIP-3), deciding by the real part of complex numbers.

    Attributes
    ----------
    bound
        None for no clipping.
    straight_through
        Whether the derivative is 1 everywhere (CLIP-5) rather than the true one (CLIP-4).
    """

    bound: float | None
    straight_through: bool

    def value(self, a: Array) -> Array:
        """`a`, clipped in place."""
        if self.bound is not None:
            np.copyto(a, self.bound, where=a.real > self.bound, casting="same_kind")
            np.copyto(a, -self.bound, where=a.real < -self.bound, casting="same_kind")
        return a

    def clipped(self, a: Array, slope: Array | None) -> Array:
        """`a`, clipped in place; its derivative is written to `slope` where there is such an array."""
        if self.bound is not None:
            derivative = self.derivative(a)
            if slope is not None and derivative is not None:
                slope[...] = derivative
            self.value(a)
        return a

    def slopes(self, u: Array) -> Array | None:
        """An array for the derivatives of all parts of `u`; None where nothing is clipped."""
        return None if self.bound is None or self.straight_through else np.ones_like(u)

    def derivative(self, a: Array) -> Array | None:
        """The derivative at `a`, before it is clipped; None where it is 1 everywhere."""
        if self.bound is None or self.straight_through:
            return None
        return np.asarray(np.abs(a.real) <= self.bound, dtype=a.dtype)


def times(d: Array, slope: Array | None) -> Array:
    """The cotangent `d` behind a clip of that slope."""
    return d if slope is None else d * slope
