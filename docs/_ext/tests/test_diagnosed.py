"""The page of the draws says how often the diagnosis of a mistake is right."""

from __future__ import annotations

from pathlib import Path

from rnnspec_workshop.diagnosed.diagnosed_json import FILE, text_of
from rnnspec_workshop.diagnosed.measuring import Diagnosed
from rnnspec_workshop.diagnosed.mistakes import SLIPS

from .small_site import page, written

PAGES = {"docs/index": "# Index\n\n```{diagnosed}\n```\n"}


def test_a_site_without_a_file_says_that_nothing_is_measured_yet(tmp_path: Path) -> None:
    assert "Not measured yet." in page(written(tmp_path, (), PAGES)).get_text()


def test_the_share_of_right_lines_is_said_and_each_line_is_shown(tmp_path: Path) -> None:
    root = written(tmp_path, (), PAGES)
    (root / "conformance" / "results").mkdir(exist_ok=True)
    found = {
        slip.id: Diagnosed(first=f"start with: {slip.id}", others=(), is_right=slip is not SLIPS[0]) for slip in SLIPS
    }
    (root / "conformance" / "results" / FILE).write_text(text_of(found), encoding="utf-8")
    shown = page(root)
    assert f"The first line is right for {len(SLIPS) - 1} of {len(SLIPS)} mistakes." in shown.get_text()
    lines = [[cell.get_text().strip() for cell in line.select("td, th")] for line in shown.select("tbody tr")]
    assert lines[:2] == [
        [SLIPS[0].sentence, "wrong", f"start with: {SLIPS[0].id}"],
        [SLIPS[1].sentence, "right", f"start with: {SLIPS[1].id}"],
    ]
