"""Runs that tests render, write and merge, and the schema that a file of one follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import rnnspec
import rnnspec_conformance
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import Row, Run

SCHEMA: dict[str, Any] = json.loads(
    Path(rnnspec_conformance.__file__).with_name("results").joinpath("results.schema.json").read_text(encoding="utf-8")
)


def schema_validator() -> Any:
    """What validates a file of results."""
    return Draft202012Validator(SCHEMA)


def row(case: str, verdict: str, **changes: Any) -> Row:
    """A row of which only the case, the verdict and what is given matters."""
    return Row(**{"case": case, "precision": "float64", "mode": "default", "verdict": verdict, **changes})


def run_of(*rows: Row, **changes: Any) -> Run:
    """A run of these rows."""
    given: dict[str, Any] = {
        "adapter": "some",
        "device": "cpu",
        "specification": "0.1.0",
        "provenance": {"some": "1.0", "numpy": "2"},
        "precisions": tuple(dict.fromkeys(["float64", "float32", *(row.precision for row in rows)])),
        "modes": tuple(dict.fromkeys(["default", *(row.mode for row in rows)])),
        "rows": rows,
    }
    return Run(**{**given, **changes})


def whole(selection: str = "default", verdicts: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any) -> Run:
    """A run of every case of a selection, which passed but for those that are given, in float32 and one mode."""
    rows = [
        row(case.id, "passed", precision="float32", ratio=0.5, field="y")
        if case.id not in (verdicts or {})
        else row(case.id, **{"precision": "float32", **(verdicts or {})[case.id]})
        for case in SELECTIONS[selection]
        if "float32" in case.precisions
    ]
    given = {"precisions": ("float32",), "specification": rnnspec.__version__, "selection": selection}
    return run_of(*rows, **{**given, **changes})
