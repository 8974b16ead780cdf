"""A badge: the version of the specification, and what came of it, as a small SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from xml.etree.ElementTree import Element, tostring

from rnnspec import Cell
from rnnspec_conformance.levels import LEVELS
from rnnspec_conformance.reports.claim import NoClaimError, cells_of, check, deviations_of
from rnnspec_conformance.reports.counting import plural
from rnnspec_conformance.reports.markup import element
from rnnspec_conformance.reports.terminal import judged
from rnnspec_conformance.results import WRONG, Run
from rnnspec_conformance.results.whole import why_not_whole

HEIGHT = 20
CHARACTER = 6.6
PADDING = 12
LABEL = "#3f4650"
GREEN, RED, GREY = "#1a7f37", "#c42b1c", "#6b7280"


def badge(runs: Sequence[Run]) -> str:
    """The text of the file: the level (CONF-4) and what deviates; or what is wrong, or why there is no level."""
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
    """The lowest level of the runs and their recorded deviations; or what keeps them from having one."""
    rows = [row for run in runs for row in run.rows]
    if not judged(rows):
        return "nothing judged", GREY
    wrong = {(run.adapter, row.case) for run in runs for row in run.rows if row.verdict in WRONG}
    failures = sum(run.stream["failures"] for run in runs if run.stream is not None)
    counts = [(len(wrong), "case"), (failures, "draw")]
    if any(count for count, _ in counts):
        return f"{' and '.join(plural(count, word) for count, word in counts if count)} wrong", RED
    try:
        level = min((check(run) for run in runs), key=LEVELS.index)
    except NoClaimError:
        part = next(filter(None, map(why_not_whole, runs)), None)
        return f"no level: {part}" if part else "no level", GREY
    cells = sorted({cell for run in runs for cell in cells_of(run)})
    of_cells = f" of {', '.join(cells)}" if len(cells) < len(get_args(Cell)) else ""
    recorded = len({(run.adapter, reason) for run in runs for reason in deviations_of(run)})
    known = f", {plural(recorded, 'deviation')}" if recorded else ""
    return f"{level}{of_cells}{known}", GREEN


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
