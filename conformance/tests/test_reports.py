"""Reports as files: what they say, and that no text of an implementation becomes markup."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest

from rnnspec_conformance.reports import junit, page
from rnnspec_conformance.reports.histogram import EDGES, FIRST_BEYOND, counts_of, histogram
from rnnspec_conformance.reports.markup import as_xml, element, legal
from rnnspec_conformance.reports.wording import line_of
from rnnspec_conformance.results import Run

from .made_runs import row, run_of

HOSTILE = "</script></style><script>alert(1)</script> & \"quotes\" 'too' \x00\x1b[31m\ud800 ]]> <b"
ROWS = (
    row("lstm-one-step", "passed", ratio=0.05, error=5e-17, tolerance=1e-15, field="y"),
    row("lstm-forward", "passed", ratio=0.5, error=5e-8, tolerance=1e-7, field="y", precision="float32"),
    row(
        "gru-after-keep-forward",
        "differs",
        ratio=40.0,
        error=4e-6,
        tolerance=1e-7,
        field="final[0][0].h",
        rule="GRU-3",
        message="c differs: GRU-3\n  see again  rnnspec validate --case c",
    ),
    row("lstm-forward", "errored", reason="RuntimeError: no kernel", rule="LSTM-4", message="d errored: LSTM-4"),
    row("peephole-new-forward", "unsupported", reason="no peepholes"),
    row("lstm-one-step", "deviates", precision="float32", ratio=3.0, field="y", rule="LSTM-1", reason="adds 1"),
)
RUN = run_of(*ROWS)
OTHER = run_of(row("lstm-forward", "passed", ratio=0.1, field="y"), adapter="other", device="cuda")
HOSTILE_RUN = run_of(
    row(HOSTILE, "errored", reason=HOSTILE, message=HOSTILE, mode=HOSTILE, field=HOSTILE),
    row("b", "unsupported", reason=HOSTILE, precision=HOSTILE),
    row("c", "differs", ratio=math.inf, field=HOSTILE, rule="LSTM-1", message=HOSTILE),
    adapter=HOSTILE,
    device=HOSTILE,
    provenance={HOSTILE: HOSTILE},
)

# The elements and attributes of JUnit's XML as Jenkins reads it: required, then allowed.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name"}, {"time", "classname", "group"}),
    "failure": (set(), {"type", "message"}),
    "error": (set(), {"type", "message"}),
    "skipped": (set(), {"type", "message"}),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def assert_is_junit(node: Element) -> None:
    required, optional = JUNIT[node.tag]
    assert required <= set(node.attrib) <= required | optional, node.tag
    assert {child.tag for child in node} <= CHILDREN.get(node.tag, set())
    for child in node:
        assert_is_junit(child)


def assert_counts_itself(node: Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if name in node.attrib:
            assert int(node.attrib[name]) == len(list(node.iter(tag))), name


@pytest.mark.parametrize("runs", [[RUN], [RUN, OTHER], [HOSTILE_RUN], [run_of()]])
def test_the_junit_file_has_the_structure_that_is_read(runs: Sequence[Run]) -> None:
    root = ET.fromstring(junit(runs).encode())
    assert root.tag == "testsuites"
    assert_is_junit(root)
    assert_counts_itself(root)
    assert len(root) == len(runs)
    for suite, run in zip(root, runs, strict=True):
        assert_counts_itself(suite)
        assert len(suite.findall("testcase")) == len(run.rows)


def test_the_junit_file_says_what_came_of_each_trial() -> None:
    root = ET.fromstring(junit([RUN, OTHER]).encode())
    assert [suite.get("name") for suite in root] == ["some on cpu", "other on cuda"]
    cases = {case.get("name"): case for case in root[0].findall("testcase")}
    assert [case.get("classname") for case in cases.values()] == [
        "some-cpu.LSTM",
        "some-cpu.LSTM",
        "some-cpu.GRU",
        "some-cpu.LSTM",
        "some-cpu.PEEP",
        "some-cpu.LSTM",
    ]
    assert list(cases["lstm-one-step-float64-default"]) == []
    (failure,) = cases["gru-after-keep-forward-float64-default"]
    assert (failure.tag, failure.get("type")) == ("failure", "GRU-3")
    message = failure.get("message") or ""
    assert message.startswith("final[0][0].h differs by 40 times the tolerance; GRU-3 ")
    assert failure.text == ROWS[2].message
    (error,) = cases["lstm-forward-float64-default"]
    assert (error.tag, (error.get("message") or "")[:23]) == ("error", "RuntimeError: no kernel")
    (refused,) = cases["peephole-new-forward-float64-default"]
    assert (refused.tag, refused.get("type"), refused.get("message")) == ("skipped", "unsupported", "no peepholes")
    (known,) = cases["lstm-one-step-float32-default"]
    assert (known.tag, (known.get("message") or "")[:6]) == ("skipped", "adds 1")
    assert ("some", "1.0") in {(p.get("name"), p.get("value")) for p in root[0].iter("property")}


class Page(HTMLParser):
    """The elements of a page, their attributes, and the text in them."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def said(self) -> str:
        return "".join(self.text)


