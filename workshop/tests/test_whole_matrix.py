"""The whole kill matrix, computed anew: `nox -s "report(suite)"` runs this, and the session `tests` does not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from rnnspec import FLOAT64, Array, Outcome, Precision, Problem, named_arrays, solve
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.judging.laws import LAWS
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.mutants.mutant import Misreading
from rnnspec_workshop.kill_matrix import JUDGED_IN, MARGIN, Kills, matrix, summary

from .places import ROOT, SUMMARY

ADVICE = "mutants.json is out of date; write it anew: nox -s kill-matrix"
FILE = json.loads((ROOT / "conformance" / "results" / "mutants.json").read_text(encoding="utf-8"))
COMMITTED: list[dict[str, Any]] = FILE["mutants"]
CASES = SELECTIONS["default"]
BY_ID = {case.id: case for case in CASES}


@pytest.fixture(scope="module")
def rows() -> list[Kills]:
    """Every mutant in every precision, judged on every case of the default selection."""
    return matrix()


def kills_by_case(rows: list[Kills], precision: str) -> dict[str, dict[str, float]]:
    """For each case, the mutants that it kills and by how much."""
    by_case: dict[str, dict[str, float]] = {case.id: {} for case in CASES}
    for row in rows:
        if row.precision == precision:
            for case, ratio in row.ratios.items():
                by_case[case][row.mutant.id] = ratio
    return by_case


@pytest.mark.parametrize("precision", JUDGED_IN)
def test_every_mutant_is_killed_by_the_margin(rows: list[Kills], precision: str) -> None:
    margins = {row.mutant.id: row.margin for row in rows if row.precision == precision}
    assert set(margins) == {mutant.id for mutant in MUTANTS}
    assert {id: margin for id, margin in margins.items() if margin < MARGIN} == {}


@pytest.mark.parametrize("precision", JUDGED_IN)
def test_every_case_kills_a_mutant_by_the_margin(rows: list[Kills], precision: str) -> None:
    best = {case: max(killed.values(), default=0.0) for case, killed in kills_by_case(rows, precision).items()}
    assert {case: margin for case, margin in best.items() if margin < MARGIN} == {}


@pytest.mark.parametrize("precision", JUDGED_IN)
def test_a_case_that_kills_a_mutant_exercises_its_rule(rows: list[Kills], precision: str) -> None:
    by_mutant = {row.mutant: row.ratios for row in rows if row.precision == precision}
    silent = [
        mutant.id
        for mutant, ratios in by_mutant.items()
        if not any(mutant.rule in BY_ID[case].rules for case in ratios)
    ]
    assert silent == []


def test_no_mutant_is_the_reference(rows: list[Kills]) -> None:
    for row in rows:
        misreading = row.mutant.misreading
        if misreading is not None and row.precision == "float64":
            case = BY_ID[row.best_case]
            law, problem = LAWS.get(case.kind, _the_answer), case.problem(FLOAT64)
            with np.errstate(all="ignore"):
                read = law(problem, partial(_read, misreading), FLOAT64)
                right = law(problem, solve, FLOAT64)
            same = [
                read[name].dtype == array.dtype and np.array_equal(read[name], array, equal_nan=True)
                for name, array in right.items()
            ]
            assert not all(same), row.mutant.id


def _read(misreading: Misreading, problem: Problem) -> Outcome:
    return misreading(problem, FLOAT64)


def _the_answer(problem: Problem, solver: Callable[[Problem], Outcome], _: Precision) -> dict[str, Array]:
    return named_arrays(solver(problem))


def test_the_smallest_margin_is_shown(rows: list[Kills], record_property: Callable[[str, object], None]) -> None:
    weakest = min(rows, key=lambda row: row.margin)
    record_property(
        SUMMARY,
        f"{len(MUTANTS)} mutants; the smallest margin is {weakest.margin:.3g} times the tolerance "
        f"({weakest.mutant.id}, {weakest.precision}, by {weakest.best_case})",
    )
    assert weakest.margin >= MARGIN


def test_the_committed_matrix_is_the_computed_one(rows: list[Kills]) -> None:
    computed = summary(rows)
    for key in ("id", "rule", "class", "sentence", "killed_by"):
        assert [entry.get(key) for entry in COMMITTED] == [entry[key] for entry in computed], ADVICE


def test_the_committed_margins_are_the_computed_ones(rows: list[Kills]) -> None:
    computed = {entry["id"]: entry["margin"] for entry in summary(rows)}
    for entry in COMMITTED:
        for precision in JUDGED_IN:
            before, after = entry["margin"][precision], computed[entry["id"]][precision]
            where = f"{entry['id']}, {precision}: {before} and {after}. {ADVICE}"
            assert (before is None) == (after is None), where
            if before is not None:
                assert abs(math.log10(after / before)) <= 1, where
