"""Results: one row for each run, and a page for each with all of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element, tostring

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment

from rnnspec_conformance.levels import level_of
from rnnspec_conformance.reports.claim import NoClaimError, claim_of
from rnnspec_conformance.reports.histogram import histogram, sentence_of
from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.wording import line_of
from rnnspec_conformance.results import VERDICTS, WRONG, CataloguedRow
from rnnspec_docs.cases import anchor_of_case
from rnnspec_docs.copies import rules_of
from rnnspec_docs.reports import figure, results_folder
from rnnspec_docs.rule_texts import CHAPTERS
from rnnspec_docs.runs import HEADER, Recorded, RunsDirective, anchor_of, recorded, tally
from rnnspec_docs.tables import WIDE, Cell, table, text
from rnnspec_docs.targets import BUILDERS, to_page

COLUMNS = ("case", "rules", "type", "modes", "verdict", "ratio", "error", "tolerance", "field", "broken rule", "reason")
LONG = 40
"""How many characters a cell may have without being broken into lines."""


class ResultsDirective(RunsDirective):
    """``results``: each run with the count of its verdicts; its name leads to the page of all rows."""

    def run(self) -> list[nodes.Node]:
        runs = self.runs()
        if not runs:
            return [nodes.paragraph("", "No results are recorded yet.")]
        rows: list[Sequence[Cell]] = [
            [
                [to_page(entry.page, "", entry.run.title, self.env.docname)],
                text(", ".join(entry.run.precisions)),
                text(level_of(entry.run) or "none"),
                *tally(entry.rows).cells,
            ]
            for entry in runs
        ]
        ids = [nodes.make_id(f"results-{entry.name}") for entry in runs]
        return [table(["implementation", "types", "level", *HEADER], rows, ids=ids, classes=[WIDE])]


class Page:
    """The page of a run. It has no source: the rows are too many to be read as a text that is then written again."""

    def __init__(self, entry: Recorded, env: BuildEnvironment, builder: Builder) -> None:
        self.entry, self.run = entry, entry.run
        self.env, self.builder = env, builder
        self.rules = rules_of(env).rules
        self.chapters: dict[str, list[CataloguedRow]] = {}
        order = list(CHAPTERS)
        for row in sorted(self.entry.rows, key=lambda row: order.index(row.chapter)):
            self.chapters.setdefault(row.chapter, []).append(row)

    def body(self) -> str:
        """All of it."""
        versions = ", ".join(f"{key} {value}" for key, value in self.run.provenance.items())
        parts = [
            element("h1", self.run.title),
            element("p", f"Specification {self.run.specification}; {versions}.", class_="provenance"),
            element("p", "What the words mean is said in ", self.to("docs/results", "", "Results"), "."),
            *self.claim(),
            *self.wrong(),
            heading("By chapter", "chapters"),
            self.summary(),
            *self.distributions(),
            *self.reasons(),
            *(part for chapter, rows in self.chapters.items() for part in self.section(chapter, rows)),
        ]
        return "\n".join(tostring(part, encoding="unicode", method="html") for part in parts)

    def to(self, docname: str, anchor: str, words: str, **attributes: object) -> Element:
        """A link to another page of the site."""
        uri = self.builder.get_relative_uri(self.entry.page, docname)
        return element("a", words, href=f"{uri}#{anchor}" if anchor else uri, **attributes)

    def rule(self, id: str) -> Element:
        """A link to a rule; only its number where no chapter has it."""
        rule = self.rules.get(id)
        return element("span", id) if rule is None else self.to(rule.docname, rule.anchor, id, class_="rule-ref")

    def claim(self) -> list[Element]:
        """The level, and what may be published behind a line that opens it; or why that is nothing."""
        level = f"Level: {level_of(self.run) or 'none'}."
        try:
            lines = claim_of(self.run)
        except NoClaimError as error:
            return [element("p", f"{level} The run supports no claim: {error}.")]
        summary = element("summary", f"{level} What may be claimed")
        return [element("details", summary, *(element("p", line) for line in lines))]

    def wrong(self) -> list[Element]:
        """What differs and is not recorded as a deviation, with all that the suite says of it."""
        rows = [row for row in self.entry.rows if row.verdict in WRONG]
        folds = [
            element("details", element("summary", f"{row.trial}: {line_of(row)}"), element("pre", row.message))
            for row in rows
        ]
        return [heading(f"Failures: {len(rows)}", "failures"), *folds] if rows else []

    def summary(self) -> Element:
        """Verdicts counted by chapter and type."""
        lines: list[list[Element | str]] = []
        for chapter, rows in self.chapters.items():
            for precision in dict.fromkeys(row.precision for row in rows):
                link = element("a", chapter, href=f"#{anchor_of(chapter)}")
                lines.append([link, precision, *tally(row for row in rows if row.precision == precision).figures])
        return drawn_table(("chapter", "type", *HEADER), [line_of_cells(line) for line in lines])

    def distributions(self) -> list[Element]:
        """How far off the outcomes are, for each type."""
        found = []
        for precision in self.run.precisions:
            ratios = [row.ratio for row in self.entry.rows if row.precision == precision and row.ratio is not None]
            if ratios:
                caption = element("figcaption", f"{precision}: {sentence_of(ratios)}")
                found.append(element("figure", caption, histogram(ratios), class_="ratios"))
        return [heading("Errors in units of the tolerance", "errors"), *found] if found else []

    def reasons(self) -> list[Element]:
        """Why rows deviate or are unsupported, the most frequent first."""
        explained = Counter(
            (row.verdict, row.reason) for row in self.entry.rows if row.verdict not in ("passed", *WRONG)
        )
        rows = [
            line_of_cells([said(verdict), str(count), reason]) for (verdict, reason), count in explained.most_common()
        ]
        return [heading("Reasons", "reasons"), drawn_table(("verdict", "rows", "reason"), rows)] if rows else []

    def section(self, chapter: str, rows: Sequence[CataloguedRow]) -> list[Element]:
        """The rows of a chapter, case by case."""
        title = f"{chapter}: {self.env.titles[CHAPTERS[chapter]].astext()}"
        by_case: dict[str, list[CataloguedRow]] = {}
        for row in rows:
            by_case.setdefault(row.case, []).append(row)
        lines = [line for of_case in by_case.values() for line in self.case(of_case)]
        counts = tally(rows).counts
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        summary = element("summary", f"{len(rows)} results of {len(by_case)} cases: {told}")
        fold = element("details", summary, drawn_table(COLUMNS, lines), class_="cases")
        return [heading(title, anchor_of(chapter)), fold]

    def case(self, rows: Sequence[CataloguedRow]) -> list[Element]:
        """The rows of a case, under its name and its rules; what is the same in several modes is one line."""
        groups: dict[tuple[object, ...], list[CataloguedRow]] = {}
        for row in rows:
            what = (row.precision, row.verdict, row.ratio, row.error, row.tolerance, row.field, row.rule, row.reason)
            groups.setdefault(what, []).append(row)
        lines = [line_of_cells(self.cells(of_group)) for of_group in groups.values()]
        first, height = rows[0], str(len(lines))
        name = self.to("docs/cases", anchor_of_case(first.case), first.case, title=first.sentence)
        cited = [part for id in first.rules for part in (self.rule(id), " ")]
        head = element("th", name, scope="rowgroup", rowspan=height)
        lines[0][:0] = [head, element("td", *cited[:-1], rowspan=height)]
        return lines

    def cells(self, rows: Sequence[CataloguedRow]) -> list[Element | str]:
        """What rows say that differ in nothing but their modes."""
        row = rows[0]
        figures = [figure(value) or "" for value in (row.ratio, row.error, row.tolerance)]
        blamed = self.rule(row.rule) if row.rule and row.blamed else ""
        modes = ", ".join(row.mode for row in rows)
        return [row.precision, modes, said(row.verdict), *figures, row.field, blamed, row.reason]


def said(verdict: str) -> Element:
    """A verdict, in its colour."""
    return element("span", verdict, class_=f"verdict verdict-{verdict}")


def heading(title: str, id: str) -> Element:
    """The heading of a section, which can be linked to."""
    return element("h2", title, element("a", "#", class_="headerlink", href=f"#{id}", title="Link to this"), id=id)


def line_of_cells(cells: Sequence[Element | str]) -> Element:
    """A row of a table, in which only a long sentence is broken into lines."""
    sentences = [isinstance(cell, str) and len(cell) > LONG for cell in cells]
    return element(
        "tr",
        *(
            element("td", cell, class_="long" if is_long else None)
            for cell, is_long in zip(cells, sentences, strict=True)
        ),
    )


def drawn_table(header: Sequence[str], lines: Sequence[Element]) -> Element:
    """A table in a box of its own, in which it scrolls."""
    head = element("tr", *(element("th", title, scope="col") for title in header))
    made = element("table", element("thead", head), element("tbody", *lines), class_=f"docutils {WIDE}")
    return element("div", made, class_="table-wrapper docutils container")


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page of each run."""
    if app.builder.name not in BUILDERS or "docs/results" not in app.env.found_docs:
        return
    for entry in recorded(results_folder(app.env)):
        yield entry.page, {"title": entry.run.title, "body": Page(entry, app.env, app.builder).body()}, "page.html"


def setup(app: Sphinx) -> None:
    """Register the directive, and let the pages be written."""
    app.add_directive("results", ResultsDirective)
    app.connect("html-collect-pages", pages)
