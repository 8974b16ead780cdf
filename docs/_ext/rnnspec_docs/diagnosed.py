"""How often the diagnosis of a run is right: ``diagnosed.json`` of ``conformance/results/``, as a table."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_docs.reports import ReportDirective, folded
from rnnspec_docs.tables import table, text
from rnnspec_workshop.diagnosed.diagnosed_json import FILE, SCHEMA


class DiagnosedDirective(ReportDirective):
    """``diagnosed``: of how many mistakes the first line is right, and what is said of each."""

    def run(self) -> list[nodes.Node]:
        path = self.folder / FILE
        if not path.exists():
            return [nodes.paragraph("", "Not measured yet.")]
        mistakes = self.check(path, self.read(path), SCHEMA)["mistakes"]
        right = sum(entry["right"] for entry in mistakes)
        said = f"The first line is right for {right} of {len(mistakes)} mistakes."
        rows = [
            [text(entry["sentence"]), text("right" if entry["right"] else "wrong"), [nodes.literal("", entry["first"])]]
            for entry in mistakes
        ]
        header = ("mistake", "first line", "what it says")
        return [nodes.paragraph("", said), folded(f"All {len(rows)} mistakes", table(header, rows))]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("diagnosed", DiagnosedDirective)
