"""The buffers that calls share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np

from rnnspec import Array


class Workspace:
    """Buffers by tag and shape, the least recently used ones dropped."""

    buffers: OrderedDict[tuple[Any, ...], Array]

    def __init__(self, limit: int = 256) -> None:
        self.buffers, self.limit = OrderedDict(), limit

    def take(self, tag: Hashable, shape: tuple[int, ...], dtype: type[np.generic] = np.float64) -> Array:
        """A buffer, with what was written to it last."""
        key = (tag, shape, dtype)
        buffer = self.buffers.get(key)
        if buffer is None:
            buffer = self.buffers[key] = np.empty(shape, dtype)
            if len(self.buffers) > self.limit:
                self.buffers.popitem(last=False)
        self.buffers.move_to_end(key)
        return buffer

    def zeros(self, tag: Hashable, shape: tuple[int, ...], dtype: type[np.generic] = np.float64) -> Array:
        """A buffer of zeros."""
        buffer = self.take(tag, shape, dtype)
        buffer.fill(0)
        return buffer
