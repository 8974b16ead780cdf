"""What an LSTM carries along its cell: C2, C3, C4."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnnspec import LSTM, Array, State, Tangents, jvp
from rnnspec_workshop.claims.building import final, jacobian, normal, problem, zeros
from rnnspec_workshop.claims.claim import Findings, Series
from rnnspec_workshop.claims.gates import lstm_gates

I, H, T = 3, 5, 100
FORGET_BIASES = (0, 1, 5)
CARRY_BIASES = (5, 10, 20, 40)


def _start(seed: int) -> tuple[Array, dict[str, Array]]:
    """An input [T, I] and a state."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((T, I)), {"h": rng.uniform(-1, 1, H), "c": rng.standard_normal(H)}


def without_forget_gate() -> Findings:
    """C2: the derivative of the new cell state by the old one without a forget gate.

    Over one step no gate depends on c, so that the derivative with h held fixed is the direct path. Over many steps
    h depends on c; with R = 0 nothing comes back from it, and the derivative is the direct path again.
    """
    cell = LSTM(forget_gate=False)
    x, state = _start(21)
    parameters = normal(cell, I, H, seed=4, scale=0.5)
    uncoupled = parameters.replace(**{name: np.zeros((H, H)) for name in parameters if name.startswith("R_")})
    seen = LSTM(forget_gate=False, peephole="new")
    seen_parameters = normal(seen, I, H, seed=4, scale=0.5)
    return Findings(
        numbers={
            "largest_distance_from_identity": {
                "one_step": _distance(jacobian(cell, parameters, x[:1], of="c", by="c", **state)),
                "100_steps_direct_path": _distance(jacobian(cell, uncoupled, x, of="c", by="c", **state)),
                "one_step_with_peepholes": _distance(jacobian(seen, seen_parameters, x[:1], of="c", by="c", **state)),
                "10_steps_all_paths": _distance(jacobian(cell, parameters, x[:10], of="c", by="c", **state)),
            }
        }
    )


def _distance(matrix: Array) -> float:
    return float(np.abs(matrix - np.eye(len(matrix))).max())


def with_forget_gate() -> Findings:
    """C3: the same derivative with a forget gate, for three biases of it."""
    cell = LSTM()
    x, state = _start(22)
    parameters = normal(cell, I, H, seed=5)
    direct = jacobian(cell, parameters, x[:1], of="c", by="c", **state)
    f = lstm_gates(cell, parameters, x[:1], state["h"][None], state["c"][None])["f"][0]
    kept = {bias: _kept(bias) for bias in FORGET_BIASES}
    numbers: dict[str, Any] = {
        "one_step": {
            "diagonal_is_f_to_1e-14": bool(np.abs(np.diag(direct) - f).max() <= 1e-14),
            "largest_off_the_diagonal": float(np.abs(direct - np.diag(np.diag(direct))).max()),
        },
        "at_zero_input": {
            f"bias_{bias}": {
                "f": kept[bias][1],
                "after_10_steps": kept[bias][10],
                "after_100_steps": kept[bias][100],
                "steps_to_one_half": math.log(0.5) / math.log(kept[bias][1]),
            }
            for bias in FORGET_BIASES
        },
        "bias_5_with_inputs": _with_inputs(5),
    }
    series = Series(
        title="What is left of the derivative of the cell by an earlier cell state, along the direct path",
        horizontal="steps",
        vertical="derivative",
        at=list(range(T + 1)),
        lines={f"forget bias {bias}": kept[bias] for bias in FORGET_BIASES},
        logarithmic=True,
    )
    return Findings(numbers=numbers, series={"direct_path": series})


def _kept(bias: float) -> list[float]:
    """The derivative of the cell by that of t steps before, t from 0 to T, where only the forget gate has a bias.

    Without output gate and output activation the output is the cell, so that one run shows all steps.
    """
    cell = LSTM(output_gate=False, output_activation="identity")
    primal = problem(cell, zeros(cell, b_f=bias), np.zeros((T, 1, 1)), c=np.ones((1, 1)))
    tangent = State(h=np.zeros((1, 1)), c=np.ones((1, 1)))
    return [1.0, *jvp(primal, Tangents(initial=((tangent,),))).y.ravel().tolist()]


def _with_inputs(bias: float) -> dict[str, Any]:
    """The forget gate under normal inputs with weights of standard deviation 1, and the product of 100 of them."""
    rng = np.random.default_rng(23)
    x = rng.standard_normal((T, I))
    cell = LSTM()
    parameters = zeros(cell, I, H, W_f=rng.standard_normal((H, I)), b_f=bias)
    nothing = np.zeros((T, H))
    f = lstm_gates(cell, parameters, x, nothing, nothing)["f"]
    state = {"h": np.zeros(H), "c": np.ones(H)}
    after = np.diag(jacobian(cell, parameters, x, of="c", by="c", **state))
    return {
        "smallest_f": float(f.min()),
        "median_f": float(np.median(f)),
        "median_after_100_steps": float(np.median(after)),
    }


def carried() -> Findings:
    """C4: how far the cell has moved after 3 and after 1000 steps, for biases b of the forget and -b of the input gate.

    The candidate is driven by normal inputs; the gates have their biases alone.
    """
    rng = np.random.default_rng(24)
    x = rng.standard_normal((1000, 1, I))
    c = rng.standard_normal((1, H))
    cell = LSTM()
    W_g = rng.standard_normal((H, I))
    moved: dict[str, Any] = {}
    for bias in CARRY_BIASES:
        parameters = zeros(cell, I, H, W_g=W_g, b_f=bias, b_i=-bias)
        after = {steps: final(cell, parameters, x[:steps], h=np.zeros((1, H)), c=c).c for steps in (3, 1000)}
        moved[f"bias_{bias}"] = {
            f"after_{steps}_steps": float(np.abs(c_new - c).max()) for steps, c_new in after.items()
        }
    return Findings(numbers={"largest_cell_at_the_start": float(np.abs(c).max()), "largest_change_of_the_cell": moved})
