"""What the suite wrote under ``conformance/results/``, as tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from rnnspec_docs.rule_texts import reference
from rnnspec_docs.tables import Cell

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
        return results_folder(self.env)

    def rules(self, ids: Iterable[str]) -> Cell:
        """Links to rules, one after the other."""
        cell: list[nodes.Node] = []
        for rule_id in ids:
            cell += [nodes.Text(" "), reference(rule_id, self.env.docname)]
        return cell[1:]


def figure(value: float | None) -> str | None:
    """A measured figure: two digits, or a whole number."""
    if value is None:
        return None
    if math.isinf(value):
        return "no number"
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"


def folded(title: str, content: nodes.Element) -> nodes.container:
    """`content` behind a line that opens it."""
    start = nodes.raw("", f'<details class="cases"><summary>{title}</summary>', format="html")
    return nodes.container("", start, content, nodes.raw("", "</details>", format="html"))


def results_folder(env: BuildEnvironment) -> Path:
    """Where the results are."""
    return Path(env.config.rnnspec_results or Path(env.srcdir) / "conformance" / "results")


def setup(app: Sphinx) -> None:
    """Let the folder of results be another one."""
    app.add_config_value("rnnspec_results", None, "env", types=frozenset({str}))
