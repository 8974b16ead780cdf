"""Result files: what is written is read again, and a file changes only when its message does."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.results import Row, Run, agree, load, write

from .commands import ROOT

OTHERS = ("claims", "mutants", "onnx-node-tests", "vectors")
COMMITTED = sorted(path for path in (ROOT / "conformance" / "results").glob("*.json") if path.stem not in OTHERS)
ROWS = (
    Row(
        case="lstm-forward",
        chapter="LSTM",
        rules=("LSTM-4", "LSTM-1"),
        sentence="the step is as it is",
        dtype="float32",
        mode="default",
        verdict="passed",
        ratio=0.21,
        field="y",
    ),
    Row(
        case="gru-forward",
        chapter="GRU",
        rules=("GRU-3",),
        sentence="“quoted”",
        dtype="float32",
        mode="default",
        verdict="differs",
        ratio=math.inf,
        field="y",
        rule="GRU-3",
    ),
    Row(
        case="peephole-forward",
        chapter="PEEP",
        rules=("PEEP-3",),
        sentence="the output gate sees the new cell",
        dtype="float32",
        mode="default",
        verdict="unsupported",
        reason="no peepholes",
    ),
)
RUN = Run(adapter="some", device="cpu", specification="0.1.0", provenance={"some": "1.0"}, rows=ROWS)


def with_row(position: int, **changes: Any) -> Run:
    rows = list(ROWS)
    rows[position] = replace(rows[position], **changes)
    return replace(RUN, rows=rows)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, changed = write(RUN, tmp_path / "new")
    assert changed
    assert path == tmp_path / "new" / "some-cpu.json"
    read = load(path)
    assert read.rows[0] == ROWS[0]
    assert read.rows[1] == replace(ROWS[1], ratio=None)
    assert read.rows[2] == ROWS[2]
    assert (read.adapter, read.device, read.specification, read.provenance) == ("some", "cpu", "0.1.0", {"some": "1.0"})


def test_the_file_is_json_without_infinity() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(RUN.dump(), parse_constant=refuse)
    assert data["schema"] == 1
    assert [row["ratio"] for row in data["results"]] == [0.21, None, None]


def test_the_file_has_a_line_for_each_row() -> None:
    lines = [line for line in RUN.dump().splitlines() if '"case"' in line]
    assert len(lines) == len(ROWS)
    assert "“quoted”" in lines[1]


def test_figures_have_two_digits() -> None:
    assert replace(ROWS[0], ratio=0.123456).as_json()["ratio"] == 0.12
    assert replace(ROWS[0], ratio=math.nan).as_json()["ratio"] is None


def test_a_row_goes_through_json_and_back() -> None:
    assert Row.from_json(json.loads(json.dumps(ROWS[0].as_json()))) == ROWS[0]


@pytest.mark.parametrize("changes", [{"ratio": 0.3}, {"ratio": 0.12}, {"field": "final[0][0].h"}])
def test_a_small_change_of_a_figure_leaves_the_file_as_it_is(changes: dict[str, Any], tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    before = path.read_text(encoding="utf-8")
    assert write(with_row(0, **changes), tmp_path) == (path, False)
    assert path.read_text(encoding="utf-8") == before


def test_figures_far_below_the_allowance_do_not_matter() -> None:
    assert agree(with_row(0, ratio=0.0), with_row(0, ratio=0.009))
    assert not agree(with_row(0, ratio=0.0), with_row(0, ratio=0.02))


@pytest.mark.parametrize(
    "other",
    [
        with_row(0, ratio=0.5),
        with_row(0, ratio=0.1),
        with_row(0, ratio=None),
        with_row(0, verdict="differs"),
        with_row(1, field="final[0][0].h"),
        with_row(1, rule="GRU-4"),
        with_row(2, reason="another"),
        with_row(2, verdict="passed", ratio=0.0),
        replace(RUN, provenance={"some": "1.1"}),
        replace(RUN, specification="0.2.0"),
        replace(RUN, rows=ROWS[:2]),
        replace(RUN, rows=(ROWS[1], ROWS[0], ROWS[2])),
    ],
)
def test_any_other_change_is_written(other: Run, tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    assert write(other, tmp_path) == (path, True)
    assert path.read_text(encoding="utf-8") == other.dump()
    assert agree(load(path), other)


def test_each_adapter_and_device_has_a_file_of_its_own(tmp_path: Path) -> None:
    write(RUN, tmp_path)
    _, changed = write(replace(RUN, device="cuda"), tmp_path)
    assert changed
    assert sorted(file.name for file in tmp_path.iterdir()) == ["some-cpu.json", "some-cuda.json"]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_are_of_these_cases(path: Path) -> None:
    run = load(path)
    advice = f"{path.name} is out of date; write it anew: nox -s validate-{run.adapter}"
    assert path.name == f"{run.adapter}-{run.device}.json"
    assert run.specification == rnnspec.__version__, advice
    assert {row.case for row in run.rows} == {case.id for case in CASES}, advice
    cases = {case.id: case for case in CASES}
    for row in run.rows:
        case = cases[row.case]
        assert (row.chapter, row.rules, row.sentence) == (case.chapter, case.rules, case.sentence), advice


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_hold_nothing_unexplained(path: Path) -> None:
    assert [row.case for row in load(path).rows if row.verdict in ("differs", "errored")] == []
    assert [row.case for row in load(path).rows if row.verdict in ("deviates", "unsupported") and not row.reason] == []
