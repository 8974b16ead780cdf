"""More of what implementations do to a run: children, threads, interruptions that are none, and odd answers."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from rnnspec import Array, Outcome, Problem
from rnnspec_adapters import Unsupported
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import Row
from rnnspec_conformance import validate as judge_here
from rnnspec_conformance.judging.interrupts import INTERRUPTS

from .commands import last_line, validate
from .hostile_adapters import AnsweringEmptily
from .test_hostile import is_running, wait_until

ONE_AND_MORE = ("--precision", "float64", "--case", "lstm-one-step", "--case", "lstm-forward")
LOOPING = """
import os, sys, json
with open("started", "a") as file:
    file.write(f"{os.getpid()} ")
hello = {"id": 0, "protocol": 1, "name": "looping", "provenance": {"a": "1"}, "precisions": ["float64"]}
print(json.dumps({**hello, "gradients": False, "id": json.loads(input())["id"]}), flush=True)
input()
while True:
    pass
"""


def test_a_program_that_loops_leaves_nothing_behind_when_its_trials_are_isolated(tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("there is no /proc here")
    program = shlex.join([sys.executable, "-c", LOOPING])
    cases = ("--cases", "forward", "--case", "lstm-forward", "--case", "gru-lengths")
    options = ("--isolate", "--time-limit", "2", *cases)
    done = validate("--program", program, *options, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no answer within 2 s" in done.stdout
    started = [int(number) for number in (tmp_path / "started").read_text(encoding="ascii").split()]
    assert len(started) >= 2
    wait_until(lambda: not any(is_running(number) for number in started))


@pytest.mark.parametrize("jobs", [(), ("--jobs", "2")], ids=["here", "jobs"])
def test_a_thread_that_runs_on_does_not_keep_the_run_from_its_end(jobs: tuple[str, ...], tmp_path: Path) -> None:
    if jobs:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    done = validate("--adapter", "hostile_adapters:LeavingAThread", *ONE_AND_MORE, *jobs, folder=tmp_path)
    assert done.returncode == 0
    assert last_line(done.stdout) == "2 passed. Nothing differs beyond the recorded deviations"
    if not jobs:
        assert done.stderr.strip() == "rnnspec: ended without waiting for threads that run on: 'forever'"


@pytest.mark.skipif(os.name != "posix", reason="isolation wants a POSIX system")
@pytest.mark.parametrize("isolation", [(), ("--isolate",)], ids=["here", "isolated"])
def test_an_interruption_that_is_none_is_a_verdict(isolation: tuple[str, ...], tmp_path: Path) -> None:
    adapter = "hostile_adapters:RaisingKeyboardInterrupt"
    done = validate("--adapter", adapter, *ONE_AND_MORE, *isolation, folder=tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout) == "1 passed, 1 errored (first: lstm-one-step: KeyboardInterrupt)"


def test_a_process_of_several_that_an_implementation_ends_leaves_no_result(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    options = (*ONE_AND_MORE, "--jobs", "2", "--results", "results")
    done = validate("--adapter", "hostile_adapters:EndingLater", *options, folder=tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout) == "ended after 1 of 2 trials: 1 passed. This is no result"
    assert [path.suffix for path in (tmp_path / "results").iterdir()] == [".part"]


def rows_of(adapter: type[ReferenceAdapter], *cases: str, draws: int = 0) -> list[Row]:
    return list(judge_here(adapter, precisions=["float64"], patterns=cases, draws=draws).rows)


def test_empty_arrays_differ_where_a_problem_is_solved_again() -> None:
    rows = rows_of(AnsweringEmptily, "lstm-forward", "lstm-twice")
    assert [(row.verdict, row.field) for row in rows] == [("differs", "y")] * 2


class Spoiling(ReferenceAdapter):
    """It doubles a matrix of the problem that it was given, after it has solved it."""

    name: ClassVar[str] = "spoiling"

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        problem.layers[0].parameters[0].W_i[...] *= 2
        return outcome

    def solve_native(self, problem: Problem, native: dict[str, Array]) -> Outcome:
        outcome = super().solve_native(problem, native)
        problem.x[...] *= 2
        return outcome


def test_whoever_spoils_the_problem_is_told_that_and_no_other_rule() -> None:
    rows = rows_of(Spoiling, "lstm-forward", "lstm-one-step", "lstm-layout-probes*", "lstm-lengths*", "lstm-twice")
    assert len(rows) > 4
    assert {(row.verdict, row.rule) for row in rows} == {("differs", "COND-1")}


@pytest.mark.parametrize("length", [101, 300])
def test_a_name_that_no_file_can_have_is_refused_before_the_first_case(length: int, tmp_path: Path) -> None:
    (tmp_path / "named.py").write_text(LOOPING.replace("looping", "x" * length), encoding="utf-8")
    done = validate("--program", shlex.join([sys.executable, "named.py"]), *ONE_AND_MORE, folder=tmp_path)
    assert done.returncode == 4
    assert "name: wanted a word that can stand in the name of a file, got 'xxx" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


class Unspeakable(Exception):
    """An error that ends the process when it is to say what it is about."""

    def __str__(self) -> str:
        raise SystemExit(0)


class Uninterruptible(Exception):
    """An error that says, instead of what it is about, that somebody has pressed Ctrl-C."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize("error", [Unspeakable, Uninterruptible])
def test_an_error_that_cannot_say_what_it_is_about_has_a_row(error: type[Exception]) -> None:
    class Raising(ReferenceAdapter):
        name: ClassVar[str] = "raising"

        def supports(self, problem: Problem) -> Unsupported | None:
            raise error

    with INTERRUPTS.seen():
        (row,) = rows_of(Raising, "lstm-forward", draws=2)
    assert (row.verdict, row.reason) == ("errored", error.__name__)


@pytest.mark.parametrize("reason", [b"no", np.str_("no"), ["no"]], ids=["bytes", "numpy", "list"])
def test_a_reason_that_is_no_text_has_errored(reason: object) -> None:
    class Refusing(ReferenceAdapter):
        name: ClassVar[str] = "refusing"

        def supports(self, problem: Problem) -> Unsupported | None:
            refusal = Unsupported(reason="no")
            object.__setattr__(refusal, "reason", reason)
            return refusal

    (row,) = rows_of(Refusing, "lstm-forward", draws=2)
    assert row.verdict == "errored"
    assert row.reason == f"TypeError: supports: wanted a sentence as the reason, got {type(reason).__name__}"
