"""The values of gates: C1. The places where peepholes act: C12.

Gates are no part of an outcome, but the gates of the step before are states of a cell with gate recurrence (VAR-7);
with its nine matrices zero that cell is the plain one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, Array, Parameters, Precision
from rnnspec_workshop.claims import half
from rnnspec_workshop.claims.building import final, jacobian, normal, zeros
from rnnspec_workshop.claims.claim import Findings

GATES = ("i", "f", "o")
I, H, SAMPLES = 3, 6, 1000
DEPTHS = (5, 10, 20, 40)
"""Pre-activations at which gates are looked at."""


def showing_gates(cell: LSTM, parameters: Parameters) -> tuple[LSTM, Parameters]:
    """The same cell with its three gates in the state."""
    shown = replace(cell, gate_recurrence=True)
    size = len(parameters.W_g)
    given = dict(parameters.items())
    return shown, Parameters(
        **{n: given.get(n, np.zeros(shape)) for n, shape in shown.parameter_shapes(1, size).items()}
    )


def lstm_gates(cell: LSTM, parameters: Parameters, x: Array, h: Array, c: Array) -> dict[str, Array]:
    """The input, forget and output gate of one step, [B, H] each; `x` is [B, I]."""
    shown, its_parameters = showing_gates(cell, parameters)
    state = final(shown, its_parameters, x[None], h=h, c=c)
    return {gate: state[gate] for gate in GATES}


def update_gate(cell: GRU, parameters: Parameters, x: Array, h: Array) -> Array:
    """The update gate of one step, [B, H]: with a candidate of 0 and *keep*, the new state is z times the old one."""
    only_gates = {name: array for name, array in parameters.items() if name.endswith("_z")}
    h_new = final(replace(cell, update="keep"), zeros(cell, I, h.shape[1], **only_gates), x[None], h=h).h
    return np.asarray(h_new / h)


def values() -> Findings:
    """C1: the range of gates over random problems, and where they reach its ends in each number format."""
    rng = np.random.default_rng(11)
    x, h, c = rng.standard_normal((SAMPLES, I)), rng.uniform(-1, 1, (SAMPLES, H)), rng.standard_normal((SAMPLES, H))
    lstm = lstm_gates(LSTM(), normal(LSTM(), I, H, seed=1), x, h, c)
    gru = update_gate(GRU(), normal(GRU(), I, H, seed=2), x, h)
    steep = lstm_gates(LSTM(), normal(LSTM(), I, H, seed=1, scale=100), x, h, c)
    relu = LSTM(gate_activation="relu")
    unbounded = lstm_gates(relu, normal(relu, I, H, seed=1), x, h, c)
    numbers: dict[str, Any] = {
        "weights": "independent and normal, standard deviation 1",
        "lstm": _range(*lstm.values()),
        "gru_update": _range(gru),
        "with_weights_100_times_as_large": _range(*steep.values()) | {"within_closed_interval": _closed(steep)},
        "relu_gates": _range(*unbounded.values()),
        "pre_activations": list(DEPTHS),
        "is_exactly_1": {precision.name: [_gate(a, precision) == 1 for a in DEPTHS] for precision in half.EVALUATED},
        "is_exactly_0_at_their_negatives": {
            precision.name: [_gate(-a, precision) == 0 for a in DEPTHS] for precision in half.EVALUATED
        },
    }
    numbers["is_exactly_1"]["bfloat16"] = [bool(half.sigmoid(a) == 1) for a in DEPTHS]
    numbers["is_exactly_0_at_their_negatives"]["bfloat16"] = [bool(half.sigmoid(-a) == 0) for a in DEPTHS]
    return Findings(numbers=numbers)


def _range(*arrays: Array) -> dict[str, Any]:
    """The smallest and the largest number."""
    return {"smallest": min(float(a.min()) for a in arrays), "largest": max(float(a.max()) for a in arrays)}


def _closed(gates: dict[str, Array]) -> bool:
    return all(bool(np.all((gate >= 0) & (gate <= 1))) for gate in gates.values())


def _gate(a: float, precision: Precision) -> float:
    """An input gate whose pre-activation is `a`."""
    cell, parameters = showing_gates(LSTM(), zeros(LSTM(), b_i=a))
    return float(final(cell, parameters, np.zeros((1, 1, 1)), precision).i.item())


def peepholes() -> Findings:
    """C12: the derivative of each gate by the old cell state, over one step and over two."""
    rng = np.random.default_rng(12)
    x = rng.standard_normal((2, I))
    state = {"h": rng.uniform(-1, 1, H), "c": rng.standard_normal(H)}
    numbers: dict[str, Any] = {}
    for form in ("old", "new"):
        cell = LSTM(peephole="old" if form == "old" else "new")
        plain = normal(cell, I, H, seed=3)
        shown, parameters = showing_gates(cell, plain)
        one = {gate: jacobian(shown, parameters, x[:1], of=gate, by="c", **state) for gate in GATES}
        two = {gate: jacobian(shown, parameters, x, of=gate, by="c", **state) for gate in GATES}
        numbers[f"form_{form}"] = {
            "largest_on_the_diagonal": {gate: float(np.abs(np.diag(one[gate])).max()) for gate in GATES},
            "largest_off_the_diagonal": {gate: _off_diagonal(one[gate]) for gate in GATES},
            "largest_off_the_diagonal_over_two_steps": {gate: _off_diagonal(two[gate]) for gate in GATES},
        }
    peephole_names = [name for name in LSTM(peephole="old").parameter_axes if name.startswith("p_")]
    shapes = LSTM(peephole="old").parameter_shapes(I, 100)
    numbers["weights_of_100_units"] = {
        "one_to_one": sum(int(np.prod(shapes[name])) for name in peephole_names),
        "as_full_matrices": len(peephole_names) * 100 * 100,
    }
    return Findings(numbers=numbers)


def _off_diagonal(matrix: Array) -> float:
    return float(np.abs(matrix - np.diag(np.diag(matrix))).max())
