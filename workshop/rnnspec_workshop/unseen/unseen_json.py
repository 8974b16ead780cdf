"""What noticed which mistake, as it is written to ``unseen.json``, and what share of a set that is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import rnnspec
from rnnspec_conformance.defaults import DRAWS
from rnnspec_workshop.unseen.measuring import Noticed
from rnnspec_workshop.unseen.sets import SETS

SCHEMA = 1
FILE = "unseen.json"

COLUMNS: Mapping[str, tuple[int, bool]] = {
    "catalogue": (0, True),
    "+ 200 draws": (200, True),
    f"+ {DRAWS} draws": (DRAWS, True),
    "+ 2000 draws": (2000, True),
    f"{DRAWS} draws alone": (DRAWS, False),
}
"""What is told of a set: how many draws, and whether the catalogue comes before them. A default run is the third."""

BySet = dict[str, dict[str, Noticed]]
"""By the names of a set and of a mistake: what noticed it."""


class UnseenError(Exception):
    """A file cannot be used; the message says what was wanted and what came."""


def text_of(found: BySet, *, seed: int, draws: int) -> str:
    """The file: a line for each mistake, in the order of the sets."""
    head = {"schema": SCHEMA, "specification": rnnspec.__version__, "seed": seed, "draws": draws}
    sets = [_text_of_set(name, found[name]) for name in SETS if found.get(name)]
    return json.dumps(head, indent=2)[:-2] + ',\n  "sets": [\n' + ",\n".join(sets) + "\n  ]\n}\n"


def _text_of_set(name: str, found: Mapping[str, Noticed]) -> str:
    lines = [
        json.dumps({"ident": m.ident, "kind": m.kind, "sentence": m.sentence, **asdict(found[m.ident])})
        for m in SETS[name].mistakes
        if m.ident in found
    ]
    head = f'    {{"name": {json.dumps(name)}, "precision": {json.dumps(SETS[name].precision)}, "mistakes": [\n'
    return head + ",\n".join(f"      {line}" for line in lines) + "\n    ]}"


def write(path: Path, found: BySet, *, seed: int, draws: int) -> None:
    """Write the file, which is whole at any time."""
    beside = path.with_suffix(".part")
    beside.write_text(text_of(found, seed=seed, draws=draws), encoding="utf-8")
    beside.replace(path)


def read(path: Path, *, seed: int) -> BySet:
    """What a file has of this seed; nothing where there is no file, or one of another seed."""
    if not path.exists():
        return {}
    report = json.loads(path.read_text(encoding="utf-8"))
    if report.get("schema") != SCHEMA:
        raise UnseenError(f"{path.name}: wanted schema {SCHEMA}, got {report.get('schema')!r}")
    return by_set(report) if report["seed"] == seed else {}


def by_set(report: Mapping[str, Any]) -> BySet:
    """What a report says noticed each mistake."""
    names = [field.name for field in fields(Noticed)]
    return {
        of_set["name"]: {m["ident"]: Noticed(**{name: m[name] for name in names}) for m in of_set["mistakes"]}
        for of_set in report["sets"]
    }


def share(found: Collection[Noticed], draws: int, *, cases: bool = True) -> float:
    """How many of some mistakes so many draws notice, with `cases` after the catalogue, in per cent."""
    return 100 * sum(one.by(draws, cases=cases) for one in found) / len(found)


def reach(found: Collection[Noticed], *, cases: bool = True) -> int | None:
    """Up to how many draws the share is known; None where more draws would not change it."""
    return min((one.tried for one in found if one.after is None and not (cases and one.case)), default=None)


def shares(found: Collection[Noticed]) -> list[str]:
    """The numbers of `COLUMNS` in words; nothing where fewer draws were tried."""
    told = []
    for draws, cases in COLUMNS.values():
        known = reach(found, cases=cases)
        told.append("" if known is not None and known < draws else f"{share(found, draws, cases=cases):.0f} %")
    return told
