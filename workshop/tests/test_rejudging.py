"""What is judged again is compared with what is committed: verdicts, deviations, findings."""

from __future__ import annotations

import importlib.util
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnspec_conformance.deviations import Deviation
from rnnspec_conformance.results import Row, Run
from rnnspec_workshop import rejudging
from rnnspec_workshop.__main__ import main
from rnnspec_workshop.rejudging import RejudgingError, committed, files_of, mended, told

RECORDED = Deviation(
    cases=("a",), kind="differs", reason="adds (a) constant", link="b", since="c", entry="some.toml, deviation 1"
)


def row(case: str, verdict: str, reason: str = "") -> Row:
    return Row(
        case=case,
        precision="float32",
        mode="default",
        verdict=verdict,
        reason=reason,
    )


def contradicting(case: str, verdict: str, why: str = "") -> Row:
    """A row whose recorded deviation does not hold."""
    return row(case, "errored" if verdict == "errored" else "outdated", RECORDED.contradiction(verdict, why))


def run_of(*rows: Row, version: str = "1.0") -> Run:
    return Run(
        adapter="some",
        device="cpu",
        specification="0.1.0",
        provenance={"some": version},
        rows=rows,
        precisions=("float32",),
        modes=("default",),
    )


def test_a_run_that_says_the_same_is_one_line() -> None:
    lines = told(run_of(row("a", "passed")), run_of(row("a", "passed"), version="1.1"))
    assert lines == ["some on cpu: some 1.0 -> 1.1; every verdict is as it was"]


def test_deviations_that_do_not_hold_are_told_once_with_their_reason() -> None:
    old = run_of(*(row(case, "deviates") for case in "abc"))
    new = run_of(contradicting("a", "passed"), contradicting("b", "passed"), row("c", "deviates"))
    assert told(old, new) == [
        "some on cpu: the same versions",
        "  better (2)",
        "    a-float32-default: differs -> passed",
        "    b-float32-default: differs -> passed",
        "  recorded deviations that do not hold (1)",
        "    adds (a) constant: passed in 2; recorded in some.toml, deviation 1",
    ]


def test_of_many_changes_some_are_shown_and_all_are_counted() -> None:
    cases = [f"{number:02}" for number in range(12)]
    lines = told(run_of(*(row(case, "passed") for case in cases)), run_of(*(row(case, "differs") for case in cases)))
    assert lines[1] == "  worse (12)"
    assert lines[-1] == "    and 2 more"
    assert len(lines) == 13


WHOLE: dict[str, dict[str, Any]] = {
    "passed": {"ratio": 0.5, "field": "y"},
    "differs": {"ratio": 5.0, "field": "y", "rule": "LSTM-1", "message": "why"},
    "errored": {"reason": "TypeError", "message": "why"},
}
"""By verdict, what a row has that stands in a file."""


def full(verdict: str) -> Row:
    return replace(row("a", verdict), **WHOLE[verdict])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder whose last commit holds a run, and whose file holds another one."""
    path = tmp_path / "some-cpu.json"
    path.write_text(run_of(full("passed")).dump(), encoding="utf-8")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    path.write_text(run_of(full("errored")).dump(), encoding="utf-8")
    return tmp_path


def test_what_is_compared_with_is_the_last_commit(results: Path) -> None:
    assert [row.verdict for row in committed(results / "some-cpu.json").rows] == ["passed"]


def test_results_that_were_never_committed_are_told(results: Path) -> None:
    with pytest.raises(RejudgingError, match=r"other\.json: wanted committed results, got: fatal: "):
        committed(results / "other.json")


def test_the_files_of_an_adapter_are_those_of_its_device_and_no_shards(results: Path) -> None:
    some = run_of(full("passed"))
    for name, run in {
        "all": replace(some, selection="all"),
        "cuda": replace(some, device="cuda"),
        "shard": replace(some, shard=(1, 2)),
    }.items():
        (results / f"{name}.json").write_text(run.dump(), encoding="utf-8")
    assert [path.name for path in files_of("some", "cpu", results)] == ["all.json", "some-cpu.json"]
    with pytest.raises(RejudgingError, match="wanted results of other on cpu, got none"):
        files_of("other", "cpu", results)


def test_a_finding_that_is_mended_is_told_with_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = {
        "json_holds": "import json\nassert json.loads('1') == 1\n",
        "json_mended": "import json\nassert json.loads('1') == 2, 'it is 1'\n",
        "json_on_jax": 'import json\nassert json.loads("1") == "jax"\n',
        "absent_one": "import absent\n",
        "json_newer": '"""A.\n\nSeen in packaging 9999.1; no report.\n"""\nassert False\n',
        "json_of_others": '"""A.\n\nHolds only with packaging >9999.\n"""\nassert False\n',
        "json_on_others": '"""A.\n\nHolds only on a processor with SVE, AVX512F.\n"""\nassert False\n',
    }
    for name, program in programs.items():
        (tmp_path / f"{name}.py").write_text(program, encoding="utf-8")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in {"absent", "jax"} else name)
    assert mended(sorted(tmp_path.glob("*.py"))) == (["json_mended.py: AssertionError: it is 1"], 2)


@pytest.mark.parametrize(
    "verdict, broken, status", [("passed", [], 0), ("differs", [], 1), ("passed", ["a.py: AssertionError"], 1)]
)
def test_the_exit_status_says_whether_anything_changed(
    verdict: str, broken: list[str], status: int, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "judged_again", lambda _: run_of(full(verdict)))
    monkeypatch.setattr(rejudging, "mended", lambda: (broken, 3))
    assert main(["rejudge", "some", "--results", str(results)]) == status


def test_an_adapter_that_cannot_be_judged_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rejudge", "some", "--results", str(results)]) == 2
    assert capsys.readouterr().err.startswith("rejudge: some: wanted a verdict, got: ")
