"""The visual language of cells: gates are boxes, products and sums are circles, wires end in arrows.

The state flows along the top from left to right, the input and the old h come in at the bottom on two rails, and the
gates stand in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_figures.svg import text

TOP, MIDDLE, GATES, RAIL_H, RAIL_X = 50, 115, 180, 240, 272
"""The heights of the state, of the products below it, of the gates, and of the two rails."""

LEFT, RIGHT, HEIGHT, WIDTH = 30, 650, 300, 680
WIDE, HIGH, ROUND = 46, 40, 13

Point = tuple[float, float]


@dataclass
class Wiring:
    """A drawing that grows: wires below, everything else above."""

    wires: list[Element] = field(default_factory=list)
    parts: list[Element] = field(default_factory=list)

    def wire(self, *points: Point, kind: str = "wire", arrow: bool = True) -> None:
        """A line through points, with an arrow at its end."""
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.wires.append(element("path", d=path, class_=kind))
        if arrow:
            (x0, y0), (x, y) = points[-2:]
            dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
            tip = [(x, y), (x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx), (x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx)]
            marks = " ".join(f"{a:g},{b:g}" for a, b in tip)
            self.wires.append(element("polygon", points=marks, class_=f"{kind} tip"))

    def dot(self, x: float, y: float, *, kind: str = "wire") -> None:
        """Where a wire parts."""
        self.parts.append(element("circle", cx=f"{x:g}", cy=f"{y:g}", r="3", class_=f"{kind} dot"))

    def gate(self, name: str, x: float, act: str, y: float = GATES) -> None:
        """A gate or the candidate: its name, and its activation below."""
        self.box(x, y, class_=f"block gate-{name}")
        self.parts.append(text(name, x=x, y=y - 1, class_="name"))
        self.parts.append(text(act, x=x, y=y + 14, class_="act"))

    def function(self, name: str, x: float, y: float) -> None:
        """A function or a product with a matrix, which is no gate."""
        self.box(x, y, high=26, class_="block gate-plain")
        self.parts.append(text(name, x=x, y=y + 4))

    def box(self, x: float, y: float, *, class_: str, high: float = HIGH) -> None:
        """A rectangle around a point."""
        left, top = x - WIDE / 2, y - high / 2
        sizes = {"x": f"{left:g}", "y": f"{top:g}", "width": WIDE, "height": f"{high:g}", "rx": 5}
        self.parts.append(element("rect", class_=class_, **sizes))

    def op(self, symbol: str, x: float, y: float) -> None:
        """A product, a sum, or one minus, unit by unit."""
        self.parts.append(element("circle", cx=f"{x:g}", cy=f"{y:g}", r=ROUND, class_="op"))
        self.parts.append(text(symbol, x=x, y=y + 5, class_="symbol"))

    def end(self, name: str, x: float, y: float) -> None:
        """What comes in or goes out."""
        self.parts.append(text(name, x=x, y=y + 5, class_="end"))

    def rails(self, *, h: tuple[float, ...], x: tuple[float, ...], further: Point | None = None) -> None:
        """The old h and the input, and the gates that each reaches from below; h may reach a further place."""
        for name, rail, reached, shift in (("h", RAIL_H, h, -8), ("x", RAIL_X, x, 8)):
            self.end(name, LEFT, rail)
            self.wire((LEFT + 12, rail), (max(reached) + shift, rail), arrow=False)
            for place in reached:
                self.wire((place + shift, rail), (place + shift, GATES + HIGH / 2))
                if place != max(reached) or (name == "h" and further):
                    self.dot(place + shift, rail)
        if further:
            self.wire((max(h) - 8, RAIL_H), (further[0], RAIL_H), further)
