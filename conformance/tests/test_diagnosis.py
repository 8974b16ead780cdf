"""A run ends with one diagnosis: where to start, what differs over all cases, and what it is confined to."""

from __future__ import annotations

from typing import Any

import pytest

from rnnspec_conformance.cases import CASES
from rnnspec_conformance.cases.difficulty import difficulty, traits
from rnnspec_conformance.reports.diagnosis import broken, lines, starts
from rnnspec_conformance.reports.terminal import verdict_of
from rnnspec_conformance.results import Row, Run

BY_ID = {case.id: case for case in CASES}
R_GRADIENTS = tuple(f"gradients.R_{gate}" for gate in "ifgo")


def row(case: str, verdict: str = "differs", precision: str = "float64", mode: str = "default", **more: Any) -> Row:
    more = {"rule": BY_ID[case].rules[0], "blamed": False, "field": "y", **more} if verdict == "differs" else more
    return Row(case=case, precision=precision, mode=mode, verdict=verdict, **more)


def run(*rows: Row) -> Run:
    return Run(
        adapter="some",
        device="cpu",
        specification="0.1.0",
        provenance={},
        rows=rows,
        precisions=tuple(dict.fromkeys(row.precision for row in rows)),
        modes=tuple(dict.fromkeys(row.mode for row in rows)),
    )


def test_the_simplest_case_comes_first_and_explains_the_others() -> None:
    rows = [
        row("lstm-two-layers-bidirectional-lengths", wrong=R_GRADIENTS),
        row("lstm-gradients", wrong=R_GRADIENTS),
        row("lstm-gradients-one-step", wrong=R_GRADIENTS),
        row("lstm-gradients-one-step", precision="float32", wrong=R_GRADIENTS),
        row("lstm-lengths", wrong=R_GRADIENTS),
    ]
    assert [start.row for start in starts(rows)] == [rows[2]]
    assert lines(run(*rows)) == [
        "start with: lstm-gradients-one-step (float64, default): only R_* gradients differ",
        "  about      GRAD-3 The LSTM",
        "  explains   4 cases that fail in the same arrays",
    ]
    assert verdict_of(rows) == "4 differs (5 trials in 1 mode and 2 precisions). Start with: lstm-gradients-one-step"


@pytest.mark.parametrize(
    "simpler, harder",
    [
        ("lstm-forward", "lstm-two-layers"),
        ("rnn-tanh-forward", "lstm-forward"),
        ("lstm-one-step", "lstm-forward"),
        ("lstm-forward", "lstm-gradients"),
        ("lstm-gradients", "lstm-lengths"),
        ("lstm-reverse", "lstm-bidirectional"),
        ("lstm-gradients", "no-input-gate"),
        ("lstm-bidirectional", "lstm-two-layers"),
        ("rnn-tanh-gradients", "rnn-of-33-units"),
        ("rnn-three-layers", "lstm-twice"),
    ],
)
def test_cases_are_ordered_by_what_they_ask_for(simpler: str, harder: str) -> None:
    assert difficulty(BY_ID[simpler]) < difficulty(BY_ID[harder])


def test_what_a_case_has_is_told_in_words() -> None:
    assert traits(BY_ID["rnn-two-layers-bidirectional-lengths"]) == (
        "several layers",
        "two directions",
        "a reverse direction",
        "lengths",
        "more than one step",
        "RNN cells",
    )
    assert "more than 32 units" in traits(BY_ID["gru-of-33-units"])
    assert "reset='before'" in traits(BY_ID["gru-before-keep-forward"])


def test_layers_above_the_first_are_named_in_stacks_of_any_height() -> None:
    rows = [
        row("rnn-two-layers", wrong=("y",), where=("layers above the first",)),
        row("rnn-three-layers", wrong=("y",), where=("layer 1",)),
    ]
    assert "only y of layers above the first differs" in lines(run(*rows))[0]
    rows.append(row("rnn-lengths", wrong=("y",)))
    assert "layers above" not in lines(run(*rows))[0]


def test_mistakes_in_other_arrays_have_lines_of_their_own() -> None:
    rows = [row("lstm-gradients", wrong=("gradients.x",)), row("lstm-lengths", wrong=("gradients.b_i",))]
    told = lines(run(*rows))
    assert told[0].startswith("start with: lstm-gradients (float64, default): only x gradients differ")
    assert "then: lstm-lengths (float64, default): only b_i gradients differ" in told


