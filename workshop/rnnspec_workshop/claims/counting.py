"""Counters: C10.

A counter is one unit of an LSTM with an open input gate and a candidate that is 1, 0 or -1 with the input.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnnspec import FLOAT16, FLOAT64, GRU, LSTM, Array, Cell, Parameters, Precision
from rnnspec_workshop.claims import half
from rnnspec_workshop.claims.building import final, normal, run, zeros
from rnnspec_workshop.claims.claim import Findings, Series

FULL = 20.0
"""A pre-activation at which tanh is exactly 1 in every format, and at -FULL exactly -1."""
WIDE = 40.0
"""A pre-activation at which a gate is exactly 1 in every format."""
FORGET_BIASES = (0, 1, 5, 10, 40)
STEPS = 1000
SHOWN = 200
BEFORE_THE_END = {"float64": 2.0**53 - 4, "float32": 2.0**24 - 4, "float16": 0.0}
"""From which number to count, so that few steps lead to where a format stops."""


def counter(cell: LSTM, forget_bias: float = WIDE) -> Parameters:
    """The parameters of a counter that adds tanh(20 x) to its cell."""
    return zeros(cell, W_g=FULL, b_i=WIDE, b_f=forget_bias)


def lstm_count(x: Array, forget_bias: float = WIDE, precision: Precision = FLOAT64, start: float = 0.0) -> float:
    """What a counter has counted after the numbers `x`."""
    cell = LSTM()
    state = {"h": np.zeros((1, 1)), "c": np.full((1, 1), start)}
    return float(final(cell, counter(cell, forget_bias), x.reshape(-1, 1, 1), precision, **state).c.item())


def gru_filling(z: float) -> tuple[GRU, Parameters]:
    """A GRU that moves from its state towards tanh(20 x), by 1 - z of the distance in each step."""
    cell = GRU(reset="none", update="keep")
    return cell, zeros(cell, W_n=FULL, b_z=math.log(z / (1 - z)))


def counting() -> Findings:
    """C10: how far an LSTM counts, in which formats and with which gates; and what a GRU does instead."""
    rng = np.random.default_rng(41)
    ones = np.ones(STEPS)
    up_and_down = np.concatenate([np.ones(STEPS // 2), -np.ones(STEPS // 2)])
    bits = rng.integers(0, 2, STEPS).astype(np.float64)
    filling, its_parameters = gru_filling(0.999)
    filled = run(filling, its_parameters, ones.reshape(-1, 1, 1)).y.ravel()
    numbers: dict[str, Any] = {
        "lstm": {
            "after_1000_ones": lstm_count(ones),
            "after_500_up_and_500_down": lstm_count(up_and_down),
            "error_over_1000_random_bits": lstm_count(bits) - float(bits.sum()),
        },
        "lstm_after_1000_ones_with_forget_bias": {f"{b}": lstm_count(ones, forget_bias=b) for b in FORGET_BIASES},
        "lstm_limit_with_forget_bias_5": 1 + math.exp(5),
        "stops_at": _stops(),
        "read_through_tanh": _read_out(),
        "lstm_with_coupled_gates_after_1000_ones": _coupled(ones),
        "gru": {
            "largest_state_over_old_state_or_1": _largest_ratio(),
            "after_1000_ones": float(filled[-1]),
            "smallest_step_of_1000": float(np.diff(filled).min()),
            "after_500_up_and_500_down": float(
                run(filling, its_parameters, up_and_down.reshape(-1, 1, 1)).y.ravel()[-1]
            ),
            "steps_until_it_is_exactly_1_at_z_one_half": {
                precision.name: _steps_until_full(precision) for precision in half.EVALUATED
            },
        },
        "gru_with_relu_after_1000_ones": _relu_count(),
    }
    return Findings(numbers=numbers, series=_series())


def _stops() -> dict[str, int]:
    """The count that a counter does not get beyond, by number format."""
    stops = {}
    for precision in half.EVALUATED:
        start = BEFORE_THE_END[precision.name]
        steps = 10 if start else 2100
        stops[precision.name] = int(lstm_count(np.ones(steps), precision=precision, start=start))
    stops["bfloat16"] = int(half.cells(300, a_i=WIDE, a_f=WIDE, a_g=FULL)[-1])
    return stops


def _read_out() -> dict[str, float]:
    """The difference that one more makes to the output, at some counts, where the output gate is open."""
    cell = LSTM()
    parameters = counter(cell).replace(b_o=np.full(1, WIDE))
    h = run(cell, parameters, np.ones((12, 1, 1))).y.ravel()
    return {f"from_{n}_to_{n + 1}": float(h[n] - h[n - 1]) for n in (1, 2, 5, 10)}


def _coupled(x: Array) -> float:
    """The cell of a counter with f = 1 - i, its input gate at one half."""
    cell = LSTM(coupling="forget")
    return float(final(cell, zeros(cell, W_g=FULL), x.reshape(-1, 1, 1)).c.item())


def _largest_ratio() -> float:
    """The largest new state of random GRUs with large weights, in units of the old state or 1, whichever is larger."""
    largest = 0.0
    cells: tuple[Cell, ...] = (GRU(), GRU(reset="before"), GRU(update="take"), GRU(reset="none"))
    for seed, cell in enumerate(cells):
        rng = np.random.default_rng(seed)
        x, h = rng.standard_normal((1, 500, 3)), rng.uniform(-3, 3, (500, 4))
        h_new = final(cell, normal(cell, 3, 4, seed=seed, scale=3), x, h=h).h
        largest = max(largest, float((np.abs(h_new) / np.maximum(np.abs(h), 1)).max()))
    return largest


def _steps_until_full(precision: Precision) -> int:
    """After how many steps the state that halves its distance from 1 is 1."""
    cell, parameters = gru_filling(0.5)
    h = run(cell, parameters, np.ones((100, 1, 1)), precision).y.ravel()
    return int(np.argmax(h == 1)) + 1


def _relu_count() -> float:
    """The state of a GRU with relu, a shut update gate and a candidate of relu(h + 1)."""
    cell = GRU(reset="none", candidate_activation="relu")
    parameters = zeros(cell, R_n=1.0, b_n=1.0, b_z=-WIDE)
    return float(final(cell, parameters, np.zeros((STEPS, 1, 1))).h.item())


def _series() -> dict[str, Series]:
    """Counts against steps."""
    shown = LSTM(output_gate=False, output_activation="identity")  # its output is its cell
    x = np.ones((SHOWN, 1, 1))
    lines: dict[str, list[float]] = {
        f"LSTM, forget bias {bias}": run(shown, counter(shown, bias), x).y.ravel().tolist() for bias in (1, 5, 40)
    }
    lines["GRU"] = run(*gru_filling(0.999), x).y.ravel().tolist()
    at = range(0, 2300, 20)
    in_float16 = run(shown, counter(shown), np.ones((at.stop, 1, 1)), FLOAT16).y.ravel()
    in_bfloat16 = half.cells(at.stop, a_i=WIDE, a_f=WIDE, a_g=FULL)
    return {
        "counting": Series(
            title="What has been counted",
            horizontal="ones seen",
            vertical="cell of the LSTM, state of the GRU",
            at=list(range(1, SHOWN + 1)),
            lines=dict(lines),
        ),
        "short_formats": Series(
            title="What a counter has counted in short number formats",
            horizontal="ones seen",
            vertical="cell",
            at=[t + 1 for t in at],
            lines={
                "float16": [float(in_float16[t]) for t in at],
                "bfloat16": [in_bfloat16[t] for t in at],
            },
        ),
    }
