"""One matrix for all gates, one matrix for state and input: C13.

The three forms differ in the order of additions at most. Here they are written out with plain loops, so that the order
is known: a library's matrix product may add in another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from rnnspec import LSTM, Parameters
from rnnspec_workshop.claims.building import normal, run
from rnnspec_workshop.claims.claim import Findings

GATES = ("i", "f", "g", "o")
I, H, T = 5, 6, 20

Vector = list[Any]
PreActivations = Callable[[Parameters, Vector, Vector], dict[str, Vector]]


def _dot(rows: Sequence[Vector], vector: Vector) -> Vector:
    """The products of rows with a vector, added from left to right."""
    return [_sum([a * b for a, b in zip(row, vector, strict=True)]) for row in rows]


def _sum(numbers: Vector) -> Any:
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    return total


def _add(*vectors: Vector) -> Vector:
    return [_sum(list(numbers)) for numbers in zip(*vectors, strict=True)]


def _rows(parameters: Parameters, letter: str, gate: str, kind: type) -> Any:
    array = parameters[f"{letter}_{gate}"].tolist()
    return [[kind(n) for n in row] if isinstance(row, list) else kind(row) for row in array]


def _split(stack: Vector) -> dict[str, Vector]:
    return {gate: stack[k * H : (k + 1) * H] for k, gate in enumerate(GATES)}


def gate_by_gate(parameters: Parameters, x: Vector, h: Vector) -> dict[str, Vector]:
    """``W x + R h + b``, one gate after the other."""
    kind = type(x[0])
    return {
        g: _add(
            _dot(_rows(parameters, "W", g, kind), x),
            _dot(_rows(parameters, "R", g, kind), h),
            _rows(parameters, "b", g, kind),
        )
        for g in GATES
    }


def stacked(parameters: Parameters, x: Vector, h: Vector) -> dict[str, Vector]:
    """The same with the matrices of all gates one above the other, cut afterwards."""
    kind = type(x[0])
    W, R, b = ([row for g in GATES for row in _rows(parameters, letter, g, kind)] for letter in "WRb")
    return _split(_add(_dot(W, x), _dot(R, h), b))


def concatenated(parameters: Parameters, x: Vector, h: Vector) -> dict[str, Vector]:
    """The same with ``[R, W]`` on ``[h, x]``."""
    kind = type(x[0])
    joined = [
        r + w
        for g in GATES
        for r, w in zip(_rows(parameters, "R", g, kind), _rows(parameters, "W", g, kind), strict=True)
    ]
    b = [row for g in GATES for row in _rows(parameters, "b", g, kind)]
    return _split(_add(_dot(joined, h + x), b))


FORMS: dict[str, PreActivations] = {
    "gate_by_gate": gate_by_gate,
    "stacked": stacked,
    "concatenated": concatenated,
}


def lstm(form: PreActivations, parameters: Parameters, xs: Sequence[Vector]) -> list[Vector]:
    """The outputs of an LSTM whose pre-activations are computed in one of the forms."""
    h, c, ys = [0.0] * H, [0.0] * H, []
    for x in xs:
        a = form(parameters, x, h)
        i, f, o = ([0.5 * (1 + math.tanh(n / 2)) for n in a[gate]] for gate in "ifo")
        g = [math.tanh(n) for n in a["g"]]
        c = [f_j * c_j + i_j * g_j for f_j, c_j, i_j, g_j in zip(f, c, i, g, strict=True)]
        h = [o_j * math.tanh(c_j) for o_j, c_j in zip(o, c, strict=True)]
        ys.append(h)
    return ys


def forms() -> Findings:
    """C13: the three forms against each other, in fractions and in float64, and against the reference."""
    rng = np.random.default_rng(51)
    parameters = normal(LSTM(), I, H, seed=10)
    points = [(rng.standard_normal(I).tolist(), rng.uniform(-1, 1, H).tolist()) for _ in range(20)]
    exact_x, exact_h = ([Fraction(n) for n in vector] for vector in points[0])
    exact = {name: form(parameters, exact_x, exact_h) for name, form in FORMS.items()}
    floats = {
        name: np.array([list(form(parameters, x, h).values()) for x, h in points]) for name, form in FORMS.items()
    }
    x = rng.standard_normal((T, I))
    y = run(LSTM(), parameters, x[:, None]).y[:, 0]
    numbers: dict[str, Any] = {"numbers_compared": floats["stacked"].size}
    for name in ("stacked", "concatenated"):
        distance = np.abs(floats[name] - floats["gate_by_gate"])
        numbers[name] = {
            "equals_gate_by_gate_in_fractions": exact[name] == exact["gate_by_gate"],
            "pre_activations_with_other_bits": int((distance > 0).sum()),
            "largest_distance_in_units_of_2^-52": float(distance.max() / 2**-52),
        }
    numbers["output_agrees_with_reference_to_1e-13"] = {
        name: bool(np.abs(np.array(lstm(form, parameters, x.tolist())) - y).max() <= 1e-13)
        for name, form in FORMS.items()
    }
    return Findings(numbers=numbers)
