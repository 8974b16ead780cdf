"""A bidirectional stack, unrolled over a sequence that ends before the batch does."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_figures.svg import drawing, text
from rnnspec_figures.wiring import ROUND, Wiring

STEPS, LENGTH, LAYERS = 5, 3, 2
APART, LEFT, WIDE, HIGH, ASIDE = 124, 118, 40, 28, 27
ROWS = {"y": 26, (1, "reverse"): 112, (1, "forward"): 152, (0, "reverse"): 252, (0, "forward"): 292, "x": 364}
MERGES = (212, 72)
"""Where the two directions of each layer are put side by side."""

WIDTH, HEIGHT = LEFT + STEPS * APART, 384
SIDES = {"forward": -ASIDE, "reverse": ASIDE}
TITLE = (
    f"A bidirectional stack of {LAYERS} layers over {STEPS} steps, of which the sequence has {LENGTH}. "
    "Both directions of a layer see the input, or both directions of the layer below side by side. "
    f"Forward cells run from step 0 to step {LENGTH - 1}, reverse cells from step {LENGTH - 1} to step 0, "
    "each from its initial state, a disc, to its final state, a square. "
    "The padding behind the sequence is not computed, and its outputs are zero."
)


def stack_drawing() -> Element:
    """Two layers, each with a row of cells for either direction."""
    wiring = Wiring()
    for layer in range(LAYERS):
        for direction, way in (("forward", 1), ("reverse", -1)):
            row(wiring, ROWS[layer, direction], way, f"layer {layer}, {direction}", direction)
    for step in range(STEPS):
        column(wiring, step)
    edge = LEFT + LENGTH * APART + 4
    padding = element("rect", x=f"{edge:g}", y="12", width=f"{WIDTH - edge:g}", height=HEIGHT - 16, class_="padding")
    return drawing([padding, *wiring.wires, *wiring.parts], width=WIDTH, height=HEIGHT, title=TITLE, class_="stack")


def center(step: int) -> float:
    """The middle of a step."""
    return LEFT + (step + 0.5) * APART


def row(wiring: Wiring, y: float, way: int, name: str, direction: str) -> None:
    """The cells of one direction, their initial state and their final state."""
    wiring.parts.append(text(name, x=4, y=y + 4, class_="axis", anchor="start"))
    for step in range(LENGTH):
        x = center(step) + SIDES[direction]
        left, top = x - WIDE / 2, y - HIGH / 2
        box = element("rect", x=f"{left:g}", y=f"{top:g}", width=WIDE, height=HIGH, rx=5, class_=f"block {direction}")
        wiring.parts.append(box)
        if 0 <= step + way < LENGTH:
            wiring.wire((x + way * WIDE / 2, y), (x + way * (APART - WIDE / 2), y))
    first, last = (0, LENGTH - 1) if way > 0 else (LENGTH - 1, 0)
    begins, ends = (center(step) + SIDES[direction] for step in (first, last))
    wiring.parts.append(element("circle", cx=f"{begins:g}", cy=f"{y:g}", r="5", class_="initial"))
    wiring.parts.append(element("rect", x=f"{ends - 5:g}", y=f"{y - 5:g}", width=10, height=10, class_="final"))


def column(wiring: Wiring, step: int) -> None:
    """What goes up at a step: the input, and from each layer both directions, side by side."""
    x, inside = center(step), step < LENGTH
    wiring.end(f"x_{step}" if inside else "padding", x, ROWS["x"])
    wiring.end(f"y_{step}" if inside else "0", x, ROWS["y"])
    if not inside:
        return
    source: float = ROWS["x"] - 14
    for layer, merge in enumerate(MERGES):
        parting = ROWS[layer, "forward"] + 30
        wiring.wire((x, source), (x, parting), arrow=False)
        for direction, shift in SIDES.items():
            y = ROWS[layer, direction]
            wiring.wire((x, parting), (x + shift, parting), (x + shift, y + HIGH / 2))
            into = x + (ROUND if shift > 0 else -ROUND)
            wiring.wire((x + shift, y - HIGH / 2), (x + shift, merge), (into, merge))
        wiring.op("[ ]", x, merge)
        source = merge - ROUND
    wiring.wire((x, source), (x, ROWS["y"] + 14))
