"""The soak: right implementations give no alarm, wrong ones do, and every family gets its seeds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from rnnspec import Problem
from rnnspec_adapters import Adapter, Unsupported
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.cases.catalogue import FAMILIES
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.trial import Subject
from rnnspec_workshop.__main__ import main
from rnnspec_workshop.soaking import FIRST_SEED, SEEDS, FamilyResult, precisions_of, soak

from .places import ROOT

MERGED_BIAS: Any = next(m.adapter for m in MUTANTS if m.id == "gru-b-rn-outside-the-reset-product")
"""A wrong implementation."""

COMMITTED = sorted((ROOT / "conformance" / "results").glob("soak-*.json"))


class OnlyOneLayer(ReferenceAdapter):
    """Refuses stacks."""

    def supports(self, problem: Problem) -> Unsupported | None:
        return Unsupported(reason="there is one layer") if len(problem.layers) > 1 else None


def subject(adapter: type[Adapter]) -> Subject:
    return Subject(
        given="given", adapter=adapter, device="cpu", precisions=("float32",), modes=("default",), selection="all"
    )


def test_only_cases_of_the_selection_are_chosen() -> None:
    assert soak(replace(subject(ReferenceAdapter), selection="default"), "float32", "cover", 1).judged == 0
    assert soak(subject(ReferenceAdapter), "float32", "cover", 1).judged == 1


def test_the_seeds_are_those_of_no_case() -> None:
    assert max(case.recipe.seed for case in CASES) < FIRST_SEED


def test_a_right_implementation_gives_no_alarm() -> None:
    result = soak(subject(ReferenceAdapter), "float32", "options", 5)
    assert (result.seeds, result.judged, result.alarms) == (5, 5, ())
    assert 0 < result.worst < 0.5
    assert sum(result.counts) == 5


def test_a_wrong_implementation_gives_alarms_that_can_be_seen_again() -> None:
    gru_first = next(
        position
        for position, case in enumerate(case for case in CASES if case.family == "steps")
        if case.id == "gru-after-keep-forward"
    )
    result = soak(subject(MERGED_BIAS), "float32", "steps", gru_first + 1)
    assert result.alarms
    assert f"gru-after-keep-forward, seed {FIRST_SEED + gru_first}, float32, default differs: " in result.alarms[-1]


def test_a_case_that_is_refused_makes_room_for_another() -> None:
    result = soak(subject(OnlyOneLayer), "float32", "layouts", 12)
    assert result.seeds == result.judged == 12


def test_a_family_that_is_refused_as_a_whole_has_no_seeds() -> None:
    class Refusing(ReferenceAdapter):
        def supports(self, problem: Problem) -> Unsupported | None:
            return Unsupported(reason="nothing is implemented")

    result = soak(subject(Refusing), "float32", "laws", 3)
    assert (result.seeds, result.judged, sum(result.counts)) == (0, 0, 0)


def test_an_adapter_that_says_no_precisions_is_soaked_in_those_it_can_be_made_with() -> None:
    class SaysNone:
        modes: ClassVar[tuple[str, ...]] = ("default",)

        def __init__(self, *, device: str, precision: str, mode: str) -> None:
            if precision not in ("float64", "float16"):
                raise ValueError(f"precision: wanted one of float64, float16, got {precision!r}")

    assert precisions_of(SaysNone, "cpu") == ("float64", "float16")


def test_an_adapter_that_says_its_precisions_is_soaked_in_these() -> None:
    assert precisions_of(ReferenceAdapter, "cpu") == ("float64", "float32")

    class InFloat32(ReferenceAdapter):
        precisions: ClassVar[tuple[str, ...]] = ("float32",)

    assert precisions_of(InFloat32, "cpu") == ("float32",)


def test_the_command_writes_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--adapter", "reference", "--precision", "float32", "--seeds", "1", "--results", str(tmp_path))
    assert main(["soak", *few]) == 0
    report = json.loads((tmp_path / "soak-reference-cpu.json").read_text(encoding="utf-8"))
    assert [result["family"] for result in report["families"]] == list(FAMILIES)
    assert all(result["judged"] == 1 for result in report["families"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"{len(FAMILIES)} trials under 1 seeds a family: 0 false alarms"


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_soak_has_its_seeds_and_no_alarm(path: Path) -> None:
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["seeds"] >= SEEDS
    assert {result["family"] for result in report["families"]} == set(FAMILIES)
    judged = [result for result in report["families"] if result["judged"]]
    assert judged
    assert all(result["seeds"] >= SEEDS for result in judged)
    assert [alarm for result in report["families"] for alarm in result["alarms"]] == []


def test_what_came_of_a_family_is_written_in_two_digits() -> None:
    result = FamilyResult(
        family="laws", precision="float32", judged=1, seeds=1, alarms=(), worst=0.12345, worst_case="a", counts=(1,)
    )
    assert result.as_json()["worst"] == 0.12
