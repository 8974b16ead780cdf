"""Findings: programs of ``conformance/findings/`` that fail as soon as the defect that they show is mended."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from rnnspec_conformance.holding import holds_for, is_older, requirement, seen_in
from rnnspec_conformance.processor import PROCESSOR, processor

FOLDER = Path(__file__).parents[2] / "conformance" / "findings"
FINDINGS = sorted(FOLDER.glob("*.py"))
SECONDS = 600
SEEN = re.compile(r"^Seen in (.+?);", re.MULTILINE)
ON_PROCESSOR = re.compile(r"\bHolds only on a processor with ([\w ,]*\w)\.")
WITH_VERSIONS = re.compile(r"\bHolds only with (\S+ [^\s;]+?)\.(?:\s|$)")
"""What a finding says of where it was seen, and of where alone it holds."""


def missing(path: Path) -> list[str]:
    """What a finding needs and is not installed here."""
    text = path.read_text(encoding="utf-8")
    imported = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    backends = re.findall(r'"(jax|tensorflow|torch)"', text)  # which Keras imports by their names
    needed = {path.stem.partition("_")[0], *imported, *backends}
    return [name for name in sorted(needed) if importlib.util.find_spec(name) is None]


def elsewhere(path: Path) -> str:
    """Why a finding need not hold with what is installed here, or on this processor; empty where it has to."""
    text = path.read_text(encoding="utf-8")
    since = "".join(SEEN.findall(text))
    versions = WITH_VERSIONS.findall(text)
    wanted = ", ".join(ON_PROCESSOR.findall(text)).replace(",", " ").split()
    named = {name for name, _ in seen_in(since)} | {requirement(one).name for one in versions}
    installed = {name: importlib.metadata.version(name) for name in named if _is_installed(name)}
    here = {**installed, PROCESSOR: processor()}
    told = ", ".join(f"{name} {version}" for name, version in installed.items())
    if is_older(since, here):
        return f"seen first in {since}, which is newer than {told}"
    if not holds_for(versions, (), here):
        return f"holds only with {', '.join(versions)}; installed is {told or 'none of it'}"
    if not holds_for((), wanted, here):
        return f"does not hold on this processor: wanted one with {', '.join(wanted)}, got {processor()}"
    return ""


def _is_installed(name: str) -> bool:
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False


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
