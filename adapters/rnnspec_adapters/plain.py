"""Problems and outcomes as plain values: dictionaries, lists, strings and numbers, as they stand in JSON.

The exact vectors and the protocol of programs share this form. Arrays are nested lists in the axes of the text, under
its letters; an absent part is None. JSON has no NaN and no infinity: they are the strings of `NOT_FINITE`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar, get_args

import numpy as np

from rnnspec import (
    Activation,
    Array,
    Cell,
    Cotangents,
    Gradients,
    Layer,
    Outcome,
    Parameters,
    Problem,
    Record,
    State,
    States,
)

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
"""What stands for the numbers that JSON does not have."""

KINDS: dict[str, type[Cell]] = {kind.__name__: kind for kind in get_args(Cell)}

Named = dict[str, Any]
"""Arrays by name, as plain values."""

R = TypeVar("R", bound=Record)
T = TypeVar("T")


def array_of(value: object, field: str) -> Array:
    """The float64 array that nested lists of numbers stand for.

    Raises
    ------
    ValueError
        Names `field`: when something in it is neither a list nor a number, or the lists are not of one length.
    """
    try:
        return np.array(_numbers(value, field), dtype=np.float64)
    except (ValueError, OverflowError) as error:
        message = str(error) if str(error).startswith(field) else f"{field}: wanted nested lists of one shape ({error})"
        raise ValueError(message) from error


def _numbers(value: object, field: str) -> Any:
    if isinstance(value, list):
        return [_numbers(part, field) for part in value]
    if isinstance(value, str) and value in NOT_FINITE:
        return NOT_FINITE[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"{field}: wanted a number or one of {', '.join(NOT_FINITE)}, got {value!r}")


def plain_array(array: Array) -> Any:
    """An array as nested lists. Each number is the float64 nearest to it, which JSON writes so that it comes back."""
    nested = array.astype(np.float64).tolist()
    return nested if np.isfinite(array).all() else _with_words(nested)


def _with_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_words(part) for part in value]
    return value if math.isfinite(value) else str(value)


def cell_of(given: Named) -> Cell:
    """The cell with these options.

    Raises
    ------
    ProblemError
        When the options are refused.
    """
    options: Named = {
        name: _activation(value) if name.endswith("activation") else value
        for name, value in given.items()
        if name != "kind"
    }
    return KINDS[given["kind"]](**options)


def _activation(given: Named) -> str | Activation:
    """An activation; its name alone where its constants are the default ones."""
    which = Activation(**given)
    return which.name if which == Activation(name=which.name) else which


def plain_cell(cell: Cell) -> Named:
    """A cell as its kind and all of its options, complete with the constants of activations."""
    options = {option.name: getattr(cell, option.name) for option in fields(cell)}
    return {"kind": type(cell).__name__} | {
        name: asdict(value if isinstance(value, Activation) else Activation(name=value))
        if name.endswith("activation")
        else value
        for name, value in options.items()
    }


def problem_of(given: Named) -> Problem:
    """The problem that these plain values stand for.

    Raises
    ------
    ProblemError
        When the problem is refused.
    """
    layers = tuple(
        Layer(
            cell=cell_of(layer["cell"]),
            parameters=tuple(_record(Parameters, named, "parameters") for named in layer["parameters"]),
            direction=layer["direction"],
            reverse_outputs=layer["reverse_outputs"],
            merge=layer["merge"],
        )
        for layer in given["layers"]
    )
    cotangents = given["cotangents"]
    return Problem(
        layers=layers,
        x=array_of(given["x"], "x"),
        initial=_optional(states_of, given["initial"], "initial"),
        lengths=None if given["lengths"] is None else np.array(given["lengths"]),
        cotangents=None
        if cotangents is None
        else Cotangents(
            y=_optional(array_of, cotangents["y"], "cotangents.y"),
            final=_optional(states_of, cotangents["final"], "cotangents.final"),
        ),
        padded_outputs=given["padded_outputs"],
    )


def plain_problem(problem: Problem) -> Named:
    """The inverse of `problem_of`."""
    cotangents = problem.cotangents
    return {
        "layers": [
            {
                "cell": plain_cell(layer.cell),
                "direction": layer.direction,
                "merge": layer.merge,
                "reverse_outputs": layer.reverse_outputs,
                "parameters": [plain_record(parameters) for parameters in layer.parameters],
            }
            for layer in problem.layers
        ],
        "x": plain_array(problem.x),
        "initial": plain_records(problem.initial),
        "lengths": None if problem.lengths is None else problem.lengths.tolist(),
        "padded_outputs": problem.padded_outputs,
        "cotangents": None
        if cotangents is None
        else {
            "y": None if cotangents.y is None else plain_array(cotangents.y),
            "final": plain_records(cotangents.final),
        },
    }


def outcome_of(given: Named) -> Outcome:
    """The outcome that these plain values stand for, in float64.

    Raises
    ------
    ValueError
        Names the array that is not one.
    """
    gradients = given["gradients"]
    return Outcome(
        y=array_of(given["y"], "y"),
        final=states_of(given["final"], "final"),
        gradients=None
        if gradients is None
        else Gradients(
            x=array_of(gradients["x"], "gradients.x"),
            initial=_optional(states_of, gradients["initial"], "gradients.initial"),
            layers=records_of(Parameters, gradients["layers"], "gradients.layers"),
        ),
    )


def plain_outcome(outcome: Outcome) -> Named:
    """The inverse of `outcome_of`."""
    gradients = outcome.gradients
    return {
        "y": plain_array(outcome.y),
        "final": plain_records(outcome.final),
        "gradients": None
        if gradients is None
        else {
            "x": plain_array(gradients.x),
            "initial": plain_records(gradients.initial),
            "layers": plain_records(gradients.layers),
        },
    }


def states_of(given: list[list[Named]], field: str) -> States:
    """States by layer and direction."""
    return records_of(State, given, field)


def records_of(kind: type[R], given: list[list[Named]], field: str) -> tuple[tuple[R, ...], ...]:
    """Records by layer and direction."""
    return tuple(
        tuple(_record(kind, named, f"{field}[{l}][{k}]") for k, named in enumerate(layer))
        for l, layer in enumerate(given)
    )


def plain_record(record: Record) -> Named:
    """A record as its arrays by name."""
    return {name: plain_array(array) for name, array in record.items()}


def plain_records(records: tuple[tuple[Record, ...], ...] | None) -> list[list[Named]] | None:
    """The inverse of `records_of`; None for None."""
    return None if records is None else [[plain_record(record) for record in layer] for layer in records]


def _record(kind: type[R], named: Named, field: str) -> R:
    return kind(**{name: array_of(value, f"{field}.{name}") for name, value in named.items()})


def _optional(convert: Callable[[Any, str], T], given: Any, field: str) -> T | None:
    return None if given is None else convert(given, field)
