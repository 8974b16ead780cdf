"""What an adapter that is wrong on purpose is told: run ``rnnspec validate`` on it, and read the verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def assert_told(
    adapter: str, rule: str, folder: Path, *, mode: str, cases: Iterable[str] = (), options: str = ""
) -> None:
    """Judge ``module:Class`` of this folder in float32: it breaks `rule` and no other, and a report names that rule."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rnnspec_conformance.cli", "validate", "--adapter", adapter),
            *("--mode", mode, "--precision", "float32", "--draws", "0", *options.split()),
            *(part for case in cases for part in ("--case", case)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.endswith(f". Rules broken: {rule}"), done.stdout
    assert f"(float32, {mode}) differs: {rule} " in done.stdout
