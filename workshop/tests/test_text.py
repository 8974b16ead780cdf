"""The text as a text: its headings, its derivations, its literature, and the versions of its rules."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import typing
from itertools import pairwise

import pytest

import rnnspec
from rnnspec_conformance.rules import INDEX, known_rules
from rnnspec_workshop.rule_list import RULE

from .places import ROOT

SPEC = ROOT / "spec"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SPEC.glob("*.md"))}
PREFIXES = {rule.split("-")[0] for rule in known_rules()}

CELLS = ("rnn", "lstm", "peephole", "gru", "projection", "variants", "clips")
HEADINGS = [
    "Equations",
    "Shapes",
    "Parameters",
    "Rules",
    "Edge values",
    "Derivatives",
    "Variants",
    "Who computes it",
    "Worked example",
]

BOX = re.compile(r"^:::\{rule\} (?P<id>\S+) .*?\n(?P<text>.*?)^:::$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```python\n.*?^```$", re.MULTILINE | re.DOTALL)
KEYWORD = re.compile(r"\*\*(?:MUST|SHOULD|MAY)(?: NOT)?\*\*")
CITED = re.compile(r"\{cite:[pt]\}`([^`]+)`")
ENTRY = re.compile(r"^@\w+\{(\w+),$", re.MULTILINE)

NOT_DERIVED = {
    "GRAD-1": "defines what is differentiated",
    "GRAD-12": "chooses a number where there is no derivative",
}
WITHOUT_KEYWORD = {
    "CONF-1": "defines a word",
    "CONF-2": "defines a word",
}


def boxes() -> dict[str, str]:
    """What stands in the box of each rule, its options included."""
    return {match["id"]: match["text"] for page in PAGES.values() for match in BOX.finditer(page)}


@pytest.mark.parametrize("page", CELLS)
def test_the_chapters_of_the_cells_have_the_same_headings_in_the_same_order(page: str) -> None:
    assert re.findall(r"^## (.+)$", PAGES[page], re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("page, count", [("lstm", 6), ("gru", 7)])
def test_the_equations_of_a_plain_cell_are_those_of_its_rules(page: str, count: int) -> None:
    def bare(text: str) -> str:
        return re.sub(r"[&\s]", "", text)

    overview = bare(PAGES[page].split("## Equations\n")[1].split("\n## ")[0])
    of_rules = [
        match[1]
        for box in BOX.finditer(PAGES[page])
        if (match := re.search(r"^\$\$(.+)\$\$$", box["text"], re.MULTILINE))
    ]
    single = [bare(equation) for equation in of_rules if "text" not in equation]
    assert len(single) == count
    assert [equation for equation in single if equation not in overview] == []


@pytest.mark.parametrize("page", CELLS)
def test_the_worked_example_of_a_cell_is_executed(page: str) -> None:
    example = PAGES[page].split("## Worked example\n")[1]
    assert CODE.search(example)


def test_every_adjoint_has_a_derivation_or_a_reason() -> None:
    derived = re.findall(
        r"^:::\{dropdown\} Derivation of (\S+)\n:name: derivation-(\S+)$", PAGES["gradients"], re.MULTILINE
    )
    assert [rule.lower() for rule, _ in derived] == [name for _, name in derived]
    assert {rule for rule in known_rules() if rule.startswith("GRAD-")} - {rule for rule, _ in derived} == set(
        NOT_DERIVED
    )


def test_a_derivation_follows_its_rule() -> None:
    order = re.findall(r"^:::\{(?:rule\}|dropdown\} Derivation of) (GRAD-\d+)", PAGES["gradients"], re.MULTILINE)
    followed = {rule for rule, after in pairwise(order) if rule == after}
    assert {rule for rule in order if rule not in followed} == set(NOT_DERIVED)


@pytest.mark.parametrize("page", CELLS)
def test_a_chapter_shows_adjoints_by_their_rules(page: str) -> None:
    section = PAGES[page].split("## Derivatives\n")[1].split("\n## ")[0]
    shown = re.findall(r"^```\{adjoint\} (\S+)$", section, re.MULTILINE)
    assert shown or page == "clips", "the derivatives of a clip are rules of its own chapter"
    assert set(shown) <= set(known_rules()) - set(NOT_DERIVED)


def test_all_adjoints_of_a_step_are_shown_with_a_cell() -> None:
    one_step = PAGES["gradients"].split("## One step\n")[1].split("\n## All steps\n")[0]
    shown = {rule for page in CELLS for rule in re.findall(r"^```\{adjoint\} (\S+)$", PAGES[page], re.MULTILINE)}
    assert {match["id"] for match in BOX.finditer(one_step)} - set(NOT_DERIVED) == shown


def test_every_publication_is_cited_and_every_citation_has_its_publication() -> None:
    cited = {key for page in PAGES.values() for keys in CITED.findall(page) for key in keys.split(",")}
    assert cited == set(ENTRY.findall((SPEC / "references.bib").read_text(encoding="utf-8")))


def test_every_rule_says_in_which_version_it_came_and_changed() -> None:
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert released[0] == rnnspec.__version__
    stated = {
        rule: re.findall(r"^:(?:since|changed): (.+)$", box.split("\n\n")[0], re.MULTILINE)
        for rule, box in boxes().items()
    }
    assert set(stated) == set(known_rules())
    assert {rule for rule, versions in stated.items() if not versions} == set()
    named = {version.strip() for versions in stated.values() for line in versions for version in line.split(",")}
    assert named <= set(released)


def test_only_rules_are_normative() -> None:
    outside = {name: CODE.sub("", BOX.sub("", page)) for name, page in PAGES.items()}
    assert {name for name, text in outside.items() if KEYWORD.search(text)} == {"index"}, "index.md defines the words"


def test_every_rule_asks_for_something_or_defines_a_word() -> None:
    assert {rule for rule, box in boxes().items() if not KEYWORD.search(box)} == set(WITHOUT_KEYWORD)


@pytest.mark.parametrize("word", ["MUST", "SHOULD", "MAY"])
def test_the_words_of_requirements_are_bold_wherever_they_are_capital(word: str) -> None:
    for name, page in PAGES.items():
        assert not re.findall(rf"(?<!\*\*)\b{word}\b", page), name


def test_the_overview_and_the_index_of_rules_have_every_chapter() -> None:
    assert set(re.findall(r"^\| ([A-Z]+) \|", PAGES["index"], re.MULTILINE)) == PREFIXES
    index = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^```\{rule-index\} ([A-Z]+)$", index, re.MULTILINE)) == sorted(PREFIXES)


def test_what_a_claim_states_stands_in_files_of_results() -> None:
    schema = json.loads((INDEX.parent / "results" / "results.schema.json").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGES["conformance"], re.MULTILINE)[1:]
    named = {name for _, where in rows for name in re.findall(r"`(\w+)`", where)}
    assert named <= set(schema["required"])
    assert set(schema["required"]) - named == {"schema", "shard"}
    verdicts = {verdict for _, where in rows for verdict in re.findall(r"\*(\w+)\*", where)}
    assert verdicts <= set(schema["$defs"]["row"]["properties"]["verdict"]["enum"])


RECORDS: dict[str, type] = {
    "Problem": rnnspec.Problem,
    "Layer": rnnspec.Layer,
    "Cotangents": rnnspec.Cotangents,
    "RNN": rnnspec.RNN,
    "LSTM": rnnspec.LSTM,
    "GRU": rnnspec.GRU,
}


@pytest.mark.parametrize("name", RECORDS)
def test_the_options_of_the_text_are_those_of_the_reference(name: str) -> None:
    section = PAGES["problem"].split(f"## {name}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", section, re.MULTILINE)
    of_record = {field.name: field for field in dataclasses.fields(RECORDS[name])}
    assert sorted(option for option, _, _ in rows) == sorted(of_record)
    hints = typing.get_type_hints(RECORDS[name])
    for option, values, default in rows:
        stated = re.match(r"`([^`]+)`", default)
        given = of_record[option].default
        assert (dataclasses.MISSING if stated is None else ast.literal_eval(stated[1])) == given, option
        listed = [ast.literal_eval(value) for value in re.findall(r"`([^`]+)`", values)] if option != "cell" else []
        allowed = typing.get_args(hints[option]) if typing.get_origin(hints[option]) is typing.Literal else None
        if allowed is not None:
            assert listed == list(allowed), option
        elif isinstance(given, bool):
            assert listed == [True, False], option


def test_the_boxes_are_those_that_the_index_finds() -> None:
    found = [match["id"] for page in PAGES.values() for match in RULE.finditer(page)]
    assert sorted(found) == sorted(boxes())


def test_the_terms_that_pages_link_are_in_the_glossary() -> None:
    glossary = PAGES["glossary"].split(":::{glossary}\n")[1]
    terms = {term for line in re.findall(r"^(\S[^\n]*)\n  \S", glossary, re.MULTILINE) for term in line.split(", ")}
    linked = {term for page in PAGES.values() for term in re.findall(r"\{term\}`(?:[^`<]+ <)?([^`>]+)>?`", page)}
    assert linked
    assert linked <= terms


def test_literature_is_cited_by_its_keys_and_not_in_plain_words() -> None:
    names = ("Elman", "Hochreiter", "Gers", "Greff et al", "Cho et al", "Chung et al", "Sak et al", "Zhou et al")
    plain = {
        name for page in PAGES.values() for name in names if re.search(rf"\b{name}\S* (?:[\w,]+ )*\(?\d{{4}}", page)
    }
    assert plain == set()
