"""Runs as one page of HTML, which asks the network for nothing and needs no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from rnnspec_conformance.levels import level_of
from rnnspec_conformance.reports import diagnosis
from rnnspec_conformance.reports.histogram import histogram, sentence_of
from rnnspec_conformance.reports.markup import as_html, element
from rnnspec_conformance.reports.terminal import judged, succeeded, verdict_of
from rnnspec_conformance.reports.wording import line_of, number
from rnnspec_conformance.results import VERDICTS, WRONG, CataloguedRow, Row, Run, catalogued, warning

STYLE = Path(__file__).with_name("page.css")
OPEN_FAILURES = 10
"""So many failures are shown unfolded; the others show their line."""


class Column(NamedTuple):
    """The head of a column, and the class of its cells."""

    title: str
    kind: str | None = None


def page(runs: Sequence[Run]) -> str:
    """The text of the file."""
    title = f"rnnspec: {runs[0].title}" if len(runs) == 1 else f"rnnspec: {len(runs)} runs"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", STYLE.read_text(encoding="utf-8")),
    )
    links = [
        element("li", element("a", run.title, href=f"#run-{position}"), f": {verdict_of(run.rows, run.stream)}")
        for position, run in enumerate(runs, start=1)
    ]
    contents = element("nav", element("ul", *links), aria_label="Runs") if len(runs) > 1 else None
    body = element(
        "body",
        element("header", element("h1", "rnnspec report"), contents),
        element("main", *(_section(run, f"run-{position}") for position, run in enumerate(runs, start=1))),
        element(
            "footer",
            "Ratios are errors in units of the tolerance (NUM-2): up to 1 is within. ",
            "A failure ends with the command that shows it again.",
            class_="muted",
        ),
    )
    return as_html(element("html", head, body, lang="en"))


def _section(run: Run, id: str) -> Element:
    rows, unknown = catalogued(run), warning(run)
    wrong = [row for row in rows if row.verdict in WRONG]
    kind = "passed" if succeeded(run.rows, run.stream) else "errored" if judged(run.rows) else "unsupported"
    return element(
        "section",
        element("h2", run.title, id=id),
        element("p", f"{verdict_of(run.rows, run.stream)}.", class_=f"line {kind}"),
        element("p", f"{unknown}.", class_="line unsupported") if unknown else None,
        _provenance(run),
        _diagnosis(run),
        *_failures(wrong),
        element("h3", "By chapter"),
        _summary(rows),
        *_distributions(run.rows),
        *_reasons(run.rows),
        element("h3", "Every row"),
        element("details", element("summary", f"All {len(rows)} rows"), _rows(rows)),
        aria_labelledby=id,
    )


def _provenance(run: Run) -> Element:
    facts = [*run.facts(), ("level", level_of(run) or "none")]
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in facts)
    return element("dl", *pairs)


def _diagnosis(run: Run) -> Element | None:
    told = diagnosis.lines(run)
    return element("pre", "\n".join(told)) if told else None


def _failures(rows: Sequence[CataloguedRow]) -> list[Element]:
    if not rows:
        return []
    failures = []
    for position, row in enumerate(rows):
        line = element(
            "summary",
            element("code", row.trial),
            " ",
            element("strong", row.verdict, class_=row.verdict),
            f": {line_of(row)}",
        )
        text = element("pre", row.message or row.sentence)
        opened = "open" if position < OPEN_FAILURES else None
        failures.append(element("details", line, text, class_="failure", open=opened))
    return [element("h3", f"Failures: {len(rows)}"), *failures]


def _summary(rows: Sequence[CataloguedRow]) -> Element:
    chapters = list(dict.fromkeys(row.chapter for row in rows))
    groups: dict[tuple[str, str], list[CataloguedRow]] = {}
    for row in sorted(rows, key=lambda row: chapters.index(row.chapter)):
        groups.setdefault((row.chapter, row.precision), []).append(row)
    verdicts = [verdict for verdict in VERDICTS if any(row.verdict == verdict for row in rows)]
    columns = [Column("chapter"), Column("precision")]
    columns += [Column(verdict, "number") for verdict in verdicts] + [Column("worst ratio", "number")]
    lines = []
    for (chapter, precision), group in groups.items():
        counts = Counter(row.verdict for row in group)
        cells = [_count(verdict, counts[verdict]) for verdict in verdicts]
        lines.append([chapter, precision, *cells, number(max(_ratios(group), default=None))])
    return _table("Verdicts by chapter and precision", columns, lines)


def _count(verdict: str, count: int) -> Element | str:
    return element("strong", str(count), class_=verdict) if count and verdict in WRONG else str(count or "")


def _distributions(rows: Sequence[Row]) -> list[Element]:
    by_dtype = {
        precision: _ratios(row for row in rows if row.precision == precision)
        for precision in dict.fromkeys(row.precision for row in rows)
    }
    figures = [
        element("figure", element("figcaption", f"{precision}: {sentence_of(ratios)}"), histogram(ratios))
        for precision, ratios in by_dtype.items()
        if ratios
    ]
    heading = element("h3", "Errors in units of the tolerance")
    return [heading, element("div", *figures, class_="figures")] if figures else []


def _reasons(rows: Sequence[Row]) -> list[Element]:
    explained = Counter((row.verdict, row.reason) for row in rows if row.verdict in ("deviates", "unsupported"))
    if not explained:
        return []
    columns = [Column("verdict"), Column("rows", "number"), Column("reason", "wrap")]
    lines = [[verdict, str(count), reason] for (verdict, reason), count in explained.most_common()]
    return [element("h3", "Reasons"), _table("Why rows deviate or are unsupported", columns, lines)]


def _rows(rows: Sequence[CataloguedRow]) -> Element:
    columns = [
        Column("case"),
        Column("precision", "word"),
        Column("mode", "word"),
        Column("verdict", "verdict"),
        Column("ratio", "number"),
        Column("error", "number"),
        Column("tolerance", "number"),
        Column("field", "word"),
        Column("broken rule"),
        Column("reason", "long"),
        Column("rules", "long"),
        Column("what holds", "long"),
    ]
    lines: list[list[Element | str]] = [
        [
            row.case,
            row.precision,
            row.mode,
            element("span", row.verdict, class_=row.verdict),
            number(row.ratio),
            number(row.error),
            number(row.tolerance),
            row.field,
            (row.rule or "") if row.blamed else "",
            row.reason,
            " ".join(row.rules),
            row.sentence,
        ]
        for row in rows
    ]
    return _table("Every row, in the order of the catalogue", columns, lines)


def _table(caption: str, columns: Sequence[Column], lines: Iterable[Sequence[Element | str]]) -> Element:
    """A table in a box of its own, in which it scrolls, also by the keyboard."""
    head = element("tr", *(element("th", column.title, scope="col", class_=column.kind) for column in columns))
    body = [
        element(
            "tr",
            element("th", line[0], scope="row"),
            *(element("td", cell, class_=column.kind) for column, cell in zip(columns[1:], line[1:], strict=True)),
        )
        for line in lines
    ]
    table = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _ratios(rows: Iterable[Row]) -> list[float]:
    return [row.ratio for row in rows if row.ratio is not None]
