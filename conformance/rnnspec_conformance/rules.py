"""The index of the rules: their numbers and titles, as they stand in the text.

The text in ``spec/`` is the source. ``rules.json`` beside this module is made from it, so that an installed suite can
name a rule; ``python -m rnnspec_conformance.rules spec`` writes it anew, and a test compares the two.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

INDEX = Path(__file__).with_name("rules.json")
RULE = re.compile(r"^:{3,}\{rule\}\s+(?P<id>[A-Z]+-\d+)\s+(?P<title>.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A numbered rule: its number, its title, and the page of ``spec/`` on which it stands."""

    id: str
    title: str
    page: str


def read_text(folder: Path) -> dict[str, Rule]:
    """The rules that stand in the pages of `folder`.

    Raises
    ------
    ValueError
        When a number stands twice.
    """
    rules: dict[str, Rule] = {}
    for page in sorted(folder.glob("*.md")):
        for match in RULE.finditer(page.read_text(encoding="utf-8")):
            rule = Rule(id=match["id"], title=match["title"], page=page.stem)
            if rule.id in rules:
                raise ValueError(f"{page.name}: wanted a new number, got {rule.id}, which {rules[rule.id].page}.md has")
            rules[rule.id] = rule
    return dict(sorted(rules.items(), key=lambda item: sort_key(item[0])))


def sort_key(id: str) -> tuple[str, int]:
    """Rules in the order of their prefixes and numbers."""
    prefix, _, number = id.partition("-")
    return prefix, int(number)


@cache
def known_rules() -> Mapping[str, Rule]:
    """The rules of the installed index."""
    return {entry["id"]: Rule(**entry) for entry in json.loads(INDEX.read_text(encoding="utf-8"))}


def named(id: str) -> str:
    """A rule's number and title, e.g. ``LSTM-4 New cell``."""
    rule = known_rules().get(id)
    return f"{id} {rule.title}" if rule else id


def dump(rules: Mapping[str, Rule]) -> str:
    """The index as it is kept in the file."""
    lines = ",\n".join("  " + json.dumps(asdict(rule), ensure_ascii=False) for rule in rules.values())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    INDEX.write_text(dump(read_text(Path(sys.argv[1]))), encoding="utf-8")
