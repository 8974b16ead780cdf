"""The layouts that adapters declare: the card of each, its packed matrices drawn, and the code that reads them."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rnnspec_adapters.convention_cards import card, code
from rnnspec_adapters.known_layouts import Shown, families, module_of, shown, spelled
from rnnspec_docs.tables import WIDE, Cell, table, text
from rnnspec_docs.targets import to_section
from rnnspec_figures.packed import packed
from rnnspec_figures.svg import figure


class LayoutsDirective(SphinxDirective):
    """``layouts torch``: a section for every layout that the adapters of a framework declare."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        family = self.arguments[0]
        if family not in families():
            raise self.error(f"layouts: wanted one of {', '.join(families())}, got {family!r}")
        self.env.note_reread()
        return [self.section(entry) for entry in shown(family)]

    def section(self, entry: Shown) -> nodes.section:
        """The card, the drawing and the code of one."""
        section = nodes.section("", nodes.title("", named(entry)), ids=[entry.anchor], names=[])
        self.set_source_info(section)
        section += table(
            ["question", "answer"], [[text(asked), text(said)] for asked, said in card(entry).items() if said != "none"]
        )
        caption = f"{entry.layout.name}, {spelled(entry.cell)}: {len(entry.layout.tensors)} tensors."
        section += nodes.raw("", figure(packed(entry), caption), format="html")
        said = nodes.paragraph("", "Declared by ", nodes.literal("", entry.call), nodes.Text(" of "))
        said += [nodes.literal("", module_of(entry.family)), nodes.Text("; read from native arrays of NumPy by")]
        section += [said, nodes.literal_block(code(entry), code(entry), language="python")]
        return section


class ComparisonDirective(SphinxDirective):
    """``layout-comparison``: every layout of every framework in one table, a row each."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        entries = [entry for family in families() for entry in shown(family)]
        header = ["layer", "cell", *card(entries[0])]
        found: list[nodes.Node] = []
        for kind in dict.fromkeys(type(entry.cell).__name__ for entry in entries):
            of_kind = [entry for entry in entries if type(entry.cell).__name__ == kind]
            rubric = nodes.rubric("", {"RNN": "Simple recurrent layers"}.get(kind, kind))
            rows: list[Sequence[Cell]] = [
                [
                    [to_section(page(entry), entry.anchor, entry.layout.name, self.env.docname, code=True)],
                    [nodes.literal("", spelled(entry.cell))],
                    *map(text, card(entry).values()),
                ]
                for entry in of_kind
            ]
            found += [rubric, table(*only_told(header, rows), classes=[WIDE])]
        return found


def only_told(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> tuple[list[str], list[Sequence[Cell]]]:
    """The columns in which some row says more than ``none``."""
    kept = [place for place in range(len(header)) if any(words(row[place]) != "none" for row in rows)]
    return [header[place] for place in kept], [[row[place] for place in kept] for row in rows]


def words(cell: Cell) -> str:
    """The words of a cell."""
    return "".join(node.astext() for node in cell)


def named(entry: Shown) -> str:
    """The title of a layout: its layer, and the cell where that is not the plain one."""
    plain = spelled(entry.cell).endswith("()")
    return entry.layout.name if plain else f"{entry.layout.name} for {spelled(entry.cell)}"


def page(entry: Shown) -> str:
    """The page of a framework."""
    return f"docs/adapters/{entry.family}"


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("layouts", LayoutsDirective)
    app.add_directive("layout-comparison", ComparisonDirective)
