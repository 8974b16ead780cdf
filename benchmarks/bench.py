"""How fast the reference is, as ratios measured within one run: ``python benchmarks/bench.py``.

A row is the reference over another piece of work on the same problem, timed by turns. `README.md` says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from rnnspec import GRU, LSTM, RNN, Array, Cell, Cotangents, Layer, Parameters, Problem, State, solve

Work = Callable[[], object]
"""One piece of work. Those that compute the same as the reference return y, which is compared before it is timed."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """T steps, B sequences, I inputs, H units."""

    T: int
    B: int
    I: int
    H: int


LARGE = Sizes(T=128, B=32, I=256, H=512)
SMALL = Sizes(T=200, B=1, I=64, H=64)
MEDIUM = Sizes(T=100, B=32, I=256, H=256)


def problem_of(cell: Cell, sizes: Sizes, *, gradients: bool) -> Problem:
    """A float64 problem of one layer with an initial state; its gradients are those of all outputs and states."""
    rng = np.random.default_rng(17)
    scale = sizes.H**-0.5
    shapes = cell.parameter_shapes(sizes.I, sizes.H)
    layer = Layer(
        cell=cell, parameters=(Parameters(**{name: rng.uniform(-scale, scale, shapes[name]) for name in shapes}),)
    )
    problem = Problem(layers=(layer,), x=rng.standard_normal((sizes.T, sizes.B, sizes.I)))
    initial, final = (
        State(**{name: rng.standard_normal((sizes.B, size)) for name, size in cell.state_sizes(sizes.H).items()})
        for _ in range(2)
    )
    d_y = rng.standard_normal((sizes.T, sizes.B, cell.output_size(sizes.H)))
    cotangents = Cotangents(y=d_y, final=((final,),))
    return replace(problem, initial=((initial,),), cotangents=cotangents if gradients else None)


def reference(problem: Problem) -> Work:
    """The reference: forward, and all gradients where the problem has cotangents."""
    return lambda: solve(problem).y


def matrix_products(problem: Problem) -> Work:
    """The matrix products that forward and gradients cannot do without, on arrays of the same shapes, and no more."""
    p = problem.layers[0].parameters[0]
    T, B, I = problem.x.shape
    W = np.concatenate([p[name] for name in p if name.startswith("W")])
    step = products_of_a_step(problem)
    rng = np.random.default_rng(18)
    # What each matrix of a step is multiplied by, and the cotangent of the product.
    seen = [rng.standard_normal((T, B, M.shape[1])) for M in step]
    d = [rng.standard_normal((T, B, M.shape[0])) for M in step]
    d_u = rng.standard_normal((T, B, len(W)))
    x_rows, d_rows = problem.x.reshape(-1, I), d_u.reshape(-1, len(W))

    def run() -> None:
        _ = x_rows @ W.T
        for t in range(T):
            for M, v in zip(step, seen, strict=True):
                _ = v[t] @ M.T
        for t in reversed(range(T)):
            for M, d_M in zip(step, d, strict=True):
                _ = d_M[t] @ M
        _ = d_rows @ W
        _ = d_rows.T @ x_rows
        for v, d_M in zip(seen, d, strict=True):
            _ = d_M.reshape(T * B, -1).T @ v.reshape(T * B, -1)

    return run


def products_of_a_step(problem: Problem) -> list[Array]:
    """The matrices of the recurrence, each as large as one product can be."""
    cell, p = problem.layers[0].cell, problem.layers[0].parameters[0]
    R = [p[name] for name in p if name.startswith("R")]
    if isinstance(cell, GRU) and cell.reset == "before":
        return [np.concatenate(R[:-1]), R[-1]]  # the rows of n see another state
    return [np.concatenate(R), *(p[name] for name in p if name.startswith("P"))]


def torch_lstm(problem: Problem) -> Work:
    """`torch.nn.LSTM` in float64 on the CPU: forward, and backward to x, initial state and parameters."""
    import torch  # noqa: PLC0415 -- the table has its other rows without it

    _, _, I = problem.x.shape
    H = problem.layers[0].hidden_size
    module: Any = torch.nn.LSTM(I, H, dtype=torch.float64)
    packed = {"weight_ih_l0": gates(problem, "W", "ifgo"), "weight_hh_l0": gates(problem, "R", "ifgo")}
    packed |= {"bias_ih_l0": gates(problem, "b", "ifgo"), "bias_hh_l0": np.zeros(4 * H)}
    module.load_state_dict({name: torch.from_numpy(array) for name, array in packed.items()})

    assert problem.initial is not None
    assert problem.cotangents is not None
    assert problem.cotangents.final is not None
    x = torch.tensor(problem.x, requires_grad=True)
    h, c = (torch.tensor(array[None], requires_grad=True) for array in problem.initial[0][0].values())
    leaves = [x, h, c, *module.parameters()]
    d_final = problem.cotangents.final[0][0]
    weights = [torch.tensor(array) for array in (problem.cotangents.y, d_final.h[None], d_final.c[None])]

    def run() -> Array:
        for leaf in leaves:
            leaf.grad = None
        y, (h_n, c_n) = module(x, (h, c))
        torch.autograd.backward([y, h_n, c_n], weights)
        return np.asarray(y.detach())

    return run


def torch_adapter(problem: Problem) -> Work:
    """The adapter of PyTorch in float64: it packs parameters, converts, and takes gradients apart."""
    from rnnspec_adapters.torch.nn import TorchAdapter  # noqa: PLC0415 -- the table has its other rows without it

    adapter = TorchAdapter()
    return lambda: adapter.solve(problem).y


def linen_lstm(problem: Problem) -> Work:
    """`flax.linen.RNN` of an LSTMCell in float64, compiled, batch first: forward, and all gradients."""
    import jax  # noqa: PLC0415 -- the table has its other rows without it
    from flax import linen  # noqa: PLC0415 -- the same

    p = problem.layers[0].parameters[0]
    assert problem.initial is not None
    assert problem.cotangents is not None
    assert problem.cotangents.y is not None
    assert problem.cotangents.final is not None
    start, d_final = problem.initial[0][0], problem.cotangents.final[0][0]
    layer = linen.RNN(linen.LSTMCell(problem.layers[0].hidden_size), return_carry=True)
    cell = {f"i{gate}": {"kernel": p[f"W_{gate}"].T} for gate in "ifgo"}
    cell |= {f"h{gate}": {"kernel": p[f"R_{gate}"].T, "bias": p[f"b_{gate}"]} for gate in "ifgo"}
    x, d_y = problem.x.swapaxes(0, 1), problem.cotangents.y.swapaxes(0, 1)
    given = ({"params": {"cell": cell}}, x, (start.c, start.h)), ((d_final.c, d_final.h), d_y)

    def differentiated(primals: Any, weights: Any) -> Any:
        reached, pull = jax.vjp(lambda v, x, carry: layer.apply(v, x, initial_carry=carry), *primals)
        return reached, pull(weights)

    compiled = jax.jit(differentiated)
    with jax.enable_x64(True):
        primals, weights = jax.tree.map(jax.numpy.array, given)

    def run() -> Array:
        with jax.enable_x64(True):
            (_, y), gradients = compiled(primals, weights)
            jax.block_until_ready(gradients)
            return np.asarray(y).swapaxes(0, 1)

    return run


def linen_adapter(problem: Problem) -> Work:
    """The adapter of ``flax.linen`` in float64: it packs parameters, converts, and takes gradients apart."""
    from rnnspec_adapters.jax.flax_linen import LinenAdapter  # noqa: PLC0415 -- the table has its other rows without it

    adapter = LinenAdapter()
    return lambda: adapter.solve(problem).y


def onnx_lstm(problem: Problem) -> Work:
    """`onnx.reference.ReferenceEvaluator` on a model of one LSTM node in float64: forward, it has no gradients."""
    import onnx  # noqa: PLC0415 -- the table has its other rows without it
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415 -- the same

    assert problem.initial is not None
    initial = problem.initial[0][0]
    bias = gates(problem, "b", "iofg")
    feeds = {
        "X": problem.x,
        "W": gates(problem, "W", "iofg")[None],
        "R": gates(problem, "R", "iofg")[None],
        "B": np.concatenate([bias, np.zeros_like(bias)])[None],
        "initial_h": initial.h[None],
        "initial_c": initial.c[None],
    }
    names = ["X", "W", "R", "B", "", "initial_h", "initial_c"]
    node = onnx.helper.make_node("LSTM", names, ["Y"], hidden_size=problem.layers[0].hidden_size)
    double = onnx.TensorProto.DOUBLE
    inputs = [onnx.helper.make_tensor_value_info(name, double, array.shape) for name, array in feeds.items()]
    outputs = [onnx.helper.make_tensor_value_info("Y", double, None)]
    graph = onnx.helper.make_graph([node], "lstm", inputs, outputs)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)])
    evaluator: Any = ReferenceEvaluator(model)
    return lambda: evaluator.run(None, feeds)[0][:, 0]


def gates(problem: Problem, letter: str, order: str) -> Array:
    """One kind of parameter of an LSTM, its gates joined in the given order."""
    p = problem.layers[0].parameters[0]
    return np.concatenate([p[f"{letter}_{gate}"] for gate in order])


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The times of two pieces of work in seconds; the k-th of each were measured one after the other."""

    ours: list[float]
    theirs: list[float]

    def figures(self) -> dict[str, float]:
        """The median and the extremes of the ratios, and the median times in milliseconds."""
        ratios = [a / b for a, b in zip(self.ours, self.theirs, strict=True)]
        times = {"ours_ms": 1e3 * median(self.ours), "theirs_ms": 1e3 * median(self.theirs)}
        return {"median": median(ratios), "min": min(ratios), "max": max(ratios), **times}


