"""``rnnspec report`` as a user runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_conformance import cli
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import Run, load, write
from rnnspec_conformance.results.shards import dealt

from .commands import run as run_module
from .made_runs import row, run_of

OF_OTHER_CASES = {"specification": "0.0.9"}
"""A version of which nothing is known here: its rows are not held against the catalogue."""

GOOD = run_of(row("a", "passed", ratio=0.5, field="y"), row("b", "unsupported", reason="no b"), **OF_OTHER_CASES)
BAD = run_of(
    row("a", "differs", ratio=5.0, field="y", rule="LSTM-1", message="why a differs"), adapter="bad", **OF_OTHER_CASES
)
EMPTY = run_of(row("a", "unsupported", reason="no a"), adapter="empty", **OF_OTHER_CASES)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Files of results in the current folder, by the name of the adapter."""
    monkeypatch.chdir(tmp_path)
    return {run.adapter: str(write(run, Path())[0]) for run in (GOOD, BAD, EMPTY)}


def shards() -> list[Run]:
    """A run of all cases of the default selection, in three shards."""
    rows = [row(case.id, "passed", ratio=0.5, field="y", precision="float32") for case in SELECTIONS["default"]]
    run = run_of(*rows, precisions=("float32",), specification=rnnspec.__version__)
    parts = [dealt((row.trial for row in rows), (k, 3)) for k in (1, 2, 3)]
    return [
        replace(run, rows=[row for row in rows if row.trial in part], shard=(k, 3))
        for k, part in enumerate(parts, start=1)
    ]


def test_the_table_and_the_last_line_of_a_run_are_printed(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", files["some"]]) == 0
    out = capsys.readouterr().out
    assert "some on cpu: some 1.0, numpy 2" in out
    assert "1 case: no b" in out
    assert out.splitlines()[-1] == "1 passed, 1 unsupported. Nothing differs beyond the recorded deviations"


@pytest.mark.parametrize("names", [("bad",), ("some", "bad"), ("empty",), ("some", "empty")])
def test_the_exit_status_is_1_when_any_run_is_wrong_or_judged_nothing(
    names: tuple[str, ...], files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", *(files[name] for name in names)]) == 1
    out = capsys.readouterr().out
    assert all(f"{name} on cpu" in out for name in names)


def test_every_rendering_of_several_runs_is_written(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    options = [f"--{name}={Path('out', name)}" for name in ("junit", "html", "badge")]
    assert cli.main(["report", files["some"], files["bad"], *options]) == 1
    out = capsys.readouterr().out
    texts = {name: Path("out", name).read_text(encoding="utf-8") for name in ("junit", "html", "badge")}
    assert all(f"written to {Path('out', name)}" in out for name in texts)
    assert texts["junit"].startswith("<?xml")
    assert texts["html"].startswith("<!DOCTYPE html>")
    assert texts["badge"].startswith("<svg")
    assert all("bad on cpu" in texts[name] and "why a differs" in texts[name] for name in ("junit", "html"))
    assert "1 case wrong" in texts["badge"]


def test_shards_are_made_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(write(shard, tmp_path)[0]) for shard in shards()]
    target = tmp_path / "whole" / "some-cpu.json"
    assert cli.main(["report", *reversed(paths), "--merge", "--json", str(target)]) == 0
    merged = load(target)
    assert [row.case for row in merged.rows] == [case.id for case in SELECTIONS["default"]]
    assert merged.shard is None
    out = capsys.readouterr().out
    assert "some on cpu: some 1.0" in out
    assert f"\n{len(merged.rows)} passed. Nothing differs" in out


def test_shards_that_are_not_merged_are_runs_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(write(shard, tmp_path)[0]) for shard in shards()]
    assert cli.main(["report", *paths]) == 0
    out = capsys.readouterr().out
    assert all(f"some on cpu, shard {k} of 3: some 1.0" in out for k in (1, 2, 3))


def test_a_run_is_held_against_an_earlier_one(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", files["some"], "--against", files["some"]]) == 0
    last = "0 better, 0 worse, 0 otherwise different"
    assert capsys.readouterr().out.splitlines()[-1] == f"against {files['some']}: {last}"
    closer, _ = write(replace(GOOD, rows=[replace(GOOD.rows[0], ratio=0.05), GOOD.rows[1]]), tmp_path / "earlier")
    assert cli.main(["report", files["some"], "--against", str(closer)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        f"other than in {closer}:",
        "  a-float64-default: ratio: was 0.05, is 0.5",
        f"against {closer}: 0 better, 0 worse, 1 otherwise different",
    ]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["none.json"], "none.json: wanted a file of results, got: No such file or directory"),
        (["some-cpu.json", "notes.txt"], "notes.txt: wanted JSON in UTF-8, got: "),
        (["old.json"], "old.json: schema: wanted 3, got 1; judge again: rnnspec validate --results FOLDER"),
        (["."], ".: wanted a file of results, got: Is a directory"),
        (["some-cpu.json", "some-cpu.json"], "some-cpu.json: wanted every file once, got it 2 times"),
        (["some-cpu.json", "--merge"], "some-cpu.json: shard: wanted one, got a whole run"),
        (
            ["some-cpu.json", "bad-cpu.json", "--json", "x"],
            "--json: wanted one run (--merge makes one of shards), got 2",
        ),
        (["some-cpu.json", "bad-cpu.json", "--against", "bad-cpu.json"], "--against: wanted one run"),
        (["some-cpu.json", "--against", "none.json"], "none.json: wanted a file of results, got: No such file"),
        (["some-cpu.json", "--html", "."], "Is a directory: '.'"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    arguments: list[str], message: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert files
    Path("notes.txt").write_text("not JSON", encoding="utf-8")
    Path("old.json").write_text('{"schema": 1}', encoding="utf-8")
    assert cli.main(["report", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rnnspec report: ")
    assert message in line


def test_a_file_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["report"])
    assert caught.value.code == 2
    assert "the following arguments are required: FILE" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, status", [(["some-cpu.json"], 0), (["bad-cpu.json"], 1), (["none.json"], 2)])
def test_the_process_ends_with_the_status(
    arguments: list[Any], status: int, files: dict[str, str], tmp_path: Path
) -> None:
    assert files
    assert run_module(["rnnspec_conformance.cli", "report", *arguments], tmp_path).returncode == status
