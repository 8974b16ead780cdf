"""The pages say of results what the results say, and lead to where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from rnnspec_conformance.deviations import Deviation
from rnnspec_docs.findings import held

from .small_site import built, row, run, written

RUNS = (
    run(
        "torch",
        [
            row("rnn-tanh-one-step"),
            row("rnn-tanh-one-step", mode="second"),
            row("rnn-tanh-forward", "deviates", ratio=math.inf, field="dx", rule="RNN-2", reason="as recorded"),
            row(
                "rnn-tanh-forward",
                "deviates",
                ratio=math.inf,
                field="dx",
                rule="RNN-2",
                reason="as recorded",
                mode="second",
            ),
            row("rnn-relu-one-step", "differs", ratio=7.0, error=7.0, tolerance=1.0, field="y", message="y < <script>"),
            row("rnn-relu-one-step", "unsupported", reason="no <such> option", mode="second"),
        ],
    ),
    run("onnxruntime", [row("rnn-tanh-one-step", "unsupported", reason="no")], selection="forward"),
    run("torch-cells", [row("rnn-tanh-one-step")], shard=(1, 2)),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, warnings = built(written(tmp_path_factory.mktemp("site"), RUNS))
    assert warnings == ""
    return folder


def page(site: Path, name: str) -> Tag:
    return main((site / f"{name}.html").read_text(encoding="utf-8"))


def main(text: str) -> Tag:
    body = BeautifulSoup(text, "html.parser").select_one("#furo-main-content")
    assert body is not None
    return body


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def table(tag: Tag) -> Iterator[list[Tag]]:
    for line in tag.select("tr"):
        yield line.select("td, th")


def links(tag: Tag) -> list[str]:
    return [str(link["href"]) for link in tag.select("a[href]")]


def test_a_cell_of_the_matrix_counts_what_passed_of_what_was_computed(site: Path) -> None:
    lines = {words(cells[0]): cells for cells in table(page(site, "docs/conformance").select("table")[0])}
    cell = lines["torch"][2]
    assert words(cell) == "2/5 RNN-2"
    assert links(cell) == ["results/torch-cpu.html#chapter-rnn", "../spec/rnn.html#rnn-2"]
    assert "1 differs" in str(cell.select_one("a[title*='worst ratio no number']"))
    assert links(lines["torch"][3]) == ["#errors-torch"]
    assert words(lines["onnxruntime"][2]) == "refused"


def test_a_part_of_a_run_is_no_row_of_the_matrix(site: Path) -> None:
    matrix = page(site, "docs/conformance").select_one("#matrix-cpu")
    assert "Not run: torch-cells." in words(matrix)


def test_the_matrix_leads_to_the_rules_and_the_cases_of_a_chapter(site: Path) -> None:
    lines = {words(cells[0]): cells for cells in table(page(site, "docs/conformance").select("table")[0])}
    assert links(lines["implementation"][2]) == ["../spec/rnn.html"]
    assert links(lines["rules"][2]) == ["rules/rnn.html"]
    assert links(lines["cases"][2]) == ["cases.html#cases-rnn"]


def test_the_drawing_of_errors_has_what_was_measured(site: Path) -> None:
    drawing = page(site, "docs/conformance").select_one("#errors-torch svg")
    assert drawing is not None
    assert "torch, float64: no number in RNN" in str(drawing["aria-label"])


def test_a_result_that_blames_a_rule_counts_under_that_rule_alone(site: Path) -> None:
    first, second = [words(line) for line in page(site, "docs/rules").select("tbody tr")]
    assert first.endswith("1 differs, 1 passed, 1 unsupported")
    assert second.endswith("1 differs, 1 passed, 1 unsupported")
    of_first, of_second = (
        {words(cells[0]): [words(cell) for cell in cells[2:]] for cells in table(found)}
        for found in page(site, "docs/rules/rnn").select("table")
        if "implementation" in words(found)
    )
    assert of_first["torch"] == ["2", "1", "0", "1", "0", "7"]
    assert of_second["torch"] == ["2", "1", "2", "1", "0", "no number"]


def test_an_entry_has_the_mutants_and_the_text_of_its_rule(site: Path) -> None:
    entry = page(site, "docs/rules/rnn")
    assert "It MUST hold." in words(entry.select_one("#rnn-1"))
    assert "without a bias" in words(entry.select_one("#rnn-1 ~ div details"))
    assert links(page(site, "docs/rules").select("tbody tr")[1])[-1] == "rules/rnn.html#rnn-2"


def test_the_overview_leads_to_the_page_of_each_run(site: Path) -> None:
    line = page(site, "docs/results").select_one("#results-torch-cpu")
    assert line is not None
    assert links(line) == ["results/torch-cpu.html"]
    assert words(line) == "torch on cpu float64 2 1 2 1 0 no number"


def test_the_page_of_a_run_has_each_row_and_joins_modes_that_say_the_same(site: Path) -> None:
    rows = page(site, "docs/results/torch-cpu").select("#chapter-rnn + details tbody tr")
    assert [words(line.select("td")[-8]) for line in rows] == ["first, second", "first, second", "first", "second"]
    assert "no number" in words(rows[1])
    assert links(rows[0])[0] == "../cases.html#case-rnn-tanh-one-step"
    assert links(rows[0])[1:] == ["../../spec/rnn.html#rnn-1", "../../spec/rnn.html#rnn-2"]


def test_what_a_run_says_never_becomes_markup(site: Path) -> None:
    text = page(site, "docs/results/torch-cpu")
    assert words(text.select_one("#failures ~ details pre")) == "y < <script>"
    assert text.select("script, such") == []
    assert "no <such> option" in words(text)
    assert page(site, "docs/findings").select("b") == []


def test_the_landing_page_counts_adapters_and_outcomes(site: Path) -> None:
    told = [words(item) for item in page(site, "docs/index").select("ul.headline li")]
    assert "1 of 2 misreadings found by them" in told
    assert "3 adapters judged" in told
    assert "3 outcomes passed; 2 deviate, 1 differ" in told


def test_a_finding_has_its_words_its_addresses_and_its_program(site: Path) -> None:
    finding = page(site, "docs/findings").select_one("#finding-torch-does-wrong")
    assert finding is not None
    assert "The layer of torch does <b>what</b> it should not." in words(finding)
    assert "https://example.org/known" in links(finding)
    assert 'print("found")' in finding.get_text()
    assert "findings.html#finding-torch-does-wrong" in links(page(site, "docs/torch"))


def test_a_layout_has_a_card_a_drawing_and_code(site: Path) -> None:
    layout = page(site, "docs/torch").select_one("#layout-torch-nn-lstm-lstm")
    assert layout is not None
    assert ["gate order", "i f g o"] in [[words(cell) for cell in cells] for cells in table(layout)]
    assert layout.select_one("svg.packed") is not None
    assert "def parameters_of(native):" in layout.get_text()


def test_on_one_page_links_lead_to_a_place_of_it_and_the_others_are_words(site: Path) -> None:
    folder, warnings = built(site.parents[1], "singlehtml")
    assert warnings == ""
    text = (folder / "docs" / "index.html").read_text(encoding="utf-8")
    body = main(text)
    assert "torch on cpu" in words(body)
    assert "torch-cpu.html" not in text
    inside = {link for link in links(body) if link.startswith("#")}
    assert "#rnn-2" in inside
    ids = {str(part["id"]) for part in BeautifulSoup(text, "html.parser").select("[id]")}
    assert {link for link in inside if link[1:] not in ids} == set()


@pytest.mark.parametrize(
    "directive, argument, message",
    [
        ("rule-index", "NONE", "rule-index: wanted one of PAR, "),
        ("rule-traces", "NONE", "rule-traces: wanted one of PAR, "),
        ("layouts", "none", "layouts: wanted one of "),
        ("deviations", "none", "deviations: wanted the family of a registered adapter, got 'none'"),
        ("implementations", "NONE", "implementations: wanted a chapter that some result has, got 'NONE'"),
    ],
)
def test_a_wrong_argument_is_told(directive: str, argument: str, message: str, tmp_path: Path) -> None:
    pages = {"docs/index": f"# Index\n\n```{{{directive}}} {argument}\n```\n"}
    assert message in built(written(tmp_path, RUNS, pages))[1]


def test_a_file_of_results_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    root = written(tmp_path, RUNS, {"docs/index": "# Index\n\n```{headline}\n```\n"})
    (root / "conformance" / "results" / "torch-gpu.json").write_text('{"adapter": "torch", "schema": 1}')
    warnings = built(root)[1]
    assert "torch-gpu.json: schema: wanted 3, got 1" in warnings


def test_a_deviation_says_with_what_alone_it_holds() -> None:
    one = Deviation(cases=("a",), kind="differs", reason="r", link="b", since="some 1.0")
    assert held(one) == "some 1.0"
    narrow = replace(one, versions=("some <2",), processor=("AVX2", "AVX512F"))
    assert held(narrow) == "some 1.0; only some <2, processors with AVX2, AVX512F"
