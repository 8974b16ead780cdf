"""Result files: what is written is read again, and a file changes only when its message does."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import (
    VERDICTS,
    ResultsError,
    Row,
    Run,
    agree,
    differences,
    file_name,
    load,
    write,
)
from rnnspec_conformance.results.files import HEAD, ROW

from .commands import ROOT
from .made_runs import SCHEMA, run_of, schema_validator

COMMITTED = sorted(
    path
    for path in (ROOT / "conformance" / "results").glob("*.json")
    if "adapter" in json.loads(path.read_text(encoding="utf-8"))
)
ROWS = (
    Row(
        case="lstm-forward",
        chapter="LSTM",
        rules=("LSTM-4", "LSTM-1"),
        sentence="the step is as it is",
        precision="float32",
        mode="default",
        verdict="passed",
        ratio=0.21,
        error=2.1e-7,
        tolerance=1e-6,
        field="y",
    ),
    Row(
        case="gru-forward",
        chapter="GRU",
        rules=("GRU-3",),
        sentence="“quoted”",
        precision="float32",
        mode="default",
        verdict="differs",
        ratio=math.inf,
        field="y",
        rule="GRU-3",
        message="gru-forward differs: GRU-3\n  see again  rnnspec validate",
    ),
    Row(
        case="peephole-forward",
        chapter="PEEP",
        rules=("PEEP-3",),
        sentence="the output gate sees the new cell state",
        precision="float32",
        mode="default",
        verdict="unsupported",
        reason="no peepholes",
    ),
)
RUN = run_of(*ROWS, precisions=("float32",), provenance={"some": "1.0"})


def with_row(position: int, **changes: Any) -> Run:
    rows = list(ROWS)
    rows[position] = replace(rows[position], **changes)
    return replace(RUN, rows=rows)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, changed = write(RUN, tmp_path / "new")
    assert changed
    assert path == tmp_path / "new" / "some-cpu.json"
    assert load(path) == replace(RUN, rows=list(ROWS))


def test_a_shard_is_read_as_it_was_written(tmp_path: Path) -> None:
    shard = replace(RUN, rows=list(ROWS), shard=(2, 3), selection="all")
    assert load(write(shard, tmp_path)[0]) == shard


def test_the_file_is_json_without_infinity() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    data = json.loads(RUN.dump(), parse_constant=refuse)
    assert data["schema"] == 2
    assert [row["ratio"] for row in data["results"]] == [0.21, None, None]


def test_the_file_has_a_line_for_each_row() -> None:
    lines = [line for line in RUN.dump().splitlines() if '"case"' in line]
    assert len(lines) == len(ROWS)
    assert "“quoted”" in lines[1]


def test_figures_have_two_digits() -> None:
    assert replace(ROWS[0], ratio=0.123456).as_json()["ratio"] == 0.12
    assert replace(ROWS[0], error=1.23456e-7).as_json()["error"] == 1.2e-7
    assert replace(ROWS[0], tolerance=math.inf).as_json()["tolerance"] is None
    assert replace(ROWS[0], ratio=math.nan).as_json()["ratio"] is None


def test_a_row_goes_through_json_and_back() -> None:
    assert Row.from_json(json.loads(json.dumps(ROWS[0].as_json()))) == ROWS[0]


def test_text_that_utf8_cannot_hold_does_not_lose_the_file(tmp_path: Path) -> None:
    path, _ = write(with_row(2, reason="no \udcff"), tmp_path)
    assert load(path).rows[2].reason == "no ?"


@pytest.mark.parametrize(
    "changes",
    [
        {"ratio": 0.3},
        {"ratio": 0.12},
        {"error": 1.1e-7},
        {"tolerance": 2e-6},
        {"field": "final[0][0].h"},
        {"field": "final[0][0].h", "error": 2.1e-3, "tolerance": 1e-2},
    ],
)
def test_a_small_change_of_a_figure_leaves_the_file_as_it_is(changes: dict[str, Any], tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    before = path.read_text(encoding="utf-8")
    assert write(with_row(0, **changes), tmp_path) == (path, False)
    assert path.read_text(encoding="utf-8") == before


def test_figures_far_below_the_tolerance_do_not_matter() -> None:
    assert agree(with_row(0, ratio=0.0, error=0.0), with_row(0, ratio=0.009, error=1e-8))
    assert not agree(with_row(0, ratio=0.0, error=0.0), with_row(0, ratio=0.02, error=2e-8))
    assert agree(with_row(0, ratio=0.0), with_row(0, ratio=0.009))
    assert not agree(with_row(0, ratio=0.0), with_row(0, ratio=0.02))


@pytest.mark.parametrize(
    "other",
    [
        with_row(0, ratio=0.5),
        with_row(0, ratio=0.1),
        with_row(0, ratio=None),
        with_row(0, error=9e-7),
        with_row(0, error=None),
        with_row(0, tolerance=2.5e-6),
        with_row(0, tolerance=None),
        with_row(0, sentence="another"),
        with_row(0, rules=("LSTM-4",)),
        with_row(1, ratio=7.0, error=7e-6, tolerance=1e-6),
        with_row(0, verdict="differs"),
        with_row(1, field="final[0][0].h"),
        with_row(1, rule="GRU-4"),
        with_row(2, reason="another"),
        with_row(2, verdict="passed", ratio=0.0),
        replace(RUN, provenance={"some": "1.1"}),
        replace(RUN, specification="0.2.0"),
        replace(RUN, rows=ROWS[:2]),
        replace(RUN, rows=(ROWS[1], ROWS[0], ROWS[2])),
        replace(RUN, modes=("default", "fast")),
    ],
)
def test_any_other_change_is_written(other: Run, tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    assert write(other, tmp_path) == (path, True)
    assert path.read_text(encoding="utf-8") == other.dump()
    assert agree(load(path), other)


@pytest.mark.parametrize(
    "changes, name",
    [
        ({}, "some-cpu.json"),
        ({"device": "cuda"}, "some-cuda.json"),
        ({"selection": "all"}, "some-cpu-all.json"),
        ({"shard": (2, 8)}, "some-cpu.shard-2-of-8.json"),
        ({"selection": "all", "shard": (1, 2)}, "some-cpu-all.shard-1-of-2.json"),
    ],
)
def test_each_adapter_device_selection_and_shard_has_a_file_of_its_own(
    changes: dict[str, Any], name: str, tmp_path: Path
) -> None:
    run = replace(RUN, **changes)
    assert file_name(run) == name
    assert write(run, tmp_path) == (tmp_path / name, True)


def test_a_message_is_not_compared() -> None:
    assert agree(RUN, with_row(1, message="the same in other digits"))


@pytest.mark.parametrize(
    "other, sentences",
    [
        (RUN, []),
        (replace(RUN, specification="0.2.0"), ["specification: was '0.1.0', is '0.2.0'"]),
        (replace(RUN, shard=(1, 2)), ["shard: was nothing, is [1, 2]"]),
        (replace(RUN, provenance={"some": "1.1"}), ["provenance: some: was '1.0', is '1.1'"]),
        (replace(RUN, provenance={"some": "1.0", "x": "2"}), ["provenance: x: was nothing, is '2'"]),
        (replace(RUN, provenance={}), ["provenance: some: was '1.0', is nothing"]),
        (replace(RUN, rows=ROWS[:2]), ["peephole-forward-float32-default: is missing"]),
        (replace(RUN, rows=(*ROWS, replace(ROWS[0], mode="fast"))), ["lstm-forward-float32-fast: is new"]),
        (replace(RUN, rows=(ROWS[1], ROWS[0], ROWS[2])), ["the order of the trials is another one"]),
        (with_row(0, verdict="differs"), ["lstm-forward-float32-default: verdict: was 'passed', is 'differs'"]),
        (with_row(1, rule="GRU-4"), ["gru-forward-float32-default: rule: was 'GRU-3', is 'GRU-4'"]),
        (with_row(1, field="x"), ["gru-forward-float32-default: field: was 'y', is 'x'"]),
        (with_row(2, reason="another"), ["peephole-forward-float32-default: reason: was 'no peepholes', is 'another'"]),
        (with_row(0, ratio=0.6), ["lstm-forward-float32-default: ratio: was 0.21, is 0.6"]),
        (with_row(0, error=8e-7), ["lstm-forward-float32-default: error: was 2.1e-07, is 8e-07"]),
        (with_row(0, tolerance=None), ["lstm-forward-float32-default: tolerance: was 1e-06, is nothing"]),
    ],
)
def test_every_difference_is_a_sentence(other: Run, sentences: list[str]) -> None:
    assert differences(RUN, other) == sentences
    assert agree(RUN, other) is not bool(sentences)


def damaged(row: int | None = None, *, without: str | None = None, **changes: Any) -> str:
    """The file of `RUN` with changed entries in its head or in a row."""
    data = json.loads(RUN.dump())
    entries = data if row is None else data["results"][row]
    entries |= changes
    if without is not None:
        del entries[without]
    return json.dumps(data)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "wanted JSON in UTF-8, got: "),
        ("[]", "wanted an object, got []"),
        (damaged(schema=1), "schema: wanted 2, got 1; rnnspec validate --results writes it anew"),
        (damaged(without="schema"), "schema: wanted 2, got 'nothing'"),
        (damaged(without="device"), "device: wanted a string that is not empty, got nothing"),
        (damaged(extra=1), "shard, results, got extra"),
        (damaged(shard=[3, 2]), "shard: wanted null, or k and n with 1 <= k <= n, got [3, 2]"),
        (damaged(shard=[True, 2]), "shard: wanted null, or k and n with 1 <= k <= n, got [true, 2]"),
        (damaged(modes=[]), "modes: wanted a list of strings, at least one, got []"),
        (damaged(provenance={"some": 1}), 'provenance: wanted an object of strings, got {"some": 1}'),
        (damaged(0, verdict="fine"), "results[0]: verdict: wanted one of passed, differs, deviates, unsupported, "),
        (damaged(1, ratio="0.5"), 'results[1]: ratio: wanted a number that is not negative, or null, got "0.5"'),
        (damaged(1, error=-1), "results[1]: error: wanted a number that is not negative, or null, got -1"),
        (damaged(1, tolerance=math.inf), "tolerance: wanted a number that is not negative, or null, got Infinity"),
        (damaged(2, without="reason"), "results[2]: reason: wanted a string, got nothing"),
        (damaged(2, rule=3), "results[2]: rule: wanted a string, or null, got 3"),
        (damaged(1, case="lstm-forward"), "results: wanted every trial once, got lstm-forward-float32-default twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"none\.json: wanted a file of results, got: No such file"):
        load(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    with pytest.raises(ResultsError, match=r"bytes\.json: wanted JSON in UTF-8, got: "):
        load(tmp_path / "bytes.json")


@pytest.mark.parametrize("text", ["", damaged(schema=1)])
def test_a_file_that_cannot_be_read_is_replaced(text: str, tmp_path: Path) -> None:
    path = tmp_path / "some-cpu.json"
    path.write_text(text, encoding="utf-8")
    assert write(RUN, tmp_path) == (path, True)
    assert path.read_text(encoding="utf-8") == RUN.dump()


def test_the_schema_the_reader_and_the_writer_know_the_same_names() -> None:
    data = json.loads(RUN.dump())
    row = SCHEMA["$defs"]["row"]
    assert list(SCHEMA["properties"]) == list(HEAD) == list(data)
    assert list(row["properties"]) == list(ROW) == list(data["results"][0])
    assert row["properties"]["verdict"]["enum"] == list(VERDICTS)
    assert (set(SCHEMA["required"]), set(row["required"])) == (set(data), set(data["results"][0]))


def test_what_is_written_follows_the_schema() -> None:
    schema_validator().check_schema(SCHEMA)
    schema_validator().validate(json.loads(RUN.dump()))


@pytest.mark.parametrize(
    "text",
    [
        damaged(schema=1),
        damaged(without="device"),
        damaged(extra=1),
        damaged(shard=[1]),
        damaged(shard=[1, 2, 3]),
        damaged(shard=[0, 2]),
        damaged(specification="new"),
        damaged(0, extra=1),
        damaged(0, verdict="fine"),
        damaged(0, ratio=1.5),
        damaged(0, ratio=None),
        damaged(0, rule="LSTM-4"),
        damaged(0, message="why"),
        damaged(0, rules=["LSTM-0"]),
        damaged(1, error=-1),
        damaged(1, message=""),
        damaged(2, reason=""),
        damaged(2, ratio=0.5),
        damaged(2, without="sentence"),
    ],
)
def test_the_schema_is_strict(text: str) -> None:
    assert not schema_validator().is_valid(json.loads(text))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_follow_the_schema(path: Path) -> None:
    schema_validator().validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_are_of_these_cases(path: Path) -> None:
    run = load(path)
    advice = f"{path.name} is out of date; write it anew: nox -s validate-{run.adapter}"
    assert path.name == file_name(run)
    assert run.specification == rnnspec.__version__, advice
    cases = {case.id: case for case in SELECTIONS[run.selection]}
    trials = [
        (case.id, precision, mode)
        for precision in run.precisions
        for mode in run.modes
        for case in cases.values()
        if precision in case.precisions
    ]
    assert [(row.case, row.precision, row.mode) for row in run.rows] == trials, advice
    for row in run.rows:
        case = cases[row.case]
        assert (row.chapter, row.rules, row.sentence) == (case.chapter, case.rules, case.sentence), advice


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_hold_nothing_unexplained(path: Path) -> None:
    assert [row.case for row in load(path).rows if row.verdict in ("differs", "errored")] == []
    assert [row.case for row in load(path).rows if row.verdict in ("deviates", "unsupported") and not row.reason] == []
