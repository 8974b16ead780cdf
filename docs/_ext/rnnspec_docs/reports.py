"""What the suite wrote under ``conformance/results/``, as tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rnnspec_docs.rules import reference
from rnnspec_docs.tables import Cell, table, text

VERDICTS = ("passed", "differs", "deviates", "unsupported", "errored")
FIGURES = ("ratio", "error", "allowance")
RESULTS_SCHEMA = 2

Entry = dict[str, Any]


class ReportDirective(SphinxDirective):
    """A directive that renders JSON files of ``conformance/results/``, read anew at each build."""

    def read(self, path: Path) -> Entry:
        """One file."""
        self.env.note_dependency(str(path))
        report: Entry = json.loads(path.read_text(encoding="utf-8"))
        return report

    def check(self, path: Path, report: Entry, schema: int) -> Entry:
        """The report, if it is of the schema that this module knows."""
        if report.get("schema") != schema:
            raise self.error(f"{path.name}: wanted schema {schema}, got {report.get('schema')!r}")
        return report

    @property
    def folder(self) -> Path:
        """Where the results are."""
        self.env.note_reread()
        return Path(self.env.app.config.rnnspec_results or Path(self.env.srcdir) / "conformance" / "results")

    def rules(self, ids: Iterable[str]) -> Cell:
        """Links to rules, one after the other."""
        cell: list[nodes.Node] = []
        for rule_id in ids:
            cell += [nodes.Text(" "), reference(rule_id, self.env.docname)]
        return cell[1:]


class ResultsDirective(ReportDirective):
    """``results``: for each adapter and device what it is, a summary, and every case."""

    def run(self) -> list[nodes.Node]:
        reports = {path: self.read(path) for path in sorted(self.folder.glob("*.json"))}
        of_adapters = {path: report for path, report in reports.items() if "adapter" in report}
        sections: list[nodes.Node] = []
        sections += [
            self.section(path.stem, self.check(path, report, RESULTS_SCHEMA)) for path, report in of_adapters.items()
        ]
        return sections or [nodes.paragraph("", "No results are recorded yet.")]

    def section(self, name: str, report: Entry) -> nodes.section:
        """Everything of one file."""
        title = f"{report['adapter']} on {report['device']}"
        title += "" if report["selection"] == "default" else f", selection {report['selection']}"
        section = nodes.section("", nodes.title("", title), ids=[nodes.make_id(f"results-{name}")], names=[])
        self.set_source_info(section)
        versions = ", ".join(f"{key} {value}" for key, value in report["provenance"].items())
        section += nodes.paragraph("", f"Specification {report['specification']}; {versions}.", classes=["provenance"])
        results: list[Entry] = report["results"]
        for result in results:
            if result["verdict"] not in VERDICTS:
                raise self.error(f"{name}, {result['case']}: no verdict is called {result['verdict']!r}")
        section += summary(results)
        header = ["case", "rules", "type", "mode", "verdict", *FIGURES, "field", "broken rule", "reason"]
        section += folded(f"All {len(results)} results", table(header, [self.row(result) for result in results]))
        return section

    def row(self, result: Entry) -> Sequence[Cell]:
        """One case in one type and mode."""
        case = nodes.abbreviation("", result["case"], explanation=result["sentence"])
        verdict = nodes.inline("", result["verdict"], classes=["verdict", f"verdict-{result['verdict']}"])
        return [
            [case],
            self.rules(result["rules"]),
            text(result["dtype"]),
            text(result.get("mode")),
            [verdict],
            *(text(figure(result[name])) for name in FIGURES),
            text(result["field"]),
            self.rules([result["rule"]] if result.get("rule") else []),
            text(result["reason"]),
        ]


def summary(results: Sequence[Entry]) -> nodes.table:
    """Verdicts counted by chapter, in the order of the results, and type, with the worst ratio."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for result in results:
        groups.setdefault((result["chapter"], result["dtype"]), []).append(result)
    chapters = list(dict.fromkeys(chapter for chapter, _ in groups))
    rows = []
    for chapter, dtype in sorted(groups, key=lambda key: (chapters.index(key[0]), key[1])):
        group = groups[chapter, dtype]
        counts = [sum(result["verdict"] == verdict for result in group) for verdict in VERDICTS]
        ratios = [result["ratio"] for result in group if result["ratio"] is not None]
        rows.append([*map(text, [chapter, dtype, *counts, figure(max(ratios, default=None))])])
    return table(["chapter", "type", *VERDICTS, "worst ratio"], rows)


def figure(value: float | None) -> str | None:
    """A measured figure: two digits, or a whole number."""
    if value is None:
        return None
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"


def folded(title: str, content: nodes.Element) -> nodes.container:
    """`content` behind a line that opens it."""
    start = nodes.raw("", f'<details class="cases"><summary>{title}</summary>', format="html")
    return nodes.container("", start, content, nodes.raw("", "</details>", format="html"))


DIRECTIVES: dict[str, type[SphinxDirective]] = {"results": ResultsDirective}


def setup(app: Sphinx) -> None:
    """Register the directives, and where they read from."""
    app.add_config_value("rnnspec_results", None, "env", types=frozenset({str}))
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
