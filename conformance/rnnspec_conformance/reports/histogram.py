"""The errors of a run in units of their tolerances, drawn: how many lie where, on a logarithmic axis."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from statistics import median
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.wording import number

EDGES = tuple(10.0 ** (exponent / 2) for exponent in range(-6, 3))
"""From 0.001 to 10, two to a decade."""

FIRST_BEYOND = 1 + EDGES.index(1.0)
STEP, TALLEST, TOP = 34, 90, 22
WIDTH, BASE = STEP * (len(EDGES) + 1), TOP + TALLEST
HEIGHT = BASE + 22


def counts_of(ratios: Sequence[float]) -> list[int]:
    """How many lie below the first edge, between each two, and from the last on. An edge itself lies below it."""
    counts = [0] * (len(EDGES) + 1)
    for ratio in ratios:
        counts[bisect_right(EDGES, math.nextafter(ratio, -math.inf))] += 1
    return counts


def sentence_of(ratios: Sequence[float]) -> str:
    """What the drawing shows, in words."""
    middle, largest = number(median(ratios)), number(max(ratios))
    return f"{len(ratios)} errors: the median is {middle}, the largest {largest} times the tolerance"


def histogram(ratios: Sequence[float]) -> Element:
    """The drawing of some ratios."""
    return drawing(counts_of(ratios), sentence_of(ratios))


def drawing(counts: Sequence[int], sentence: str) -> Element:
    """The drawing of ratios that were counted by `counts_of`, and what it shows, in words.

    Its colours are those of the classes ``bar``, ``beyond``, ``axis`` and ``limit``.
    """
    parts: list[Element] = []
    for position, count in enumerate(counts):
        height = round(TALLEST * count / max(counts), 1)
        if count:
            kind = "beyond" if position >= FIRST_BEYOND else "bar"
            left, top = STEP * position, BASE - height
            parts.append(element("rect", class_=kind, x=left + 2, y=top, width=STEP - 4, height=height))
            parts.append(element("text", str(count), x=left + STEP / 2, y=top - 4))
    limit = STEP * FIRST_BEYOND
    parts.append(element("line", class_="axis", x1=0, x2=WIDTH, y1=BASE, y2=BASE))
    parts.append(element("line", class_="limit", x1=limit, x2=limit, y1=0, y2=BASE + 5))
    parts.append(element("text", "tolerance", x=limit + 32, y=10))
    for position, edge in enumerate(EDGES):
        if position % 2 == 0:
            parts.append(element("text", f"{edge:g}", x=STEP * (position + 1), y=BASE + 18))
    return element(
        "svg",
        element("title", sentence),
        *parts,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=sentence,
        class_="histogram",
    )