def test_no_text_becomes_markup() -> None:
    text = page([HOSTILE_RUN])
    read = Page(text)
    assert read.all("script") == []
    assert len(read.all("style")) == 1
    assert "\ud800" not in text
    assert "\x00" not in text
    assert read.said.count(legal(HOSTILE)) >= 8


@pytest.mark.parametrize("runs", [[RUN], [RUN, OTHER], [HOSTILE_RUN], [run_of()]])
def test_a_page_asks_the_network_for_nothing(runs: Sequence[Run]) -> None:
    text = page(runs)
    read = Page(text)
    loading = {"src", "srcset", "data", "action", "poster", "background", "xlink:href"}
    links = [attributes.get("href") or "" for _, attributes in read.elements if "href" in attributes]
    assert not any(loading & set(attributes) for _, attributes in read.elements)
    assert all(link.startswith("#run-") for link in links)
    assert {tag for tag, _ in read.elements}.isdisjoint({"link", "script", "img", "iframe", "object", "base"})
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_a_page_can_be_read_by_everybody() -> None:
    read = Page(page([RUN, OTHER]))
    assert read.all("html") == [{"lang": "en"}]
    assert len(read.all("title")) == 1 + len(read.all("svg"))
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(cell.get("scope") in {"col", "row"} for cell in read.all("th"))
    assert all(figure.get("role") == "img" and figure.get("aria-label") for figure in read.all("svg"))
    boxes = [box for box in read.all("div") if box.get("class") == "scroll"]
    assert len(boxes) == len(read.all("table"))
    assert all(box.get("tabindex") == "0" and box.get("aria-label") for box in boxes)
    ids = [str(attributes["id"]) for _, attributes in read.elements if "id" in attributes]
    assert len(set(ids)) == len(ids) == 2
    assert {link.get("href") for link in read.all("a")} == {f"#{id}" for id in ids}


def test_a_page_says_everything_and_failures_first() -> None:
    said = Page(page([RUN])).said
    assert "1 differs, 1 deviates, 1 unsupported, 1 errored (6 trials in 1 mode and 2 precisions; first: lstm" in said
    assert "Rules broken: GRU-3." in said
    failure = said.index("c differs: GRU-3\n  see again  rnnspec validate --case c")
    assert said.index("Failures: 2") < failure < said.index("By chapter") < said.index("All 6 rows")
    for words in (
        "rnnspec 0.1.0",
        "RuntimeError: no kernel",
        "no peepholes",
        "adds 1",
        "5e-17",
        "1e-15",
        "the step of an LSTM without peepholes is",
    ):
        assert words in said
    assert "float32: 2 errors: the median is 1.8, the largest 3 times the tolerance" in said


def test_a_page_of_a_clean_run_has_no_failures() -> None:
    text = page([OTHER])
    assert "Failures" not in Page(text).said
    assert "1 passed. Nothing differs beyond the recorded deviations." in Page(text).said


@pytest.mark.parametrize(
    "ratio, position",
    [
        (0.0, 0),
        (0.001, 0),
        (0.0011, 1),
        (0.99, FIRST_BEYOND - 1),
        (1.0, FIRST_BEYOND - 1),
        (1.01, FIRST_BEYOND),
        (10.0, len(EDGES) - 1),
        (1e9, len(EDGES)),
        (math.inf, len(EDGES)),
    ],
)
def test_a_ratio_is_counted_where_it_belongs(ratio: float, position: int) -> None:
    counts = counts_of([ratio])
    assert counts[position] == sum(counts) == 1


def test_a_drawing_tells_what_is_beyond_the_tolerance() -> None:
    drawing = histogram([0.05, 0.05, 0.05, 5.0, math.inf])
    bars = {kind: [bar for bar in drawing.iter("rect") if bar.get("class") == kind] for kind in ("bar", "beyond")}
    assert (len(bars["bar"]), len(bars["beyond"])) == (1, 2)
    assert float(bars["bar"][0].get("height") or 0) == 3 * float(bars["beyond"][0].get("height") or 0)
    limit = next(line for line in drawing.iter("line") if line.get("class") == "limit")
    edge = float(limit.get("x1") or 0)
    assert all(float(bar.get("x") or 0) > edge for bar in bars["beyond"])
    assert all(float(bar.get("x") or 0) < edge for bar in bars["bar"])
    assert drawing.get("aria-label") == "5 errors: the median is 0.05, the largest no number times the tolerance"


def test_a_row_that_blames_no_rule_says_what_its_case_is_about() -> None:
    asked = row(
        "lstm-gradients", "differs", ratio=9.0, field="y", rule="GRAD-3", blamed=False, message="m", wrong=("y",)
    )
    run = run_of(asked)
    assert line_of(asked) == "y differs by 9 times the tolerance, in a case about GRAD-3 The LSTM"
    assert 'type="differs"' in junit([run])
    said = page([run])
    assert "in a case about GRAD-3" in said
    assert f"start with: lstm-gradients ({asked.precision}, {asked.mode}): only y differs" in said
    assert "Start with: lstm-gradients." in said


def test_an_element_is_named_as_in_python() -> None:
    made = element("a", "x", element("b"), "y", None, class_="k", stroke_width=2, title=None)
    assert as_xml(made).splitlines()[1:] == ['<a class="k" stroke-width="2">x<b />y</a>']
