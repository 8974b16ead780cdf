"""The level that a run reaches (CONF-4), the sentences that may be published of it (CONF-5, CONF-6), and its badge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import rnnspec
from rnnspec_conformance import cli
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.judging import judge
from rnnspec_conformance.judging.judgement import NO_GRADIENTS
from rnnspec_conformance.levels import level_of
from rnnspec_conformance.reports import badge
from rnnspec_conformance.reports.claim import NoClaimError, claim_of
from rnnspec_conformance.results import Row, Run, write
from rnnspec_conformance.results.shards import dealt

from .made_runs import row, run_of, whole
from .stream_adapters import ForwardOnly

GREEN, RED, GREY = "#1a7f37", "#c42b1c", "#6b7280"
SEC = [case.id for case in SELECTIONS["default"] if case.chapter == "SEC"]
WITH_GRADIENTS = [case.id for case in SELECTIONS["default"] if case.recipe.cotangents != "none"]
REFUSED = {"verdict": "unsupported", "reason": f"{NO_GRADIENTS}tiny computes no gradients"}
WITHOUT = {"verdict": "unsupported", "reason": "the adapter has no hvp"}
KNOWN = {"verdict": "deviates", "ratio": 9.0, "field": "y", "rule": "SEQ-3", "reason": "known (link; since 1)"}


def differing(field: str, message: str = "") -> dict[str, Any]:
    """What a row says that differs in a field."""
    return {"verdict": "differs", "ratio": 5.0, "field": field, "rule": "LSTM-1", "message": message}


HIDDEN = "  differs    gradients.x at [0]: wanted 1, got 2; 5 times the tolerance\n             and 3 more fields"
OF_GRADIENTS = f"{HIDDEN} of gradients\n  see again  .."


@pytest.mark.parametrize(
    "selection, verdicts, level",
    [
        ("default", {}, "directions"),
        ("forward", {}, "forward"),
        ("default", {SEC[0]: WITHOUT}, "gradients"),
        ("default", {SEC[0]: differing("y")}, "gradients"),
        ("default", {case: {"verdict": "unsupported", "reason": "no cell"} for case in SEC}, "gradients"),
        ("default", dict.fromkeys(WITH_GRADIENTS, REFUSED), "forward"),
        ("default", {"lstm-gradients": REFUSED}, "forward"),
        ("default", {"lstm-gradients": {"verdict": "unsupported", "reason": "no LSTM"}}, "directions"),
        ("default", {"lstm-gradients": differing("gradients.x")}, "forward"),
        ("default", {"lstm-gradients": differing("gradients.x", OF_GRADIENTS)}, "forward"),
        ("default", {"lstm-gradients": differing("gradients.x", HIDDEN)}, None),
        ("default", {"lstm-gradients": differing("y")}, None),
        ("default", {"lstm-gradients": {"verdict": "errored", "reason": "no"}}, None),
        ("default", {"lstm-layout-names": differing("names")}, None),
        ("default", {"lstm-gradients": KNOWN}, "directions"),
    ],
)
def test_a_level_is_reached_where_nothing_of_it_is_wrong_or_refused(
    selection: str, verdicts: Mapping[str, Mapping[str, Any]], level: str | None
) -> None:
    assert set(verdicts) <= {case.id for case in SELECTIONS[selection]}
    assert level_of(whole(selection, verdicts)) == level


def test_a_level_wants_something_that_passed() -> None:
    assert level_of(run_of()) is None
    assert level_of(run_of(row("lstm-forward", "deviates", rule="LSTM-1", reason="r"))) is None
    assert level_of(run_of(row("lstm-layout-names", "passed"))) is None
    assert level_of(run_of(row("lstm-forward", "passed"))) == "forward"


@pytest.mark.parametrize(
    "mistakes, beyond, level",
    [
        ([{"kind": "gradients"}], [], "forward"),
        ([{"kind": "SEC-2"}], [], "gradients"),
        ([{"kind": "outputs"}], [], None),
        ([{"kind": "COND-3"}], [], None),
        ([{"kind": "gradients"}], [7], None),
    ],
)
def test_a_mistake_of_the_draws_counts_against_its_level(
    mistakes: list[dict[str, str]], beyond: list[int], level: str | None
) -> None:
    stream = {"draws": 9, "judged": 9, "failures": 1, "mistakes": mistakes, "beyond": beyond}
    assert level_of(whole(stream=stream)) == level


@pytest.mark.parametrize("case, marked", [("lstm-gradients", True), ("lstm-lengths", False)])
def test_a_refusal_is_of_gradients_where_the_problem_is_accepted_without_them(case: str, marked: bool) -> None:
    (found,) = (one for one in SELECTIONS["default"] if one.id == case)
    judgement = judge(found, ForwardOnly(precision="float64"), "float64")
    assert judgement.verdict == "unsupported"
    assert judgement.reason.startswith(NO_GRADIENTS) is marked


def test_a_claim_states_all_that_it_has_to_state() -> None:
    refused = {"verdict": "unsupported", "reason": "no peepholes"}
    peepholes = {case.id: refused for case in SELECTIONS["default"] if case.id.startswith("peephole")}
    run = whole(
        verdicts={"lstm-lengths": KNOWN, **peepholes}, provenance={"some": "1.4", "numpy": "2", "device": "cpu"}
    )
    first, second, *rest = claim_of(run)
    assert first == (
        f"some conforms to rnnspec {rnnspec.__version__}, level directions, for GRU, LSTM and RNN on the device cpu "
        "in float32, in its only mode, but for SEQ-3."
    )
    assert second == "It was judged by the selection default of cases, with some 1.4 and numpy 2."
    assert rest[0] == "It refuses:"
    assert rest[1].startswith(f"- {len(peepholes)} cases")
    assert rest[1].endswith("(no peepholes)")
    assert rest[2:] == [
        "It is known not to conform:",
        "- to SEQ-3 Final state, in 1 case: known (link; since 1)",
        "Results: some-cpu.json.",
    ]


def test_a_claim_names_modes_and_a_named_device() -> None:
    rows = [replace(one, mode=mode) for mode in ("fast", "slow") for one in whole().rows]
    run = run_of(
        *rows, precisions=("float32",), modes=("fast", "slow"), device="cuda", provenance={"a": "1", "device": "H200"}
    )
    lines = claim_of(replace(run, specification=rnnspec.__version__))
    assert "on the device cuda (H200) in float32, in the modes fast and slow." in lines[0]
    assert lines[2] == "It refuses no case."


DEALT = dealt((row.trial for row in whole().rows), (2, 8))
SHARD = whole(shard=(2, 8), rows=[row for row in whole().rows if row.trial in DEALT])
FEW = replace(whole(), rows=whole().rows[:4])
TRIALS = len(whole().rows)


@pytest.mark.parametrize(
    "run, why",
    [
        (whole(verdicts={"lstm-forward": differing("y")}), "nothing differs or errs, got lstm-forward [CONF-6]"),
        (whole(stream={"draws": 3, "failures": 2}), "no draw fails, got 2 that do [CONF-6]"),
        (run_of(row("a", "unsupported", reason="r")), "got one in which every case is refused [CONF-6]"),
        (SHARD, "got one that is shard 2 of 8 [CONF-5]"),
        (FEW, f"got one that is 4 of {TRIALS} trials [CONF-5]"),
        (whole(specification="9.0.0"), "got one that is of rnnspec 9.0.0, whose cases are not installed [CONF-5]"),
        (whole(provenance={}), "wanted the version of everything that takes part, got none [CONF-5]"),
    ],
)
def test_a_run_that_supports_no_claim_says_why(run: Run, why: str) -> None:
    with pytest.raises(NoClaimError) as caught:
        claim_of(run)
    assert str(caught.value).endswith(why)


def test_a_run_of_deviations_alone_supports_no_claim() -> None:
    run = whole(verdicts={case.id: KNOWN for case in SELECTIONS["default"]})
    with pytest.raises(NoClaimError, match="no outcome passed"):
        claim_of(run)


def test_claims_are_printed_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = write(whole(), tmp_path)
    assert cli.main(["report", str(path), "--claim"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == claim_of(whole())
    assert told.err == ""
    part, _ = write(SHARD, tmp_path)
    assert cli.main(["report", str(path), str(part), "--claim"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == claim_of(whole())
    assert told.err.startswith("rnnspec report: --claim: some on cpu, shard 2 of 8: wanted a run of a whole selection")


LSTM_ONLY = {
    case.id: {"verdict": "unsupported", "reason": "no such cell"}
    for case in SELECTIONS["forward"]
    if any(not isinstance(cell, rnnspec.LSTM) for cell in case.recipe.cells)
}


@pytest.mark.parametrize(
    "runs, message, colour",
    [
        ([whole()], "directions", GREEN),
        ([whole("forward")], "forward", GREEN),
        ([whole("all")], "directions", GREEN),
        ([whole("forward", LSTM_ONLY)], "forward of LSTM", GREEN),
        ([whole(verdicts={"lstm-lengths": KNOWN, "gru-lengths": KNOWN})], "directions, 1 deviation", GREEN),
        ([whole(), whole("forward", adapter="other")], "forward", GREEN),
        ([whole(), SHARD], "no level: shard 2 of 8", GREY),
        ([FEW], f"no level: 4 of {TRIALS} trials", GREY),
        ([whole(verdicts={case.id: KNOWN for case in SELECTIONS["default"]})], "no level", GREY),
        ([whole(verdicts={"lstm-forward": differing("y")})], "1 case wrong", RED),
        ([whole(stream={"draws": 9, "failures": 2, "mistakes": []})], "2 draws wrong", RED),
        ([run_of(row("a", "unsupported", reason="r"))], "nothing judged", GREY),
        ([run_of()], "nothing judged", GREY),
    ],
)
def test_a_badge_carries_the_level_and_no_count_of_what_passed(runs: list[Run], message: str, colour: str) -> None:
    root = ET.fromstring(badge(runs))
    space = "{http://www.w3.org/2000/svg}"
    label = f"rnnspec {runs[0].specification}"
    assert root.tag == f"{space}svg"
    assert root.get("aria-label") == root.findtext(f"{space}title") == f"{label}: {message}"
    assert [text.text for text in root.iter(f"{space}text")] == [label, message]
    assert root.findall(f"{space}rect")[0].get("fill") == colour


def test_a_badge_of_runs_of_several_versions_names_none() -> None:
    rows: list[Row] = [row("a", "differs"), row("a", "errored", mode="other")]
    assert ">rnnspec<" in badge([run_of(*rows), run_of(*rows, specification="0.2.0")])
