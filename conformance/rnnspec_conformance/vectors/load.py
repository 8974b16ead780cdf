"""What stands in the files, as records of `rnnspec`: problems, directions, and expected arrays by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from rnnspec import GRU, LSTM, RNN, Activation, Array, Cell, Cotangents, Layer, Parameters, Problem, State, Tangents
from rnnspec.problem import States

DATA = files("rnnspec_conformance.vectors") / "data"
INDEX = "index.json"
REFUSED = "refused.json"
KINDS: dict[str, type[Cell]] = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}

Vector = dict[str, Any]


@cache
def file(name: str) -> dict[str, Any]:
    """One file of the data, parsed."""
    parsed: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return parsed


def families() -> tuple[str, ...]:
    """The families that there are files of, in the order of the index."""
    return tuple(family["family"] for family in file(INDEX)["families"])


def family(name: str) -> list[Vector]:
    """The vectors of a family."""
    vectors: list[Vector] = file(f"{name}.json")["vectors"]
    return vectors


def vectors() -> Iterator[Vector]:
    """Every vector."""
    for name in families():
        yield from family(name)


def cell_of(given: dict[str, Any]) -> Cell:
    """The cell with these options.

    Raises
    ------
    ProblemError
        When the options are refused.
    """
    options: dict[str, Any] = {
        name: _activation(value) if name.endswith("activation") else value
        for name, value in given.items()
        if name != "kind"
    }
    return KINDS[given["kind"]](**options)


def _activation(given: dict[str, Any]) -> str | Activation:
    """An activation; its name alone where its constants are the default ones."""
    which = Activation(**given)
    return which.name if which == Activation(name=which.name) else which


def problem_of(vector: Vector) -> Problem:
    """The problem of a vector.

    Raises
    ------
    ProblemError
        When the problem is refused.
    """
    given = vector["problem"]
    layers = tuple(
        Layer(
            cell=cell_of(layer["cell"]),
            parameters=_parameters(layer["parameters"]),
            direction=layer["direction"],
            reverse_outputs=layer["reverse_outputs"],
            merge=layer["merge"],
        )
        for layer in given["layers"]
    )
    cotangents = given["cotangents"]
    return Problem(
        layers=layers,
        x=np.array(given["x"]),
        initial=_states(given["initial"]),
        lengths=None if given["lengths"] is None else np.array(given["lengths"]),
        cotangents=None
        if cotangents is None
        else Cotangents(
            y=None if cotangents["y"] is None else np.array(cotangents["y"]), final=_states(cotangents["final"])
        ),
        padded_outputs=given["padded_outputs"],
    )


def tangents_of(vector: Vector) -> Tangents:
    """The direction along which the vector's jvp and hvp are taken."""
    given = vector["direction"]
    return Tangents(
        x=np.array(given["x"]),
        initial=_states(given["initial"]),
        layers=tuple(_parameters(layer) for layer in given["layers"]),
    )


def expected_of(vector: Vector) -> dict[str, Array]:
    """Every expected array by the expression that reads it: ``y``, ``gradients.layers[0][0].W_i``, ``hvp.x`` ..

    Names of outcomes are those of `rnnspec.named_arrays`; what belongs to the jvp or hvp begins so.
    """
    expected = vector["expected"]
    arrays = {"y": np.array(expected["y"])} | _named("final", expected["final"])
    if expected["jvp"] is not None:
        arrays |= {"jvp.y": np.array(expected["jvp"]["y"])} | _named("jvp.final", expected["jvp"]["final"])
    for field in ("gradients", "hvp"):
        if expected[field] is not None:
            arrays[f"{field}.x"] = np.array(expected[field]["x"])
            arrays |= _named(f"{field}.initial", expected[field]["initial"] or [])
            arrays |= _named(f"{field}.layers", expected[field]["layers"])
    return arrays


def _parameters(given: list[dict[str, Any]]) -> tuple[Parameters, ...]:
    return tuple(Parameters(**{name: np.array(value) for name, value in named.items()}) for named in given)


def _states(given: list[list[dict[str, Any]]] | None) -> States | None:
    if given is None:
        return None
    return tuple(
        tuple(State(**{name: np.array(value) for name, value in state.items()}) for state in layer) for layer in given
    )


def _named(prefix: str, records: list[list[dict[str, Any]]]) -> dict[str, Array]:
    return {
        f"{prefix}[{layer}][{direction}].{name}": np.array(value)
        for layer, directions in enumerate(records)
        for direction, record in enumerate(directions)
        for name, value in record.items()
    }
