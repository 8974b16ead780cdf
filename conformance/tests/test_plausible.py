"""What `rnnspec report` reads is held against the schema and the catalogue: each mistake is one line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_conformance import cli
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import Run, write

from .made_runs import row, run_of

CASES = [case.id for case in SELECTIONS["default"]]
FIGURES = {"ratio": 0.5, "error": 1e-7, "tolerance": 2e-7, "field": "y"}
RUN = run_of(
    *(row(case, "passed", precision="float32", **FIGURES) for case in CASES[:-3]),
    row(CASES[-3], "differs", precision="float32", field="y", rule="GRU-3", message="why"),
    row(CASES[-2], "unsupported", precision="float32", reason="no such thing"),
    row(CASES[-1], "errored", precision="float32", reason="TypeError", message="why"),
    precisions=("float32",),
    specification=rnnspec.__version__,
)
STREAM: dict[str, Any] = {
    "seed": 1,
    "draws": 2,
    "judged": 2,
    "failures": 0,
    "reached": {"T": {"1": 2}},
    "refused": {},
    "never": {},
    "mistakes": [],
    "worst": {"ratio": 0.5, "draw": 1},
    "ratios": [0, 1, 1],
}


def file_of(run: Run) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(run.dump())
    return {**data, "stream": deepcopy(STREAM)}


def rows_of(data: dict[str, Any]) -> Any:
    return data["results"]["float32"]["default"]


def report(text: str, folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """The exit status of `rnnspec report` and the lines of its complaint."""
    path = folder / "some-cpu.json"
    path.write_text(text, encoding="utf-8")
    status = cli.main(["report", str(path), *options])
    return status, capsys.readouterr().err.splitlines()


def test_a_file_that_says_what_can_be_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(json.dumps(file_of(RUN)), tmp_path, capsys) == (1, [])


TAMPERED: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("ratio", lambda d: rows_of(d)[0].update(ratio=50), "ratio: wanted at most 1, got 50"),
    ("rows", lambda d: d["results"]["float32"].update(default=rows_of(d)[:2]), "wanted all "),
    ("no row", lambda d: rows_of(d).pop(3), f"{CASES[3]}-float32-default is missing"),
    ("order", lambda d: rows_of(d).reverse(), "wanted the rows in the order of the catalogue"),
    ("case", lambda d: rows_of(d)[0].update(case="nobody"), "rows of this selection only, got nobody-float32-default"),
    ("id", lambda d: rows_of(d)[0].update(case="[/red]"), "case: wanted like ^[a-z0-9]+(-[a-z0-9]+)*$, got"),
    ("rule", lambda d: rows_of(d)[-3].update(rule="GRU-999"), "rule: wanted one of the specification, got 'GRU-999'"),
    ("nonsense", lambda d: rows_of(d)[-3].update(rule="nonsense"), "rule: wanted like ^[A-Z]+-[1-9][0-9]*$, got"),
    ("digits", lambda d: rows_of(d)[0].update(ratio=10**400), "ratio: wanted a number that is not negative, got 1000"),
    ("worst", lambda d: d["stream"]["worst"].update(ratio=10**400), "stream: worst: ratio: wanted number, got 1000"),
    ("count", lambda d: d["stream"].update(ratios=[10**400]), "stream: ratios[0]: wanted integer, got 1000"),
    ("mistakes", lambda d: d["stream"].update(mistakes=3), "stream: mistakes: wanted array, got 3"),
    ("mistake", lambda d: d["stream"].update(mistakes=[{}]), "stream: mistakes[0]: "),
    ("no stream", lambda d: d.update(stream={"failures": 0, "draws": 0}), "stream: seed: wanted one, got nothing"),
    ("selection", lambda d: d.update(selection="easy"), "selection: wanted one of default, all, forward, got 'easy'"),
    ("precision", lambda d: with_precision(d, "float99"), "precisions: wanted some of float64, "),
    ("markup", lambda d: with_precision(d, "[/red]"), "precisions[0]: wanted like ^[a-z0-9]+$, got"),
    ("twice", lambda d: d.update(precisions=["float32"] * 2), "wanted an object with float32, float32, as the head"),
    ("shard", lambda d: d.update(shard=[1, 10**8]), "shard: wanted at most "),
    ("another shard", lambda d: d.update(shard=[1, 2]), "results: wanted rows of this selection only"),
    ("reason", lambda d: rows_of(d)[0].update(reason="none"), "reason: wanted nothing, got"),
    ("no message", lambda d: rows_of(d)[-3].pop("message"), "message: wanted one, got nothing"),
    ("escape", lambda d: d.update(adapter="\x1b[31m"), "adapter: wanted like "),
    ("new key", lambda d: d.update({"\x1b[31m\n": 1}), "got \\x1b[31m\\n"),
    ("version", lambda d: d["provenance"].update(some="\x1b[31m"), "provenance: some: wanted like "),
    ("chosen", lambda d: d.update(chosen={"cases": []}), "chosen: cases: wanted at least 1 of them, got []"),
    ("part", lambda d: d.update(chosen={"cases": [CASES[0]]}), "results: wanted rows of this selection only"),
]


def with_precision(data: dict[str, Any], name: str) -> None:
    data.update(precisions=[name], results={name: data["results"]["float32"]})


@pytest.mark.parametrize("tamper, message", [entry[1:] for entry in TAMPERED], ids=[entry[0] for entry in TAMPERED])
def test_what_cannot_be_is_refused_in_one_line(
    tamper: Callable[[dict[str, Any]], object],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = file_of(RUN)
    tamper(data)
    status, (line,) = report(json.dumps(data), tmp_path, capsys)
    assert status == 2
    assert line.startswith(f"rnnspec report: {tmp_path / 'some-cpu.json'}: ")
    assert message in line


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
def test_brackets_without_end_are_told_in_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, (line,) = report(text, tmp_path, capsys)
    assert status == 2
    assert "wanted JSON that is less deep" in line


def test_a_shard_of_many_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = file_of(RUN) | {"shard": [1, 10**8], "specification": "0.0.9"}
    began = time.process_time()
    status, (line,) = report(json.dumps(data), tmp_path, capsys, "--merge")
    assert status == 2
    assert line.endswith("shards: wanted all 100000000, got no 2, 3, 4, 5, 6, ...")
    assert time.process_time() - began < 5


def test_a_file_of_another_version_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "some-cpu.json"
    path.write_text(json.dumps(file_of(RUN) | {"specification": "0.0.9"}), encoding="utf-8")
    cli.main(["report", str(path)])
    assert "The file is of rnnspec 0.0.9: its rows are not held against the catalogue" in " ".join(
        capsys.readouterr().out.split()
    )


def test_what_is_written_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = write(RUN, tmp_path)
    assert cli.main(["report", str(path)]) == 1
    assert capsys.readouterr().err == ""
