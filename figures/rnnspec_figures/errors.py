"""The largest errors of implementations in units of their allowances, chapter by chapter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.wording import number
from rnnspec_figures.svg import drawing, text

LEFT, TOP, DOWN, BELOW, LINE = 56, 20, 260, 34, 20
COLUMN, BESIDE = 34, 10
"""How wide the column of a chapter is with one mark in it, and what each further mark adds."""

LEAST, MOST = -4, 3
"""The powers of ten at the ends of the axis; what lies beyond one is drawn at it."""

WIDEST_LEGEND = 190
"""From one name of the legend to the next."""

HUES, SHAPES = 8, 3
RADIUS = 4.5


def errors(worst: Mapping[str, Mapping[str, float]], title: str) -> Element:
    """The largest ratio by chapter, for each implementation; one that is infinite stands at the upper end."""
    chapters = list(dict.fromkeys(chapter for ratios in worst.values() for chapter in ratios))
    column = COLUMN + BESIDE * (len(worst) - 1)
    across = column * len(chapters)
    parts: list[Element] = []
    for power in range(LEAST, MOST + 1):
        y = height_of(10.0**power)
        kind = "limit" if power == 0 else "grid"
        parts.append(element("line", x1=LEFT, x2=LEFT + across, y1=f"{y:g}", y2=f"{y:g}", class_=kind))
        parts.append(text(f"{10.0**power:g}", x=LEFT - 8, y=y + 4, class_="axis", anchor="end"))
    for place, chapter in enumerate(chapters):
        x = LEFT + column * place
        parts.append(element("line", x1=x, x2=x, y1=TOP, y2=TOP + DOWN, class_="grid"))
        parts.append(text(chapter, x=x + column / 2, y=TOP + DOWN + 18, class_="axis"))
        for position, (name, ratios) in enumerate(worst.items()):
            if chapter in ratios:
                said = f"{name}, {chapter}: {number(ratios[chapter])}"
                across_of = x + column / 2 + BESIDE * (position - (len(worst) - 1) / 2)
                parts.append(mark(position, across_of, height_of(ratios[chapter]), said))
    abreast = max(1, (LEFT + across) // WIDEST_LEGEND)
    for position, name in enumerate(worst):
        x = LEFT + WIDEST_LEGEND * (position % abreast)
        y = TOP + DOWN + BELOW + LINE * (position // abreast) + 10
        parts += [mark(position, x, y, name), text(name, x=x + 10, y=y + 4, class_="legend", anchor="start")]
    width = LEFT + max(across, WIDEST_LEGEND * min(abreast, len(worst))) + 10
    height = TOP + DOWN + BELOW + LINE * math.ceil(len(worst) / abreast) + 8
    return drawing(parts, width=width, height=height, title=words(worst, title), class_="errors")


def height_of(ratio: float) -> float:
    """Where a ratio stands."""
    power = MOST if math.isinf(ratio) else math.log10(max(ratio, 10.0**LEAST))
    return TOP + DOWN * (MOST - min(power, MOST)) / (MOST - LEAST)


def mark(position: int, x: float, y: float, said: str) -> Element:
    """A disc, a square or a diamond, in one of the hues; its words are shown by a pointer that rests on it."""
    kind = f"mark mark-{position % HUES}"
    words = element("title", said)
    shape = position // HUES % SHAPES
    if shape == 0:
        return element("circle", words, cx=f"{x:g}", cy=f"{y:.1f}", r=RADIUS, class_=kind)
    if shape == 1:
        side = 2 * RADIUS - 1
        corner = {"x": f"{x - side / 2:g}", "y": f"{y - side / 2:.1f}"}
        return element("rect", words, **corner, width=side, height=side, class_=kind)
    reach = RADIUS + 1
    corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
    return element("polygon", words, points=" ".join(f"{a:g},{b:.1f}" for a, b in corners), class_=kind)


def words(worst: Mapping[str, Mapping[str, float]], title: str) -> str:
    """The largest error of each implementation, and the chapter in which it is."""
    told = []
    for name, ratios in worst.items():
        chapter = max(ratios, key=lambda chapter: ratios[chapter], default=None)
        told.append(f"{name}: {number(ratios[chapter])} in {chapter}" if chapter else f"{name}: nothing compared")
    return f"{title} {'; '.join(told)}."
