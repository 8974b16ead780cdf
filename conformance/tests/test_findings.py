"""Every finding still holds in the version of the framework that is pinned."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "findings"
FINDINGS = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_holds(path: Path) -> None:
    imported = re.findall(r"^(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = sorted({path.stem.partition("_")[0], *imported})
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    command = [sys.executable, "-W", "ignore", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_asserts_and_names_its_version_and_its_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "\nassert " in text
    assert "\nSeen in " in text
    assert "no upstream report found" in text or "https://github.com/" in text
