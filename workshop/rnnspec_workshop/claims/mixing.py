"""What the update gate of a GRU mixes: C7, C8, C9."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from rnnspec import GRU, Array, Parameters
from rnnspec_workshop.claims.building import OPEN, SHUT, filled, final, jacobian, normal, run, zeros
from rnnspec_workshop.claims.claim import Findings, Series
from rnnspec_workshop.claims.gates import update_gate

I, H, T = 3, 5, 100
KEEP = GRU(reset="before", update="keep")
TAKE = GRU(reset="before", update="take")
UPDATE_BIASES = (0, 1, 3, 5, 10)


def short_path() -> Findings:
    """C7: what a bias of the update gate, under the *keep* convention, lets pass of the past and of the present.

    With R = 0 the derivative of the state by an earlier state is the short path alone. Besides it there is the path
    through the candidate and the gates; over one step the two are told apart by leaving R out.
    """
    rng = np.random.default_rng(31)
    x, h = rng.standard_normal((1, I)), rng.uniform(-1, 1, H)
    parameters = normal(KEEP, I, H, seed=7)
    uncoupled = parameters.replace(**{name: np.zeros((H, H)) for name in parameters if name.startswith("R_")})
    short = jacobian(KEEP, uncoupled, x, of="h", by="h", h=h)
    z = update_gate(KEEP, uncoupled, x, h[None])[0]
    everything = jacobian(KEEP, parameters, x, of="h", by="h", h=h)
    of_biases = {}
    for bias in UPDATE_BIASES:
        lone = zeros(KEEP, b_z=bias, b_n=20.0)  # a candidate of 1
        steps = np.zeros((T, 1))
        past = jacobian(KEEP, lone, steps, of="h", by="h", h=np.zeros(1)).item()
        first = final(KEEP, lone, steps[:1, None], h=np.zeros((1, 1))).h.item()
        reached = final(KEEP, lone, steps[:, None], h=np.zeros((1, 1))).h.item()
        of_biases[f"bias_{bias}"] = {
            "past_left_after_100_steps": past,
            "share_of_the_candidate_in_one_step": first,
            "share_of_a_lasting_candidate_after_100_steps": reached,
        }
    return Findings(
        numbers={
            "short_path_is_diagonal_z_to_1e-14": bool(np.abs(short - np.diag(z)).max() <= 1e-14),
            "largest_distance_of_all_paths_from_it": float(
                np.abs(everything - np.diag(update_gate(KEEP, parameters, x, h[None])[0])).max()
            ),
            **of_biases,
        }
    )


def _take_apart(parameters: Parameters, x: Array, h: Array) -> tuple[Array, Array]:
    """The update gate and the candidate of one step, [B, H] each.

    The two update conventions add up to h + n.
    """
    both = [final(cell, parameters, x[None], h=h).h for cell in (KEEP, TAKE)]
    return update_gate(TAKE, parameters, x, h), both[0] + both[1] - h


def _average(fractions: Array, candidates: Array, start: Array) -> tuple[Array, Array]:
    """The moving average in closed form, and the sum of its weights: candidate t has fraction t of what was left."""
    later = np.cumprod((1 - fractions)[::-1], axis=0)[::-1]
    left = np.concatenate([later[1:], np.ones((1, start.size))])
    weights = np.concatenate([later[:1], fractions * left])
    return (weights * np.concatenate([start[None], candidates])).sum(axis=0), weights.sum(axis=0)


def moving_average() -> Findings:
    """C8: the state of a GRU against an exponentially weighted moving average of its candidates.

    The *take* convention, in which z is the fraction. Once with one fraction for all steps, once with gates
    and candidates that see the input and the state.
    """
    rng = np.random.default_rng(32)
    steps = 30
    x, h = rng.standard_normal((steps, I)), rng.uniform(-1, 1, H)
    free = normal(TAKE, I, H, seed=8)
    fixed = filled(free, W_z=0.0, R_z=0.0, b_z=-1.0, R_n=0.0)
    numbers: dict[str, Any] = {}
    for name, parameters in (("fixed_gate", fixed), ("free_gate", free)):
        y = run(TAKE, parameters, x[:, None], h=h[None]).y[:, 0]
        z, n = _take_apart(parameters, x, np.concatenate([h[None], y[:-1]]))
        average, weight = _average(z, n, h)
        numbers[name] = {
            "agrees_to_1e-13": bool(np.abs(average - y[-1]).max() <= 1e-13),
            "weights_add_up_to_1_to_1e-13": bool(np.abs(weight - 1).max() <= 1e-13),
            "smallest_fraction": float(z.min()),
            "largest_fraction": float(z.max()),
        }
        if name == "free_gate":
            constant, _ = _average(np.broadcast_to(z.mean(axis=0), z.shape), n, h)
            numbers[name]["distance_from_average_with_the_mean_fraction"] = float(np.abs(constant - y[-1]).max())
    return Findings(numbers=numbers)


def retained() -> Findings:
    """C9: what is left of a state when the update gate is shut, under both update conventions."""
    rng = np.random.default_rng(33)
    x, h = rng.standard_normal((1000, 1, I)), rng.uniform(-1, 1, (1, H))
    free = normal(TAKE, I, H, seed=9)

    def after(cell: GRU, bias: float, steps: int) -> float:
        """The largest change of the state."""
        parameters = filled(free, W_z=0.0, R_z=0.0, b_z=bias)
        return float(np.abs(final(cell, parameters, x[:steps], h=h).h - h).max())

    lone = zeros(TAKE, b_z=-5.0)
    left = run(TAKE, lone, np.zeros((T, 1, 1)), h=np.ones((1, 1))).y.ravel()
    series = Series(
        title="What is left of the state of a GRU without input, update bias -5 under the take convention",
        horizontal="steps",
        vertical="share",
        at=list(range(T + 1)),
        lines={"take, bias -5": [1.0, *left.tolist()]},
    )
    numbers = {
        "largest_change_of_the_state": {
            "take_shut_after_1000_steps": after(TAKE, SHUT, 1000),
            "take_bias_-5_after_100_steps": after(TAKE, -5.0, 100),
            "keep_shut_after_1_step": after(replace(TAKE, update="keep"), SHUT, 1),
            "keep_open_after_1000_steps": after(replace(TAKE, update="keep"), OPEN, 1000),
        },
        "left_after_100_steps_at_bias_-5": float(left[-1]),
        "steps_to_one_half_at_bias_-5": math.log(0.5) / math.log(float(left[0])),
    }
    return Findings(numbers=numbers, series={"retained": series})
