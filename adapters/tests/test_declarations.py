"""What is true of adapters is read from their source, and the sessions that judge them follow from it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rnnspec_adapters import AdapterError, find_adapter
from rnnspec_adapters.declarations import FACTS, declared, registered, sessions

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ADAPTERS = registered(ROOT)
TARGETS = PROJECT["project"]["entry-points"]["rnnspec.adapters"]

ONE = """
from other import General

class One(General):
    name: ClassVar[str] = "one"
    session: ClassVar[str] = "ones"
    expresses: ClassVar[dict] = {LSTM: "no"}

class Eager(One):
    name: ClassVar[str] = "one-eager"
    slow: ClassVar[bool] = True

class Computed(General):
    name: ClassVar[str] = NAME
"""
GENERAL = """
from framework import Layer

class General(Layer):
    session: ClassVar[str] = ""
    slow: ClassVar[bool] = False
"""
REGISTERED = """
[project.entry-points."rnnspec.adapters"]
one-eager = "one:Eager"
one = "one:One"
general = "other:General"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "adapters").mkdir()
    for path, text in {"adapters/one.py": ONE, "adapters/other.py": GENERAL, "pyproject.toml": REGISTERED}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_source_says_of_an_adapter_what_its_class_says(name: str) -> None:
    try:
        adapter = find_adapter(TARGETS[name])
    except AdapterError as error:
        pytest.skip(str(error))
    assert {fact: getattr(adapter, fact) for fact in FACTS} == ADAPTERS[name]


def test_a_class_inherits_facts_from_other_modules_and_says_what_differs(project: Path) -> None:
    facts = {"session": "ones", "slow": True, "name": "one-eager"}
    assert declared("one:Eager", project / "adapters") == facts


def test_a_fact_that_is_no_literal_is_an_error(project: Path) -> None:
    with pytest.raises(ValueError, match=r"Computed\.name: wanted a literal, got NAME"):
        declared("one:Computed", project / "adapters")


def test_an_adapter_is_judged_by_the_session_that_it_names_and_by_none_otherwise(project: Path) -> None:
    assert sessions(registered(project)) == {"ones": ["one", "one-eager"]}


@pytest.mark.parametrize("names", sessions(ADAPTERS).values(), ids=sessions(ADAPTERS))
def test_the_adapters_of_a_session_need_one_group_and_are_slow_together(names: list[str]) -> None:
    ((group, _),) = {(ADAPTERS[name]["group"], ADAPTERS[name]["slow"]) for name in names}
    assert group in PROJECT["dependency-groups"]


def test_an_adapter_that_no_session_judges_wants_a_gpu_or_is_the_reference() -> None:
    left_out = {name for name, facts in ADAPTERS.items() if facts["session"] == ""}
    assert left_out == {name for name, facts in ADAPTERS.items() if facts["devices"] == ("cuda",)} | {"reference"}


def test_what_is_given_bad_input_is_known_to_the_workshop() -> None:
    folder = ROOT / "workshop" / "rnnspec_workshop" / "bad_input" / "frameworks"
    known = {path.stem.removesuffix("_calls") for path in folder.glob("[!_]*.py")}
    assert {facts["bad_input"] for facts in ADAPTERS.values()} - {""} == known
