"""Products over lanes, tiles of units, and the sizes of all tiles and blocks."""

from __future__ import annotations

import numpy as np

from rnnspec import Array

TILE = 16
"""Units of a tile."""

CHUNK = 64
"""Sequences of a batch chunk."""

BLOCK = 128
"""Rows of an input product."""

LANES = 8
"""Features that the inner loop of a product takes at once."""

ORDER = {"LSTM": "iofg", "GRU": "zrn", "RNN": "a"}
"""Gates in the order of the packed weights."""


def product(a: Array, w: Array) -> Array:
    """Multiply a [n, K] by w [M, K] transposed: the full lanes of K first, then what is left."""
    main = a.shape[1] // LANES * LANES
    out = a[:, :main] @ w[:, :main].T
    if main < a.shape[1]:
        out += a[:, main:] @ w[:, main:].T
    return out


def tiles(H: int) -> list[tuple[int, int]]:
    """Where each tile of units begins and ends."""
    return [(lo, min(lo + TILE, H)) for lo in range(0, H, TILE)]


def dense(array: Array) -> Array:
    """A contiguous float64 array in row-major order."""
    return np.ascontiguousarray(array, dtype=np.float64)
