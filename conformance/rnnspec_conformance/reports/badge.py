"""A badge: the version of the specification, and what came of it, as a small SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.terminal import judged
from rnnspec_conformance.results import Run

HEIGHT = 20
CHARACTER = 6.6
PADDING = 12
LABEL = "#3f4650"
GREEN, RED, GREY = "#1a7f37", "#c42b1c", "#6b7280"


def badge(runs: Sequence[Run]) -> str:
    """The text of the file: what passed, or else how many rows are wrong, or that nothing was judged."""
    versions = {run.specification for run in runs}
    label = " ".join(["rnnspec", *(versions if len(versions) == 1 else ())])
    message, colour = _message(runs)
    left, right = (round(len(text) * CHARACTER + PADDING) for text in (label, message))
    sentence = f"{label}: {message}"
    svg = element(
        "svg",
        element("title", sentence),
        element("rect", width=left + right, height=HEIGHT, rx=3, fill=colour),
        element("path", d=f"M3 0H{left}V{HEIGHT}H3A3 3 0 0 1 0 {HEIGHT - 3}V3A3 3 0 0 1 3 0Z", fill=LABEL),
        _text(label, x=left / 2, width=left - PADDING),
        _text(message, x=left + right / 2, width=right - PADDING),
        xmlns="http://www.w3.org/2000/svg",
        width=left + right,
        height=HEIGHT,
        role="img",
        aria_label=sentence,
    )
    return tostring(svg, encoding="unicode") + "\n"


def _message(runs: Sequence[Run]) -> tuple[str, str]:
    rows = [row for run in runs for row in run.rows]
    counts = Counter(row.verdict for row in rows)
    if not judged(rows):
        return "nothing judged", GREY
    wrong = [("differ", counts["differs"]), ("outdated", counts["outdated"]), ("errored", counts["errored"])]
    if any(count for _, count in wrong):
        return ", ".join(f"{count} {word}" for word, count in wrong if count), RED
    return f"{counts['passed']} passed", GREEN


def _text(text: str, *, x: float, width: float) -> Element:
    return element(
        "text",
        text,
        x=x,
        y=14,
        fill="#fff",
        text_anchor="middle",
        textLength=width,
        font_family="Verdana,DejaVu Sans,Geneva,sans-serif",
        font_size=11,
    )
