"""Which cells the operators of ONNX express, and by which attributes (docs/Operators.md: LSTM, GRU, RNN).

Data; no framework is imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, Activation, Cell
from rnnspec.activations import activation_of
from rnnspec_adapters.contract import Unsupported

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

SLOTS = {
    "LSTM": ("gate_activation", "candidate_activation", "output_activation"),
    "GRU": ("gate_activation", "candidate_activation"),
    "RNN": ("activation",),
}
"""The options that are activations, in the order of the attribute `activations`."""

EXPRESSED: dict[str, dict[str, tuple[tuple[Any, ...], str]]] = {
    "LSTM": {
        "peephole": (("none", "new"), "the output gate of LSTM sees the new cell state"),
        "input_gate": ((True,), "LSTM cannot leave out a gate"),
        "forget_gate": ((True,), "LSTM cannot leave out a gate"),
        "output_gate": ((True,), "LSTM cannot leave out a gate"),
        "relevance_gate": ((False,), "LSTM has no relevance gate"),
        "gate_recurrence": ((False,), "the gates of LSTM do not see those of the step before"),
        "projection": ((0,), "LSTM has no projection"),
        "cell_clip": ((None,), "the attribute clip of LSTM bounds pre-activations, not the cell"),
    },
    "GRU": {"reset": (("after", "before"), "GRU cannot leave out its reset gate")},
    "RNN": {},
}
"""By operator and option: the values that it expresses, and why it does not express others."""

RULES_OF_MIRRORS = {"update": "GRU-7", "coupling": "VAR-5"}


def activations_of(cell: Cell) -> tuple[Activation, ...]:
    """The activations of `cell`, in the order of the attribute."""
    given = [activation_of(getattr(cell, option), option) for option in SLOTS[type(cell).__name__]]
    return tuple(Activation(name="affine") if a.name == "identity" else a for a in given)


def mirrors(activation: Activation) -> bool:
    """Whether 1 - s(a) = s(-a), so that a gate is turned over by negating its parameters."""
    return activation.name == "sigmoid" or (activation.name in ("affine", "hard_sigmoid") and activation.beta == 0.5)


def refusal_of(cell: Cell) -> Unsupported | None:
    """Why no operator computes `cell`, if none does."""
    for option, (values, reason) in EXPRESSED[type(cell).__name__].items():
        if getattr(cell, option) not in values:
            return Unsupported(reason=reason)
    turned = {"coupling": "input"} if isinstance(cell, LSTM) else {"update": "take"}
    for option, value in turned.items():
        if getattr(cell, option, None) == value and not mirrors(activations_of(cell)[0]):
            reason = f"{option}={value!r} needs a gate activation with 1 - s(a) = s(-a) [{RULES_OF_MIRRORS[option]}]"
            return Unsupported(reason=reason)
    return None


def constants_of(cell: Cell) -> dict[str, float]:
    """The numbers that are attributes, by what they are."""
    named = {
        f"{constant} of {ACTIVATIONS[a.name]}": getattr(a, constant)
        for a in activations_of(cell)
        for constant in ("alpha", "beta")
    } | {"clip": cell.preactivation_clip}
    return {name: value for name, value in named.items() if value is not None}


def refusal_of_constants(cell: Cell, precision: str) -> Unsupported | None:
    """Why attributes, which are float32, do not hold the constants of `cell` in a wider precision, if they do not."""
    if precision != "float64":
        return None
    for name, value in constants_of(cell).items():
        if float(np.float32(value)) != value:
            return Unsupported(reason=f"attributes are float32, in which there is no {value:g} for {name}")
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
    if isinstance(cell, LSTM) and cell.coupling != "none":
        attributes["input_forget"] = 1
    if isinstance(cell, GRU) and cell.reset == "after":
        attributes["linear_before_reset"] = 1
    return attributes