def seconds(work: Work) -> float:
    """The wall-clock time of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: the reference, or an adapter, over something else, on the same problem.

    Attributes
    ----------
    name
        What the cell is called in the table.
    over
        What the other one is, in words.
    ours
        What the time is that of: the reference, unless another is given.
    forward
        Whether only the forward pass is timed.
    needs
        The distribution without which the row is "not installed".
    wanted
        The bound that the project promises, or "".
    """

    name: str
    cell: Cell
    over: str
    theirs: Callable[[Problem], Work]
    sizes: Sizes
    ours: Callable[[Problem], Work] = reference
    forward: bool = False
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
        ours, theirs = self.ours(problem), self.theirs(problem)
        actual, y = theirs(), ours()
        if isinstance(actual, np.ndarray):
            assert isinstance(y, np.ndarray)
            np.testing.assert_allclose(actual, y, rtol=0, atol=1e-12, err_msg=f"{self.over} computes something else")
        ratio = Ratio(ours=[], theirs=[])
        for _ in range(repetitions):
            ratio.ours.append(seconds(ours))
            ratio.theirs.append(seconds(theirs))
            tick()
        return ratio


CELLS: dict[str, Cell] = {
    "LSTM": LSTM(),
    "LSTM, projection to 256": LSTM(projection=256),
    "LSTM, peepholes new": LSTM(peephole="new"),
    "LSTM, peepholes old": LSTM(peephole="old"),
    "GRU, reset after": GRU(reset="after"),
    "GRU, reset before": GRU(reset="before"),
    "RNN, tanh": RNN(activation="tanh"),
    "RNN, relu": RNN(activation="relu"),
}
PRODUCTS, TORCH, ONNX = "the matrix products alone", "torch.nn.LSTM", "onnx ReferenceEvaluator"
LINEN = "flax.linen.RNN"
PLAIN: dict[str, Any] = {"name": "LSTM", "cell": LSTM()}
ROWS = (
    *(
        Row(name=name, cell=cell, over=PRODUCTS, theirs=matrix_products, sizes=LARGE, wanted="<= 1.5")
        for name, cell in CELLS.items()
    ),
    *(Row(**PLAIN, over=TORCH, theirs=torch_lstm, sizes=s, needs="torch", wanted="< 1.0") for s in (LARGE, SMALL)),
    Row(
        name="adapter torch, LSTM",
        cell=LSTM(),
        over=TORCH,
        theirs=torch_lstm,
        ours=torch_adapter,
        sizes=MEDIUM,
        needs="torch",
        wanted="<= 1.05",
    ),
    Row(
        name="adapter flax-linen, LSTM",
        cell=LSTM(),
        over=LINEN,
        theirs=linen_lstm,
        ours=linen_adapter,
        sizes=MEDIUM,
        needs="flax",
        wanted="<= 1.05",
    ),
    *(Row(**PLAIN, over=ONNX, theirs=onnx_lstm, sizes=s, needs="onnx", forward=True) for s in (LARGE, SMALL)),
)
Results = list[tuple[Row, Ratio | None]]


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


STEPS = (32, 64, 128, 256)
REMEMBERED = ("LSTM", "GRU, reset after")


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
    found |= {name: version(name) for name in ("numpy", "torch", "jax", "flax", "onnx") if installed(name)}
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
    table = Table(caption="Ratios of times, float64. Below 1 the left side is faster.", caption_justify="left")
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


def as_data(results: Results, memory: list[list[Memory]]) -> dict[str, object]:
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
    return {"environment": environment(), "rows": rows, "memory": peaks}


def main(arguments: list[str] | None = None) -> None:
    """Measure every row and the memory, print the two tables, and write the figures where asked."""
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
    console.print(table_of(results))
    console.print(memory_table(memory))
    if options.json is not None:
        options.json.write_text(json.dumps(as_data(results, memory), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
