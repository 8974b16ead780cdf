"""A layout as a picture of text: each packed tensor as a box, its blocks in the colours of their gates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from rnnspec_adapters.convention_cards import is_used, native_name
from rnnspec_adapters.layout import Block, Layout, Tensor, einops_axes

COLOURS = {"i": "blue", "z": "blue", "f": "red", "r": "red", "g": "green", "n": "green", "Rn": "green", "o": "magenta"}
"""The colour of a gate, as on the site."""

GAP = 3


def picture(layout: Layout, width: int) -> Iterator[Text]:
    """The lines: tensors from left to right, and below each other where `width` ends."""
    down = any(_axes(tensor)[0] == "gate H" and len(_axes(tensor)) == 2 for tensor in layout.tensors)
    row: list[list[Text]] = []
    for box in (_box(tensor, down=down) for tensor in layout.tensors):
        if row and sum(_width(other) + GAP for other in row) + _width(box) > width:
            yield from _side_by_side(row)
            yield Text()
            row = []
        row.append(box)
    yield from _side_by_side(row)


def _axes(tensor: Tensor) -> list[str]:
    """The axes, without one of length 1."""
    return [" ".join(names) for names in einops_axes(tensor.axes) if names != ["1"]]


def _box(tensor: Tensor, *, down: bool) -> list[Text]:
    """One tensor: its name, its size, its blocks down or across."""
    axes, count = _axes(tensor), len(tensor.blocks)
    sizes = [axis.replace("gate ", f"{count} " if count > 1 else "") for axis in axes]
    is_down = axes[0].startswith("gate") if len(axes) == 2 else down
    widest = max(len(_said(block)) for block in tensor.blocks) + 2
    cells = [Text(f"{_said(block):^{widest}}", style=_style(block)) for block in tensor.blocks]
    rows = [[cell] for cell in cells] if is_down else [cells]
    edges = ["\N{BOX DRAWINGS LIGHT HORIZONTAL}" * widest] * len(rows[0])
    lines = [Text(native_name(tensor), style="bold"), Text(" by ".join(sizes), style="dim")]
    lines.append(Text("┌" + "┬".join(edges) + "┐"))
    for position, row in enumerate(rows):
        if position:
            lines.append(Text("├" + "┼".join(edges) + "┤"))
        lines.append(Text.assemble("│", *(part for cell in row for part in (cell, "│"))))
    return [*lines, Text("└" + "┴".join(edges) + "┘")]


def _said(block: Block) -> str:
    """A block with its sign and what is added to it; nothing where nothing is read from it."""
    if block.role == "unused":
        return "-"
    added = f" {block.added:+g}" if block.added else ""
    return f"{'-' if block.sign < 0 else ''}{block.name}{added}"


def _style(block: Block) -> str:
    gate = block.name.partition("_")[2]
    return f"white on {COLOURS[gate]}" if is_used(block) and gate in COLOURS else ""


def _width(box: Sequence[Text]) -> int:
    return max(line.cell_len for line in box)


def _side_by_side(boxes: Sequence[Sequence[Text]]) -> Iterator[Text]:
    """Boxes as lines, their tops aligned."""
    for position in range(max((len(box) for box in boxes), default=0)):
        line = Text()
        for box in boxes:
            part = box[position].copy() if position < len(box) else Text()
            part.pad_right(_width(box) + GAP - part.cell_len)
            line.append_text(part)
        line.rstrip()
        yield line
