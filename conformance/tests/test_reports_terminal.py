"""The table and the last line that a person reads."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
from rich.console import Console

import rnnspec
from rnnspec_conformance.reports.terminal import judged, own_rules, show, succeeded, verdict_of
from rnnspec_conformance.results import CataloguedRow, Row

from .made_runs import row, run_of


def shown(*rows: Row, **changes: Any) -> str:
    text = io.StringIO()
    show(run_of(*rows, **changes), Console(file=text, width=120))
    return text.getvalue()


def cells(text: str, first: str) -> list[str]:
    """The row of the table that begins with `first`."""
    (line,) = (line for line in text.splitlines() if line.strip().startswith(f"{first} "))
    return line.split()


def test_the_table_counts_verdicts_by_chapter_and_shows_the_worst_ratio_by_dtype() -> None:
    text = shown(
        row("lstm-one-step", "passed", ratio=0.125),
        row("lstm-forward", "passed", ratio=0.5, precision="float32"),
        row("gru-after-keep-forward", "differs", ratio=1e5, rule="GRU-3"),
        row("gru-after-keep-one-step", "unsupported", reason="no reset before"),
    )
    assert "some on cpu: some 1.0, numpy 2" in text
    assert "rnnspec 0.1.0" in text
    head = ["chapter", "rules", "passed", "differs", "unsupported", "errored", "float64", "float32"]
    assert cells(text, "chapter") == head
    assert cells(text, "LSTM") == ["LSTM", "1-7", "2", "0.12", "0.5"]
    assert cells(text, "GRU") == ["GRU", "1-3", "5", "1", "1", "1e+05"]
    assert cells(text, "all") == ["all", "2", "1", "1", "1e+05", "0.5"]
    assert "unsupported in 1: no reset before" in text


@pytest.mark.parametrize(
    "numbers, ranges",
    [((1,), "1"), ((1, 2), "1-2"), ((1, 2, 3, 4, 6), "1-4 6"), ((6, 3, 1), "1 3 6"), ((9, 10, 11), "9-11")],
)
def test_rules_stand_in_ranges(numbers: tuple[int, ...], ranges: str) -> None:
    rules = (*(f"LSTM-{number}" for number in numbers), "GRAD-1")
    some = CataloguedRow(
        case="a", precision="float64", mode="default", verdict="passed", chapter="LSTM", rules=rules, sentence="s"
    )
    assert own_rules([some]) == ranges


def test_cases_that_are_not_installed_are_named_and_counted_under_no_chapter() -> None:
    text = " ".join(shown(row("from-tomorrow", "passed", ratio=0.5), specification="9.0.0").split())
    assert "unknown 1 0.5" in text
    installed = f"rnnspec {rnnspec.__version__}, which is installed here"
    assert f"1 cases are not in the catalogue of {installed}, and are shown without their rules: from-tomorrow" in text
    assert "The file is of rnnspec 9.0.0" in text
    assert "not in the catalogue" not in shown(row("lstm-forward", "passed", ratio=0.5))


def test_the_title_names_what_is_not_the_whole_default_selection() -> None:
    assert "\nsome on cpu: " in shown(row("a", "passed"))
    title = "some on cpu, selection all, shard 2 of 8: some 1.0"
    assert title in shown(row("a", "passed"), selection="all", shard=(2, 8))


def test_what_no_number_can_say_is_said_in_words() -> None:
    assert "no number" in shown(row("a", "differs", ratio=math.inf, rule="LSTM-1"))


def test_deviations_have_a_column_only_where_there_are_some() -> None:
    assert "deviates" not in shown(row("a", "passed", ratio=0.0))
    text = shown(row("a", "deviates", ratio=9.0, reason="known", rule="LSTM-1"))
    assert "deviates" in cells(text, "chapter")
    assert "deviates in 1: known" in text


def test_errors_are_counted_by_their_reasons() -> None:
    text = shown(row("a", "errored", reason="no"), row("b", "errored", reason="no"), row("c", "errored", reason="so"))
    assert "errored in 2: no\nerrored in 1: so\n" in text


NO_LONGER = "Recorded deviations that no longer occur"


def outdated(case: str, *, entry: int = 1, mode: str = "default") -> Row:
    """A row of a case that passes and is recorded to differ."""
    said = "a deviation is recorded as 'differs' (adds 1), but the verdict is 'passed'"
    return row(case, "outdated", mode=mode, reason=f"{said}; recorded in some.toml, deviation {entry}")


def test_what_is_outdated_has_a_column_where_something_is() -> None:
    assert "outdated" in shown(outdated("a")).split("chapter")[1]
    assert "outdated" not in shown(row("a", "passed"))


def test_reasons_are_not_taken_for_markup() -> None:
    assert "unsupported in 1: [bold]none[/bold]" in shown(row("a", "unsupported", reason="[bold]none[/bold]"))


@pytest.mark.parametrize(
    "rows, line",
    [
        ([row("a", "passed"), row("b", "passed")], "2 passed. Nothing differs beyond the recorded deviations"),
        (
            [row("a", "passed"), row("b", "unsupported", reason="r"), row("c", "deviates", rule="LSTM-1", reason="r")],
            "1 passed, 1 deviates, 1 unsupported. Nothing differs beyond the recorded deviations",
        ),
        (
            [row("a", "differs", rule="SEQ-10"), row("b", "differs", rule="SEQ-9"), row("c", "differs", rule="LSTM-1")],
            "3 differs. Rules broken: LSTM-1, SEQ-9, SEQ-10",
        ),
        (
            [row("a", "differs", rule="SEQ-9"), row("c", "errored", reason="no"), row("d", "errored", reason="never")],
            "1 differs, 2 errored (first: c: no). Rules broken: SEQ-9",
        ),
        ([row("a", "passed"), row("c", "errored", reason="Error: no")], "1 passed, 1 errored (first: c: Error: no)"),
        ([row("c", "errored", reason=50 * "long ")], f"1 errored (first: c: {30 * 'long '}[...])"),
        ([outdated("a"), outdated("b")], f"2 outdated. {NO_LONGER}: a, b; delete them from some.toml, deviation 1"),
        (
            [outdated("a"), outdated("b", entry=2), outdated("a", mode="fast"), row("c", "differs", rule="GRU-3")],
            (
                f"1 differs, 3 outdated. Rules broken: GRU-3. {NO_LONGER}: a; delete them from some.toml, deviation 1. "
                f"{NO_LONGER}: b; delete them from some.toml, deviation 2"
            ),
        ),
        (
            [outdated("a"), row("a", "deviates", mode="fast", reason="r")],
            f"1 outdated, 1 deviates. {NO_LONGER}: a (float64, default); delete them from some.toml, deviation 1",
        ),
        (
            [outdated(case) for case in "abcdefg"],
            f"7 outdated. {NO_LONGER}: a, b, c, d, e and 2 more; delete them from some.toml, deviation 1",
        ),
        ([row("a", "unsupported", reason="r")], "nothing was judged (1 unsupported): this is an error, not a result"),
        ([], "nothing was judged (no case was run): this is an error, not a result"),
    ],
)
def test_the_last_line_says_what_came_of_it(rows: list[Row], line: str) -> None:
    assert verdict_of(rows) == line


def test_refusals_alone_judge_nothing() -> None:
    assert not judged([])
    assert not judged([row("a", "unsupported", reason="r")])
    assert judged([row("a", "unsupported", reason="r"), row("b", "errored", reason="r")])


@pytest.mark.parametrize(
    "verdicts, success",
    [
        ((), False),
        (("unsupported",), False),
        (("passed", "unsupported", "deviates"), True),
        (("passed", "differs"), False),
        (("passed", "errored"), False),
    ],
)
def test_a_run_succeeds_when_something_was_judged_and_nothing_is_wrong(
    verdicts: tuple[str, ...], success: bool
) -> None:
    assert succeeded([row("a", verdict, reason="r") for verdict in verdicts]) is success
