"""The runs under ``conformance/results/``: each read once, counted, and the page that shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rnnspec_conformance.results import VERDICTS, CataloguedRow, ResultsError, Row, Run, catalogued, load, warning
from rnnspec_docs.reports import ReportDirective, figure
from rnnspec_docs.tables import Cell, text

WORST_FIRST = ("differs", "errored", "outdated", "deviates", "passed", "unsupported")
SELECTIONS = ("default", "forward")
"""The selections of a whole run: that of an implementation with gradients, and that of one without."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A run and the name of its file, without the suffix."""

    name: str
    run: Run

    @cached_property
    def rows(self) -> list[CataloguedRow]:
        """Its rows, with what the catalogue says of their cases."""
        return catalogued(self.run)

    @property
    def page(self) -> str:
        """The page that shows every row of it."""
        return f"docs/results/{self.name}"

    @property
    def title(self) -> str:
        """The adapter, and the device where that is not the CPU."""
        return self.run.adapter if self.run.device == "cpu" else f"{self.run.adapter} on {self.run.device}"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows, counted.

    Attributes
    ----------
    counts
        How many have each of the verdicts.
    ratio
        The largest ratio; None where nothing was compared.
    """

    counts: Mapping[str, int]
    ratio: float | None

    @property
    def worst(self) -> str:
        """The worst verdict that there is."""
        return next(verdict for verdict in WORST_FIRST if self.counts[verdict])

    @property
    def computed(self) -> int:
        """How many rows are not refused."""
        return sum(self.counts.values()) - self.counts["unsupported"]

    @property
    def figures(self) -> list[str]:
        """The count of each verdict of `TALLIED`, and the ratio."""
        counts = {**self.counts, "differs": self.counts["differs"] + self.counts["outdated"]}
        return [*(str(counts[verdict]) for verdict in TALLIED), figure(self.ratio) or ""]

    @property
    def cells(self) -> list[Cell]:
        """The same as cells of a table."""
        return [text(value) for value in self.figures]


TALLIED = tuple(verdict for verdict in VERDICTS if verdict != "outdated")
"""The verdicts that have a column. Published results have no outdated deviation; one that had counts as differing."""

HEADER = (*TALLIED, "worst ratio")
"""What stands above the figures of a tally."""


def tally(rows: Iterable[Row]) -> Tally:
    """What `rows` are made of."""
    rows = list(rows)
    counts = Counter(row.verdict for row in rows)
    ratio = max((row.ratio for row in rows if row.ratio is not None), default=None)
    return Tally(counts={verdict: counts[verdict] for verdict in VERDICTS}, ratio=ratio)


def recorded(folder: Path) -> list[Recorded]:
    """Every whole run of a folder, by the name of its file: what was chosen of one is left out.

    Raises
    ------
    ResultsError
        When a file of results cannot be used.
    """
    runs = {path: _loaded(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))}
    return [Recorded(name=path.stem, run=run) for path, run in runs.items() if run is not None]


def anchor_of(chapter: str) -> str:
    """Where the page of a run has the rows of a chapter."""
    return f"chapter-{chapter.lower()}"


@cache
def _loaded(path: Path, changed: int) -> Run | None:  # noqa: ARG001 - a file that has changed is read again
    report = json.loads(path.read_text(encoding="utf-8"))
    return load(path) if "adapter" in report and "chosen" not in report else None


class RunsDirective(ReportDirective):
    """A directive that renders runs."""

    def runs(self) -> list[Recorded]:
        """All of them."""
        try:
            found = recorded(self.folder)
        except ResultsError as error:
            raise self.error(str(error)) from error
        for entry in found:
            if unknown := warning(entry.run):
                raise self.error(f"{entry.name}: {unknown}")
            self.env.note_dependency(str(self.folder / f"{entry.name}.json"))
        return found

    def whole(self) -> list[Recorded]:
        """Those that are whole: a selection of `SELECTIONS`, and all shards of it."""
        return [entry for entry in self.runs() if entry.run.selection in SELECTIONS and entry.run.shard is None]
