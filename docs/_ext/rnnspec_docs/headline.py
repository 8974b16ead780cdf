"""The figures of the landing page, counted by the build."""

from __future__ import annotations

from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.cases import CASES
from rnnspec_conformance.rules import known_rules
from rnnspec_docs.kill_matrix import MUTANTS, SCHEMA
from rnnspec_docs.reports import RESULTS_SCHEMA, ReportDirective
from rnnspec_figures.catalogue import families, shown


class HeadlineDirective(ReportDirective):
    """``headline``: how many rules, cases, wrong readings, layouts and results there are."""

    def run(self) -> list[nodes.Node]:
        mutants = self.check(self.folder / MUTANTS, self.read(self.folder / MUTANTS), SCHEMA)["mutants"]
        reports = [self.read(path) for path in sorted(self.folder.glob("*.json"))]
        judged = [report for report in reports if "adapter" in report and report["schema"] == RESULTS_SCHEMA]
        verdicts = Counter(result["verdict"] for report in judged for result in report["results"])
        passed, deviate = verdicts["passed"], verdicts["deviates"]
        differ = verdicts["differs"] + verdicts["errored"]
        layouts = [entry for family in families() for entry in shown(family)]
        killed = sum(any(mutant["killed_by"].values()) for mutant in mutants)
        told = [
            f"{len(known_rules())} rules, {len(CASES)} cases",
            f"{killed} of {len(mutants)} wrong readings found by them",
            f"{len({entry.layout.name for entry in layouts})} layers with a declared layout",
            f"{len(judged)} adapters judged: {passed:,} outcomes passed, {deviate:,} deviate, {differ:,} differ",
        ]
        items = [nodes.list_item("", nodes.paragraph("", sentence)) for sentence in told]
        return [nodes.bullet_list("", *items, classes=["headline"])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("headline", HeadlineDirective)
