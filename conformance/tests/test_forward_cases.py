"""The selection called forward: the cases of implementations without gradients."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnspec import PRECISIONS
from rnnspec_conformance.cases import SELECTIONS

from .commands import last_line, validate

FORWARD = SELECTIONS["forward"]
BY_ID = {case.id: case for case in SELECTIONS["default"]}


def test_no_case_of_it_needs_or_speaks_of_gradients() -> None:
    for case in FORWARD:
        assert case.problem(PRECISIONS["float64"]).cotangents is None, case.id
        assert not [rule for rule in case.rules if rule.startswith(("GRAD", "SEC"))], case.id


def test_it_leaves_out_the_cases_about_derivatives_and_no_others() -> None:
    left_out = BY_ID.keys() - {case.id for case in FORWARD}
    assert {BY_ID[id].chapter for id in left_out} == {"GRAD", "SEC"}
    assert {case.chapter for case in FORWARD} == {case.chapter for case in BY_ID.values()} - {"GRAD", "SEC"}


def test_its_problems_are_those_of_the_cases_it_comes_from() -> None:
    precision = PRECISIONS["float32"]
    for case in FORWARD[::9]:
        problem, whole = case.problem(precision), BY_ID[case.id].problem(precision)
        assert problem.x.tobytes() == whole.x.tobytes()
        assert problem.layers[0].cell == whole.layers[0].cell
        assert (problem.lengths is None) == (whole.lengths is None)


@pytest.mark.parametrize(
    "adapter, case, rule",
    [("PaddedState", "gru-lengths", "SEQ-3"), ("MergedBias", "gru-after-keep-forward", "GRU-3")],
)
def test_what_is_wrong_is_found_without_gradients(adapter: str, case: str, rule: str, tmp_path: Path) -> None:
    arguments = ("--adapter", f"wrong_adapters:{adapter}", "--cases", "forward", "--case", case)
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout) == f"1 differs (x 2 precisions). Rules broken: {rule}"
    assert f"--cases forward --case {case}" in done.stdout
