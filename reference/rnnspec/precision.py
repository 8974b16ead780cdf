"""The number formats in which the reference can be evaluated.

The specification is float64. The others exist to measure how far a correct implementation in that format may be from
it (NUM-2): the same equations, evaluated with the same code, rounded where that format rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from rnnspec.readable import Readable
from rnnspec.records import Array


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """Rounds float32 to the nearest number whose last `bits` bits of significand are zero, ties to even."""

    bits: int = 0

    def __call__(self, array: Array) -> Array:
        """`array`, rounded; itself where there is nothing to round."""
        if not self.bits:
            return array
        half, mask = np.uint32(2 ** (self.bits - 1) - 1), np.uint32(2**32 - 2**self.bits)
        given = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
        nearest = given + half + ((given >> np.uint32(self.bits)) & np.uint32(1))
        return np.where(np.isfinite(array), (nearest & mask).view(np.float32), array)


@dataclass(frozen=True, kw_only=True, repr=False)
class Precision(Readable):
    """A number format.

    Attributes
    ----------
    name
        What it is called.
    dtype
        The type of its arrays.
    operand
        How the operands of a matrix product are rounded.
    store
        How everything that is kept is rounded where `dtype` holds more numbers than the format: the results of matrix
        products, states, outputs, and the cotangents of a step.
    spacing
        The distance from 1 to the next larger number that is kept; None for that of `dtype`.
    """

    name: str
    dtype: DTypeLike
    operand: Rounding = Rounding()
    store: Rounding = Rounding()
    spacing: float | None = None

    @property
    def eps(self) -> float:
        """The distance from 1 to the next larger number that is kept (NUM-2)."""
        return float(np.finfo(self.dtype).eps) if self.spacing is None else self.spacing

    @property
    def tiny(self) -> float:
        """The smallest normal number (NUM-2)."""
        return float(np.finfo(self.dtype).tiny)

    @property
    def keeps_all(self) -> bool:
        """Whether every number of `dtype` is kept."""
        return not self.store.bits

    def dot(self, a: Array, b: Array) -> Array:
        """The matrix product ``a b`` in this precision."""
        return self.store(np.asarray(self.operand(a) @ self.operand(b)))

    def nearest(self, array: Array) -> Array:
        """The numbers of this precision that are nearest to those of `array`, in `dtype`."""
        return self.store(array.astype(self.dtype, copy=False))


FLOAT64 = Precision(name="float64", dtype=np.float64)
FLOAT32 = Precision(name="float32", dtype=np.float32)
TF32 = Precision(name="tf32", dtype=np.float32, operand=Rounding(bits=13))
BFLOAT16 = Precision(name="bfloat16", dtype=np.float32, store=Rounding(bits=16), spacing=2.0**-7)
FLOAT16 = Precision(name="float16", dtype=np.float16)

PRECISIONS = {precision.name: precision for precision in (FLOAT64, FLOAT32, TF32, BFLOAT16, FLOAT16)}
