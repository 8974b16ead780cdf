"""What stands in the files, as records of `rnnspec`: problems, directions, and expected arrays by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from rnnspec import Array, Parameters, Problem, Tangents
from rnnspec_adapters import plain

DATA = files("rnnspec_conformance.vectors") / "data"
INDEX = "index.json"
REFUSED = "refused.json"

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


def problem_of(vector: Vector) -> Problem:
    """The problem of a vector.

    Raises
    ------
    ProblemError
        When the problem is refused.
    """
    return plain.problem_of(vector["problem"])


def tangents_of(vector: Vector) -> Tangents:
    """The direction along which the vector's jvp and hvp are taken."""
    given = vector["direction"]
    return Tangents(
        x=plain.array_of(given["x"], "direction.x"),
        initial=None if given["initial"] is None else plain.states_of(given["initial"], "direction.initial"),
        layers=plain.records_of(Parameters, given["layers"], "direction.layers"),
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


def _named(prefix: str, records: list[list[dict[str, Any]]]) -> dict[str, Array]:
    return {
        f"{prefix}[{layer}][{direction}].{name}": np.array(value)
        for layer, directions in enumerate(records)
        for direction, record in enumerate(directions)
        for name, value in record.items()
    }