def test_gradients_that_follow_from_wrong_outputs_are_no_second_mistake() -> None:
    everything = ("y", "final.h", "final.c", "gradients.x", *R_GRADIENTS)
    rows = [
        row("lstm-forward", wrong=("y", "final.h", "final.c")),
        row("lstm-gradients", wrong=everything),
        row("lstm-lengths", wrong=R_GRADIENTS),
    ]
    assert [start.row.case for start in starts(rows)] == ["lstm-forward"]
    assert lines(run(*rows))[0].endswith("outputs and final states differ, and gradients with them")


def test_an_output_that_alone_is_wrong_is_said_to_be() -> None:
    rows = [row("lstm-gradients", wrong=("y",)), row("lstm-forward", wrong=("y",))]
    assert lines(run(*rows))[0].endswith(": only y differs")


def test_the_place_of_the_error_is_named_where_all_have_it() -> None:
    reverse = ("the reverse direction",)
    rows = [row("lstm-bidirectional", wrong=("y",), where=reverse), row("lstm-reverse", wrong=("y",))]
    assert "only y of the reverse direction differs" in lines(run(*rows))[0]
    rows.append(row("lstm-forward", wrong=("y",)))
    assert "of the reverse direction" not in lines(run(*rows))[0]


def test_what_the_errors_look_like_is_said_once() -> None:
    looks = ["rounding that piles up (20 times that of float32)", "rounding that piles up (31 times that of float32)"]
    rows = [
        row(case, wrong=("y",), looks=look) for case, look in zip(("lstm-forward", "lstm-lengths"), looks, strict=True)
    ]
    assert lines(run(*rows))[0].endswith("; looks like rounding that piles up")
    known = row("lstm-forward", rule="LSTM-6", blamed=True, wrong=("y",), looks="as if h' = o * c'")
    assert lines(run(known))[0].endswith("; as if h' = o * c'")
    assert lines(run(known))[1] == "  breaks     LSTM-6 New hidden state"


def test_modes_precisions_and_traits_that_it_is_confined_to_are_named() -> None:
    rows = [
        row("lstm-lengths", mode="fused", precision="float32", wrong=("y",)),
        row("lstm-lengths", "passed", mode="fused", ratio=0.1),
        row("lstm-lengths", "passed", precision="float32", ratio=0.1),
        row("lstm-forward", "passed", mode="fused", precision="float32", ratio=0.1),
    ]
    assert "  only       in mode fused; float32; with lengths" in lines(run(*rows))
    in_both = [rows[0], row("lstm-lengths", mode="default", precision="float32", wrong=("y",)), rows[1], rows[3]]
    assert "  only       float32; with lengths" in lines(run(*in_both))


def test_a_rule_is_not_broken_where_a_simpler_case_of_another_fails_in_the_same_arrays() -> None:
    layers = row("lstm-two-layers", rule="SEQ-8", blamed=True, wrong=("y",))
    assert broken([layers]) == {"SEQ-8"}
    assert verdict_of([layers]) == "1 differs. Rules broken: SEQ-8"
    rows = [layers, row("lstm-forward", wrong=("y",))]
    assert broken(rows) == set()
    assert verdict_of(rows) == "2 differs. Start with: lstm-forward"


def test_a_rule_that_is_broken_elsewhere_does_not_hide_what_nothing_explains() -> None:
    known = row("gru-lengths", rule="SEQ-3", blamed=True, wrong=("final.h",), looks="as if it ran on")
    unknown = row("lstm-gradients", wrong=R_GRADIENTS)
    assert verdict_of([known, unknown]) == "2 differs. Rules broken: SEQ-3. Start with: lstm-gradients"
    other = row("gru-lengths", precision="float32", wrong=("y",))
    assert verdict_of([known, other]) == "1 differs (x 2 precisions). Rules broken: SEQ-3"


def test_errors_are_grouped_by_what_was_raised() -> None:
    rows = [row(case, "errored", reason=f"ValueError: {case}") for case in ("lstm-lengths", "lstm-forward")]
    assert [start.row.case for start in starts(rows)] == ["lstm-forward"]
    assert lines(run(*rows))[0] == "start with: lstm-forward (float64, default): ValueError: lstm-forward"


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert lines(run(row("lstm-forward", "passed", ratio=0.1))) == []
    assert lines(run(row("lstm-forward", rule=None, reason="a deviation that does not hold"))) == []


def test_a_case_that_the_catalogue_has_not_is_the_last_to_start_with() -> None:
    unknown = Row(
        case="from-tomorrow", precision="float64", mode="default", verdict="differs", rule="SEQ-99", field="y"
    )
    assert [start.row.case for start in starts([unknown, row("lstm-forward", wrong=("y",))])] == ["lstm-forward"]
