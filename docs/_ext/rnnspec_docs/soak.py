"""The soak: ``soak-NAME-DEVICE.json`` of ``conformance/results/``, drawn and as tables."""

from __future__ import annotations

from xml.etree.ElementTree import tostring

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.reports.histogram import drawing
from rnnspec_docs.reports import Entry, ReportDirective, figure, folded
from rnnspec_docs.tables import table, text

SCHEMA = 2


class SoakDirective(ReportDirective):
    """``soak``: for each implementation how far off it was under other seeds, by precision; and every family."""

    def run(self) -> list[nodes.Node]:
        paths = sorted(self.folder.glob("soak-*.json"))
        sections: list[nodes.Node] = []
        sections += [self.section(path.stem, self.check(path, self.read(path), SCHEMA)) for path in paths]
        return sections or [nodes.paragraph("", "No soak is recorded yet.")]

    def section(self, name: str, report: Entry) -> nodes.section:
        """Everything of one file."""
        title = f"{report['soak']} on {report['device']}"
        section = nodes.section("", nodes.title("", title), ids=[nodes.make_id(name)], names=[])
        self.set_source_info(section)
        versions = ", ".join(f"{key} {value}" for key, value in report["provenance"].items())
        section += nodes.paragraph(
            "",
            f"Specification {report['specification']}; {versions}. Cases: {report['selection']}.",
            classes=["provenance"],
        )
        judged = [result for result in report["families"] if result["judged"]]
        for precision in dict.fromkeys(result["precision"] for result in judged):
            section += self.drawn(precision, [result for result in judged if result["precision"] == precision])
        header = ["family", "type", "seeds", "judged", "false alarms", "worst ratio", "worst case"]
        rows = [[text(cell) for cell in self.row(result)] for result in report["families"]]
        section += folded("Every family", table(header, rows))
        return section

    def row(self, result: Entry) -> list[object]:
        """One family in one precision."""
        figures = [result[name] for name in ("family", "precision", "seeds", "judged")]
        if not result["judged"]:
            return [*figures, None, None, "no case that the implementation supports"]
        return [*figures, len(result["alarms"]), figure(result["worst"]), result["worst_case"]]

    def drawn(self, precision: str, results: list[Entry]) -> nodes.raw:
        """The drawing of one precision, with a caption that says the same in words."""
        counts = [sum(column) for column in zip(*(result["counts"] for result in results), strict=True)]
        alarms, worst = sum(len(result["alarms"]) for result in results), max(result["worst"] for result in results)
        sentence = (
            f"{precision}: {sum(result['judged'] for result in results)} trials, {alarms} false alarms, "
            f"the largest error is {figure(worst)} times its tolerance"
        )
        svg = tostring(drawing(counts, sentence), encoding="unicode")
        return nodes.raw("", f'<figure class="soak"><figcaption>{sentence}</figcaption>{svg}</figure>', format="html")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("soak", SoakDirective)
