"""The packed matrices of a layout, with the gates in colour."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from rnnspec_adapters.convention_cards import is_used, native_name, sentences
from rnnspec_adapters.known_layouts import Shown, spelled
from rnnspec_adapters.layout import Block, Tensor
from rnnspec_conformance.reports.markup import element
from rnnspec_figures.svg import drawing, text

LENGTHS = {"H": 40, "I": 56, "J": 76, "1": 26}
"""How long an axis is drawn."""

GAP, LEFT, TOP, LINE = 26, 8, 26, 18
SECOND_LINE = 20
"""What a second line of words adds to the height of a block."""

WIDEST = 660
"""Where a row of tensors ends."""


def packed(entry: Shown) -> Element:
    """All tensors of a layout, from left to right."""
    parts: list[Element] = []
    x, y, tallest, width = LEFT, TOP, 0, 0
    for tensor in entry.layout.tensors:
        made, wide, high = drawn(tensor)
        wide = max(wide, 7 * len(native_name(tensor)))
        if x > LEFT and x + wide > WIDEST:
            x, y, tallest = LEFT, y + tallest + GAP + LINE, 0
        parts.append(element("g", *made, transform=f"translate({x} {y})"))
        x, tallest = x + wide + GAP, max(tallest, high + LINE)
        width = max(width, x)
    title = f"How {entry.layout.name} stores {spelled(entry.cell)}. " + " ".join(sentences(entry.layout))
    return drawing(parts, width=width, height=y + tallest + 4, title=title, class_="packed")


def drawn(tensor: Tensor) -> tuple[list[Element], int, int]:
    """One tensor with its name above and its axes below, and its width and height."""
    axes = [part for part in tensor.axes.replace("(", "").replace(")", "").split() if part != "1"]
    where = axes.index("gate")
    sizes = [axis for axis in axes if axis != "gate"]
    down = where == 0 and len(sizes) == 2
    row, column = sizes if len(sizes) == 2 else ("1", sizes[0])
    # A matrix whose gates stand side by side, and a vector to which something is added, have a second line of words.
    two_lines = any(block.added for block in tensor.blocks) if row == "1" else not down
    wide, high = LENGTHS[column], LENGTHS[row] + (SECOND_LINE if two_lines else 0)
    parts = [text(native_name(tensor), x=0, y=-8, class_="native", anchor="start")]
    for position, block in enumerate(tensor.blocks):
        x, y = (0, position * high) if down else (position * wide, 0)
        parts += cell(block, x, y, wide, high)
    count = len(tensor.blocks)
    width, height = (wide, high * count) if down else (wide * count, high)
    across = f"{column}" if down or count == 1 else f"{count} {column}"
    along = f"{count} {row}" if down and count > 1 else row
    said = across if row == "1" else f"{along} by {across}"
    parts.append(text(said, x=0, y=height + 14, class_="axis", anchor="start"))
    return parts, width, height


def cell(block: Block, x: float, y: float, width: float, height: float) -> list[Element]:
    """A block in the colour of its gate, with its name, its sign and what is added to it."""
    gate = block.name.partition("_")[2].removeprefix("R") or "plain"
    kind = f"block gate-{gate}" if is_used(block) else "block unused"
    sign = "\N{MINUS SIGN}" if block.sign < 0 else ""
    words = [text(f"{sign}{block.name}", x=x + width / 2, y=y + height / 2 + (0 if block.added else 4))]
    if block.added:
        words.append(text(f"{block.added:+g}", x=x + width / 2, y=y + height / 2 + 11, class_="added"))
    return [element("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", class_=kind), *words]
