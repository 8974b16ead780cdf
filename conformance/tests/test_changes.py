"""What became better between two runs and what worse, and what ``rnnspec report --against`` makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnspec_conformance import cli
from rnnspec_conformance.changes import changes, standing
from rnnspec_conformance.deviations import Deviation
from rnnspec_conformance.results import Row, Run, write

from .made_runs import row, run_of

OTHER = {"specification": "0.0.9"}
"""A version of which nothing is known here: its rows are not held against the catalogue."""

RECORDED = Deviation(cases=("*",), kind="differs", reason="adds (a) constant", link="b", since="c")


def contradicting(verdict: str, why: str = "") -> Row:
    """A row whose recorded deviation does not hold."""
    return row("a", "errored" if verdict == "errored" else "differs", reason=RECORDED.contradiction(verdict, why))


@pytest.mark.parametrize(
    "judged, expected",
    [
        (row("a", "passed"), "passed"),
        (row("a", "deviates", reason="adds a constant (b; since c)"), "differs"),
        (row("a", "differs"), "differs"),
        (row("a", "unsupported", reason="no peepholes"), "unsupported"),
        (contradicting("passed"), "passed"),
        (contradicting("unsupported", "no (peepholes)"), "unsupported"),
        (contradicting("errored", "RuntimeError: but the verdict is 'passed'"), "errored"),
    ],
)
def test_a_recorded_deviation_does_not_hide_what_came_of_a_trial(judged: Row, expected: str) -> None:
    assert standing(judged) == expected


@pytest.mark.parametrize(
    "before, after, better",
    [
        (row("a", "deviates"), contradicting("passed"), True),
        (row("a", "differs"), row("a", "passed"), True),
        (row("a", "errored"), row("a", "differs"), True),
        (row("a", "unsupported"), row("a", "passed"), True),
        (row("a", "passed"), row("a", "differs"), False),
        (row("a", "passed"), row("a", "unsupported"), False),
        (row("a", "deviates"), contradicting("errored"), False),
        (row("a", "unsupported"), row("a", "differs"), False),
    ],
)
def test_a_verdict_is_better_or_worse(before: Row, after: Row, better: bool) -> None:
    found = changes(run_of(before), run_of(after))
    sentence = f"a-float64-default: {standing(before)} -> {standing(after)}"
    assert found == (([sentence], [], []) if better else ([], [sentence], []))


def test_a_recorded_deviation_that_holds_is_no_change() -> None:
    assert changes(run_of(row("a", "differs")), run_of(row("a", "deviates"))) == ([], [], [])


def test_trials_of_one_run_alone_are_told() -> None:
    found = changes(run_of(row("a", "unsupported")), run_of(row("b", "unsupported")))
    assert found.other == ["a-float64-default: is missing, was unsupported", "b-float64-default: is new, unsupported"]


def test_a_trial_that_passed_and_is_missing_is_worse_where_its_mode_was_judged() -> None:
    old = run_of(row("a", "passed"), row("a", "passed", mode="slow"))
    found = changes(old, run_of(row("b", "passed"), modes=("default",)))
    assert found.worse == ["a-float64-default: is missing, was passed"]
    assert "a-float64-slow: is missing, was passed" in found.other


def test_a_new_trial_that_is_wrong_is_worse() -> None:
    assert changes(run_of(), run_of(row("a", "errored"))).worse == ["a-float64-default: is new, errored"]


def drawn(*needs: str) -> Run:
    """A run whose draws found mistakes."""
    mistakes = [{"kind": "outputs", "needs": need} for need in needs]
    stream: dict[str, Any] = {"draws": 9, "judged": 9, "failures": len(needs), "mistakes": mistakes}
    return run_of(row("a", "passed"), stream=stream)


def test_a_mistake_that_draws_did_not_find_before_is_worse() -> None:
    assert changes(drawn(), drawn("two layers")).worse == ["draws: new: outputs: two layers"]
    assert changes(drawn("two layers"), drawn()).better == ["draws: no more: outputs: two layers"]
    assert changes(drawn("two layers"), drawn("two layers")) == ([], [], [])


WRONG: dict[str, Any] = {"verdict": "differs", "ratio": 5.0, "field": "y", "rule": "LSTM-1", "message": "why"}


@pytest.mark.parametrize(
    "now, options, status",
    [
        ({"verdict": "passed", "ratio": 0.5, "field": "y"}, (), 0),
        ({"verdict": "passed", "ratio": 0.05, "field": "y"}, (), 0),
        ({"verdict": "passed", "ratio": 0.05, "field": "y"}, ("--strict",), 1),
        ({"verdict": "unsupported", "reason": "r"}, (), 1),
        (WRONG, (), 1),
    ],
)
def test_only_what_is_worse_fails_unless_that_is_asked_for(
    now: dict[str, Any], options: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    old = run_of(row("a", "passed", ratio=0.5, field="y"), row("b", "passed", ratio=0.5, field="y"), **OTHER)
    new = replace(old, rows=[Row(**{"case": "a", "precision": "float64", "mode": "default", **now}), old.rows[1]])
    before, _ = write(old, tmp_path / "before")
    after, _ = write(new, tmp_path / "after")
    assert cli.main(["report", str(after), "--against", str(before), *options]) == status


def test_what_is_better_does_not_fail_though_the_run_is_still_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = run_of(row("a", **WRONG), row("b", **WRONG), **OTHER)
    before, _ = write(old, tmp_path / "before")
    after, _ = write(replace(old, rows=[row("a", "passed", ratio=0.5, field="y"), old.rows[1]]), tmp_path / "after")
    assert cli.main(["report", str(after), "--against", str(before)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        f"better than in {before}:",
        "  a-float64-default: differs -> passed",
        f"against {before}: 1 better, 0 worse, 0 otherwise different",
    ]


def test_a_run_that_judged_nothing_is_worse_than_any(tmp_path: Path) -> None:
    path, _ = write(run_of(row("a", "unsupported", reason="r"), **OTHER), tmp_path)
    assert cli.main(["report", str(path), "--against", str(path)]) == 1
