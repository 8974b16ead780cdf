"""The cases, family by family, from their declarations."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Sequence

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.cases import CASES, SELECTIONS, Case
from rnnspec_conformance.cases.catalogue import FAMILIES
from rnnspec_docs.reports import ReportDirective, folded
from rnnspec_docs.rule_texts import CHAPTERS
from rnnspec_docs.tables import Cell, table, text
from rnnspec_docs.targets import to_doc, to_section


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
        found += [self.by_chapter(default), table(["family", "what it tries", "all", "default"], rows)]
        for family in FAMILIES:
            of_family = [case for case in CASES if case.family == family]
            fold = folded(f"{family}: {len(of_family)} cases", self.listing(of_family, default))
            fold["ids"].append(anchor_of_family(family))
            found.append(fold)
        return found

    def by_chapter(self, default: set[str]) -> nodes.table:
        """How many cases each chapter has, and in which families they are."""
        here = self.env.docname
        rows: dict[str, Sequence[Cell]] = {}
        for chapter, page in CHAPTERS.items():
            of_chapter = [case for case in CASES if case.chapter == chapter]
            families: list[nodes.Node] = []
            for family in dict.fromkeys(case.family for case in of_chapter):
                families += [nodes.Text(", "), to_section(here, anchor_of_family(family), family, here)]
            if of_chapter:
                in_default = sum(case.id in default for case in of_chapter)
                counts = [text(len(of_chapter)), text(in_default)]
                rows[anchor_of_chapter(chapter)] = [[to_doc(page, chapter, here)], families[1:], *counts]
        return table(["chapter", "families", "all", "default"], list(rows.values()), ids=list(rows))

    def listing(self, cases: Iterable[Case], default: set[str]) -> nodes.table:
        """Every case of a family."""
        header = ["case", "what holds", "rules", "misreadings it is made to catch", "in the default selection"]
        rows = {anchor_of_case(case.id): self.row(case, in_default=case.id in default) for case in cases}
        return table(header, list(rows.values()), ids=list(rows))

    def row(self, case: Case, *, in_default: bool) -> list[Cell]:
        """One case."""
        caught = ", ".join(case.catches)
        sentence = case.sentence if case.kind == "outcome" else f"{case.sentence} ({case.kind})"
        return [text(case.id), text(sentence), self.rules(case.rules), text(caught), text("yes" if in_default else "")]


def anchor_of_case(id: str) -> str:
    """Where the page of the cases has one."""
    return f"case-{id}"


def anchor_of_family(family: str) -> str:
    """Where the page of the cases lists those of a family."""
    return f"family-{family}"


def anchor_of_chapter(chapter: str) -> str:
    """Where the page of the cases counts those of a chapter."""
    return f"cases-{chapter.lower()}"


def about(declared: Callable[[], object]) -> str:
    """What the module that declares a family says of itself."""
    module = sys.modules[declared.__module__]
    return (inspect.getdoc(module) or "").splitlines()[0].rstrip(".")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("cases", CasesDirective)
