"""Every finding still holds in the version of the framework that is pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnspec_workshop.finding_programs import FINDINGS, elsewhere, missing, why_not


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_holds(path: Path) -> None:
    wanted = missing(path)
    if wanted:
        pytest.skip(f"{', '.join(wanted)} not installed")
    reason = elsewhere(path)
    if reason:
        pytest.skip(reason)
    assert why_not(path) == ""


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_asserts_and_names_its_version_and_its_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "\nassert " in text
    assert "\nSeen in " in text
    assert "no upstream report found" in text or "https://github.com/" in text
