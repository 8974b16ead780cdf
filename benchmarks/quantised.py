"""How far the dynamically quantised LSTM of PyTorch is from the reference: ``python benchmarks/quantised.py``.

For information: its weights have 8 bits, which is none of the precisions of the text, so that it passes and fails
nothing. The errors of its outputs are shown in units of the tolerances of precisions that people would compare.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from rnnspec import LSTM, PRECISIONS, Array, Problem
from rnnspec_adapters.plan import plan_of
from rnnspec_adapters.torch.torch_layers import TorchAdapter
from rnnspec_conformance.cases import CASES, Case
from rnnspec_conformance.judging import expectation_of

UNITS = ("float32", "float16", "bfloat16")


def cases() -> Iterator[Case]:
    """Cases of the default selection that are one torch module, without lengths and projection."""
    adapter = TorchAdapter(precision="float32")
    for case in CASES:
        problem = case.problem(PRECISIONS["float32"])
        plain = (
            problem.lengths is None and problem.layers[0].cell == LSTM() and len(adapter.stacks(plan_of(problem))) == 1
        )
        if case.in_default and case.kind == "outcome" and plain and adapter.supports(problem) is None:
            yield case


def quantised(problem: Problem) -> Array:
    """The outputs of a problem of one module, whose weights are rounded to 8 bits."""
    adapter = TorchAdapter(precision="float32")
    native = adapter.pack(problem)
    layer = problem.layers[0]
    sizes = {"num_layers": len(problem.layers), "bidirectional": layer.direction == "bidirectional"}
    module = torch.nn.LSTM(layer.input_size, layer.hidden_size, **sizes)
    module.load_state_dict({name.removeprefix("0."): torch.from_numpy(array) for name, array in native.items()})
    holder = torch.nn.ModuleDict({"lstm": module})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that this way of quantising moves to another distribution
        lstm = torch.ao.quantization.quantize_dynamic(holder, {torch.nn.LSTM}, dtype=torch.qint8)["lstm"]
    if "DynamicQuantizedLSTM" not in repr(lstm):
        raise RuntimeError(f"module: wanted a DynamicQuantizedLSTM, got {lstm!r}")
    states = None
    if problem.initial is not None:
        flat = [state for of_layer in problem.initial for state in of_layer]
        states = tuple(torch.from_numpy(np.stack([state[name] for state in flat])).float() for name in ("h", "c"))
    with torch.no_grad():
        y, _ = lstm(torch.from_numpy(problem.x).float(), states)
    return np.asarray(y.numpy())


def main() -> None:
    """Print a line for each case."""
    table = Table("case", "largest error of y", *(f"in tolerances of {name}" for name in UNITS))
    for case in cases():
        problem = case.problem(PRECISIONS["bfloat16"])
        y = quantised(problem)
        figures = []
        for name in UNITS:
            expectation = expectation_of(problem, PRECISIONS[name])
            error = float(np.abs(y - expectation.arrays["y"]).max())
            figures.append((error, error / expectation.tolerances["y"]))
        table.add_row(case.id, f"{figures[0][0]:.2g}", *(f"{ratio:.2g}" for _, ratio in figures))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
