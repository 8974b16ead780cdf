"""Plots of series that the suite has committed: lines over an axis, told apart by colour, dashes and words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import element
from rnnspec_figures.svg import drawing, text

LEFT, TOP, ACROSS, DOWN, BELOW, LINE = 64, 12, 560, 240, 44, 20
DECADES = 3
"""From how many powers of ten on the vertical axis is logarithmic."""


def plot(series: Mapping[str, Any], *, logarithmic: bool = False) -> Element:
    """A series: ``title``, ``horizontal``, ``vertical``, ``at``, and ``lines`` by name.

    A line may have fewer values than there are places on the horizontal axis, which is by powers of ten where that is
    asked for.
    """
    at, lines = series["at"], {name: list(map(float, values)) for name, values in series["lines"].items()}
    level, ticks = vertical([value for values in lines.values() for value in values])
    place = math.log10 if logarithmic else float
    first, last = place(min(at)), place(max(at))
    parts: list[Element] = []
    for tick in ticks:
        y = TOP + DOWN * (1 - level(tick))
        parts.append(element("line", x1=LEFT, x2=LEFT + ACROSS, y1=f"{y:g}", y2=f"{y:g}", class_="grid"))
        parts.append(text(f"{tick:g}", x=LEFT - 8, y=y + 4, class_="axis", anchor="end"))
    for tick in decades(min(at), max(at)) if logarithmic else steps(first, last):
        x = LEFT + ACROSS * (place(tick) - first) / (last - first)
        parts.append(text(f"{tick:g}", x=x, y=TOP + DOWN + 18, class_="axis"))
    parts.append(text(series["horizontal"], x=LEFT + ACROSS / 2, y=TOP + DOWN + 36, class_="axis"))
    for position, (name, values) in enumerate(lines.items()):
        points = [
            f"{LEFT + ACROSS * (place(x) - first) / (last - first):.1f},{TOP + DOWN * (1 - level(y)):.1f}"
            for x, y in zip(at, values, strict=False)
        ]
        kind = f"line line-{position % 8}"
        parts.append(element("polyline", points=" ".join(points), class_=kind))
        y = TOP + DOWN + BELOW + LINE * (position // 2) + 10
        x = LEFT + (position % 2) * ACROSS / 2
        parts.append(element("line", x1=f"{x:g}", x2=f"{x + 34:g}", y1=f"{y:g}", y2=f"{y:g}", class_=kind))
        parts.append(text(name, x=x + 42, y=y + 4, class_="legend", anchor="start"))
    height = TOP + DOWN + BELOW + LINE * math.ceil(len(lines) / 2) + 8
    return drawing(parts, width=LEFT + ACROSS + 20, height=height, title=words(series, lines), class_="plot")


def words(series: Mapping[str, Any], lines: Mapping[str, Sequence[float]]) -> str:
    """Where each line begins and ends."""
    told = "; ".join(f"{name} from {values[0]:.3g} to {values[-1]:.3g}" for name, values in lines.items())
    at = series["at"]
    return f"{series['title']}. {series['vertical']}, {series['horizontal']} from {at[0]:g} to {at[-1]:g}: {told}."


def vertical(values: Sequence[float]) -> tuple[Any, list[float]]:
    """Where a value stands between 0 and 1, and the marks: by powers of ten where the values span many."""
    positive = [value for value in values if value > 0]
    low, high = min(values), max(values)
    if low >= 0 and positive and high > 10**DECADES * min(positive):
        least, most = math.floor(math.log10(min(positive))), math.ceil(math.log10(high))
        stride = max(1, math.ceil((most - least) / 6))
        marks = [10.0**power for power in range(most, least - 1, -stride)]
        return lambda value: (math.log10(max(value, 10.0**least)) - least) / (most - least), marks
    marks = steps(low, high)
    low, high = min(low, marks[0]), max(high, marks[-1])
    return lambda value: (value - low) / ((high - low) or 1.0), marks


def decades(low: float, high: float) -> list[float]:
    """The powers of ten from one number to another."""
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def steps(low: float, high: float) -> list[float]:
    """Some five round numbers that lie between two."""
    span = (high - low) or 1.0
    rough = 10 ** math.floor(math.log10(span / 5))
    stride = next(rough * factor for factor in (1, 2, 5, 10) if span / (rough * factor) <= 6)
    return [stride * count for count in range(math.ceil(low / stride), math.floor(high / stride) + 1)]
