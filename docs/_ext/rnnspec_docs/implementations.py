"""Who computes the cells of a chapter: what the implementations under test make of its cases."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from rnnspec_docs.reports import RESULTS_SCHEMA, VERDICTS, Entry, ReportDirective, figure
from rnnspec_docs.tables import Cell, table, text


class ImplementationsDirective(ReportDirective):
    """``implementations LSTM``: one row for each implementation that computes some case of the chapter."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        chapter = self.arguments[0]
        rows: list[Sequence[Cell]] = []
        without: list[str] = []
        for name, report in adapters(self):
            results = [result for result in report["results"] if result["chapter"] == chapter]
            if any(result["verdict"] != "unsupported" for result in results):
                rows.append([text(name), *map(text, counted(results))])
            elif results:
                without.append(name)
        if not rows and not without:
            raise self.error(f"implementations: wanted a chapter that some result has, got {chapter!r}")
        lead = nodes.paragraph(
            "", "What the implementations under test make of the cases of this chapter, in all types "
        )
        lead += [nodes.Text("and modes; "), results_page(self.env.docname), nodes.Text(" lists every one.")]
        if without:
            lead += nodes.Text(f" None of these cases can be put to {', '.join(without)}.")
        return [lead, *([table(["implementation", *VERDICTS, "worst ratio"], rows)] if rows else [])]


def adapters(directive: ReportDirective) -> list[tuple[str, Entry]]:
    """The reports of implementations, each with its name: the adapter, and the device where that is not the CPU."""
    found = []
    for path in sorted(directive.folder.glob("*.json")):
        report = directive.read(path)
        if "adapter" in report:
            directive.check(path, report, RESULTS_SCHEMA)
            device = "" if report["device"] == "cpu" else f" on {report['device']}"
            found.append((f"{report['adapter']}{device}", report))
    return found


def counted(results: Sequence[Entry]) -> list[object]:
    """How many results have each verdict, and the worst ratio."""
    counts: list[object] = [sum(result["verdict"] == verdict for result in results) for verdict in VERDICTS]
    return [*counts, figure(max((result["ratio"] for result in results if result["ratio"] is not None), default=None))]


def results_page(docname: str) -> addnodes.pending_xref:
    """A link to the page of results."""
    title = nodes.inline("", "Results")
    return addnodes.pending_xref(
        "",
        title,
        refdoc=docname,
        refdomain="std",
        reftype="doc",
        reftarget="/docs/results",
        refexplicit=True,
        refwarn=True,
    )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("implementations", ImplementationsDirective)
