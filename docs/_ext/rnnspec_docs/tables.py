"""Tables, as docutils wants them."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes

Cell = Sequence[nodes.Node]
WIDE = "wide"


def table(
    header: Sequence[str | Cell],
    rows: Sequence[Sequence[Cell]],
    *,
    ids: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> nodes.table:
    """A table with one header row; a cell is a list of inline nodes, and in the header also a word.

    Rows have `ids`, one each, where links lead to them. `WIDE` among the `classes` is for many columns.
    """
    group = nodes.tgroup("", cols=len(header))
    group += [nodes.colspec("", colwidth=1) for _ in header]
    group += nodes.thead("", _row([text(title) if isinstance(title, str) else title for title in header]))
    body = [_row(cells) for cells in rows]
    for row, id in zip(body, ids, strict=bool(ids)):
        row["ids"].append(id)
    group += nodes.tbody("", *body)
    return nodes.table("", group, classes=["colwidths-auto", *classes])


def text(value: object) -> Cell:
    """A cell that says `value`; nothing for None."""
    return [] if value is None else [nodes.Text(str(value))]


def _row(cells: Sequence[Cell]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells])
