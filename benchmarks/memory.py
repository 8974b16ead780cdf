"""The most memory that the reference holds at a time, for a number of steps."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from rich.table import Table
from work import CELLS, LARGE, Sizes, problem_of, reference

STEPS = (32, 64, 128, 256)
REMEMBERED = ("LSTM", "GRU, reset after")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The most memory that one run with gradients held at a time, for a number of steps.

    Attributes
    ----------
    peak
        In bytes, without what was there before.
    """

    name: str
    sizes: Sizes
    peak: int

    @property
    def per_number(self) -> float:
        """Bytes for each of the T B H numbers of one array of all states."""
        return self.peak / (self.sizes.T * self.sizes.B * self.sizes.H)


def measure_memory(name: str, tick: Callable[[], None]) -> list[Memory]:
    """The peaks for growing numbers of steps."""
    found = []
    for T in STEPS:
        sizes = replace(LARGE, T=T)
        work = reference(problem_of(CELLS[name], sizes, gradients=True))
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        found.append(Memory(name=name, sizes=sizes, peak=peak))
        tick()
    return found


def increments(measured: list[Memory]) -> list[float]:
    """The bytes that each further step takes, between one number of steps and the next."""
    return [(b.peak - a.peak) / (b.sizes.T - a.sizes.T) for a, b in pairwise(measured)]


def memory_table(results: list[list[Memory]]) -> Table:
    """The second table."""
    caption = (
        "Peak memory of one run with gradients. A further step takes as much as the steps before it: the last column\n"
        "is the memory of a further step over that between the two numbers of steps before; 1 is linear in T."
    )
    table = Table(caption=caption, caption_justify="left")
    for heading in ("the reference", "T, B, I, H"):
        table.add_column(heading, no_wrap=True)
    for heading in ("MiB", "bytes / (T B H)", "KiB a further step", "over the last"):
        table.add_column(heading, justify="right", no_wrap=True)
    for measured in results:
        steps = increments(measured)
        ratios = [b / a for a, b in pairwise(steps)]
        for k, one in enumerate(measured):
            sizes = ", ".join(map(str, asdict(one.sizes).values()))
            further = f"{steps[k - 1] / 1024:.1f}" if k > 0 else ""
            ratio = f"{ratios[k - 2]:.3f}" if k > 1 else ""
            table.add_row(one.name, sizes, f"{one.peak / 2**20:.1f}", f"{one.per_number:.1f}", further, ratio)
    return table
