"""Drawings in the pages: cells, the unrolled stack, packed matrices, and plots of committed series."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec import GRU, LSTM, RNN
from rnnspec_docs.reports import ReportDirective
from rnnspec_figures.cell_drawings import cell_drawing, flow_drawing
from rnnspec_figures.plots import plot
from rnnspec_figures.stack import stack_drawing
from rnnspec_figures.svg import figure

DRAWINGS: dict[str, tuple[str, Callable[[], Element]]] = {
    "rnn": ("The simple recurrent layer.", lambda: cell_drawing(RNN())),
    "lstm": ("The LSTM.", lambda: cell_drawing(LSTM())),
    "lstm-coupled": ("The LSTM with coupling “forget”.", lambda: cell_drawing(LSTM(coupling="forget"))),
    "lstm-peephole-new": ("The peephole LSTM, form “new”.", lambda: cell_drawing(LSTM(peephole="new"))),
    "lstm-peephole-old": ("The peephole LSTM, form “old”.", lambda: cell_drawing(LSTM(peephole="old"))),
    "lstm-projection": ("The LSTM with a recurrent projection.", lambda: cell_drawing(LSTM(projection=2))),
    "gru-after": ("The GRU, reset after, keep.", lambda: cell_drawing(GRU())),
    "gru-before": ("The GRU, reset before, keep.", lambda: cell_drawing(GRU(reset="before"))),
    "gru-none": ("The GRU, reset none, keep.", lambda: cell_drawing(GRU(reset="none"))),
    "gru-minimal": ("The minimal unit, reset after, keep.", lambda: cell_drawing(GRU(minimal=True))),
    "flow": ("Data flow through a step, with shapes: an LSTM that projects.", flow_drawing),
    "stack": (
        (
            "A bidirectional stack over a padded sequence. Discs are initial states, squares final ones; "
            "two brackets put both directions side by side."
        ),
        stack_drawing,
    ),
}


class DrawingDirective(ReportDirective):
    """``drawing gru-before``: a figure of `DRAWINGS`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in DRAWINGS:
            raise self.error(f"drawing: wanted one of {', '.join(DRAWINGS)}, got {name!r}")
        self.env.note_reread()
        caption, made = DRAWINGS[name]
        return [nodes.raw("", figure(made(), caption), format="html")]


class ClaimPlotDirective(ReportDirective):
    """``claim-plot C11 gradient_norm``: a series of ``claims.json``."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        claim, name = self.arguments
        report = self.read(self.folder / "claims.json")
        series = {entry["id"]: entry["series"] for entry in report["claims"]}.get(claim, {}).get(name)
        if series is None:
            raise self.error(f"claim-plot: wanted a claim and one of its series, got {claim} {name}")
        return [nodes.raw("", figure(plot(series), f"{series['title']}."), format="html")]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("drawing", DrawingDirective)
    app.add_directive("claim-plot", ClaimPlotDirective)
