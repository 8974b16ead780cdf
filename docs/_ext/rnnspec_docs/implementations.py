"""Who computes the cells of a chapter: what the implementations under test make of its cases."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_docs.runs import HEADER, RunsDirective, anchor_of, tally
from rnnspec_docs.tables import Cell, table
from rnnspec_docs.targets import to_doc, to_page


class ImplementationsDirective(RunsDirective):
    """``implementations LSTM``: one row for each implementation that computes some case of the chapter."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        chapter, here = self.arguments[0], self.env.docname
        rows: list[Sequence[Cell]] = []
        without: list[str] = []
        for entry in self.runs():
            of_chapter = tally(row for row in entry.rows if row.chapter == chapter)
            if of_chapter.computed:
                rows.append([[to_page(entry.page, anchor_of(chapter), entry.title, here)], *of_chapter.cells])
            elif any(of_chapter.counts.values()):
                without.append(entry.title)
        if not rows and not without:
            raise self.error(f"implementations: wanted a chapter that some result has, got {chapter!r}")
        lead = nodes.paragraph(
            "", "What the implementations under test make of the cases of this chapter, in all types "
        )
        lead += [nodes.Text("and modes; "), to_doc("docs/results", "Results", here), nodes.Text(" lists every one.")]
        if without:
            lead += nodes.Text(f" None of these cases can be put to {', '.join(without)}.")
        return [lead, *([table(["implementation", *HEADER], rows)] if rows else [])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("implementations", ImplementationsDirective)
