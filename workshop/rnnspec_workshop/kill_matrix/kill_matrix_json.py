"""The kill matrix as JSON that a person can read, and the comparison of what is committed with what is computed."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnspec_conformance.rules import sort_key
from rnnspec_workshop.kill_matrix.classes import class_of
from rnnspec_workshop.kill_matrix.killing import Kills

Report = dict[str, Any]

SCHEMA = 1
MARGIN_FACTOR = 10.0
"""By how much a margin may differ between machines."""

MACHINE = ("margin", "best_case", "numpy")
"""What depends on the machine: compared loosely, or not at all."""


def suite_report(rows: Sequence[Kills], *, selection: str, cases: int) -> Report:
    """What ``mutants.json`` holds: the selection, its number of cases, and one entry a mutant."""
    return {"schema": SCHEMA, "selection": selection, "cases": cases, "mutants": summary(rows)}


def summary(rows: Sequence[Kills]) -> list[Report]:
    """One entry a mutant, by the number of its rule: class, killing cases, margins by precision, the best case."""
    by_mutant: dict[str, list[Kills]] = {}
    for row in rows:
        by_mutant.setdefault(row.mutant.id, []).append(row)
    entries = [
        {
            "id": of_mutant[0].mutant.id,
            "rule": of_mutant[0].mutant.rule,
            "class": class_of(of_mutant[0].mutant),
            "sentence": of_mutant[0].mutant.sentence,
            "killed_by": {row.precision: len(row.ratios) for row in of_mutant},
            "margin": {row.precision: _figure(row.margin) for row in of_mutant},
            "best_case": of_mutant[0].best_case,
        }
        for of_mutant in by_mutant.values()
    ]
    return sorted(entries, key=lambda entry: (sort_key(str(entry["rule"])), str(entry["id"])))


def _figure(margin: float) -> float | None:
    """One digit, so that the file hardly depends on the machine; None where no number can say it."""
    return None if math.isinf(margin) else float(f"{margin:.1g}")


def text_of(report: Report) -> str:
    """The file: one line an entry."""
    parts = []
    for name, value in report.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in value)
            parts.append(f'  "{name}": [\n{lines}\n  ]')
        else:
            parts.append(f'  "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def differences(committed: Report, computed: Report) -> list[str]:
    """Where two reports differ: names of parts, and ids or names of entries. Margins may differ by `MARGIN_FACTOR`."""
    found = [name for name in sorted(committed.keys() | computed.keys()) if not _is_list(name, committed, computed)]
    found = [name for name in found if _settled(committed.get(name)) != _settled(computed.get(name))]
    for name in computed:
        if _is_list(name, committed, computed):
            found += _entries_that_differ(committed[name], computed[name])
    return found


def _is_list(name: str, *reports: Report) -> bool:
    return all(isinstance(report.get(name), list) for report in reports)


def _entries_that_differ(committed: list[Report], computed: list[Report]) -> list[str]:
    before, after = _by_name(committed), _by_name(computed)
    found = [
        name
        for name in [*before, *(after.keys() - before.keys())]
        if _settled(before.get(name)) != _settled(after.get(name)) or not _margins_agree(before[name], after[name])
    ]
    return found or ([] if list(before) == list(after) else ["the order of the entries"])


def _by_name(entries: list[Report]) -> dict[str, Report]:
    return {str(entry["id"]): entry for entry in entries}


def _settled(value: Any) -> Any:
    """`value` without what depends on the machine."""
    return {name: part for name, part in value.items() if name not in MACHINE} if isinstance(value, dict) else value


def _margins_agree(before: Report, after: Report) -> bool:
    pairs = [(margin, after["margin"][precision]) for precision, margin in before.get("margin", {}).items()]
    return all(
        old is new if None in (old, new) else max(old, new) <= MARGIN_FACTOR * min(old, new) for old, new in pairs
    )


def settle(reports: dict[str, Report], folder: Path, *, check: bool) -> dict[str, list[str]]:
    """Write each report under its name in `folder` where the file there differs; with `check` write nothing.

    Returns
    -------
    dict
        The names of the files that differed, and where.
    """
    stale: dict[str, list[str]] = {}
    for name, report in reports.items():
        path = folder / name
        committed = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        found = differences(committed, report) if committed else ["the whole file"]
        if found:
            stale[name] = found
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(text_of(report), encoding="utf-8")
    return stale
