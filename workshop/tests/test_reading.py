"""The independent reading gives the numbers of the exact vectors, shares nothing with the reference, and can fail."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from rnnspec_conformance.vectors import load
from rnnspec_workshop.independent_reading import activation_formulas, cell_equations, read, sequences
from rnnspec_workshop.independent_reading.kinds_of_number import Floats
from rnnspec_workshop.vectors.answers import CAUGHT
from rnnspec_workshop.vectors.differences import agreement

VECTORS = list(load.vectors())
INDEPENDENT = (
    "rnnspec_workshop.independent_reading",
    "rnnspec_workshop.independent_reading.digits",
    "rnnspec_workshop.independent_reading.symbols",
    "rnnspec_workshop.vectors.cell_options",
    "rnnspec_workshop.vectors.declaration",
    "rnnspec_workshop.vectors.differences",
    "rnnspec_workshop.vectors.refused",
    "rnnspec_workshop.vectors.vector_catalogue",
)
"""What finds the numbers of the vectors."""
JUDGED = {"rnnspec", "rnnspec_adapters", "rnnspec_conformance", "numpy"}
"""What these numbers judge, and the arrays that it computes with."""


def loaded_by(module: str) -> set[str]:
    """The packages that a fresh interpreter holds once it has imported `module`."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import {module}, json, sys; print(json.dumps(sorted(sys.modules)))"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(ran.stdout)}


@pytest.mark.parametrize("module", INDEPENDENT)
def test_the_reading_and_what_differentiates_it_load_nothing_of_the_reference(module: str) -> None:
    loaded = loaded_by(module)
    assert "rnnspec_workshop" in loaded
    assert not loaded & JUDGED


def test_what_compares_with_the_reference_loads_it() -> None:
    """Else the test above could not fail."""
    assert loaded_by("rnnspec_workshop.vectors.answers") >= JUDGED


def ids_of_other_vectors() -> list[str]:
    """The vectors whose outputs or final states the reading gives otherwise, in floats."""
    found = {vector["id"]: read(vector["problem"], Floats()) for vector in VECTORS}
    expected = {vector["id"]: {part: vector["expected"][part] for part in ("y", "final")} for vector in VECTORS}
    return [id for id, outcome in found.items() if agreement(outcome, expected[id]) > CAUGHT]


def test_the_reading_gives_every_vector_in_floats_too() -> None:
    assert ids_of_other_vectors() == []


@pytest.mark.parametrize(
    "function, equation, altered",
    [
        (activation_formulas.hard_sigmoid, "alpha * a + beta", "alpha * (a + beta)"),  # ACT-2
        (activation_formulas.clip, "-bound, a)", "bound, a)"),  # CLIP-1
        (cell_equations.Step.affine, "Rh[j] + b[j]", "Rh[j] - b[j]"),  # PAR-1
        (cell_equations.Step.activated, 'clip(self.n, self.cell, "preactivation_clip", u)', "u"),  # CLIP-3
        (cell_equations.rnn, 'state["h"])', "step.zeros['h'])"),  # RNN-1
        (cell_equations.lstm, "f[j] * c[j] + i[j] * g[j]", "i[j] * c[j] + f[j] * g[j]"),  # LSTM-4
        (cell_equations.lstm, 'c_new if cell["peephole"] == "new" else c', "c"),  # PEEP-3
        (cell_equations.lstm, "f = [1 - i[j] for j in H]", "f = [i[j] for j in H]"),  # VAR-4
        (cell_equations.lstm, "R_{source}{q}", "R_{q}{source}"),  # VAR-7
        (cell_equations.projected, "return h_new, [P[k] + b[k]", "return h_new, [P[k]"),  # PROJ-2
        (cell_equations.gru, "r[j] * (Rh[j] + b_R[j])", "r[j] * Rh[j] + b_R[j]"),  # GRU-3
        (cell_equations.gru, "(1 - z[j]) * h[j] + z[j] * n[j]", "z[j] * h[j] + (1 - z[j]) * n[j]"),  # GRU-6
        (sequences.sequence, "out.reverse()", "pass"),  # SEQ-5
        (sequences.sequence, "out[-1] if repeat and out else", "step.full(width, 0) if repeat else"),  # SEQ-11
        (sequences.merged, "(u + v) / 2", "(u + v)"),  # SEQ-13
    ],
)
def test_an_altered_equation_is_noticed(
    monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], equation: str, altered: str
) -> None:
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(equation) == 1
    names: dict[str, Any] = {}
    exec(source.replace(equation, altered), vars(inspect.getmodule(function)), names)
    monkeypatch.setattr(function, "__code__", names[function.__name__].__code__)
    assert ids_of_other_vectors() != []
