"""Bad input: ``bad-input-FRAMEWORK.json`` of ``conformance/results/``, as tables of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_docs.reports import Entry, ReportDirective, folded
from rnnspec_docs.tables import Cell, table, text
from rnnspec_docs.targets import to_section
from rnnspec_workshop.bad_input.bad_input_json import SCHEMA
from rnnspec_workshop.bad_input.verdict import VERDICTS
from rnnspec_workshop.bad_input.wrong_calls import MISTAKES


class BadInputDirective(ReportDirective):
    """``bad-input``: how often each verdict was given, which framework does what, and everything of each framework."""

    def run(self) -> list[nodes.Node]:
        reports = {
            path.stem: self.checked(path.stem, self.check(path, self.read(path), SCHEMA))
            for path in sorted(self.folder.glob("bad-input-*.json"))
        }
        if not reports:
            return [nodes.paragraph("", "No bad input is recorded yet.")]
        whole = [
            self.part("bad-input-counts", "How often", counts_said(reports), self.counts(reports)),
            self.part("bad-input-mistakes", "Who does what", None, self.mistakes(reports)),
        ]
        return [*whole, *(self.section(name, report) for name, report in reports.items())]

    def checked(self, name: str, report: Entry) -> Entry:
        """The report, if it has no other verdicts and mistakes than there are."""
        for finding in report["findings"]:
            if finding["verdict"] not in VERDICTS or finding["mistake"] not in MISTAKES:
                raise self.error(f"{name}: no such verdict or mistake: {finding['verdict']!r}, {finding['mistake']!r}")
        return report

    def part(self, anchor: str, title: str, sentence: str | None, *content: nodes.Node) -> nodes.section:
        """A section."""
        section = nodes.section("", nodes.title("", title), ids=[anchor], names=[])
        self.set_source_info(section)
        section += [nodes.paragraph("", sentence)] if sentence else []
        section += content
        return section

    def link(self, name: str) -> nodes.Node:
        """A link to the section of a framework."""
        return to_section("docs/bad-input", name, name.removeprefix("bad-input-"), self.env.docname)

    def counts(self, reports: dict[str, Entry]) -> nodes.table:
        """How often each framework does what."""
        rows = []
        for name, report in reports.items():
            counts = counted(report["findings"])
            rows.append([[self.link(name)], *(text(counts[verdict] or None) for verdict in VERDICTS)])
        return table(["implementation", *map(shown, VERDICTS)], rows)

    def mistakes(self, reports: dict[str, Entry]) -> nodes.table:
        """For each mistake and verdict the frameworks in which it has that verdict, if in one layer alone."""
        rows = []
        for mistake in MISTAKES:
            cells = []
            for verdict in VERDICTS:
                doing = [
                    name
                    for name, report in reports.items()
                    if any((f["mistake"], f["verdict"]) == (mistake, verdict) for f in report["findings"])
                ]
                cells.append([part for name in doing for part in (nodes.Text(", "), self.link(name))][1:])
            rows.append([text(MISTAKES[mistake].sentence), *cells])
        return table(["what is wrong", *map(shown, VERDICTS)], rows)

    def section(self, name: str, report: Entry) -> nodes.section:
        """Everything of one framework."""
        findings: list[Entry] = report["findings"]
        versions = ", ".join(f"{key} {value}" for key, value in report["provenance"].items())
        layers = list(dict.fromkeys(finding["layer"] for finding in findings))
        made = [mistake for mistake in MISTAKES if any(finding["mistake"] == mistake for finding in findings)]
        verdicts = table(["what is wrong", *layers], [row(mistake, layers, findings) for mistake in made])
        said = [
            [text(f["layer"]), text(MISTAKES[f["mistake"]].sentence), shown(f["verdict"]), text(f["message"])]
            for f in findings
        ]
        return self.part(
            name,
            report["bad_input"].replace("_", "-"),
            None,
            nodes.paragraph("", f"{versions}.", classes=["provenance"]),
            nodes.paragraph("", f"{listed(findings)}."),
            folded(f"{len(layers)} layers by {len(made)} mistakes", verdicts),
            folded(
                f"What was said, {len(findings)} times",
                table(["layer", "what is wrong", "verdict", "what was said"], said),
            ),
        )


def counted(findings: Sequence[Entry]) -> Counter[str]:
    """How often each verdict was given."""
    return Counter(finding["verdict"] for finding in findings)


def listed(findings: Sequence[Entry]) -> str:
    """The same in words."""
    counts = counted(findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def counts_said(reports: dict[str, Entry]) -> str:
    """What came of all calls, in a sentence."""
    findings = [finding for report in reports.values() for finding in report["findings"]]
    layers = {(name, finding["layer"]) for name, report in reports.items() for finding in report["findings"]}
    return f"{len(findings)} wrong calls of {len(layers)} layers in {len(reports)} implementations: {listed(findings)}."


def row(mistake: str, layers: list[str], findings: list[Entry]) -> list[Cell]:
    """One mistake: its verdict in each layer that can be given it."""
    verdicts = {finding["layer"]: finding["verdict"] for finding in findings if finding["mistake"] == mistake}
    return [text(MISTAKES[mistake].sentence), *(shown(verdicts.get(layer)) for layer in layers)]


def shown(verdict: str | None) -> Cell:
    """A verdict, for whoever styles the page; nothing where there is none."""
    if verdict is None:
        return []
    return [nodes.inline("", verdict, classes=["verdict", f"verdict-{nodes.make_id(verdict)}"])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("bad-input", BadInputDirective)
