"""The page of the draws says which mistakes that nobody had seen are noticed."""

from __future__ import annotations

from pathlib import Path

from rnnspec_docs.unseen import places
from rnnspec_workshop.unseen.measuring import Noticed
from rnnspec_workshop.unseen.unseen_json import FILE, text_of

from .small_site import page, written

FOUND = {
    "c": {
        "f01-unit-forget-bias": Noticed(case="lstm-without-bias", after=8, tried=8),
        "f02-printed-constants": Noticed(case=None, after=619, tried=619),
        "f03-sigmoid-table": Noticed(case=None, after=None, tried=2000),
        "f06-skip-by-first-row": Noticed(case=None, after=12, tried=12),
    }
}
PAGES = {"docs/index": "# Index\n\n```{unseen}\n```\n"}


def test_a_site_without_a_file_says_that_nothing_is_measured_yet(tmp_path: Path) -> None:
    assert "Not measured yet." in page(written(tmp_path, (), PAGES)).get_text()


def test_each_set_has_its_shares_two_curves_and_what_a_default_run_misses(tmp_path: Path) -> None:
    root = written(tmp_path, (), PAGES)
    (root / "conformance" / "results").mkdir(exist_ok=True)
    (root / "conformance" / "results" / FILE).write_text(text_of(FOUND, seed=1, draws=2000), encoding="utf-8")
    found = page(root)
    [line] = found.select("table")[0].select("tbody tr")
    assert [cell.get_text().strip() for cell in line.select("td")] == ["c", "4", "25 %", "50 %", "50 %", "75 %", "50 %"]
    assert [len(drawing.select("polyline")) for drawing in found.select("svg.plot")] == [1, 1]
    assert "set c from 25 to 75" in str(found.select("svg.plot")[0]["aria-label"])
    missed = found.select_one("details.cases")
    assert missed is not None
    assert "2 mistakes that a default run does not notice" in missed.get_text()
    assert "after 619 draws" in missed.get_text()
    assert "not in 2,000 draws" in missed.get_text()


def test_the_places_of_a_curve_are_whole_numbers_to_the_end() -> None:
    found = places(2000)
    assert found[:3] == [1, 2, 3]
    assert found[-1] == 2000
    assert found == sorted(set(found))
