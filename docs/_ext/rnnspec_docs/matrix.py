"""The conformance matrix: implementations by chapters of rules, for each device and arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from rnnspec_docs.reports import RESULTS_SCHEMA, VERDICTS, Entry, ReportDirective, figure
from rnnspec_docs.rule_index import WORST_FIRST
from rnnspec_docs.rules import CHAPTERS
from rnnspec_docs.tables import Cell, table, text
from rnnspec_docs.targets import to_section
from rnnspec_figures.catalogue import registered

NOT_JUDGED = ("reference",)
"""What is registered, and is what the others are judged by."""

DEVICES = ("cpu", "cuda")


class MatrixDirective(ReportDirective):
    """``conformance-matrix``: a table for each device; a cell says how a chapter went, and leads to its rows."""

    def run(self) -> list[nodes.Node]:
        reports: dict[tuple[str, str], tuple[str, Entry]] = {}
        for path in sorted(self.folder.glob("*.json")):
            report = self.read(path)
            if "adapter" in report and report["selection"] == "default" and report["shard"] is None:
                self.check(path, report, RESULTS_SCHEMA)
                reports[report["device"], report["adapter"]] = (path.stem, report)
        names = [name for name in registered(Path(self.env.srcdir)) if name not in NOT_JUDGED]
        names += sorted({name for _, name in reports} - set(names))
        sections: list[nodes.Node] = []
        for device in DEVICES:
            section = nodes.section("", nodes.title("", device.upper()), ids=[f"matrix-{device}"], names=[])
            self.set_source_info(section)
            section += self.of_device({name: reports.get((device, name)) for name in names})
            sections.append(section)
        return sections

    def of_device(self, reports: dict[str, tuple[str, Entry] | None]) -> list[nodes.Node]:
        """The table of a device, and below it what has not been run."""
        run = {name: found for name, found in reports.items() if found is not None}
        idle = [name for name, found in reports.items() if found is None]
        told = [nodes.paragraph("", f"Not run: {', '.join(idle)}.")] if idle else []
        if not run:
            return list(told)
        judged = [result["chapter"] for _, report in run.values() for result in report["results"]]
        chapters = [chapter for chapter in CHAPTERS if chapter in judged]
        header: list[Cell] = [text("implementation"), text("type"), *([self.chapter(name)] for name in chapters)]
        rows: list[Sequence[Cell]] = [
            [
                [to_section("docs/results", nodes.make_id(f"results-{stem}"), name, self.env.docname)],
                text(dtype),
                *(self.cell(report["results"], dtype, chapter) for chapter in chapters),
            ]
            for name, (stem, report) in run.items()
            for dtype in report["dtypes"]
        ]
        return [table(header, rows), *told]

    def chapter(self, prefix: str) -> nodes.Node:
        """A link to the chapter of a prefix."""
        made = addnodes.pending_xref("", nodes.inline("", prefix), refdoc=self.env.docname, refwarn=True)
        made.attributes |= {"refdomain": "std", "reftype": "doc", "refexplicit": True}
        made["reftarget"] = f"/{CHAPTERS[prefix]}"
        return made

    def cell(self, results: Sequence[Entry], dtype: str, chapter: str) -> Cell:
        """How many of the chapter's cases passed of those that were computed; the rules that did not hold."""
        found = [result for result in results if result["dtype"] == dtype and result["chapter"] == chapter]
        counts = {verdict: sum(result["verdict"] == verdict for result in found) for verdict in VERDICTS}
        computed = len(found) - counts["unsupported"]
        if not found:
            return text("none")
        if not computed:
            return [
                nodes.abbreviation(
                    "", "refused", explanation=f"{len(found)} unsupported", classes=["verdict-unsupported"]
                )
            ]
        worst = next(verdict for verdict in WORST_FIRST if counts[verdict])
        ratio = figure(max((result["ratio"] for result in found if result["ratio"] is not None), default=None))
        words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        said = nodes.inline("", f"{counts['passed']}/{computed}", classes=["verdict", f"verdict-{worst}"])
        told = nodes.abbreviation("", "", said, explanation=f"{words}; worst ratio {ratio}")
        blamed = sorted({result["rule"] for result in found if result.get("rule")})
        return [told, *([nodes.Text(" "), *self.rules(blamed)] if blamed else [])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("conformance-matrix", MatrixDirective)
