"""The number formats in which the reference can be evaluated.

The specification is float64. The others exist to measure how far a correct implementation in that format may be from
it (NUM-2): the same equations, evaluated with the same code, rounded where that format rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from rnnspec.records import Array


def _as_given(operand: Array) -> Array:
    return operand


def _round_to_tf32(operand: Array) -> Array:
    """Round float32 to the nearest TF32 number (10 explicit bits of significand, ties to even)."""
    bits = np.ascontiguousarray(operand, dtype=np.float32).view(np.uint32)
    nearest = bits + np.uint32(0x0FFF) + ((bits >> np.uint32(13)) & np.uint32(1))
    rounded = (nearest & np.uint32(0xFFFFE000)).view(np.float32)
    return np.where(np.isfinite(operand), rounded, operand)


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """A number format: the dtype of all arrays, and how the operands of a matrix product are rounded."""

    name: str
    dtype: DTypeLike
    operand: Callable[[Array], Array] = _as_given

    def dot(self, a: Array, b: Array) -> Array:
        """The matrix product ``a b`` in this arithmetic."""
        if self.operand is _as_given:
            return np.asarray(a @ b)
        return np.asarray(self.operand(a) @ self.operand(b))


FLOAT64 = Arithmetic(name="float64", dtype=np.float64)
FLOAT32 = Arithmetic(name="float32", dtype=np.float32)
TF32 = Arithmetic(name="tf32", dtype=np.float32, operand=_round_to_tf32)

ARITHMETICS = {arithmetic.name: arithmetic for arithmetic in (FLOAT64, FLOAT32, TF32)}
