"""The end of a run: what differs, what was not judged in few groups, the level, and how much of it is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rnnspec import GRU, RNN
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.judging.judgement import NO_GRADIENTS
from rnnspec_conformance.reports.counting import rules_in_ranges, some_of, verdicts_of_cases
from rnnspec_conformance.reports.ending import FULLY, LINES, QUIET, USUAL, VERBOSE, tell
from rnnspec_conformance.reports.not_judged import hint, not_judged
from rnnspec_conformance.reports.refusals import groups_of
from rnnspec_conformance.results import Run

from .commands import run_pytest, validate
from .made_runs import row, run_of, whole

DEFAULT = SELECTIONS["default"]
REVERSED = [case.id for case in DEFAULT if case.recipe.direction == "reverse"]


def told(run: Run, **how: Any) -> list[str]:
    """What is printed, line by line."""
    text = io.StringIO()
    tell(Console(file=text, width=120), run, **how)
    return text.getvalue().splitlines()


def refused(reason: str, wanted: Callable[[Any], bool]) -> dict[str, dict[str, Any]]:
    """Rows of the default selection that are refused: those of cases with such a cell."""
    names = [case.id for case in DEFAULT if any(map(wanted, case.recipe.cells))]
    assert names
    return {name: {"verdict": "unsupported", "reason": reason} for name in names}


def has_peepholes(cell: Any) -> bool:
    """Whether a cell has peepholes of any form."""
    return getattr(cell, "peephole", "none") != "none"


def has_old_peepholes(cell: Any) -> bool:
    """Whether a cell has peepholes of the form "old"."""
    return getattr(cell, "peephole", "none") == "old"


@pytest.mark.parametrize(
    "verdicts, expected",
    [
        (("passed", "unsupported"), "passed"),
        (("passed", "deviates"), "deviates"),
        (("deviates", "differs", "passed"), "differs"),
        (("unsupported", "unsupported"), "unsupported"),
        (("errored", "differs"), "errored"),
    ],
)
def test_a_case_has_the_worst_verdict_of_its_trials(verdicts: tuple[str, ...], expected: str) -> None:
    rows = [row("a", verdict, mode=f"m{number}") for number, verdict in enumerate(verdicts)]
    assert verdicts_of_cases(rows) == {"a": expected}


def test_cases_are_counted_and_not_trials() -> None:
    rows = [row(case, "passed", mode=mode, precision=p) for case in "abc" for mode in "xy" for p in ("float64", "tf32")]
    run = run_of(*rows)
    assert any("3 cases x 2 modes x 2 precisions" in line for line in told(run))
    assert some_of(rows, run) == "3 cases"
    assert some_of([one for one in rows if one.mode == "x"], run) == "3 cases in mode x"
    assert some_of([one for one in rows if one.precision == "tf32"], run) == "3 cases in precision tf32"
    assert some_of(rows[:-1], run) == "3 cases (11 trials)"


def test_rules_are_named_in_ranges_by_chapter() -> None:
    assert rules_in_ranges(["SEQ-9", "SEQ-10", "CLIP-1", "SEQ-3", "SEQ-11"]) == "CLIP 1; SEQ 3 9-11"


def test_refusals_stand_in_groups_of_what_no_judged_problem_has() -> None:
    verdicts = {
        **refused("no peepholes", has_peepholes),
        **refused("no peepholes, and no other form", has_old_peepholes),
        **{case.id: {"verdict": "unsupported", "reason": "no hvp"} for case in DEFAULT if case.kind == "hvp"},
        **{
            case.id: {"verdict": "unsupported", "reason": "the adapter has no jvp"}
            for case in DEFAULT
            if case.kind == "jvp"
        },
    }
    groups = {group.axis: group for group in groups_of(whole(verdicts=verdicts))}
    assert list(groups) == ["options", "derivatives along tangents", ""]
    assert groups["options"].values == ("LSTM.peephole",)
    assert groups["options"].reasons == ["no peepholes", "no peepholes, and no other form"]
    assert groups[""].reasons == ["no hvp"]


def test_a_cell_of_which_nothing_is_judged_is_told_as_a_cell() -> None:
    verdicts = {
        **refused("no GRU", lambda cell: isinstance(cell, GRU)),
        **refused("no RNN", lambda cell: isinstance(cell, RNN)),
    }
    (group,) = groups_of(whole(verdicts=verdicts))
    assert (group.axis, set(group.values)) == ("cells", {"GRU", "RNN"})


def test_what_was_not_judged_is_told_in_few_lines_and_unfolded() -> None:
    run = whole(verdicts=refused("no peepholes", has_peepholes))
    count = len(refused("no peepholes", has_peepholes))
    lines = list(not_judged(run))
    assert lines[0] == f"refused: {count} of {len(run.rows)} cases"
    assert lines[1] == f"  {count} cases of options (LSTM.peephole): no peepholes"
    assert lines[2].startswith("rules never exercised, ")
    assert "PEEP 1-" in lines[2]
    assert len(lines) == 3
    unfolded = list(not_judged(run, verbose=True))
    assert f"  unsupported in {count} cases of options: no peepholes" in unfolded
    assert any("peephole-new-forward, " in line for line in unfolded)
    assert any(line.startswith("  PEEP-1 ") for line in unfolded)


def test_a_run_that_judged_all_has_nothing_to_say_of_it() -> None:
    assert list(not_judged(whole())) == []
    assert "Not judged" not in told(whole())


def test_a_part_of_a_selection_is_told_as_one() -> None:
    run = replace(whole(), rows=whole().rows[:3])
    assert list(not_judged(run)) == [f"this is a part of the selection default: 3 of {len(whole().rows)} trials"]
    assert "level: forward, in what was judged of the selection" in told(run)


def test_the_axes_that_no_draw_reached_are_told() -> None:
    stream = {"draws": 3, "judged": 3, "failures": 0, "never": {"T": ["1"]}, "refused": {"no sum": ["merge: sum"]}}
    assert list(not_judged(whole(stream=stream))) == ["draws, never reached: T: 1"]
    assert "draws, refused: merge sum: no sum" in list(not_judged(whole(stream=stream), verbose=True))


def test_the_selection_without_gradients_is_offered_where_they_are_what_is_missing() -> None:
    reason = f"{NO_GRADIENTS}tiny computes no gradients"
    missing = [case.id for case in DEFAULT if case.recipe.cotangents != "none"]
    run = whole(verdicts={id: {"verdict": "unsupported", "reason": reason} for id in missing})
    said = f"{len(missing)} of {len(DEFAULT)} cases are refused for want of gradients: "
    assert hint(run) == f"{said}--cases forward judges {len(SELECTIONS['forward'])} cases without them"
    assert hint(run) in told(run)
    assert hint(replace(run, selection="forward")) is None
    assert hint(whole(verdicts=refused(reason, has_old_peepholes))) is None


def failing(cases: int, modes: int = 1) -> Run:
    """A run in which the first cases differ in every mode."""
    names = [case.id for case in DEFAULT]
    rows = [
        row(name, "differs", mode=f"m{mode}", ratio=9.0, field="y", rule="SEQ-3", message=f"{name} in full, m{mode}")
        if position < cases
        else row(name, "passed", mode=f"m{mode}")
        for mode in range(modes)
        for position, name in enumerate(names)
    ]
    return run_of(*rows, precisions=("float64",), modes=tuple(f"m{mode}" for mode in range(modes)))


def test_some_failures_are_told_in_full_and_the_others_in_a_line_each() -> None:
    lines = told(failing(FULLY + 2, modes=2))
    assert sum(" in full" in line for line in lines) == FULLY
    assert sum(line.startswith("  also       in 1 more of the 2 trials") for line in lines) == FULLY
    at = lines.index("2 more cases:")
    rest = [case.id for case in DEFAULT][FULLY : FULLY + 2]
    assert [line.split()[0] for line in lines[at + 1 : at + 3]] == rest
    assert lines[at + 1].endswith("differs: y differs by 9 times the tolerance; SEQ-3 Final state (x 2 modes)")


def test_lines_of_failures_are_bounded_and_all_of_them_are_had() -> None:
    run = failing(FULLY + LINES + 5)
    assert "  and 5 more cases, which -v tells" in told(run)
    assert sum(" in full" in line for line in told(run, detail=VERBOSE)) == FULLY + LINES + 5


def test_what_was_printed_stands_with_its_failure() -> None:
    run = failing(1)
    lines = told(run, printed={run.rows[0].trial: ["  printed    hello"]})
    at = next(number for number, line in enumerate(lines) if " in full" in line)
    assert lines[at + 1] == "  printed    hello"


def test_the_parts_stand_in_order() -> None:
    how = {"draws": ["9 draws"], "mistakes": ["mistake 1 of 1"], "said": ["results written"], "verdict": "the end"}
    run = replace(failing(1), rows=[*failing(1).rows[:-1], row(DEFAULT[-1].id, "unsupported", mode="m0", reason="r")])
    lines = told(run, **how)
    parts = [
        "some on cpu",
        " all ",
        " in full",
        "9 draws",
        "mistake 1",
        "Not judged",
        "results written",
        "level: ",
        "the end",
    ]
    places = [next(number for number, line in enumerate(lines) if part in line) for part in parts]
    assert places == sorted(places)
    assert lines[-1] == "the end"


def test_a_quiet_end_is_what_is_wrong_and_the_last_line() -> None:
    how = {"draws": ["9 draws"], "mistakes": ["mistake 1 of 1"], "said": ["results written"], "verdict": "the end"}
    lines = [line for line in told(failing(1), detail=QUIET, **how) if line]
    assert [line.split()[0] for line in lines[1:]] == ["mistake", "start", "breaks", "only", "the"]
    assert lines[0].endswith(" in full, m0")
    assert told(whole(), detail=QUIET, verdict="the end") == ["the end"]


def test_reasons_of_errors_and_deviations_are_counted() -> None:
    run = run_of(
        row("a", "errored", reason="no"),
        row("b", "errored", reason="no"),
        row("c", "errored", reason="so"),
        row("d", "deviates", reason="known", ratio=9.0, rule="LSTM-1"),
    )
    lines = told(run, detail=USUAL)
    assert {"errored in 2 cases: no", "errored in 1 case: so", "deviates in 1 case: known"} <= set(lines)


def test_reasons_are_not_taken_for_markup() -> None:
    lines = told(run_of(row("a", "unsupported", reason="[bold]none[/bold]")))
    assert any("[bold]none[/bold]" in line for line in lines)


ONE = ("--adapter", "wrong_adapters:Raising", "--precision", "float64", "--case", "lstm-one-step")


def test_a_quiet_run_prints_failures_and_the_last_line(tmp_path: Path) -> None:
    done = validate(*ONE, "-q", folder=tmp_path)
    lines = [line for line in done.stdout.splitlines() if line]
    assert done.returncode == 1
    assert lines[0] == "lstm-one-step (float64, default) errored, in a case about LSTM-4 New cell state"
    assert lines[-1].startswith("1 errored (first: lstm-one-step: ")
    assert not any("chapter" in line or "judged" in line for line in lines)
    right = validate("--adapter", "reference", *ONE[2:], "-q", folder=tmp_path)
    assert right.stdout == "1 passed. Nothing differs beyond the recorded deviations\n"


def test_pytest_ends_with_the_same_lines(tmp_path: Path) -> None:
    arguments = ("--rnn-adapter", "wrong_adapters:Raising", "--rnn-precision", "float64", "--rnn-case", "lstm-one-step")
    done = run_pytest(*arguments, folder=tmp_path)
    assert "  lstm-one-step errored: RuntimeError: this kernel wants two steps" in done.stdout
    assert "  this is a part of the selection default: 1 of " in done.stdout
    assert "level: none, in what was judged of the selection" in done.stdout
