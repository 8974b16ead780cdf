"""The largest errors of implementations in units of their tolerances, chapter by chapter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.wording import number
from rnnspec_figures.svg import drawing, text

LEFT, TOP, ACROSS, RIGHT, LINE = 56, 24, 520, 40, 20
BESIDE, AROUND = 10, 12
"""How high the line of an implementation is, and what a chapter adds to its lines."""

LEAST, MOST = -4, 3
"""The powers of ten at the ends of the axis; what lies beyond one is drawn at it."""

LEGEND = 190
"""From one name of the legend to the next."""

ABREAST = (ACROSS + RIGHT) // LEGEND
HUES = 11
RADIUS = 4.5

Worst = Mapping[tuple[str, str], Mapping[str, float]]
"""By the name of an implementation and a type: the largest ratio of each chapter."""


def errors(worst: Worst, chapters: Sequence[str], title: str) -> Element:
    """A line for each implementation in each chapter, with a mark for each type; an infinite ratio stands at the end.

    What nothing was compared of has no mark.
    """
    names, precisions = ([*dict.fromkeys(key[place] for key in worst)] for place in (0, 1))
    height = AROUND + BESIDE * len(names)
    bottom = TOP + height * len(chapters)
    parts = [*axis(bottom), *bands(chapters, height)]
    for (name, precision), ratios in worst.items():
        for chapter, ratio in ratios.items():
            y = TOP + height * chapters.index(chapter) + (AROUND + BESIDE) / 2 + BESIDE * names.index(name)
            said = f"{name}, {precision}, {chapter}: {number(ratio)}"
            parts.append(mark(names.index(name), precisions.index(precision), place_of(ratio), y, said))
    lines: list[list[tuple[int | None, int, str]]] = [
        [(position, 0, name) for position, name in enumerate(names)],
        [(None, shape, precision) for shape, precision in enumerate(precisions)],
    ]
    below: float = bottom + 2 * LINE
    for entries in lines:
        parts += legend(entries, below)
        below += LINE * math.ceil(len(entries) / ABREAST)
    return drawing(parts, width=LEFT + ACROSS + RIGHT, height=below, title=words(worst, title), class_="errors")


def legend(entries: Sequence[tuple[int | None, int, str]], top: float) -> list[Element]:
    """What a hue or a shape stands for."""
    parts = []
    for position, (hue, shape, name) in enumerate(entries):
        x, y = LEFT + LEGEND * (position % ABREAST), top + LINE * (position // ABREAST)
        parts += [mark(hue, shape, x, y, name), text(name, x=x + 12, y=y + 4, class_="legend", anchor="start")]
    return parts


def axis(bottom: float) -> list[Element]:
    """The powers of ten, and the tolerance."""
    parts = []
    for power in range(LEAST, MOST + 1):
        x = f"{place_of(10.0**power):g}"
        parts.append(element("line", x1=x, x2=x, y1=TOP, y2=f"{bottom:g}", class_="limit" if power == 0 else "grid"))
        sign = {LEAST: "≤ ", MOST: "≥ "}.get(power, "")
        parts += [
            text(f"{sign}{10.0**power:g}", x=place_of(10.0**power), y=y, class_="axis") for y in (TOP - 8, bottom + 16)
        ]
    return parts


def bands(chapters: Sequence[str], height: float) -> list[Element]:
    """The names of the chapters, and a line above each."""
    parts = []
    for position, chapter in enumerate(chapters):
        y = TOP + height * position
        parts.append(element("line", x1=LEFT, x2=LEFT + ACROSS, y1=f"{y:g}", y2=f"{y:g}", class_="grid"))
        parts.append(text(chapter, x=LEFT - 10, y=y + height / 2 + 4, class_="axis", anchor="end"))
    return parts


def place_of(ratio: float) -> float:
    """Where a ratio stands."""
    power = MOST if math.isinf(ratio) else math.log10(max(ratio, 10.0**LEAST))
    return LEFT + ACROSS * (min(power, MOST) - LEAST) / (MOST - LEAST)


def mark(hue: int | None, shape: int, x: float, y: float, said: str) -> Element:
    """A disc, a square, a diamond or a triangle; its words are shown by a pointer that rests on it.

    From the twelfth on hues are repeated, and the marks are hollow.
    """
    kind = "mark" if hue is None else f"mark mark-{hue % HUES}{' hollow' if hue >= HUES else ''}"
    reach = RADIUS + 0.5
    corners = (
        (),
        ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        ((0, -reach), (reach, 0), (0, reach), (-reach, 0)),
        ((0, -reach), (reach, reach - 1), (-reach, reach - 1)),
    )[shape % 4]
    words_of = element("title", said)
    if not corners:
        return element("circle", words_of, cx=f"{x:.1f}", cy=f"{y:g}", r=RADIUS - 0.5, class_=kind)
    points = " ".join(f"{x + right:.1f},{y + down:.1f}" for right, down in corners)
    return element("polygon", words_of, points=points, class_=kind)


def words(worst: Worst, title: str) -> str:
    """The largest error of each implementation, and the chapter in which it is."""
    told = []
    for (name, precision), ratios in worst.items():
        chapter = max(ratios, key=lambda chapter: ratios[chapter], default=None)
        found = f"{number(ratios[chapter])} in {chapter}" if chapter else "nothing compared"
        told.append(f"{name}, {precision}: {found}")
    return f"{title} {'; '.join(told)}."
