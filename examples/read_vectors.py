"""Evaluate the plain LSTM of the exact vectors with nothing but the standard library, and say how many agree."""

import json
import sys
from math import exp, tanh
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "conformance/rnnspec_conformance/vectors/data"


def dot(u: list[float], v: list[float]) -> float:
    """The sum of the products."""
    return sum(a * b for a, b in zip(u, v, strict=True))


def lstm(p: dict[str, list[Any]], x: list[list[float]], h: list[float], c: list[float]) -> list[list[float]]:
    """The outputs of one sequence: rules LSTM-1 to LSTM-7."""
    outputs = []
    for step in x:
        a = {
            gate: [dot(p["W_" + gate][j], step) + dot(p["R_" + gate][j], h) + b for j, b in enumerate(p["b_" + gate])]
            for gate in "ifgo"
        }
        i, f, o = ([1 / (1 + exp(-v)) for v in a[gate]] for gate in "ifo")
        c = [f[j] * c[j] + i[j] * tanh(a["g"][j]) for j in range(len(c))]
        h = [o[j] * tanh(c[j]) for j in range(len(h))]
        outputs.append(h)
    return outputs


vectors = [v for name in ("lstm", "sizes") for v in json.loads((DATA / f"{name}.json").read_text("utf-8"))["vectors"]]
plain = next(v for v in vectors if v["id"] == "lstm-plain")["problem"]["layers"][0]["cell"]
vectors = [v for v in vectors if v["problem"]["layers"][0]["cell"] == plain]
agree = 0
for vector in vectors:
    problem, y = vector["problem"], vector["expected"]["y"]
    parameters, state = problem["layers"][0]["parameters"][0], problem["initial"][0][0]
    error = 0.0
    for b in range(len(y[0])):
        got = lstm(parameters, [step[b] for step in problem["x"]], state["h"][b], state["c"][b])
        error = max(error, *(abs(u - v) for t, row in enumerate(got) for u, v in zip(row, y[t][b], strict=True)))
    agree += error < 1e-14
print(f"{agree} of {len(vectors)} plain LSTM vectors agree")
sys.exit(agree != len(vectors))
