"""How fast the reference and the suite are, and what adapters add: ``python benchmarks/bench.py``.

A row is the reference over another piece of work on the same problem, timed by turns. `README.md` says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from judging import ADAPTER, RUNS, WAYS, Cost, judging_table, measure_judging
from memory import REMEMBERED, STEPS, Memory, measure_memory, memory_table
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from work import CELLS, LARGE, MEDIUM, SMALL, Ratio, Sizes, Work, problem_of, seconds

from rnnspec import LSTM, Cell, Problem


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: the reference, or an adapter, over something else, on the same problem.

    Attributes
    ----------
    name
        What the cell is called in the table.
    over
        What the other one is, in words.
    theirs
        It, as ``module:function``.
    ours
        What the time is that of: the reference, unless another is given.
    forward
        Whether only the forward pass is timed.
    atol
        How far apart the outputs of the two may be.
    needs
        The distribution without which the row is "not installed".
    wanted
        The bound that the project promises, or "".
    """

    name: str
    cell: Cell
    over: str
    theirs: str
    sizes: Sizes
    ours: str = "work:reference"
    forward: bool = False
    atol: float = 1e-12
    needs: str = "numpy"
    wanted: str = ""

    @property
    def title(self) -> str:
        """What is done in this row."""
        return f"{self.name}, {'forward' if self.forward else 'forward + gradients'}"

    def measure(self, repetitions: int, tick: Callable[[], None]) -> Ratio | None:
        """The ratio, after one call of each; None where what the row needs is not installed."""
        if not installed(self.needs):
            return None
        problem = problem_of(self.cell, self.sizes, gradients=not self.forward)
        ours, theirs = work_of(self.ours)(problem), work_of(self.theirs)(problem)
        actual, y = theirs(), ours()
        if isinstance(actual, np.ndarray):
            assert isinstance(y, np.ndarray)
            np.testing.assert_allclose(actual, y, rtol=0, atol=self.atol, err_msg=f"{self.over} is another")
        ratio = Ratio(ours=[], theirs=[])
        for _ in range(repetitions):
            ratio.ours.append(seconds(ours))
            ratio.theirs.append(seconds(theirs))
            tick()
        return ratio


ADAPTED = (
    ("torch", "torch.nn.LSTM", "torch", False),
    ("flax", "flax.linen.RNN", "flax", False),
    ("keras", "keras.layers.LSTM on TensorFlow", "tensorflow", False),
    ("onnx", "ONNX Runtime", "onnxruntime", True),
)
"""A module ``over_*``, what it runs, the distribution that it needs, and whether that has the forward pass only."""

PLAIN: dict[str, Any] = {"name": "LSTM", "cell": LSTM()}
EVALUATOR: dict[str, Any] = {
    "over": "onnx ReferenceEvaluator",
    "theirs": "over_onnx:evaluator",
    "needs": "onnxruntime",
    "forward": True,
}
ROWS = (
    *(
        Row(
            name=name,
            cell=cell,
            over="the matrix products alone",
            theirs="products:matrix_products",
            sizes=LARGE,
            wanted="<= 1.5",
        )
        for name, cell in CELLS.items()
    ),
    *(
        Row(**PLAIN, over="torch.nn.LSTM", theirs="over_torch:native", sizes=sizes, needs="torch", wanted="< 1.0")
        for sizes in (LARGE, SMALL)
    ),
    *(
        Row(
            name=f"adapter of {needs}, LSTM",
            cell=LSTM(),
            over=over,
            theirs=f"over_{module}:native",
            ours=f"over_{module}:adapted",
            sizes=MEDIUM,
            needs=needs,
            forward=forward,
            atol=1e-5 if forward else 1e-12,
            wanted="<= 1.05",
        )
        for module, over, needs, forward in ADAPTED
    ),
    *(Row(**PLAIN, **EVALUATOR, sizes=sizes) for sizes in (LARGE, SMALL)),
)
Results = list[tuple[Row, Ratio | None]]


def work_of(named: str) -> Callable[[Problem], Work]:
    """A function of a module that may need a framework."""
    module, _, name = named.partition(":")
    found: Callable[[Problem], Work] = getattr(import_module(module), name)
    return found


