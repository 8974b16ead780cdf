"""The conformance matrix: implementations by chapters of rules, for each device and precision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import VERDICTS, Row
from rnnspec_conformance.rules import known_rules
from rnnspec_docs.adapter_families import registered
from rnnspec_docs.cases import anchor_of_chapter
from rnnspec_docs.reports import figure
from rnnspec_docs.rule_index import page_of_chapter
from rnnspec_docs.rule_texts import CHAPTERS
from rnnspec_docs.runs import Recorded, RunsDirective, anchor_of, tally
from rnnspec_docs.tables import WIDE, Cell, table, text
from rnnspec_docs.targets import to_doc, to_page, to_section
from rnnspec_figures.error_plot import errors
from rnnspec_figures.svg import figure as drawn_figure

NOT_JUDGED = ("reference",)
"""What is registered, and is what the others are judged by."""

DEVICES = ("cpu", "cuda")


class MatrixDirective(RunsDirective):
    """``conformance-matrix``: a table for each device; a cell says how a chapter went, and leads to its rows."""

    def run(self) -> list[nodes.Node]:
        self.families = registered(Path(self.env.srcdir))
        runs = {(entry.run.device, entry.run.adapter): entry for entry in reversed(self.whole())}
        names = [name for name in self.families if name not in NOT_JUDGED]
        names += sorted({name for _, name in runs} - set(names))
        sections: list[nodes.Node] = []
        for device in DEVICES:
            section = nodes.section("", nodes.title("", device.upper()), ids=[f"matrix-{device}"], names=[])
            self.set_source_info(section)
            section += self.of_device({name: runs.get((device, name)) for name in names})
            sections.append(section)
        return sections

    def of_device(self, runs: Mapping[str, Recorded | None]) -> list[nodes.Node]:
        """The table of a device, and below it what has not been run."""
        run = {name: entry for name, entry in runs.items() if entry is not None}
        idle = [name for name, entry in runs.items() if entry is None]
        told = [nodes.paragraph("", f"Not run: {', '.join(idle)}.")] if idle else []
        if not run:
            return list(told)
        judged = {row.chapter for entry in run.values() for row in entry.rows}
        chapters = [chapter for chapter in CHAPTERS if chapter in judged]
        here = self.env.docname
        links: list[Cell] = [[to_doc(CHAPTERS[chapter], chapter, here)] for chapter in chapters]
        header: list[Cell] = [text("implementation"), text("type"), *links, text("worst ratio")]
        rows: list[Sequence[Cell]] = [
            self.row(name, entry, precision, chapters)
            for name, entry in run.items()
            for precision in entry.run.precisions
        ]
        return [table(header, [*self.counts(chapters), *rows], classes=[WIDE]), *told]

    def counts(self, chapters: Sequence[str]) -> list[Sequence[Cell]]:
        """How many rules and cases each chapter has, as links to both."""
        here = self.env.docname
        rules = Counter(id.split("-")[0] for id in known_rules())
        cases = Counter(case.chapter for case in SELECTIONS["default"])
        indices = [[to_doc(page_of_chapter(chapter), str(rules[chapter]), here)] for chapter in chapters]
        listed = [
            [to_section("docs/cases", anchor_of_chapter(chapter), str(cases[chapter]), here)] for chapter in chapters
        ]
        return [[text("rules"), [], *indices, []], [text("cases"), [], *listed, []]]

    def row(self, name: str, entry: Recorded, precision: str, chapters: Sequence[str]) -> Sequence[Cell]:
        """An implementation in one precision."""
        here = self.env.docname
        of_precision = [row for row in entry.rows if row.precision == precision]
        ratio = figure(tally(of_precision).ratio)
        worst: Cell = text(ratio)
        if ratio is not None and name in self.families:
            worst = [to_section(here, anchor_of_errors(self.families[name]), ratio, here)]
        return [
            [to_page(entry.page, "", name, here)],
            text(precision),
            *(
                self.cell(entry, [row for row in of_precision if row.chapter == chapter], chapter)
                for chapter in chapters
            ),
            worst,
        ]

    def cell(self, entry: Recorded, rows: Sequence[Row], chapter: str) -> Cell:
        """How many of the chapter's cases passed of those that were computed; the rules that did not hold."""
        if not rows:
            return text("none")
        found = tally(rows)
        said = f"{found.counts['passed']}/{found.computed}" if found.computed else "refused"
        words = ", ".join(f"{found.counts[verdict]} {verdict}" for verdict in VERDICTS if found.counts[verdict])
        hint = words if found.ratio is None else f"{words}; worst ratio {figure(found.ratio)}"
        classes = ["verdict", f"verdict-{found.worst}"]
        link = to_page(entry.page, anchor_of(chapter), said, self.env.docname, classes=classes, hint=hint)
        blamed = sorted({row.rule for row in rows if row.rule})
        return [link, *([nodes.Text(" "), *self.rules(blamed)] if blamed else [])]


class ErrorsDirective(RunsDirective):
    """``conformance-errors``: for each framework the largest errors, drawn by implementation and chapter."""

    def run(self) -> list[nodes.Node]:
        families = registered(Path(self.env.srcdir))
        sections: list[nodes.Node] = []
        for family in sorted(set(families.values())):
            drawn = [entry for entry in self.whole() if families.get(entry.run.adapter) == family]
            worst = {
                (entry.title, precision): largest(entry, precision)
                for entry in drawn
                for precision in entry.run.precisions
            }
            if any(worst.values()):
                anchor = anchor_of_errors(family)
                section = nodes.section("", nodes.title("", f"Errors of {family}"), ids=[anchor], names=[])
                self.set_source_info(section)
                caption = f"{family}: the largest error of each chapter in units of its tolerance."
                measured = [chapter for chapter in CHAPTERS if any(chapter in ratios for ratios in worst.values())]
                section += nodes.raw("", drawn_figure(errors(worst, measured, caption), caption), format="html")
                sections.append(section)
        return sections


def largest(entry: Recorded, precision: str) -> dict[str, float]:
    """The largest ratio of each chapter where something was compared."""
    of_precision = [row for row in entry.rows if row.precision == precision]
    ratios = {chapter: tally(row for row in of_precision if row.chapter == chapter).ratio for chapter in CHAPTERS}
    return {chapter: ratio for chapter, ratio in ratios.items() if ratio is not None}


def anchor_of_errors(family: str) -> str:
    """Where the drawing of a framework is."""
    return f"errors-{family}"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("conformance-matrix", MatrixDirective)
    app.add_directive("conformance-errors", ErrorsDirective)
