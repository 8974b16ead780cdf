"""What judging costs: seconds of processor time of ``rnnspec validate``, with and without what makes it quick."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

ADAPTER = "torch"

RUNS: Mapping[str, tuple[str, ...]] = {
    "one mode, float32, the cases": ("--precision", "float32", "--mode", "time-major", "--draws", "0"),
    "all modes, float32 and float64, the cases": ("--draws", "0"),
    "the same, and 100 draws": ("--draws", "100"),
}
"""What is judged, by what it is called in the table."""

WAYS = ("as many threads as processors, nothing kept", "one thread, nothing kept", "the first run", "the next run")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run of the command took, in seconds."""

    run: str
    way: str
    processor: float
    wall: float


def measure_judging(quick: bool, tick: Callable[[], None]) -> list[Cost]:
    """Every run in every way. With `quick` one case is judged: whether it runs, not how fast."""
    few = ("--case", "lstm-forward") if quick else ()
    costs = []
    for run, options in RUNS.items():
        with TemporaryDirectory() as folder:
            for way in WAYS:
                costs.append(_cost(run, way, (*options, *few), Path(folder)))
                tick()
    return costs


def _cost(run: str, way: str, options: tuple[str, ...], kept: Path) -> Cost:
    first, others = way == WAYS[0], {name: value for name, value in os.environ.items() if "THREADS" not in name}
    threads = {"OMP_NUM_THREADS": str(os.cpu_count())} if first else {}
    environment = {**others, **threads, "RNNSPEC_CACHE": str(kept)}
    without = () if way in WAYS[2:] else ("--no-cache",)
    command = [sys.executable, "-m", "rnnspec_conformance", "validate", "--adapter", ADAPTER, *options, *without]
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=kept)
    after, ended = os.times(), time.perf_counter()
    processor = after.children_user - before.children_user + after.children_system - before.children_system
    return Cost(run=run, way=way, processor=processor, wall=ended - began)


def judging_table(costs: list[Cost]) -> Table:
    """A line for each run, a column for each way."""
    caption = f"rnnspec validate --adapter {ADAPTER}: seconds of processor time (and of wall time)."
    table = Table("judged", caption=caption, caption_justify="left")
    for way in WAYS:
        table.add_column(way, justify="right")
    for run in RUNS:
        cells = [f"{cost.processor:.1f} ({cost.wall:.1f})" for cost in costs if cost.run == run]
        table.add_row(run, *cells)
    return table
