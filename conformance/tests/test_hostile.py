"""Whatever an implementation does, the run goes on to the last trial, and every trial has its row."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from .commands import HERE, last_line, run_pytest, validate

CASES = ("lstm-one-step", "lstm-forward", "lstm-twice")
"""The cases that hostile adapters are tried on; most misbehave in the first."""
PRINTED_LINES = 24
ISOLATE = ("--rnn-isolate",)

posix = pytest.mark.skipif(os.name != "posix", reason="isolation wants a POSIX system")


def judged(
    adapter: str, folder: Path, *options: str, cases: tuple[str, ...] = CASES
) -> tuple[dict[str, dict[str, Any]], int, str]:
    """The rows by case, the exit status, and what was printed."""
    arguments = ["--rnn-adapter", f"hostile_adapters:{adapter}", "--rnn-precision", "float64", *options]
    for case in cases:
        arguments += ["--rnn-case", case]
    done = run_pytest(*arguments, "--junitxml", "report.xml", "-p", "no:cacheprovider", folder=folder)
    properties = ET.parse(folder / "report.xml").iter("property")
    rows = [ast.literal_eval(entry.attrib["value"]) for entry in properties if entry.attrib["name"] == "rnnspec"]
    assert sorted(row["case"] for row in rows) == sorted(cases), done.stdout + done.stderr
    return {row["case"]: row for row in rows}, done.returncode, done.stdout


def others(rows: dict[str, dict[str, Any]], *cases: str) -> set[str]:
    """The verdicts on all cases but these."""
    return {row["verdict"] for case, row in rows.items() if case not in cases}


@posix
@pytest.mark.parametrize(
    "adapter, reason",
    [
        ("Exiting", "the process ended with status 3"),
        ("Crashing", "the process ended by SIGSEGV"),
        ("Killed", "the process ended by SIGKILL, as when memory runs out"),
        ("Hanging", "no answer within 2 s"),
        ("HangingOn", "no answer within 2 s"),
        ("Closing", "the process ended with status 1"),
    ],
)
def test_what_ends_or_hangs_is_isolated_and_has_errored(adapter: str, reason: str, tmp_path: Path) -> None:
    rows, status, printed = judged(adapter, tmp_path, "--rnn-time-limit", "2")
    assert (rows["lstm-one-step"]["verdict"], rows["lstm-one-step"].get("rule")) == ("errored", None)
    assert rows["lstm-one-step"]["reason"] == reason
    assert others(rows, "lstm-one-step") == {"passed"}
    assert status == 1
    assert f"2 passed, 1 errored (first: lstm-one-step: {reason})\n" in printed


@posix
def test_what_was_started_is_ended(tmp_path: Path) -> None:
    judged("HangingOn", tmp_path, "--rnn-time-limit", "1")
    started = [int(number) for number in (tmp_path / "started").read_text(encoding="ascii").split()]
    assert len(started) == 2
    assert [number for number in started if is_running(number)] == []


@posix
def test_exhausted_memory_has_errored_and_does_not_burden_the_next_trial(tmp_path: Path) -> None:
    rows, status, _ = judged("Exhausting", tmp_path, "--rnn-memory-limit", "1024")
    assert rows["lstm-one-step"]["verdict"] == "errored"
    assert "MemoryError: Unable to allocate" in rows["lstm-one-step"]["reason"]
    assert others(rows, "lstm-one-step") == {"passed"}
    assert status == 1


@pytest.mark.parametrize(
    "adapter, rule, options",
    [
        ("NotANumber", "LSTM-4", ()),
        ("OtherShape", "LSTM-4", ()),
        ("OtherType", "NUM-3", ()),
        ("NoArray", "LSTM-4", ()),
        ("NoOutcome", "", ()),
        ("ModifyingItsInput", "COND-1", ()),
        ("Viewing", "COND-2", ()),
        ("Raising", "", ()),
        ("RaisingInSupports", "", ()),
        ("RaisingOddly", "", ()),
        ("RaisingTheUnspeakable", "", ()),
        ("Skipping", "", ()),
        pytest.param("NotANumber", "LSTM-4", ISOLATE, marks=posix),
        pytest.param("ModifyingItsInput", "COND-1", ISOLATE, marks=posix),
        pytest.param("RaisingOddly", "", ISOLATE, marks=posix),
        pytest.param("RaisingTheUnspeakable", "", ISOLATE, marks=posix),
    ],
)
def test_what_can_be_survived_is_a_verdict_here_and_isolated(
    adapter: str, rule: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    rows, status, printed = judged(adapter, tmp_path, *options)
    row = rows["lstm-one-step"]
    assert (row["verdict"], row.get("rule")) == (("differs", rule) if rule else ("errored", None)), row
    assert others(rows, "lstm-one-step") == {"passed"}
    assert status == 1
    differs = f"Rules broken: {rule}" if row.get("blamed", True) else "Start with: lstm-one-step"
    told = f"1 differs. {differs}" if rule else f"1 errored (first: lstm-one-step: {row['reason']})"
    assert row.get("blamed", True) == (rule != "LSTM-4")  # numbers alone say nothing of the cause
    assert f"2 passed, {told}\n" in printed


@pytest.mark.parametrize(
    "adapter, case, rule, fields",
    [
        ("ViewingItsInput", "lstm-one-step", "COND-1", ("problem.initial[0][0].h wanted as it was given", "final[0]")),
        ("Alternating", "lstm-twice", "COND-3", ("y on the second call: at",)),
        ("Seeded", "lstm-twice", "COND-3", ("y on the second call: at",)),
        ("Leaking", "lstm-memory", "COND-4", ("memory 8 calls leave ",)),
    ],
)
def test_what_is_wrong_from_call_to_call_is_found(
    adapter: str, case: str, rule: str, fields: tuple[str, ...], tmp_path: Path
) -> None:
    rows, status, printed = judged(adapter, tmp_path, cases=(*CASES, case) if case not in CASES else CASES)
    assert (rows[case]["verdict"], rows[case].get("rule")) == ("differs", rule)
    for field in fields:
        assert f"  differs    {field}" in printed
    assert status == 1


@posix
def test_what_is_printed_is_kept_out_of_the_report(tmp_path: Path) -> None:
    options = ("--isolate", "--precision", "float64", "--case", "lstm-one-step", "--case", "lstm-forward")
    done = validate("--adapter", "hostile_adapters:Printing", *options, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done.stdout) == "2 passed. Nothing differs beyond the recorded deviations"
    assert done.stderr == ""
    for printed in ("made", "answer", "to stderr", "below Python"):
        assert printed not in done.stdout


@pytest.mark.parametrize("isolation", [(), pytest.param(("--isolate",), marks=posix)], ids=["here", "isolated"])
def test_a_failure_shows_the_last_lines_that_were_printed(isolation: tuple[str, ...], tmp_path: Path) -> None:
    options = (*isolation, "--precision", "float64", "--case", "lstm-one-step", "--case", "lstm-forward")
    done = validate("--adapter", "hostile_adapters:PrintingAndRaising", *options, folder=tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout) == "1 passed, 1 errored (first: lstm-one-step: RuntimeError: no more)"
    assert "lstm-one-step (float64, default) errored, in a case about LSTM-4 New cell state" in done.stdout
    assert "the last words" in done.stdout
    assert 1 <= done.stdout.count("below Python") < PRINTED_LINES
    assert done.stderr == ""


@posix
def test_a_crash_shows_where_it_happened_and_how_to_see_it_again(tmp_path: Path) -> None:
    options = ("--time-limit", "30", "--precision", "float64", "--case", "lstm-one-step")
    first = validate("--adapter", "hostile_adapters:Crashing", *options, folder=tmp_path)
    assert "in misbehave" in first.stdout
    again = next(line for line in first.stdout.splitlines() if "see again" in line).split("rnnspec validate ")[1]
    assert again.endswith("--isolate --time-limit 30")
    second = validate(*again.split(), folder=tmp_path)
    assert last_line(second.stdout) == "1 errored (first: lstm-one-step: the process ended by SIGSEGV)"


@posix
def test_an_answer_is_given_once_though_a_copy_comes_back(tmp_path: Path) -> None:
    rows, status, _ = judged("Forking", tmp_path, "--rnn-isolate")
    assert others(rows) == {"passed"}
    assert status == 0


@pytest.mark.parametrize("isolation", [(), pytest.param(("--isolate",), marks=posix)], ids=["here", "isolated"])
@pytest.mark.parametrize(
    "adapter, error",
    [
        ("WithoutProvenance", "provenance: RuntimeError: who wants to know?"),
        ("WithSillyProvenance", "provenance: wanted a mapping of strings, got 'hostile': 1.0 in it"),
        pytest.param("WithCrashingProvenance", "provenance: the process ended by SIGABRT", marks=posix),
    ],
)
def test_a_provenance_that_is_none_is_recorded_and_fails_the_run(
    adapter: str, error: str, isolation: tuple[str, ...], tmp_path: Path
) -> None:
    if adapter == "WithCrashingProvenance" and not isolation:
        isolation = ("--isolate",)
    options = (*isolation, "--precision", "float64", "--case", "lstm-forward")
    done = validate("--adapter", f"hostile_adapters:{adapter}", *options, folder=tmp_path)
    assert done.returncode == 1
    assert f"hostile on cpu: error {error}" in done.stdout
    assert f"what was judged does not say what it is: {error}" in done.stdout
    assert last_line(done.stdout) == "1 passed. Nothing differs beyond the recorded deviations"


@pytest.mark.parametrize("isolation", [(), pytest.param(("--isolate",), marks=posix)], ids=["here", "isolated"])
@pytest.mark.parametrize(
    "adapter, message",
    [
        ("WithoutModes", "modes: wanted a tuple of one name or more, got ()"),
        ("NamedLikeAPath", "name: wanted a word that can stand in the name of a file, got '../elsewhere'"),
    ],
)
def test_an_adapter_that_is_none_is_a_mistake_of_the_user(
    adapter: str, message: str, isolation: tuple[str, ...], tmp_path: Path
) -> None:
    done = validate("--adapter", f"hostile_adapters:{adapter}", *isolation, folder=tmp_path)
    assert done.returncode == 4
    assert done.stderr.strip() == f"ERROR: --adapter hostile_adapters:{adapter}: {message}"


@posix
@pytest.mark.parametrize(
    "adapter, message",
    [("HangingWhenMade", "no answer within 3 s"), ("ExitingWhenMade", "the process ended with status 7")],
)
def test_an_adapter_that_cannot_be_made_is_told_in_one_line(adapter: str, message: str, tmp_path: Path) -> None:
    done = validate("--adapter", f"hostile_adapters:{adapter}", "--time-limit", "3", folder=tmp_path)
    assert done.returncode == 4
    assert done.stderr.strip() == f"ERROR: --adapter hostile_adapters:{adapter}: {message}"


@posix
def test_processes_side_by_side_are_isolated_too(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    rows, status, _ = judged("Crashing", tmp_path, "--rnn-isolate", "-n", "2")
    assert rows["lstm-one-step"]["reason"] == "the process ended by SIGSEGV"
    assert others(rows, "lstm-one-step") == {"passed"}
    assert status == 1


INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("rnnspec_conformance.cli", run_name="__main__", alter_sys=True)
"""
"""The command as in a terminal: what a shell runs in the background ignores interrupts, and so do its children."""


@posix
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_nothing_stays_when_the_run_itself_is_ended(sent: signal.Signals, tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    arguments = ["validate", "--adapter", "hostile_adapters:HangingOn", "--isolate", "--case", "lstm-one-step"]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        started = tmp_path / "started"
        wait_until(lambda: started.exists() and len(started.read_text(encoding="ascii").split()) == 2)
        running.send_signal(sent)
        running.wait(timeout=30)
    numbers = [int(number) for number in started.read_text(encoding="ascii").split()]
    wait_until(lambda: not any(is_running(number) for number in numbers))


def wait_until(holds: Any) -> None:
    """Return as soon as something holds; fail when it does not for half a minute."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(number: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
