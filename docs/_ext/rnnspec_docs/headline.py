"""The figures of the landing page, counted by the build."""

from __future__ import annotations

from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_adapters.known_layouts import families, shown
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.results import WRONG
from rnnspec_conformance.rules import known_rules
from rnnspec_docs.kill_matrix import MUTANTS, SCHEMA
from rnnspec_docs.runs import RunsDirective
from rnnspec_docs.targets import to_doc


class HeadlineDirective(RunsDirective):
    """``headline``: how many rules, cases, misreadings, layouts and results there are."""

    def run(self) -> list[nodes.Node]:
        mutants = self.check(self.folder / MUTANTS, self.read(self.folder / MUTANTS), SCHEMA)["mutants"]
        judged = [entry.run for entry in self.runs()]
        verdicts = Counter(row.verdict for run in judged for row in run.rows)
        passed, deviate = verdicts["passed"], verdicts["deviates"]
        differ = sum(verdicts[verdict] for verdict in WRONG)
        layouts = [entry for family in families() for entry in shown(family)]
        killed = sum(any(mutant["killed_by"].values()) for mutant in mutants)
        layers = {entry.layout.name for entry in layouts}
        told = [
            ("docs/rules", len(known_rules()), "rules"),
            ("docs/cases", f"{len(CASES):,}", "cases"),
            ("docs/kill-matrix", f"{killed} of {len(mutants)}", "misreadings found by them"),
            ("docs/implementations", len(layers), "layers with a declared layout"),
            ("docs/conformance", len(judged), "adapters judged"),
            ("docs/results", f"{passed:,}", f"outcomes passed; {deviate:,} deviate, {differ:,} differ"),
        ]
        items = [nodes.list_item("", self.item(page, str(number), words)) for page, number, words in told]
        return [nodes.bullet_list("", *items, classes=["headline"])]

    def item(self, page: str, number: str, words: str) -> nodes.paragraph:
        """A figure, and what it counts."""
        counted = to_doc(page, words, self.env.docname)
        return nodes.paragraph("", "", nodes.strong("", number), nodes.Text(" "), counted)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("headline", HeadlineDirective)
