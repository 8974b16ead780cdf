"""The judge of harnesses: honest ones conform, and each fault is found by the check that is about it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnspec import PRECISIONS, solve
from rnnspec_adapters.plain import plain_outcome
from rnnspec_adapters.program import ProgramError
from rnnspec_adapters.program.protocol import hello_of, hello_request, line_of, solve_request
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.program_checks import CHECKS, Finding, breaches, examine, schema
from rnnspec_conformance.results import catalogued, load

from .commands import ROOT, last_line, run, validate

HARNESS = ROOT / "adapters" / "tests" / "harness.py"
HELLO = {"id": 0, "protocol": 1, "name": "a", "provenance": {"a": "1"}, "precisions": ["float64"], "gradients": True}
OFFER = {"precision": "float64", "mode": "default", "device": "cpu"}


def command(fault: str = "none") -> str:
    return shlex.join([sys.executable, str(HARNESS), fault])


def broken(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.what for finding in findings if finding.verdict == "breaks"}


def test_an_honest_harness_conforms_in_every_check() -> None:
    findings = examine(command(), time_limit=60)
    assert [finding.check for finding in findings] == list(CHECKS)
    assert {finding.verdict for finding in findings} == {"conforms"}, broken(findings)


@pytest.mark.parametrize("fault, verdict", [("forward-only", "not tried"), ("unsupported", "conforms")])
def test_a_harness_need_not_have_everything(fault: str, verdict: str) -> None:
    findings = examine(command(fault), time_limit=60, checks=tuple(CHECKS)[:4])
    assert broken(findings) == {}
    assert next(f.verdict for f in findings if f.check == "gives gradients") == verdict


@pytest.mark.parametrize(
    "fault, check, what",
    [
        ("wrong-id", "answers small problems", "id: wanted "),
        ("no-final", "answers small problems", "'final' is a required property"),
        ("null-in-array", "answers small problems", "$.outcome.y"),
        ("extra-field", "answers small problems", "'took' was unexpected"),
        ("wrong-shape", "answers small problems", "outcome.y: wanted [1, 3, 4], got [1, 1, 3, 4]"),
        ("error", "answers small problems", "the program answers with an error"),
        ("dies", "answers small problems", "ended before it answered (exit status 3); its stderr ends: Traceback"),
        ("refuses-all", "answers small problems", "got refusals of all "),
        ("chatter", "answers small problems", "wanted a line of JSON, got 'loss: 0.25"),
        ("dies-on-garbage", "answers what is not JSON", "ended before it answered (exit status 1)"),
        ("remembers", "keeps nothing from problem to problem", "wanted the same answer"),
        ("zero-for-nan", "passes NaN on", "y[1, 0]: wanted the NaN"),
        ("bare-nan", "passes NaN on", "JSON has no NaN"),
        ("bad-status", "ends with its input", "wanted exit status 0 at the end of the input, got status 5"),
        ("no-name", "says hello", "'name' is a required property"),
        ("path-as-name", "says hello", "$.name"),
    ],
)
def test_a_fault_is_found_by_the_check_that_is_about_it(fault: str, check: str, what: str) -> None:
    checks = dict.fromkeys(("says hello", "answers small problems", check))
    findings = broken(examine(command(fault), time_limit=60, checks=checks))
    assert check in findings
    assert what in findings[check]


def test_what_is_written_after_the_last_answer_is_found() -> None:
    checks = ("says hello", "answers small problems", "ends with its input")
    found = broken(examine(command("chatter-afterwards"), time_limit=60, checks=checks))
    assert any("done" in what for what in found.values())


def test_the_command_prints_a_table_and_ends_with_a_status(tmp_path: Path) -> None:
    done = run(["rnnspec_conformance.cli", "check-program", command()], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(check in done.stdout for check in CHECKS)
    assert last_line(done.stdout) == "The program keeps to the protocol"
    done = run(["rnnspec_conformance.cli", "check-program", command("no-name")], tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout) == "1 of 1 checks break the protocol"


def test_every_message_that_is_sent_obeys_the_schema() -> None:
    assert breaches(hello_request(0), "request") == []
    precision = PRECISIONS["float32"]
    for case in CASES[::7]:
        request = solve_request(1, case.problem(precision), **OFFER)
        assert breaches(json.loads(line_of(request)), "request") == [], case.id


def test_the_reference_answers_by_the_schema() -> None:
    for case in CASES[::11]:
        outcome = plain_outcome(solve(case.problem(PRECISIONS["float64"])))
        assert breaches({"id": 3, "outcome": outcome}, "answer") == [], case.id


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "a/b"},
        {"provenance": {}},
        {"provenance": {"a": ""}},
        {"precisions": []},
        {"precisions": "float64"},
        {"gradients": 1},
        {"protocol": 2},
        {"modes": []},
        {"devices": [""]},
    ],
)
def test_the_adapter_and_the_schema_refuse_the_same_hello(change: dict[str, Any]) -> None:
    assert breaches(HELLO, "hello") == []
    hello_of(HELLO)
    assert breaches(HELLO | change, "hello") != []
    with pytest.raises(ProgramError, match=f"{next(iter(change))}: wanted "):
        hello_of(HELLO | change)


@pytest.mark.parametrize(
    "answer",
    [
        {"id": 1},
        {"id": None, "unsupported": "no"},
        {"id": 1, "unsupported": " "},
        {"id": 1, "error": ""},
        {"id": 1, "outcome": {"y": [1.0], "final": [[{"h": [[1.0]]}]]}},
        {"id": 1, "outcome": {"y": ["NaN"], "final": [[{"h": [[1.0]]}]], "gradients": None}},
        {"id": 1, "outcome": {"y": [True], "final": [[{"h": [[1.0]]}]], "gradients": None}},
        {"id": 1, "outcome": {"y": [1.0], "final": [[{"h": [[1.0]]}]], "gradients": None}, "error": "both"},
    ],
)
def test_the_schema_is_strict(answer: dict[str, Any]) -> None:
    assert breaches(answer, "answer") != []


def test_the_schema_says_of_problems_what_that_of_the_vectors_says() -> None:
    path = ROOT / "conformance" / "rnnspec_conformance" / "vectors" / "schema.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    ours = schema()["$defs"]
    shared = (vectors.keys() & ours.keys()) - {"array"}
    assert {"problem", "inputs", "RNN", "LSTM", "GRU", "activation", "states", "named_by_direction"} <= shared
    assert {name for name in shared if vectors[name] != ours[name]} == set()


def test_a_program_is_judged_as_any_adapter_and_its_results_bear_its_name(tmp_path: Path) -> None:
    done = validate("--program", command("three-ways"), "--case", "lstm-forward", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done.stdout).startswith("1 passed (x 2 modes x 2 precisions).")
    assert "python-harness on cpu: rnnspec " in done.stdout


def test_a_run_goes_on_after_a_program_has_died(tmp_path: Path) -> None:
    cases = ("--case", "lstm-one-step", "--case", "lstm-forward")
    done = validate("--program", command("dies"), "--precision", "float64", *cases, folder=tmp_path)
    assert done.returncode == 1
    assert "its stderr ends: Traceback: no memory | segmentation fault" in done.stdout
    assert f"--program {shlex.quote(command('dies'))} " in done.stdout
    assert last_line(done.stdout).startswith("1 passed, 1 errored (first: lstm-one-step: ProgramError: ")


def test_what_a_program_without_gradients_can_do_is_judged(tmp_path: Path) -> None:
    options = ("--program", command("forward-only"), "--results", "results")
    done = validate(*options, "--cases", "forward", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = catalogued(load(tmp_path / "results" / "python-harness-cpu-forward.json"))
    assert {row.chapter for row in rows if row.verdict == "passed"} >= {"LSTM", "PEEP", "GRU", "SEQ", "CLIP", "VAR"}
    assert {row.reason for row in rows if row.verdict != "passed"} == {"the adapter declares no layout"}
    assert not any(rule.startswith("GRAD") for row in rows for rule in row.rules)
