"""Write the list of rules that the suite is installed with, from the text; find the lines of code that cite them."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rnnspec_conformance.rules import INDEX, Rule, known_rules, sort_key

RULE = re.compile(r"^:{3,}\{rule\}\s+(?P<id>[A-Z]+-\d+)\s+(?P<title>.+?)\s*$", re.MULTILINE)
CITATION = re.compile(r"\b(?P<prefix>[A-Z]{3,4})-(?P<first>[1-9][0-9]*)(?: to (?P=prefix)-(?P<last>[1-9][0-9]*))?")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--text", type=Path, default=Path("spec"), metavar="FOLDER", help="where the text is (spec)")


def run(given: argparse.Namespace) -> int:
    """Write the list: the exit status is 0."""
    INDEX.write_text(dump(read_text(given.text)), encoding="utf-8")
    return 0


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


def dump(rules: Mapping[str, Rule]) -> str:
    """The index as it is kept in the file."""
    lines = ",\n".join("  " + json.dumps(asdict(rule), ensure_ascii=False) for rule in rules.values())
    return f"[\n{lines}\n]\n"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A line of code that cites a rule: its file, its number counted from 1, its text, and how it cites.

    ``"comment"`` stands behind the code that does what the rule says, ``"name"`` is a string that is the number and
    nothing else, as in a message, and ``"prose"`` is all the rest.
    """

    path: Path
    line: int
    text: str
    manner: Literal["comment", "name", "prose"]


def citations(folder: Path) -> dict[str, list[Citation]]:
    """The lines of the Python files in `folder` that cite a rule by its number, also within a range, rule by rule.

    What has the form of a number and is none of a rule, such as UTF-8, is left out.
    """
    prefixes = {id.split("-")[0] for id in known_rules()}
    found: dict[str, list[Citation]] = {}
    for path in sorted(folder.rglob("*.py")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for match in CITATION.finditer(text):
                if match["prefix"] not in prefixes:
                    continue
                manner: Literal["comment", "name", "prose"] = "prose"
                if "#" in text[: match.start()]:
                    manner = "comment"
                elif f'"{match[0]}"' in text:
                    manner = "name"
                citation = Citation(path=path, line=number, text=text.strip(), manner=manner)
                for cited in range(int(match["first"]), int(match["last"] or match["first"]) + 1):
                    found.setdefault(f"{match['prefix']}-{cited}", []).append(citation)
    return found
