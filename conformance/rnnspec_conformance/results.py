"""Results of a run, as rows and as a file.

A file holds one adapter on one device. It is replaced only when something in it has changed: a verdict, a version, a
case, or a measured figure by more than a factor of two. Figures in the last digits differ between machines, and a file
that changed with each of them would say nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SCHEMA = 1
FIGURE_FACTOR = 2.0
NEGLIGIBLE = 0.01


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one case in one dtype and mode.

    `verdict` is one of passed, differs, deviates (differs as recorded), unsupported, errored; `ratio` is the largest
    error in units of its allowance, `field` where it is, `allowance` and `error` the two numbers themselves.
    """

    case: str
    chapter: str
    rules: tuple[str, ...]
    sentence: str
    dtype: str
    mode: str
    verdict: str
    ratio: float | None = None
    allowance: float | None = None
    error: float | None = None
    field: str = ""
    reason: str = ""
    rule: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The row in JSON values; no infinity, figures to two digits."""
        row = asdict(self)
        row["rules"] = list(self.rules)
        finite = self.ratio is not None and math.isfinite(self.ratio)
        row["ratio"] = float(f"{self.ratio:.2g}") if finite else None
        return row

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Row:
        """The inverse of `as_json`."""
        return Row(**{**row, "rules": tuple(row["rules"])})


@dataclass(frozen=True, kw_only=True)
class Run:
    """All rows of a run, and what was judged.

    `selection` is the name of the selection of cases; `shard` is None, or which part of how many parts this is, counted
    from 1.
    """

    adapter: str
    device: str
    specification: str
    provenance: Mapping[str, str]
    rows: Sequence[Row]
    selection: str = "default"
    shard: tuple[int, int] | None = None

    def dump(self) -> str:
        """The file: one line a row."""
        head = {
            "schema": SCHEMA,
            "adapter": self.adapter,
            "device": self.device,
            "specification": self.specification,
            "provenance": dict(self.provenance),
            "selection": self.selection,
            "shard": self.shard,
        }
        lines = ",\n".join("    " + json.dumps(row.as_json(), ensure_ascii=False) for row in self.rows)
        return json.dumps(head, indent=2, ensure_ascii=False)[:-2] + f',\n  "results": [\n{lines}\n  ]\n}}\n'


def load(path: Path) -> Run:
    """A run from its file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Run(
        adapter=data["adapter"],
        device=data["device"],
        specification=data["specification"],
        provenance=data["provenance"],
        selection=data["selection"],
        shard=None if data["shard"] is None else (data["shard"][0], data["shard"][1]),
        rows=[Row.from_json(row) for row in data["results"]],
    )


def write(run: Run, folder: Path) -> tuple[Path, bool]:
    """Write `run` into `folder`: the path, and whether the file has changed."""
    path = folder / f"{run.adapter}-{run.device}.json"
    if path.exists() and agree(load(path), run):
        return path, False
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(run.dump(), encoding="utf-8")
    return path, True


def agree(old: Run, new: Run) -> bool:
    """Whether two runs say the same: everything equal, figures within a factor of two."""
    heads = [
        (run.adapter, run.device, run.specification, run.provenance, run.selection, run.shard) for run in (old, new)
    ]
    if heads[0] != heads[1]:
        return False
    if len(old.rows) != len(new.rows):
        return False
    return all(_rows_agree(before.as_json(), after.as_json()) for before, after in zip(old.rows, new.rows, strict=True))


def _rows_agree(old: dict[str, Any], new: dict[str, Any]) -> bool:
    before, after = old.pop("ratio"), new.pop("ratio")
    figures_passed = old["verdict"] == new["verdict"] == "passed"
    if figures_passed:
        old.pop("field"), new.pop("field")
    if old != new or (before is None) != (after is None):
        return False
    if before is None:
        return True
    low, high = sorted((before, after))
    return bool(high <= max(FIGURE_FACTOR * low, NEGLIGIBLE))
