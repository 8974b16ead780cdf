"""The rules of the text, and those who cite them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnspec_conformance.cases import CASES
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.rules import INDEX, known_rules, named
from rnnspec_workshop.rule_list import citations, dump, read_text

from .places import ROOT

TEXT = read_text(ROOT / "spec")
PREFIXES = (
    "ACT",
    "CLIP",
    "COND",
    "CONF",
    "GRAD",
    "GRU",
    "LAY",
    "LSTM",
    "NUM",
    "PAR",
    "PEEP",
    "PROJ",
    "RNN",
    "SEC",
    "SEQ",
    "VAR",
)
REFERENCE, ADAPTERS, SUITE = (
    ROOT / "reference" / "rnnspec",
    ROOT / "adapters" / "rnnspec_adapters",
    ROOT / "conformance" / "rnnspec_conformance",
)

NOT_IN_THE_REFERENCE = {
    "GRU-7": "speaks of converting parameters; the reference converts none",
    "SEQ-15": "a law that follows from SEQ-1 to SEQ-3",
}
WITHOUT_CASE = {
    "CONF-1": "says what it is to pass a case; the tests of the judge try it",
    "CONF-2": "defines a word",
    "CONF-3": "what is ignored is caught by the cases of the option; a reason is asked for by the contract of adapters",
    "CONF-4": "speaks of claims; the selections try the levels",
    "CONF-5": "speaks of claims; test_text.py holds it against the schema of results",
    "CONF-6": "speaks of claims",
    "COND-5": "what is printed is never read, so that nothing about it can be wrong; hostile adapters try it",
}
WITHOUT_MUTANT = {
    "CONF-1": "speaks of what is compared, not of numbers",
    "CONF-2": "defines a word",
    "CONF-3": "each option that is ignored is a mutant of the option's own rule",
    "CONF-4": "speaks of claims",
    "CONF-5": "speaks of claims",
    "CONF-6": "speaks of claims",
    "COND-5": "allows something, and asks for nothing",
    "SEQ-15": "a law that follows from other rules: its cases are killed by initial-states-ignored",
    "VAR-9": "speaks of cells that are refused; the mutants of all others are those of their options",
    "GRU-7": "its sign is a matter of layouts: layout-sign-forgotten breaks it, as LAY-6",
    "PAR-5": "what a layer without biases computes is broken by the mutants of the other rules",
    "RNN-1": "each of its terms has its own mutants: PAR-1, PAR-2, PAR-3, RNN-2",
}


def test_the_index_is_that_of_the_text() -> None:
    advice = "rules.json is out of date; write it anew: python -m rnnspec_workshop rules"
    assert INDEX.read_text(encoding="utf-8") == dump(TEXT), advice
    assert dict(known_rules()) == TEXT, advice


def test_the_prefixes_are_those_of_the_text() -> None:
    assert {id.split("-")[0] for id in TEXT} == set(PREFIXES)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_numbers_of_a_chapter_have_no_gap(prefix: str) -> None:
    numbers = sorted(int(id.split("-")[1]) for id in TEXT if id.startswith(f"{prefix}-"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_number_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(":::{rule} NUM-1 First\n:::\n", encoding="utf-8")
    (tmp_path / "two.md").write_text(":::{rule} NUM-1 Second\n:::\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"two\.md: wanted a new number, got NUM-1, which one\.md has"):
        read_text(tmp_path)


def test_a_rule_is_named_by_number_and_title() -> None:
    assert named("LSTM-4") == "LSTM-4 New cell state"
    assert named("LSTM-99") == "LSTM-99"


def test_every_rule_has_a_case_or_a_reason() -> None:
    assert set(TEXT) - {rule for case in CASES for rule in case.rules} == set(WITHOUT_CASE)


def test_every_rule_has_a_mutant_or_a_reason() -> None:
    assert set(TEXT) - {mutant.rule for mutant in MUTANTS} == set(WITHOUT_MUTANT)


def test_cases_and_mutants_cite_rules_of_the_text() -> None:
    cited = {rule for case in CASES for rule in case.rules} | {mutant.rule for mutant in MUTANTS}
    assert cited - set(TEXT) == set()


@pytest.mark.parametrize("folder", [REFERENCE, ADAPTERS, SUITE], ids=lambda folder: folder.name)
def test_code_cites_rules_of_the_text(folder: Path) -> None:
    cited = citations(folder)
    assert cited
    assert {rule: lines for rule, lines in cited.items() if rule not in TEXT} == {}


def test_citations_are_found_with_their_lines(tmp_path: Path) -> None:
    code = '"""UTF-8, and LSTM-2 to LSTM-3."""\n\nc = f * c  # LSTM-3, as GRAD-12 has it\nbreaks("LSTM-2")\n'
    (tmp_path / "cell.py").write_text(code, encoding="utf-8")
    found = {rule: [(line.line, line.manner) for line in lines] for rule, lines in citations(tmp_path).items()}
    assert found == {
        "LSTM-2": [(1, "prose"), (4, "name")],
        "LSTM-3": [(1, "prose"), (3, "comment")],
        "GRAD-12": [(3, "comment")],
    }


def test_the_reference_cites_every_rule_but_those_of_layouts_of_call_behaviour_and_of_claims() -> None:
    own = {rule for rule in TEXT if not rule.startswith(("LAY-", "COND-", "CONF-"))}
    assert own - set(citations(REFERENCE)) == set(NOT_IN_THE_REFERENCE)


def test_the_adapters_cite_every_rule_of_layouts() -> None:
    assert {rule for rule in TEXT if rule.startswith("LAY-")} - set(citations(ADAPTERS)) == set()
