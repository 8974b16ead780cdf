"""Mistakes that nobody had seen: ``unseen.json`` of ``conformance/results/``, drawn and as tables."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from rnnspec_conformance.defaults import DRAWS
from rnnspec_docs.reports import Entry, ReportDirective, folded
from rnnspec_docs.tables import Cell, table, text
from rnnspec_figures.plots import plot
from rnnspec_figures.svg import figure
from rnnspec_workshop.unseen.unseen_json import COLUMNS, FILE, SCHEMA, BySet, by_set, reach, share, shares

PLACES = 16
"""So many places of a curve to a power of ten."""


class UnseenDirective(ReportDirective):
    """``unseen``: what share of each set is noticed, after how many draws, and what is not noticed."""

    def run(self) -> list[nodes.Node]:
        path = self.folder / FILE
        if not path.exists():
            return [nodes.paragraph("", "Not measured yet.")]
        report = self.check(path, self.read(path), SCHEMA)
        found = by_set(report)
        rows = [[text(cell) for cell in (name, len(of), *shares(of.values()))] for name, of in found.items()]
        made: list[nodes.Node] = [
            nodes.paragraph(
                "", f"Specification {report['specification']}; seed {report['seed']}.", classes=["provenance"]
            ),
            table(("set", "mistakes", *COLUMNS), rows),
            curves(found, "Noticed by the catalogue or by draws", cases=True),
            curves(found, "Noticed by draws alone", cases=False),
        ]
        late = [(of, entry) for of in report["sets"] for entry in of["mistakes"]]
        late = [(of, entry) for of, entry in late if not found[of["name"]][entry["ident"]].by(DRAWS)]
        if late:
            missed = table(
                ("set", "mistake", "kind", "what is wrong", "noticed"), [row(of, entry) for of, entry in late]
            )
            made.append(folded(f"{len(late)} mistakes that a default run does not notice", missed))
        return made


def curves(found: BySet, title: str, *, cases: bool) -> nodes.raw:
    """The share of each set that is noticed, against the number of draws."""
    known = {name: reach(of.values(), cases=cases) for name, of in found.items()}
    most = max([DRAWS, *(draws for draws in known.values() if draws is not None)])
    at = places(most)
    lines = {}
    for name, of in found.items():
        last = known[name]
        shown = [draws for draws in at if last is None or draws <= last]
        lines[f"set {name}"] = [share(of.values(), draws, cases=cases) for draws in shown]
    series = {"title": title, "horizontal": "draws", "vertical": "per cent", "at": at, "lines": lines}
    return nodes.raw("", figure(plot(series, logarithmic=True), f"{title}, in per cent of each set."), format="html")


def places(most: int) -> list[int]:
    """Whole numbers from 1 to another, at about equal distances on a logarithmic axis."""
    powers = (10 ** (k / PLACES) for k in range(PLACES * len(str(most))))
    return sorted({*(round(power) for power in powers if power < most), most})


def row(of_set: Entry, entry: Entry) -> list[Cell]:
    """A mistake that is noticed late, or not at all."""
    after = f"after {entry['after']:,} draws" if entry["after"] else f"not in {entry['tried']:,} draws"
    return [
        text(of_set["name"]),
        [nodes.literal("", entry["ident"])],
        *map(text, (entry["kind"], entry["sentence"], after)),
    ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("unseen", UnseenDirective)
