"""Findings: programs of ``conformance/findings/`` that fail as soon as the defect that they show is mended."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "conformance" / "findings"
FINDINGS = sorted(FOLDER.glob("*.py"))
SECONDS = 600


def missing(path: Path) -> list[str]:
    """What a finding needs and is not installed here."""
    text = path.read_text(encoding="utf-8")
    imported = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    backends = re.findall(r'"(jax|tensorflow|torch)"', text)  # which Keras imports by their names
    needed = {path.stem.partition("_")[0], *imported, *backends}
    return [name for name in sorted(needed) if importlib.util.find_spec(name) is None]


def why_not(path: Path) -> str:
    """What a finding says where it does not hold, which is mostly an assertion; empty where it holds."""
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"ran for longer than {SECONDS} s"
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1]
