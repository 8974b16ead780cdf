"""The mutants: every misreading is caught by the case that the kill matrix names, and every case catches one."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from itertools import permutations
from typing import Any

import pytest

from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.mutants import FAMILIES, MUTANTS, Mutant
from rnnspec_workshop.kill_matrix import JUDGED_IN, MARGIN, Catch, catches_of

from .places import ROOT

ADVICE = "mutants.json is out of date; write it anew: nox -s kill-matrix"
FILE = json.loads((ROOT / "conformance" / "results" / "mutants.json").read_text(encoding="utf-8"))
COMMITTED: list[dict[str, Any]] = FILE["mutants"]
DEFAULT = SELECTIONS["default"]


@pytest.fixture(scope="module")
def caught() -> list[Catch]:
    """What each case says it catches, and each mutant on the case that kills it by most."""
    best: dict[str, tuple[str, ...]] = {}
    for entry in COMMITTED:
        best[entry["best_case"]] = (*best.get(entry["best_case"], ()), entry["id"])
    return catches_of(CASES, best)


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 200
    assert sum(len(list(family.mutants())) for family in FAMILIES.values()) == len(MUTANTS)


def test_ids_are_unique() -> None:
    assert [id for id, count in Counter(mutant.id for mutant in MUTANTS).items() if count > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_mutant_says_what_it_takes_the_text_to_say(mutant: Mutant) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", mutant.id)
    assert mutant.sentence.strip()


@pytest.mark.parametrize("cell, gates, wrong_orders", [("lstm", "ifgo", 23), ("gru", "rzn", 5), ("peephole", "ifo", 5)])
def test_every_wrong_gate_order_is_a_mutant(cell: str, gates: str, wrong_orders: int) -> None:
    orders = {f"{cell}-gates-{''.join(order)}" for order in permutations(gates)} - {f"{cell}-gates-{gates}"}
    assert len(orders) == wrong_orders
    assert orders - {mutant.id for mutant in MUTANTS} == set()


def test_a_case_kills_what_it_says_it_catches(caught: list[Catch]) -> None:
    assert [case.id for case in CASES if not case.catches] == []
    claimed = {(case.id, id) for case in CASES for id in case.catches}
    found = {(catch.case, catch.mutant, catch.precision): catch.ratio for catch in caught}
    assert {key: ratio for key, ratio in found.items() if key[:2] in claimed and ratio < MARGIN} == {}
    assert len(found) >= len(claimed) * len(JUDGED_IN)


@pytest.mark.parametrize("precision", JUDGED_IN)
def test_every_mutant_is_killed_by_the_margin(caught: list[Catch], precision: str) -> None:
    in_default = {case.id for case in DEFAULT}
    killed: dict[str, float] = {}
    for catch in caught:
        if catch.precision == precision and catch.case in in_default:
            killed[catch.mutant] = max(killed.get(catch.mutant, 0.0), catch.ratio)
    assert [mutant.id for mutant in MUTANTS if killed.get(mutant.id, 0.0) < MARGIN] == [], ADVICE


def test_the_committed_margins_are_the_computed_ones(caught: list[Catch]) -> None:
    found = {(catch.case, catch.mutant, catch.precision): catch.ratio for catch in caught}
    for entry in COMMITTED:
        precision = JUDGED_IN[0]  # the one that the best case is that of
        before, after = entry["margin"][precision], found[entry["best_case"], entry["id"], precision]
        where = f"{entry['id']}: {before} and {after}. {ADVICE}"
        assert (before is None) == math.isinf(after), where
        if before is not None:
            assert abs(math.log10(after / before)) <= 1, where


def test_the_committed_matrix_is_about_these_mutants() -> None:
    written = {(entry["id"], entry["rule"], entry["sentence"]) for entry in COMMITTED}
    assert written == {(mutant.id, mutant.rule, mutant.sentence) for mutant in MUTANTS}, ADVICE


def test_the_committed_matrix_was_computed_on_all_cases() -> None:
    assert FILE["cases"] == len(DEFAULT), ADVICE
    assert {entry["best_case"] for entry in COMMITTED} - {case.id for case in DEFAULT} == set(), ADVICE
