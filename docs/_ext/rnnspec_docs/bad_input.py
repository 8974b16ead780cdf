"""Bad input: ``bad-input-FRAMEWORK.json`` of ``conformance/results/``, a table of verdicts for each framework."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.bad_input.mistakes import MISTAKES
from rnnspec_conformance.bad_input.record import SCHEMA
from rnnspec_conformance.bad_input.verdict import VERDICTS
from rnnspec_docs.reports import Entry, ReportDirective, folded
from rnnspec_docs.tables import Cell, table, text


class BadInputDirective(ReportDirective):
    """``bad-input``: for each framework what came of every mistake in every layer, and what was said."""

    def run(self) -> list[nodes.Node]:
        paths = sorted(self.folder.glob("bad-input-*.json"))
        sections: list[nodes.Node] = []
        sections += [self.section(path.stem, self.check(path, self.read(path), SCHEMA)) for path in paths]
        return sections or [nodes.paragraph("", "No bad input is recorded yet.")]

    def section(self, name: str, report: Entry) -> nodes.section:
        """Everything of one file."""
        section = nodes.section("", nodes.title("", report["bad_input"]), ids=[nodes.make_id(name)], names=[])
        self.set_source_info(section)
        versions = ", ".join(f"{key} {value}" for key, value in report["provenance"].items())
        section += nodes.paragraph("", f"{versions}.", classes=["provenance"])
        findings: list[Entry] = report["findings"]
        for finding in findings:
            if finding["verdict"] not in VERDICTS or finding["mistake"] not in MISTAKES:
                raise self.error(f"{name}: no such verdict or mistake: {finding['verdict']!r}, {finding['mistake']!r}")
        layers = list(dict.fromkeys(finding["layer"] for finding in findings))
        section += table(["what is wrong", *layers], [self.row(mistake, layers, findings) for mistake in MISTAKES])
        header = ["layer", "what is wrong", "verdict", "what was said"]
        said = [
            [text(f["layer"]), text(MISTAKES[f["mistake"]]), shown(f["verdict"]), text(f["message"])] for f in findings
        ]
        section += folded(f"What was said, {len(findings)} times", table(header, said))
        return section

    def row(self, mistake: str, layers: list[str], findings: list[Entry]) -> list[Cell]:
        """One mistake: its verdict in each layer that can be given it."""
        verdicts = {finding["layer"]: finding["verdict"] for finding in findings if finding["mistake"] == mistake}
        return [text(MISTAKES[mistake]), *(shown(verdicts.get(layer)) for layer in layers)]


def shown(verdict: str | None) -> Cell:
    """A verdict, for whoever styles the page; nothing where there is none."""
    if verdict is None:
        return []
    return [nodes.inline("", verdict, classes=["verdict", f"verdict-{nodes.make_id(verdict)}"])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("bad-input", BadInputDirective)
