"""Result files: what is written is read again, and a file changes only when its message does."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_adapters.declarations import registered, sessions
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import SCHEMA as SCHEMA_NUMBER
from rnnspec_conformance.results import (
    VERDICTS,
    ResultsError,
    Row,
    Run,
    differences,
    file_name,
    load,
    write,
)
from rnnspec_conformance.results.files import ALWAYS, HEAD, ROW, STREAM

from .commands import ROOT
from .made_runs import SCHEMA, run_of, schema_validator


def session_of(adapter: str) -> str:
    """What comes behind ``validate-`` where `adapter` is judged."""
    judged = sessions(registered(ROOT))
    return next((session for session, adapters in judged.items() if adapter in adapters), adapter)


COMMITTED = sorted(
    path
    for path in (ROOT / "conformance" / "results").glob("*.json")
    if "adapter" in json.loads(path.read_text(encoding="utf-8"))
)
ROWS = (
    Row(
        case="lstm-forward",
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
        precision="float32",
        mode="default",
        verdict="differs",
        ratio=math.inf,
        field="y",
        rule="GRU-3",
        message="“gru-forward” differs: GRU-3\n  see again  rnnspec validate",
    ),
    Row(
        case="peephole-forward",
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
    assert data["schema"] == SCHEMA_NUMBER
    assert [row.get("ratio") for row in data["results"]["float32"]["default"]] == [0.21, None, None]


def test_a_row_of_the_file_has_what_was_measured_and_nothing_that_is_empty() -> None:
    passed, differs, unsupported = json.loads(RUN.dump())["results"]["float32"]["default"]
    assert list(passed) == ["case", "verdict", "ratio", "error", "tolerance", "field"]
    assert list(differs) == ["case", "verdict", "field", "rule", "message"]
    assert list(unsupported) == ["case", "verdict", "reason"]


def test_a_row_of_another_mode_than_those_of_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rows: wanted rows of .* and modes default, got lstm-forward-float32-fast"):
        replace(RUN, rows=[replace(ROWS[0], mode="fast")])


def test_the_file_has_a_line_for_each_row() -> None:
    lines = [line for line in RUN.dump().splitlines() if '"case"' in line]
    assert len(lines) == len(ROWS)
    assert "“gru-forward”" in lines[1]


def test_figures_have_two_digits() -> None:
    assert replace(ROWS[0], ratio=0.123456).as_json()["ratio"] == 0.12
    assert replace(ROWS[0], error=1.23456e-7).as_json()["error"] == 1.2e-7
    assert replace(ROWS[0], tolerance=math.inf).as_json().get("tolerance") is None
    assert replace(ROWS[0], ratio=math.nan).as_json().get("ratio") is None


def test_a_row_goes_through_json_and_back() -> None:
    assert Row.from_json(json.loads(json.dumps(ROWS[0].as_json()))) == ROWS[0]


def test_text_that_utf8_cannot_hold_does_not_lose_the_file(tmp_path: Path) -> None:
    path, _ = write(with_row(2, reason="no \udcff"), tmp_path)
    assert load(path).rows[2].reason == "no ?"


NOISE: list[dict[str, Any]] = [
    {"ratio": 0.06},
    {"ratio": 0.8},
    {"error": 8e-7},
    {"tolerance": 3e-6},
    {"field": "final[0][0].h"},
    {"field": "final[0][0].h", "error": 2.1e-3, "tolerance": 1e-2},
]
CHANGES: list[tuple[int, dict[str, Any]]] = [
    (0, {"ratio": 0.9}),
    (0, {"ratio": 0.05}),
    (0, {"ratio": None}),
    (0, {"tolerance": 5e-6}),
    (0, {"tolerance": None}),
    (0, {"verdict": "differs"}),
    (1, {"ratio": 7.0, "error": 7e-6, "tolerance": 1e-6}),
    (1, {"rule": "GRU-4"}),
    (2, {"reason": "another"}),
    (2, {"verdict": "passed", "ratio": 0.0, "reason": ""}),
]
"""Changes of a row: those that a machine makes, and those that say something; with the position of the row."""


@pytest.mark.parametrize("changes", NOISE)
def test_a_small_change_of_a_figure_leaves_the_file_as_it_is(changes: dict[str, Any], tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    before = path.read_bytes()
    elsewhere = replace(with_row(0, **changes), provenance={"some": "1.0+build", "numpy": "3.0", "python": "3.14.0"})
    elsewhere = replace(elsewhere, provenance={**elsewhere.provenance, "processor": "aarch64 NEON"})
    assert write(elsewhere, tmp_path) == (path, False)
    assert path.read_bytes() == before
    assert differences(RUN, elsewhere) == []


@pytest.mark.parametrize("position, changes", CHANGES)
def test_a_changed_row_is_replaced_and_no_other(position: int, changes: dict[str, Any], tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    before = path.read_text(encoding="utf-8").splitlines()
    jittered = [replace(row, ratio=row.ratio * 1.5) if row.verdict == "passed" and row.ratio else row for row in ROWS]
    jittered[position] = replace(ROWS[position], **changes)
    assert write(replace(RUN, rows=jittered), tmp_path) == (path, True)
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [number for number, lines in enumerate(zip(before, after, strict=True)) if lines[0] != lines[1]]
    assert changed == [next(number for number, line in enumerate(before) if '"case"' in line) + position]
    assert differences(RUN, replace(RUN, rows=jittered))


def test_figures_far_below_the_tolerance_do_not_matter() -> None:
    assert differences(with_row(0, ratio=0.0), with_row(0, ratio=0.125)) == []
    assert differences(with_row(0, ratio=0.0), with_row(0, ratio=0.13))


def test_where_a_row_changed_the_file_says_with_what_it_was_measured(tmp_path: Path) -> None:
    write(RUN, tmp_path)
    here = {"some": "1.0", "numpy": "3.0"}
    path, changed = write(replace(with_row(1, rule="GRU-4"), provenance=here), tmp_path)
    assert (changed, load(path).provenance) == (True, here)


@pytest.mark.parametrize(
    "other",
    [
        replace(RUN, provenance={"some": "1.1"}),
        replace(RUN, provenance={"some": "1.0", "more": "1"}),
        replace(RUN, specification="0.2.0"),
        replace(RUN, rows=ROWS[:2]),
        replace(RUN, rows=(ROWS[1], ROWS[0], ROWS[2])),
        replace(RUN, modes=("default", "fast")),
    ],
)
def test_another_head_and_other_rows_are_written(other: Run, tmp_path: Path) -> None:
    path, _ = write(RUN, tmp_path)
    assert write(other, tmp_path) == (path, True)
    assert path.read_text(encoding="utf-8") == other.dump()
    assert differences(load(path), other) == []


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
    assert differences(RUN, with_row(1, message="the same in other digits")) == []


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
        (replace(RUN, rows=(*ROWS, replace(ROWS[0], case="more"))), ["more-float32-default: is new"]),
        (replace(RUN, rows=(ROWS[1], ROWS[0], ROWS[2])), ["the order of the trials is another one"]),
        (with_row(0, verdict="differs"), ["lstm-forward-float32-default: verdict: was 'passed', is 'differs'"]),
        (with_row(1, rule="GRU-4"), ["gru-forward-float32-default: rule: was 'GRU-3', is 'GRU-4'"]),
        (with_row(2, reason="another"), ["peephole-forward-float32-default: reason: was 'no peepholes', is 'another'"]),
        (with_row(0, ratio=0.9), ["lstm-forward-float32-default: ratio: was 0.21, is 0.9"]),
        (with_row(0, error=8e-7), []),
        (with_row(0, tolerance=None), ["lstm-forward-float32-default: tolerance: was 1e-06, is nothing"]),
    ],
)
def test_every_difference_is_a_sentence(other: Run, sentences: list[str]) -> None:
    assert differences(RUN, other) == sentences


def damaged(row: int | None = None, *, without: str | None = None, **changes: Any) -> str:
    """The file of `RUN` with changed entries in its head or in a row."""
    data = json.loads(RUN.dump())
    entries = data if row is None else data["results"]["float32"]["default"][row]
    entries |= changes
    if without is not None:
        del entries[without]
    return json.dumps(data)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "wanted JSON in UTF-8, got: "),
        ("[]", "wanted an object, got []"),
        (
            damaged(schema=2),
            "got 2; judge again: rnnspec validate --adapter some --device cpu --cases default --results FOLDER",
        ),
        (damaged(without="schema"), "schema: wanted 3, got 'nothing'; judge again: "),
        (damaged(without="device"), "device: wanted a string that is not empty, got nothing"),
        (damaged(extra=1), "shard, results, stream, got extra"),
        (damaged(shard=[3, 2]), "shard: wanted null, or k and n with 1 <= k <= n, got [3, 2]"),
        (damaged(shard=[True, 2]), "shard: wanted null, or k and n with 1 <= k <= n, got [true, 2]"),
        (damaged(modes=[]), "modes: wanted a list of strings, at least one, got []"),
        (damaged(provenance={"some": 1}), 'provenance: wanted an object of strings, got {"some": 1}'),
        (
            damaged(0, verdict="fine"),
            "results: float32: default[0]: verdict: wanted one of passed, ",
        ),
        (
            damaged(1, ratio="0.5"),
            'default[1]: ratio: wanted a number that is not negative, got "0.5"',
        ),
        (damaged(1, error=-1), "default[1]: error: wanted a number that is not negative, got -1"),
        (damaged(1, tolerance=math.inf), "tolerance: wanted a number that is not negative, got Infinity"),
        (damaged(2, without="verdict"), "default[2]: verdict: wanted one of passed, "),
        (damaged(2, rule=3), "default[2]: rule: wanted a string that is not empty, got 3"),
        (damaged(2, field=""), 'default[2]: field: wanted a string that is not empty, got ""'),
        (damaged(2, sentence="a"), "reason, rule, message, got sentence"),
        (damaged(results=[]), "results: wanted an object, got []"),
        (damaged(results={}), "results: wanted an object with float32, as the head says, got none"),
        (damaged(results={"float32": {"fast": []}}), "results: float32: wanted an object with default, as the head"),
        (damaged(results={"float32": {"default": 1}}), "results: float32: default: wanted a list, got 1"),
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
    written = [field.name for field in fields(Row) if field.name not in ("precision", "mode")]
    assert list(SCHEMA["properties"]) == [*HEAD, *STREAM]
    assert list(HEAD) == list(data)
    assert list(row["properties"]) == list(ROW) == written
    assert row["properties"]["verdict"]["enum"] == list(VERDICTS)
    assert (set(SCHEMA["required"]), row["required"]) == (set(data), list(ALWAYS))


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
        damaged(0, without="ratio"),
        damaged(0, rule="LSTM-4"),
        damaged(0, message="why"),
        damaged(1, rule="LSTM-0"),
        damaged(1, error=-1),
        damaged(1, without="message"),
        damaged(2, without="reason"),
        damaged(2, ratio=0.5),
        damaged(2, without="case"),
    ],
)
def test_the_schema_is_strict(text: str) -> None:
    assert not schema_validator().is_valid(json.loads(text))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_follow_the_schema(path: Path) -> None:
    schema_validator().validate(json.loads(path.read_text(encoding="utf-8")))


def test_the_advice_names_a_session_that_there_is() -> None:
    assert session_of("torch-cells") in sessions(registered(ROOT))
    assert session_of("of-another-distribution") == "of-another-distribution"


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_are_of_these_cases(path: Path) -> None:
    run = load(path)
    advice = f"{path.name} is out of date; write it anew: nox -s validate-{session_of(run.adapter)}"
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


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_results_hold_nothing_unexplained(path: Path) -> None:
    assert [row.case for row in load(path).rows if row.verdict in ("differs", "errored")] == []
    assert [row.case for row in load(path).rows if row.verdict in ("deviates", "unsupported") and not row.reason] == []
