"""Runs as JUnit's XML: a suite for each, a test for each row.

What is recorded or refused is skipped, with the reason, as pytest does with an expected failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from rnnspec_conformance.reports.markup import as_xml, element
from rnnspec_conformance.reports.wording import line_of
from rnnspec_conformance.results import CataloguedRow, Row, Run, catalogued

TAGS = {
    "differs": "failure",
    "outdated": "failure",
    "errored": "error",
    "deviates": "skipped",
    "unsupported": "skipped",
}


def junit(runs: Sequence[Run]) -> str:
    """The text of the file."""
    rows = [row for run in runs for row in run.rows]
    return as_xml(element("testsuites", *map(_suite, runs), name="rnnspec", **_counts(rows)))


def _suite(run: Run) -> Element:
    properties = [element("property", name=name, value=value) for name, value in run.facts()]
    tests = [_test(run, row) for row in catalogued(run)]
    skipped = sum(TAGS.get(row.verdict) == "skipped" for row in run.rows)
    return element(
        "testsuite",
        element("properties", *properties),
        *tests,
        name=run.title,
        **_counts(run.rows),
        skipped=skipped,
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    tags = Counter(TAGS.get(row.verdict) for row in rows)
    return {"tests": len(rows), "failures": tags["failure"], "errors": tags["error"]}


def _test(run: Run, row: CataloguedRow) -> Element:
    classname = f"{run.adapter}-{run.device}.{row.chapter}"
    return element("testcase", *_outcome(row), classname=classname, name=row.trial)


def _outcome(row: Row) -> list[Element]:
    if row.verdict not in TAGS:
        return []
    kind = row.rule or row.verdict
    return [element(TAGS[row.verdict], row.message or None, message=line_of(row), type=kind)]
