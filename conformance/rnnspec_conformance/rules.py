"""The index of the rules: their numbers and titles, as they stand in the text.

The text in ``spec/`` is the source. ``rules.json`` beside this module is made from it, so that an installed suite can
name a rule; ``python -m rnnspec_workshop rules`` writes it anew, and a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

INDEX = Path(__file__).with_name("rules.json")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A numbered rule: its number, its title, and the page of ``spec/`` on which it stands."""

    id: str
    title: str
    page: str


def sort_key(id: str) -> tuple[str, int]:
    """Rules in the order of their prefixes and numbers."""
    prefix, _, number = id.partition("-")
    return prefix, int(number)


@cache
def known_rules() -> Mapping[str, Rule]:
    """The rules of the installed index."""
    return {entry["id"]: Rule(**entry) for entry in json.loads(INDEX.read_text(encoding="utf-8"))}


def named(id: str) -> str:
    """A rule's number and title, e.g. ``LSTM-4 New cell state``."""
    rule = known_rules().get(id)
    return f"{id} {rule.title}" if rule else id
