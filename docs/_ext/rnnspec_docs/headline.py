"""The figures of the landing page, counted by the build."""

from __future__ import annotations

from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.cases import CASES
from rnnspec_conformance.rules import known_rules
from rnnspec_docs.kill_matrix import MUTANTS, SCHEMA
from rnnspec_docs.runs import RunsDirective
from rnnspec_figures.catalogue import families, shown


class HeadlineDirective(RunsDirective):
    """``headline``: how many rules, cases, wrong readings, layouts and results there are."""

    def run(self) -> list[nodes.Node]:
        mutants = self.check(self.folder / MUTANTS, self.read(self.folder / MUTANTS), SCHEMA)["mutants"]
        judged = [entry.run for entry in self.runs()]
        verdicts = Counter(row.verdict for run in judged for row in run.rows)
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
