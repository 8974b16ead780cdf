"""Wrong adapters of PyTorch are told which rule they break, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")


@pytest.mark.parametrize(
    "adapter, rule, title",
    [
        ("SwappedGates", "LAY-1", "Gate order"),
        ("MergedBias", "GRU-3", "Candidate, reset after"),
        ("PaddedState", "SEQ-3", "Final state"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(adapter: str, rule: str, title: str, tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rnnspec_conformance.cli", "validate"),
            *("--adapter", f"wrong_torch_adapters:{adapter}", "--mode", "batch-first", "--dtype", "float32"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.endswith(f". Rules broken: {rule}"), last
    assert f"(float32, batch-first) differs: {rule} {title}\n" in done.stdout
