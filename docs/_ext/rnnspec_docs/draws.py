"""The draws: ``draws-NAME-DEVICE.json`` of ``conformance/results/``, drawn and as tables."""

from __future__ import annotations

from xml.etree.ElementTree import tostring

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.reports.histogram import drawing
from rnnspec_conformance.stream.traits import AXES
from rnnspec_docs.reports import Entry, ReportDirective, figure, folded
from rnnspec_docs.tables import WIDE, table, text

SCHEMA = 1

HEADER = ("implementation", "draws", "judged", "deviate", "fail", "worst ratio", "pairs", "triples")


class DrawsDirective(ReportDirective):
    """``draws``: a table of all implementations, and for each what was tried together, refused and never reached."""

    def run(self) -> list[nodes.Node]:
        paths = sorted(self.folder.glob("draws-*.json"))
        if not paths:
            return [nodes.paragraph("", "No draws are recorded yet.")]
        reports = {path.stem: self.check(path, self.read(path), SCHEMA) for path in paths}
        rows = [[text(cell) for cell in self.row(report)] for report in reports.values()]
        return [table(HEADER, rows), *(self.section(name, report) for name, report in reports.items())]

    def row(self, report: Entry) -> list[object]:
        """One implementation."""
        stream = report["stream"]
        deviate = sum(map(len, stream["deviating"].values()))
        worst = None if stream["worst"] is None else figure(stream["worst"]["ratio"])
        pairs = sum(tried for *_, tried, _ in stream["pairs"])
        counts = [stream["draws"], stream["judged"], deviate, stream["failures"]]
        return [title_of(report), *counts, worst, f"{pairs:,}", f"{stream['triples']:,}"]

    def section(self, name: str, report: Entry) -> nodes.section:
        """Everything of one file."""
        section = nodes.section("", nodes.title("", title_of(report)), ids=[nodes.make_id(name)], names=[])
        self.set_source_info(section)
        stream = report["stream"]
        versions = ", ".join(f"{key} {value}" for key, value in report["provenance"].items())
        section += nodes.paragraph("", f"Specification {report['specification']}; {versions}.", classes=["provenance"])
        if any(stream["ratios"]):
            section += self.drawn(report)
        said = [
            *(("deviates", reason, f"{len(draws)} draws") for reason, draws in stream["deviating"].items()),
            *(("fails", m["needs"], f"{len(m['draws'])} draws") for m in stream["mistakes"]),
            *(("refused", reason, ", ".join(traits)) for reason, traits in stream["refused"].items()),
            *(("never reached", axis, ", ".join(values)) for axis, values in stream["never"].items()),
        ]
        if said:
            rows = [[text(cell) for cell in line] for line in said]
            section += folded("What deviates, is refused and was never reached", table(("", "what", "where"), rows))
        section += folded("Pairs of axes", self.pairs(stream["pairs"]))
        return section

    def pairs(self, pairs: list[list[object]]) -> nodes.table:
        """How many pairs of their values were tried, of how many, for each two axes."""
        together = {frozenset(axes): f"{tried}/{of}" for *axes, tried, of in pairs}
        axes = [axis for axis in AXES if any(axis in two for two in together)]
        rows = [
            [text(row), *(text(together.get(frozenset((row, column)))) for column in axes[:k])]
            + [text(None)] * (len(axes) - k)
            for k, row in enumerate(axes)
        ]
        return table(["", *axes], rows, classes=[WIDE])

    def drawn(self, report: Entry) -> nodes.raw:
        """How far off the outcomes are, with a caption that says the same in words."""
        stream = report["stream"]
        precisions = ", ".join(report["precisions"])
        worst = "" if stream["worst"] is None else f"; the largest is {figure(stream['worst']['ratio'])}"
        sentence = f"{precisions}: errors of {sum(stream['ratios'])} draws in units of their tolerances{worst}"
        svg = tostring(drawing(stream["ratios"], sentence), encoding="unicode")
        return nodes.raw("", f'<figure class="ratios"><figcaption>{sentence}</figcaption>{svg}</figure>', format="html")


def title_of(report: Entry) -> str:
    """What was judged, and where."""
    return f"{report['drawn']} on {report['device']}"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("draws", DrawsDirective)
