"""Gates that are quite open or quite shut: C5."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from rnnspec import LSTM, RNN
from rnnspec_workshop.claims.building import OPEN, SHUT, filled, normal, run, zeros
from rnnspec_workshop.claims.claim import Findings, Series

SIGNAL = (0.5, 1.0, -0.5, 0.25, 0.0, -1.0, 0.75, 0.5, -0.25, 1.0, -0.75, 0.5)
START = 0.8
I, H, T = 3, 4, 20


def regimes() -> Findings:
    """C5: the cell and the output of one unit in all eight regimes, and the distance from a simple layer."""
    numbers: dict[str, Any] = {"cell_at_the_start": START, "sum_of_the_candidates": float(np.tanh(SIGNAL).sum())}
    cells: dict[str, Sequence[float]] = {}
    outputs: dict[str, Sequence[float]] = {}
    for i, f, o in product((1, 0), repeat=3):
        name = f"i={i} f={f} o={o}"
        cells[name], outputs[name] = _unit(i, f, o)
        numbers[name] = {"cell_at_the_end": cells[name][-1], "output_at_the_end": outputs[name][-1]}
    numbers["simple_layer"] = {
        "output_activation_identity_agrees_to_1e-13": _distance_from_simple_layer("identity") <= 1e-13,
        "output_activation_tanh_largest_distance": _distance_from_simple_layer("tanh"),
    }
    steps = list(range(len(SIGNAL) + 1))
    series = {
        name: Series(title=title, horizontal="step", vertical=title.split()[1], at=steps, lines=lines)
        for name, title, lines in (
            ("cells", "The cell in the eight regimes", cells),
            ("outputs", "The output in the eight regimes", outputs),
        )
    }
    return Findings(numbers=numbers, series=series)


def _unit(i: int, f: int, o: int) -> tuple[list[float], list[float]]:
    """The cell and the output of one unit over the signal, from the start on."""
    b_i, b_f, b_o = (OPEN if is_open else SHUT for is_open in (i, f, o))
    cell = LSTM()
    parameters = zeros(cell, W_g=1.0, b_i=b_i, b_f=b_f, b_o=b_o)
    x, h, c = np.array(SIGNAL).reshape(-1, 1, 1), np.zeros((1, 1)), np.full((1, 1), START)
    after = [run(cell, parameters, x[:t], h=h, c=c) for t in range(1, len(x) + 1)]
    return [START, *(outcome.final[0][0].c.item() for outcome in after)], [0.0, *after[-1].y.ravel().tolist()]


def _distance_from_simple_layer(output_activation: str) -> float:
    """The largest distance of an LSTM with i = o = 1 and f = 0 from the simple layer of its candidate's parameters."""
    cell = LSTM(output_activation=output_activation)
    gates_open = {"b_i": OPEN, "b_f": SHUT, "b_o": OPEN}
    parameters = filled(normal(cell, I, H, seed=6, scale=0.5), **gates_open)
    simple = zeros(RNN(), I, H, W=parameters.W_g, R=parameters.R_g, b=parameters.b_g)
    x = np.random.default_rng(25).standard_normal((T, 2, I))
    return float(np.abs(run(cell, parameters, x).y - run(RNN(), simple, x).y).max())
