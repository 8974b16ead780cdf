"""Which sequences go together, and where their steps stand in memory."""

from __future__ import annotations

import numpy as np

from rnnspec import Array
from rnnspec_workshop.unseen.kernel.tiled_products import CHUNK


class Chunk:
    """Some sequences of a batch, sorted by length, and their valid steps as packed rows."""

    def __init__(self, seq: Array, lens: Array, reverse: bool) -> None:
        steps = int(lens[0])
        self.seq, self.lens, self.reverse = seq, lens, reverse
        self.counts = [int(np.count_nonzero(lens > t)) for t in range(steps)]
        self.starts = np.concatenate(([0], np.cumsum(self.counts, dtype=int))).tolist()
        self.rows = self.starts[-1]
        self.step = np.repeat(np.arange(steps), self.counts)
        self.row = np.concatenate([np.arange(n) for n in self.counts] or [np.arange(0)])
        self.time = self.lens[self.row] - 1 - self.step if reverse else self.step
        self.batch = self.seq[self.row]
        self.has = lens > 0

    def steps(self) -> list[slice]:
        """The rows of each step."""
        return [slice(start, start + n) for start, n in zip(self.starts, self.counts, strict=False)]


def plan(T: int, B: int, lengths: Array | None, reverse: bool) -> list[Chunk]:
    """The chunks of one direction."""
    if lengths is None:
        order, lens = np.arange(B), np.full(B, T)
    else:
        order = np.argsort(-lengths, kind="stable")
        lens = lengths[order]
    return [Chunk(order[lo : lo + CHUNK], lens[lo : lo + CHUNK], reverse) for lo in range(0, B, CHUNK)]
