"""Numbers of parameters: C6."""

from __future__ import annotations

import math
from typing import Any

from rnnspec import GRU, LSTM, NAMED_CELLS, RNN, Cell
from rnnspec_workshop.claims.claim import Findings

I, H = 64, 128
CELLS: dict[str, Cell] = {
    "LSTM": LSTM(),
    "LSTM with peepholes": LSTM(peephole="new"),
    "LSTM without a forget gate": LSTM(forget_gate=False),
    "GRU, reset before": GRU(reset="before"),
    "GRU, reset after": GRU(reset="after"),
    "GRU, reset after, no biases": GRU(reset="after", bias=False),
    "minimal gated unit": NAMED_CELLS["MGU"],
}


def count(cell: Cell) -> int:
    """The number of parameters, with one bias a gate (PAR-2)."""
    return sum(math.prod(shape) for shape in cell.parameter_shapes(I, H).values())


def count_with_two_biases(cell: Cell) -> int:
    """The same where every affine map stores a bias on the side of the input and one on that of the state.

    The one of the state inside a reset product is b_Rn, which is counted already.
    """
    shapes = cell.parameter_shapes(I, H)
    second = sum(f"b_{gate}" in shapes if gate else "b" in shapes for gate in cell.gates) - ("b_Rn" in shapes)
    return count(cell) + second * H


def parameters() -> Findings:
    """C6: the numbers of parameters, and how many times those of a simple recurrent layer they are."""
    numbers: dict[str, Any] = {"inputs": I, "units": H, "simple recurrent layer": count(RNN())}
    for name, cell in CELLS.items():
        bias = "b_g" in cell.parameter_axes or "b_n" in cell.parameter_axes
        entry: dict[str, Any] = {"parameters": count(cell), "times": count(cell) / count(RNN(bias=bias))}
        if bias:
            entry["times_with_two_biases"] = count_with_two_biases(cell) / count_with_two_biases(RNN())
        numbers[name] = entry
    return Findings(numbers=numbers)
