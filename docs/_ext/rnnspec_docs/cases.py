"""The cases, family by family, from their declarations."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.cases import CASES, SELECTIONS, Case
from rnnspec_conformance.cases.catalogue import FAMILIES
from rnnspec_docs.reports import ReportDirective, folded
from rnnspec_docs.tables import Cell, table, text


class CasesDirective(ReportDirective):
    """``cases``: how many there are in each family and selection, and each with its sentence, rules and catches."""

    def run(self) -> list[nodes.Node]:
        default = {case.id for case in SELECTIONS["default"]}
        lead = (
            f"{len(CASES)} cases, {len(default)} of them in the default selection. The selection called forward is the "
            f"default one for implementations without gradients: {len(SELECTIONS['forward'])} cases."
        )
        rows = []
        for family, declared in FAMILIES.items():
            of_family = [case for case in CASES if case.family == family]
            in_default = sum(case.id in default for case in of_family)
            rows.append([text(family), text(about(declared)), text(len(of_family)), text(in_default)])
        found: list[nodes.Node] = [nodes.paragraph("", lead)]
        found.append(table(["family", "what it tries", "all", "default"], rows))
        for family in FAMILIES:
            of_family = [case for case in CASES if case.family == family]
            found.append(folded(f"{family}: {len(of_family)} cases", self.listing(of_family, default)))
        return found

    def listing(self, cases: Iterable[Case], default: set[str]) -> nodes.table:
        """Every case of a family."""
        header = ["case", "what holds", "rules", "wrong readings it is made to catch", "in the default selection"]
        return table(header, [self.row(case, in_default=case.id in default) for case in cases])

    def row(self, case: Case, *, in_default: bool) -> list[Cell]:
        """One case."""
        caught = ", ".join(case.catches)
        sentence = case.sentence if case.kind == "outcome" else f"{case.sentence} ({case.kind})"
        return [text(case.id), text(sentence), self.rules(case.rules), text(caught), text("yes" if in_default else "")]


def about(declared: Callable[[], object]) -> str:
    """What the module that declares a family says of itself."""
    module = sys.modules[declared.__module__]
    return (inspect.getdoc(module) or "").splitlines()[0].rstrip(".")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("cases", CasesDirective)
