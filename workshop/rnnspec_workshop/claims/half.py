"""Short number formats: the reference in float16, and bfloat16 by rounding float32 after every operation.

For sums and products of two bfloat16 numbers float32 is wide enough that rounding twice is rounding once.
"""

from __future__ import annotations

import numpy as np

from rnnspec import FLOAT16, FLOAT32, FLOAT64

EVALUATED = (FLOAT64, FLOAT32, FLOAT16)
"""The formats in which the reference itself is evaluated."""


def bfloat16(number: float | np.float32) -> np.float32:
    """The nearest bfloat16 number (7 explicit bits of significand, ties to even), as a float32."""
    bits = int(np.float32(number).view(np.uint32))
    nearest = bits + 0x7FFF + ((bits >> 16) & 1)
    return np.uint32(nearest & 0xFFFF0000).view(np.float32)


def sigmoid(a: float) -> np.float32:
    """The logistic function in bfloat16, in the form of NUM-1."""
    half = bfloat16(bfloat16(a) * np.float32(0.5))
    return bfloat16(bfloat16(tanh(float(half)) + np.float32(1)) * np.float32(0.5))


def tanh(a: float) -> np.float32:
    """The hyperbolic tangent in bfloat16."""
    return bfloat16(np.tanh(bfloat16(a)))


def cells(steps: int, *, a_i: float, a_f: float, a_g: float) -> list[float]:
    """The cells of an LSTM in bfloat16 over `steps` steps from 0 with constant pre-activations (LSTM-1 to LSTM-4)."""
    i, f, g = sigmoid(a_i), sigmoid(a_f), tanh(a_g)
    c, seen = np.float32(0), []
    for _ in range(steps):
        c = bfloat16(bfloat16(f * c) + bfloat16(i * g))  # LSTM-4
        seen.append(float(c))
    return seen
