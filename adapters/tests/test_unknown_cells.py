"""A cell that an adapter does not know is refused with a sentence, by every adapter."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rnnspec import RNN, Cell, Problem
from rnnspec.cells.recurrent_cell import RecurrentCell
from rnnspec_adapters import AdapterError, Unsupported, find_adapter
from rnnspec_adapters.base import BaseAdapter

from .problems import LENGTHS, make_problem

TEXT = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
TARGETS = tomllib.loads(TEXT)["project"]["entry-points"]["rnnspec.adapters"]


@dataclass(frozen=True, kw_only=True)
class Leaky(RNN):
    """A fourth cell, which is a third one as well for whoever asks with `isinstance`."""

    leak: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Indrnn(RecurrentCell):
    """A fourth cell that is like no other: its recurrent weights are a vector."""

    gates = ("",)
    bias = True

    @property
    def parameter_axes(self) -> dict[str, str]:
        return {"W": "H I", "u": "H", "b": "H"}


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Problems with a fourth cell: alone, under a known one, and with all that may be refused for other reasons."""
    monkeypatch.setattr("rnnspec.problem.Cell", Cell | Indrnn)
    cells: Any = (Leaky(), Indrnn())
    plain = [make_problem([cell], cotangents=False) for cell in cells]
    stacked = [make_problem([cell, RNN()], lengths=LENGTHS, direction="bidirectional") for cell in cells]
    return [*plain, *stacked]


@pytest.mark.parametrize("name", TARGETS)
def test_a_fourth_cell_is_refused_with_a_sentence(name: str, problems: list[Problem]) -> None:
    try:
        kind = find_adapter(TARGETS[name])
    except AdapterError as error:
        pytest.skip(str(error))
    assert issubclass(kind, BaseAdapter)
    for mode in kind.modes:
        adapter = kind(device=kind.devices[0], precision=kind.precisions[0], mode=mode)
        for problem in problems:
            assert isinstance(adapter.supports(problem), Unsupported)
        # What this machine lacks is said first. The cell is refused where nothing is lacking, too.
        for problem in problems[:2]:
            reason = adapter.refusal(problem)
            assert reason is not None
            assert type(problem.layers[0].cell).__name__ in reason