def installed(distribution: str) -> bool:
    """Whether a distribution is there."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def environment() -> dict[str, str]:
    """What the figures depend on: versions, threads, processors."""
    found = {"Python": platform.python_version()}
    found |= {
        name: version(name)
        for name in ("numpy", "torch", "jax", "flax", "tensorflow", "keras", "onnx", "onnxruntime")
        if installed(name)
    }
    configuration: Any = np.show_config(mode="dicts")
    blas = configuration["Build Dependencies"]["blas"]
    found["BLAS"] = f"{blas['name']} {blas['version']}"
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    given = [f"{name}={os.environ[name]}" for name in variables if name in os.environ]
    found["BLAS threads"] = " ".join(given) or "default"
    if installed("torch"):
        import torch  # noqa: PLC0415 -- the table has its other rows without it

        found["torch threads"] = f"{torch.get_num_threads()} (default)"
    found["processors"] = f"{os.cpu_count()} x {platform.machine()}"
    return found


def table_of(results: Results) -> Table:
    """The one table."""
    table = Table(
        caption="Ratios of times; float64, and float32 in ONNX Runtime. Below 1 the left side is faster.",
        caption_justify="left",
    )
    for heading in ("the reference", "over", "T, B, I, H"):
        table.add_column(heading, no_wrap=True)
    for heading in ("median", "min .. max", "wanted", "ms over ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row, ratio in results:
        cells = [row.title, row.over, ", ".join(map(str, asdict(row.sizes).values()))]
        if ratio is None:
            table.add_row(*cells, "", "not installed", row.wanted, "")
            continue
        f = ratio.figures()
        extremes, times = f"{f['min']:.2f} .. {f['max']:.2f}", f"{f['ours_ms']:.1f} / {f['theirs_ms']:.1f}"
        table.add_row(*cells, f"{f['median']:.2f}", extremes, row.wanted, times)
    return table


def as_data(results: Results, memory: list[list[Memory]], costs: list[Cost]) -> dict[str, object]:
    """The figures for a JSON file; a row whose other side is not installed has the figures None."""
    rows = [
        {
            "reference": row.title,
            "over": row.over,
            "sizes": asdict(row.sizes),
            "wanted": row.wanted,
            "figures": None if ratio is None else ratio.figures(),
            "seconds": None if ratio is None else asdict(ratio),
        }
        for row, ratio in results
    ]
    peaks = [asdict(one) | {"bytes_per_number": one.per_number} for measured in memory for one in measured]
    judged = [asdict(cost) for cost in costs]
    return {"environment": environment(), "rows": rows, "memory": peaks, "judging": judged}


def main(arguments: list[str] | None = None) -> None:
    """Measure every row and the memory, print the three tables, and write the figures where asked."""
    parser = argparse.ArgumentParser(description="Measure how fast the reference is.")
    parser.add_argument("--quick", action="store_true", help="few repetitions: whether it runs, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    options = parser.parse_args(arguments)
    repetitions = {LARGE: 1, MEDIUM: 1, SMALL: 3} if options.quick else {LARGE: 9, MEDIUM: 21, SMALL: 41}
    console = Console()
    if not console.is_terminal:
        console = Console(width=170)  # a log has no width; the table has
    console.print(", ".join(f"{name} {value}" for name, value in environment().items()), highlight=False)
    results: Results = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        whole = progress.add_task("", total=sum(repetitions[row.sizes] for row in ROWS))
        for row in ROWS:
            progress.update(whole, description=f"{row.title}, over {row.over}")
            results.append((row, row.measure(repetitions[row.sizes], lambda: progress.advance(whole))))
        whole = progress.add_task("memory", total=len(REMEMBERED) * len(STEPS))
        memory = [measure_memory(name, lambda: progress.advance(whole)) for name in REMEMBERED]
        costs: list[Cost] = []
        if installed(ADAPTER):
            whole = progress.add_task("judging", total=len(RUNS) * len(WAYS))
            costs = measure_judging(options.quick, lambda: progress.advance(whole))
    console.print(table_of(results))
    console.print(memory_table(memory))
    console.print(judging_table(costs) if costs else f"judging: {ADAPTER} is not installed")
    if options.json is not None:
        options.json.write_text(json.dumps(as_data(results, memory, costs), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
