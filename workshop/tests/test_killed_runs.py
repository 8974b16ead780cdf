"""Runs that are killed lose nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

KILLS = 5
"""``nox -s killed-runs`` kills a hundred."""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a signal of POSIX systems")
def test_runs_that_are_killed_lose_nothing() -> None:
    killing = [sys.executable, "-m", "rnnspec_workshop", "killed-runs", "--kills", str(KILLS), "--seed", "3"]
    done = subprocess.run(killing, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{KILLS} runs: ")
    assert done.stdout.endswith("; nothing was lost\n")
