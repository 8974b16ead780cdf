"""What a node test asks, in the words of this text; and whether one node of ONNX could ask a problem.

The operators are those of ``docs/Operators.md`` of ONNX. What has no meaning here, or no settled one there, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Array, Cell, Layer, Outcome, Parameters, Problem, State
from rnnspec.problem import Merge
from rnnspec_adapters.onnx.onnx_layouts import layout_of
from rnnspec_adapters.onnx.operators import ACTIVATIONS
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest

NAMES = {name: ours for ours, name in ACTIVATIONS.items()}
"""The names of this text for the activations of ONNX."""

DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}

COMMON = ("activations", "direction", "hidden_size", "layout")
READABLE = {
    # The text of ONNX clips "the input of activations", which in an LSTM takes in the new cell state. CLIP-3 does not.
    "LSTM": (*COMMON, "input_forget"),
    "GRU": (*COMMON, "clip", "linear_before_reset"),
    "RNN": (*COMMON, "clip"),
}
"""Not among them: activation_alpha and activation_beta. Which activation a number belongs to is not settled."""

MERGES: tuple[Merge, ...] = ("concat", "none")
"""Two directions stand in ``Y`` on an axis of their own. Here that is either side by side (SEQ-7) or apart (SEQ-14)."""


class UnreadableNodeError(ValueError):
    """A node test says something that has no translation; the message names it."""


def problems_of(test: NodeTest) -> tuple[Problem, ...]:
    """The problem that `test` states; a bidirectional one in both forms of `MERGES`.

    Raises
    ------
    UnreadableNodeError
        When an attribute, its value, or the dtype has no translation.
    """
    _check(test)
    cell = CELLS[test.operator](test)
    direction = test.attributes.get("direction", "forward")
    parameters = _parameters(test, cell)
    x = _time_major(test, test.inputs["X"].astype(np.float64))
    layers = [
        Layer(cell=cell, parameters=parameters, direction=direction, merge=merge)
        for merge in (MERGES if direction == "bidirectional" else MERGES[:1])
    ]
    initial = _initial(test, cell)
    lengths = test.inputs.get("sequence_lens")
    return tuple(Problem(layers=(layer,), x=x, initial=initial, lengths=lengths) for layer in layers)


def outputs_of(test: NodeTest, outcome: Outcome) -> list[Array]:
    """The outputs that `test` compares, in its order, from an outcome of one of its problems."""
    directions, H = test.inputs["R"].shape[0], test.inputs["R"].shape[-1]
    T, B = outcome.y.shape[:2]
    made: dict[str, Callable[[], Array]] = {
        "Y": lambda: outcome.y.reshape(T, B, directions, H).transpose(0, 2, 1, 3),
        "Y_h": lambda: np.stack([state.h for state in outcome.final[0]]),
        "Y_c": lambda: np.stack([state.c for state in outcome.final[0]]),
    }
    batch_axis = {"Y": 2, "Y_h": 1, "Y_c": 1}
    batch_first = test.attributes.get("layout", 0) == 1
    return [np.moveaxis(made[name](), batch_axis[name], 0) if batch_first else made[name]() for name in test.outputs]


def expressible(problem: Problem) -> bool:
    """Whether one LSTM, GRU or RNN node of ONNX can state `problem`, its cotangents aside.

    ONNX says nothing of what stands in the padding of ``Y``.
    """
    (first, *others) = problem.layers
    cell = first.cell
    every_value, values = EXPRESSIBLE[type(cell).__name__]
    return (
        not others
        and first.merge in MERGES
        and first.reverse_outputs == "time"
        and all(
            option.name in every_value or getattr(cell, option.name) in (option.default, *values.get(option.name, ()))
            for option in fields(cell)
        )
    )


EXPRESSIBLE: dict[str, tuple[tuple[str, ...], dict[str, tuple[Any, ...]]]] = {
    "LSTM": (
        ("bias", "gate_activation", "candidate_activation", "output_activation"),
        {"peephole": ("new",), "coupling": ("forget",)},
    ),
    "GRU": (("bias", "gate_activation", "candidate_activation", "preactivation_clip"), {"reset": ("before",)}),
    "RNN": (("bias", "activation", "preactivation_clip"), {}),
}
"""The options of which an operator can state every value; and of others, the values that it can beside the default."""


def _check(test: NodeTest) -> None:
    def refuse(what: str, wanted: str, came: object, rule: str) -> UnreadableNodeError:
        return UnreadableNodeError(f"{test.name}: {what}: wanted {wanted}, got {came} [{rule}]")

    readable = READABLE[test.operator]
    for name, value in test.attributes.items():
        if name not in readable:
            rule = "CLIP-3" if name == "clip" else "ACT-1"
            raise refuse("attribute", f"one of {', '.join(readable)}", name, rule)
        if name in ("layout", "linear_before_reset", "input_forget") and value not in (0, 1):
            raise refuse(name, "0 or 1", value, "LAY-3")
    hidden_size, H = test.attributes.get("hidden_size"), test.inputs["R"].shape[-1]
    if hidden_size not in (None, H):
        raise refuse("hidden_size", f"{H}, as in R", hidden_size, "PAR-1")
    for name, array in test.inputs.items():
        if name != "sequence_lens" and array.dtype != np.float32:
            raise refuse(name, "float32", array.dtype, "NUM-3")


def _activations(test: NodeTest) -> list[str]:
    """The names in this text of the activations of a node, which must be the same in both directions."""
    default = DEFAULTS[test.operator]
    directions = test.inputs["R"].shape[0]
    given = list(test.attributes.get("activations", default * directions))
    if given != given[: len(default)] * directions or any(name not in NAMES for name in given):
        wanted = f"{len(default)} of {', '.join(NAMES)}, the same in each direction"
        raise UnreadableNodeError(f"{test.name}: activations: wanted {wanted}, got {', '.join(given)} [ACT-1]")
    return [NAMES[name] for name in given[: len(default)]]


def _lstm(test: NodeTest) -> Cell:
    gate, candidate, output = _activations(test)
    return LSTM(
        peephole="new" if "P" in test.inputs else "none",
        coupling="forget" if test.attributes.get("input_forget", 0) else "none",
        gate_activation=gate,
        candidate_activation=candidate,
        output_activation=output,
    )


def _gru(test: NodeTest) -> Cell:
    gate, candidate = _activations(test)
    return GRU(
        reset="after" if test.attributes.get("linear_before_reset", 0) else "before",
        gate_activation=gate,
        candidate_activation=candidate,
        preactivation_clip=test.attributes.get("clip"),
    )


def _rnn(test: NodeTest) -> Cell:
    (activation,) = _activations(test)
    return RNN(activation=activation, preactivation_clip=test.attributes.get("clip"))


CELLS: dict[str, Callable[[NodeTest], Cell]] = {"LSTM": _lstm, "GRU": _gru, "RNN": _rnn}


def _parameters(test: NodeTest, cell: Cell) -> tuple[Parameters, ...]:
    """The parameters of each direction, in numbers of the dtype of the node. An absent ``B`` is 0."""
    tensors = layout_of(cell).tensors
    directions, rows, _ = test.inputs["W"].shape
    given = {"B": np.zeros((directions, 2 * rows), np.float32), **test.inputs}
    made = []
    for direction in range(directions):
        native = [given[tensor.name.format(direction="")][direction : direction + 1] for tensor in tensors]
        of_cell = layout_of(cell).unpack(native)
        made.append(of_cell.map(lambda array: array.astype(np.float32).astype(np.float64)))
    return tuple(made)


def _time_major(test: NodeTest, array: Array) -> Array:
    return np.swapaxes(array, 0, 1).copy() if test.attributes.get("layout", 0) else array


def _initial(test: NodeTest, cell: Cell) -> tuple[tuple[State, ...], ...] | None:
    """The initial states of each direction; 0 for one of two that is absent, None where none is given."""
    given = {
        name: _time_major(test, test.inputs[f"initial_{name}"].astype(np.float64))
        for name in cell.states
        if f"initial_{name}" in test.inputs
    }
    if not given:
        return None
    some = next(iter(given.values()))
    states = {name: given.get(name, np.zeros_like(some)) for name in cell.states}
    return (tuple(State(**{name: array[d] for name, array in states.items()}) for d in range(len(some))),)
