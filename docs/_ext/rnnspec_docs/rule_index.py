"""The index of rules: a row for each, and on the page of its chapter its text and all that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_conformance.results import CataloguedRow
from rnnspec_docs.cases import anchor_of_case
from rnnspec_docs.copies import Pages, rules_of
from rnnspec_docs.kill_matrix import MUTANTS, SCHEMA
from rnnspec_docs.reports import Entry, folded
from rnnspec_docs.rule_texts import CHAPTERS, Rule, chapter_and_number, reference
from rnnspec_docs.runs import HEADER, WORST_FIRST, RunsDirective, Tally, tally
from rnnspec_docs.sources import implementing, link
from rnnspec_docs.tables import Cell, table, text
from rnnspec_docs.targets import to_page, to_section


class Judged(NamedTuple):
    """What an implementation makes of a rule."""

    page: str
    title: str
    tally: Tally


class rule_trace(nodes.General, nodes.Element):
    """Stands for the rules of a chapter until all pages are read; what is known before stands in it."""


class ChapterDirective(RunsDirective):
    """What is known of the rules of a chapter."""

    required_arguments = 1
    light = False

    def run(self) -> list[nodes.Node]:
        prefix = self.arguments[0]
        if prefix not in CHAPTERS:
            raise self.error(f"{self.name}: wanted one of {', '.join(CHAPTERS)}, got {prefix!r}")
        placeholder = rule_trace("", prefix=prefix, light=self.light)
        placeholder["mutants"] = self.check(self.folder / MUTANTS, self.read(self.folder / MUTANTS), SCHEMA)["mutants"]
        judged: dict[str, list[Judged]] = {}
        for entry in self.runs():
            for rule_id, rows in by_rule(entry.rows, prefix).items():
                judged.setdefault(rule_id, []).append(Judged(entry.page, entry.title, tally(rows)))
        placeholder["judged"] = judged
        return [placeholder]


class RuleIndexDirective(ChapterDirective):
    """``rule-index LSTM``: a row for every rule of a chapter, which leads to its entry."""

    light = True


class RuleTracesDirective(ChapterDirective):
    """``rule-traces LSTM``: every rule of a chapter with all that is known of it."""


def by_rule(rows: Iterable[CataloguedRow], prefix: str) -> dict[str, list[CataloguedRow]]:
    """The rows under each rule of a chapter that they say something about.

    A row that blames a rule says something about that one only.
    """
    found: dict[str, list[CataloguedRow]] = {}
    for row in rows:
        for rule_id in [row.rule] if row.rule and row.blamed else row.rules:
            if rule_id.startswith(f"{prefix}-"):
                found.setdefault(rule_id, []).append(row)
    return found


def page_of_chapter(prefix: str) -> str:
    """The page with the entries of the rules of a chapter."""
    return f"docs/rules/{prefix.lower()}"


class FillRuleIndex(SphinxPostTransform):
    """Put the rules of a chapter in the place of every `rule_trace`, before links are resolved."""

    default_priority = 5

    def run(self, **_: object) -> None:
        placeholders = list(self.document.findall(rule_trace))
        if not placeholders:
            return
        self.pages, self.root = Pages(self.env), Path(self.env.srcdir)
        self.code, self.here = implementing(self.root), self.env.current_document.docname
        known = rules_of(self.env).rules
        for placeholder in placeholders:
            of_chapter = [rule_id for rule_id in known if rule_id.startswith(f"{placeholder['prefix']}-")]
            of_chapter.sort(key=chapter_and_number)
            if placeholder["light"]:
                rows = [self.row(rule_id, known[rule_id], placeholder) for rule_id in of_chapter]
                placeholder.replace_self(table(["rule", "title", "cases", "mutants", "implementations"], rows))
            else:
                entries = [node for rule_id in of_chapter for node in self.entry(rule_id, placeholder)]
                placeholder.replace_self(entries)

    def row(self, rule_id: str, rule: Rule, known: rule_trace) -> list[Cell]:
        """What an entry has, counted."""
        overall = Counter(judged.tally.worst for judged in known["judged"].get(rule_id, []))
        words = ", ".join(f"{overall[verdict]} {verdict}" for verdict in WORST_FIRST if overall[verdict])
        entry = to_section(page_of_chapter(known["prefix"]), rule.anchor, words or "not judged", self.here)
        return [
            [reference(rule_id, self.here)],
            text(rule.title),
            text(len(cases_of(rule_id))),
            text(len(mutants_of(rule_id, known))),
            [entry],
        ]

    def entry(self, rule_id: str, known: rule_trace) -> list[nodes.Node]:
        """The text of a rule, and a fold with the rest."""
        cases, mutants, judged = cases_of(rule_id), mutants_of(rule_id, known), known["judged"].get(rule_id, [])
        trace = nodes.container("", *self.lines(rule_id), *self.listed(cases), *broken(mutants), *self.computed(judged))
        title = f"{rule_id}: code, {len(cases)} cases, {len(mutants)} mutants, {len(judged)} implementations"
        box = self.pages.rule(rule_id, self.here)
        box["ids"].append(rules_of(self.env).rules[rule_id].anchor)
        return [box, folded(title, trace)]

    def lines(self, rule_id: str) -> list[nodes.Node]:
        """The lines of code that implement it."""
        items = [
            nodes.list_item(
                "",
                nodes.paragraph(
                    "",
                    "",
                    link(line, self.root, self.here),
                    nodes.Text(": "),
                    nodes.literal("", line.text),
                ),
            )
            for line in self.code.get(rule_id, [])
        ]
        if not items:
            return [nodes.paragraph("", "No line of code: the rule is met by what other rules ask for.")]
        return [nodes.paragraph("", "Implemented in"), nodes.bullet_list("", *items)]

    def listed(self, cases: Sequence[str]) -> list[nodes.Node]:
        """How many cases there are, and the names of those in the default selection."""
        if not cases:
            return [nodes.paragraph("", "No case; the tests of the text say why.")]
        chosen = {case.id for case in SELECTIONS["default"]}
        named = [case for case in cases if case in chosen] or cases
        which = f"{len(named)} of them by default" if len(named) < len(cases) else "all of them by default"
        paragraph = nodes.paragraph("", f"{len(cases)} cases, {which}: ")
        for position, case in enumerate(named):
            name = to_section("docs/cases", anchor_of_case(case), case, self.here, code=True)
            paragraph += [nodes.Text(", " if position else ""), name]
        return [paragraph]

    def computed(self, judged: Sequence[Judged]) -> list[nodes.Node]:
        """One row an implementation: the verdict on the rule, what it is made of, and the worst ratio."""
        if not judged:
            return [nodes.paragraph("", "No implementation has been judged by it yet.")]
        rows: list[Sequence[Cell]] = []
        for page, title, found in judged:
            overall = nodes.inline("", found.worst, classes=["verdict", f"verdict-{found.worst}"])
            rows.append([[to_page(page, "", title, self.here)], [overall], *found.cells])
        return [table(["implementation", "verdict", *HEADER], rows)]


def cases_of(rule_id: str) -> list[str]:
    """The cases that exercise a rule."""
    return [case.id for case in CASES if rule_id in case.rules]


def mutants_of(rule_id: str, known: rule_trace) -> list[Entry]:
    """The misreadings of a rule."""
    return [mutant for mutant in known["mutants"] if mutant["rule"] == rule_id]


def broken(mutants: Sequence[Entry]) -> list[nodes.Node]:
    """The misreadings of the rule, and how many cases kill each."""
    if not mutants:
        return [nodes.paragraph("", "No mutant; the tests of the text say why.")]
    precisions = list(mutants[0]["killed_by"])
    header = ["mutant", "misreading", *(f"killed by, {precision}" for precision in precisions)]
    rows = [
        [
            [nodes.literal("", mutant["id"])],
            text(mutant["sentence"]),
            *(text(mutant["killed_by"][precision]) for precision in precisions),
        ]
        for mutant in mutants
    ]
    return [table(header, rows)]


def setup(app: Sphinx) -> None:
    """Register the directive, and what fills its place."""
    app.add_node(rule_trace)
    app.add_directive("rule-index", RuleIndexDirective)
    app.add_directive("rule-traces", RuleTracesDirective)
    app.add_post_transform(FillRuleIndex)
