"""The index of rules: of each its text, its lines of code, its cases, its mutants, and the verdicts on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from rnnspec_conformance.cases import CASES, SELECTIONS
from rnnspec_docs.copies import Pages, rules_of
from rnnspec_docs.implementations import adapters
from rnnspec_docs.kill_matrix import MUTANTS, SCHEMA
from rnnspec_docs.reports import VERDICTS, Entry, ReportDirective, figure, folded
from rnnspec_docs.rules import CHAPTERS, chapter_and_number
from rnnspec_docs.sources import implementing, link
from rnnspec_docs.tables import Cell, table, text

WORST_FIRST = ("differs", "errored", "deviates", "passed", "unsupported")


class rule_trace(nodes.General, nodes.Element):
    """Stands for a rule and its lines of code until all pages are read; what is known before stands in it."""


class RuleIndexDirective(ReportDirective):
    """``rule-index LSTM``: every rule of a chapter with all that is known of it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        prefix = self.arguments[0]
        if prefix not in CHAPTERS:
            raise self.error(f"rule-index: wanted one of {', '.join(CHAPTERS)}, got {prefix!r}")
        placeholder = rule_trace("", prefix=prefix)
        placeholder["mutants"] = self.check(self.folder / MUTANTS, self.read(self.folder / MUTANTS), SCHEMA)["mutants"]
        placeholder["verdicts"] = {name: by_rule(report["results"], prefix) for name, report in adapters(self)}
        return [placeholder]


def by_rule(results: Iterable[Entry], prefix: str) -> dict[str, list[tuple[str, float | None]]]:
    """The verdict and the ratio of every result, under each rule of a chapter that it says something about.

    A result that blames a rule says something about that one only.
    """
    found: dict[str, list[tuple[str, float | None]]] = {}
    for result in results:
        for rule_id in [result["rule"]] if result["rule"] else result["rules"]:
            if rule_id.startswith(f"{prefix}-"):
                found.setdefault(rule_id, []).append((result["verdict"], result["ratio"]))
    return found


class FillRuleIndex(SphinxPostTransform):
    """Put the rules of a chapter in the place of every `rule_trace`, before links are resolved."""

    default_priority = 5

    def run(self, **_: object) -> None:
        placeholders = list(self.document.findall(rule_trace))
        if not placeholders:
            return
        self.pages, self.code, self.root = Pages(self.env), implementing(Path(self.app.srcdir)), Path(self.app.srcdir)
        known = sorted(rules_of(self.env).rules, key=chapter_and_number)
        for placeholder in placeholders:
            of_chapter = [rule_id for rule_id in known if rule_id.startswith(f"{placeholder['prefix']}-")]
            placeholder.replace_self([node for rule_id in of_chapter for node in self.entry(rule_id, placeholder)])

    def entry(self, rule_id: str, known: rule_trace) -> list[nodes.Node]:
        """The text of a rule, and a fold with the rest."""
        cases = [case.id for case in CASES if rule_id in case.rules]
        mutants = [mutant for mutant in known["mutants"] if mutant["rule"] == rule_id]
        verdicts = {name: found[rule_id] for name, found in known["verdicts"].items() if rule_id in found}
        trace = nodes.container("", *self.lines(rule_id), *listed(cases), *broken(mutants), *computed(verdicts))
        title = f"{rule_id}: code, {len(cases)} cases, {len(mutants)} mutants, {len(verdicts)} implementations"
        return [self.pages.rule(rule_id, self.env.current_document.docname), folded(title, trace)]

    def lines(self, rule_id: str) -> list[nodes.Node]:
        """The lines of code that implement it."""
        docname = self.env.current_document.docname
        items = [
            nodes.list_item(
                "",
                nodes.paragraph(
                    "",
                    "",
                    link(line, self.root, self.app.builder, docname),
                    nodes.Text(": "),
                    nodes.literal("", line.text),
                ),
            )
            for line in self.code.get(rule_id, [])
        ]
        if not items:
            return [nodes.paragraph("", "No line of code: the rule is met by what other rules ask for.")]
        return [nodes.paragraph("", "Implemented in"), nodes.bullet_list("", *items)]


def listed(cases: Sequence[str]) -> list[nodes.Node]:
    """How many cases there are, and the names of those in the default selection."""
    if not cases:
        return [nodes.paragraph("", "No case; the tests of the text say why.")]
    chosen = {case.id for case in SELECTIONS["default"]}
    named = [case for case in cases if case in chosen] or cases
    which = f"{len(named)} of them by default" if len(named) < len(cases) else "all of them by default"
    paragraph = nodes.paragraph("", f"{len(cases)} cases, {which}: ")
    for position, case in enumerate(named):
        paragraph += [nodes.Text(", " if position else ""), nodes.literal("", case)]
    return [paragraph]


def broken(mutants: Sequence[Entry]) -> list[nodes.Node]:
    """The wrong readings of the rule, and how many cases kill each."""
    if not mutants:
        return [nodes.paragraph("", "No mutant; the tests of the text say why.")]
    dtypes = list(mutants[0]["killed_by"])
    header = ["mutant", "wrong reading", *(f"killed by, {dtype}" for dtype in dtypes)]
    rows = [
        [
            [nodes.literal("", mutant["id"])],
            text(mutant["sentence"]),
            *(text(mutant["killed_by"][dtype]) for dtype in dtypes),
        ]
        for mutant in mutants
    ]
    return [table(header, rows)]


def computed(verdicts: dict[str, list[tuple[str, float | None]]]) -> list[nodes.Node]:
    """One row an implementation: the verdict on the rule, what it is made of, and the worst ratio."""
    if not verdicts:
        return [nodes.paragraph("", "No implementation has been judged by it yet.")]
    rows: list[Sequence[Cell]] = []
    for name, found in verdicts.items():
        counts = {verdict: sum(given == verdict for given, _ in found) for verdict in VERDICTS}
        worst = next(verdict for verdict in WORST_FIRST if counts[verdict])
        ratio = figure(max((ratio for _, ratio in found if ratio is not None), default=None))
        overall = nodes.inline("", worst, classes=["verdict", f"verdict-{worst}"])
        rows.append([text(name), [overall], *(text(counts[verdict]) for verdict in VERDICTS), text(ratio)])
    return [table(["implementation", "verdict", *VERDICTS, "worst ratio"], rows)]


def setup(app: Sphinx) -> None:
    """Register the directive, and what fills its place."""
    app.add_node(rule_trace)
    app.add_directive("rule-index", RuleIndexDirective)
    app.add_post_transform(FillRuleIndex)
