"""Which cells the operators of ONNX express, and by which attributes (docs/Operators.md: LSTM, GRU, RNN).

Data; no framework is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Cell, Layer, Problem
from rnnspec.activations import activation_of
from rnnspec_adapters.refusals import ANY, Entry, Table

ACTIVATIONS = {
    "affine": "Affine",
    "elu": "Elu",
    "hard_sigmoid": "HardSigmoid",
    "leaky_relu": "LeakyRelu",
    "relu": "Relu",
    "scaled_tanh": "ScaledTanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "tanh": "Tanh",
    "thresholded_relu": "ThresholdedRelu",
}
"""The names of the activations of the text. The identity is an Affine with the constants 1 and 0."""

SLOTS: Mapping[type[Cell], tuple[str, ...]] = {
    LSTM: ("gate_activation", "candidate_activation", "output_activation"),
    GRU: ("gate_activation", "candidate_activation"),
    RNN: ("activation",),
}
"""The options that are activations, in the order of the attribute `activations`."""


def activations_of(cell: Cell) -> tuple[Activation, ...]:
    """The activations of `cell`, in the order of the attribute."""
    given = [activation_of(getattr(cell, option), option) for option in SLOTS[type(cell)]]
    return tuple(Activation(name="affine") if a.name == "identity" else a for a in given)


def mirrors(activation: Activation) -> bool:
    """Whether 1 - s(a) = s(-a), so that a gate is turned over by negating its parameters."""
    return activation.name == "sigmoid" or (activation.name in ("affine", "hard_sigmoid") and activation.beta == 0.5)


def turned(value: str, rule: str) -> Entry:
    """Every value; but `value` is that of a gate which is turned over."""
    reason = f"{value!r} needs a gate activation with 1 - s(a) = s(-a) [{rule}]"
    return lambda given, cell: given != value or mirrors(activations_of(cell)[0]), reason


WHOLE = "LSTM cannot leave out a gate"
OF_EVERY_CELL = dict.fromkeys(("preactivation_clip", "clip_derivative", "bias"), ANY)

EXPRESSED: Table = {
    Problem: {
        "lengths": ANY,
        "padded_outputs": (("zero",), "the operators do not say what stands in the padding; here it is zeros"),
    },
    Layer: {
        "direction": ANY,
        "merge": ANY,
        "reverse_outputs": (("time",), "the operators give outputs in the order of time"),
    },
    LSTM: {
        "peephole": (("none", "new"), "the output gate of LSTM sees the new cell state"),
        "input_gate": ((True,), WHOLE),
        "forget_gate": ((True,), WHOLE),
        "output_gate": ((True,), WHOLE),
        "coupling": turned("input", "VAR-5"),
        "relevance_gate": ((False,), "LSTM has no relevance gate"),
        "gate_recurrence": ((False,), "the gates of LSTM do not see those of the step before"),
        "projection": ((0,), "LSTM has no projection"),
        "cell_clip": ((None,), "the attribute clip of LSTM bounds pre-activations, not the cell"),
        **dict.fromkeys(SLOTS[LSTM], ANY),
        **OF_EVERY_CELL,
    },
    GRU: {
        "reset": (("after", "before"), "GRU cannot leave out its reset gate"),
        "update": turned("take", "GRU-7"),
        "minimal": ANY,
        **dict.fromkeys(SLOTS[GRU], ANY),
        **OF_EVERY_CELL,
    },
    RNN: {"activation": ANY, **OF_EVERY_CELL},
}
"""What the operators express."""


def constants_of(cell: Cell) -> dict[str, float]:
    """The numbers that are attributes, by what they are."""
    named = {
        f"{constant} of {ACTIVATIONS[a.name]}": getattr(a, constant)
        for a in activations_of(cell)
        for constant in ("alpha", "beta")
    } | {"clip": cell.preactivation_clip}
    return {name: value for name, value in named.items() if value is not None}


def refusal_of_constants(cell: Cell, precision: str) -> str | None:
    """Why attributes, which are float32, do not hold the constants of `cell` in a wider precision, if they do not."""
    for name, value in constants_of(cell).items() if precision == "float64" else ():
        if float(np.float32(value)) != value:
            return f"attributes are float32, in which there is no {value:g} for {name}"
    return None


def attributes_of(cell: Cell, *, directions: int) -> dict[str, Any]:
    """The attributes of the operator that computes `cell`, but for sizes, direction and axes.

    Activations are given where one is not the default; each that has constants is given them, in the order of the
    activations, those of the second direction behind those of the first.
    """
    attributes: dict[str, Any] = {}
    activations = activations_of(cell)
    if activations != activations_of(type(cell)()):
        attributes["activations"] = [ACTIVATIONS[a.name] for a in activations] * directions
        for constant in ("alpha", "beta"):
            values = [getattr(a, constant) for a in activations if getattr(a, constant) is not None]
            if values:
                attributes[f"activation_{constant}"] = values * directions
    if cell.preactivation_clip is not None:
        attributes["clip"] = cell.preactivation_clip
    if getattr(cell, "coupling", "none") != "none":
        attributes["input_forget"] = 1
    if getattr(cell, "reset", "none") == "after":
        attributes["linear_before_reset"] = 1
    return attributes
