"""Wrong adapters of ONNX Runtime are told which rule they break, and no other.

Each is judged by cases in which ONNX Runtime itself does not depart from the text.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

for needed in ("onnx", "onnxruntime"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")


@pytest.mark.parametrize(
    "adapter, rule, title, cases",
    [
        (
            "SwappedGates",
            "LAY-1",
            "Gate order",
            ["lstm-layout-*", "peephole-*-forward", "lstm-*-lengths", "lstm-forward"],
        ),
        ("ForgottenSign", "GRU-6", "Update, take", ["gru-after-*", "gru-before-*"]),
        ("MergedBias", "GRU-3", "Candidate, reset after", ["gru-after-*", "gru-before-*"]),
        ("IgnoredLengths", "SEQ-9", "Lengths", ["*-lengths"]),
        ("ExchangedDirections", "SEQ-7", "Bidirectional", ["*-bidirectional*"]),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, rule: str, title: str, cases: list[str], tmp_path: Path
) -> None:
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rnnspec_conformance.cli", "validate"),
            *("--adapter", f"wrong_onnx_adapters:{adapter}", "--mode", "opset-22", "--dtype", "float32"),
            *("--cases", "forward", *(part for case in cases for part in ("--case", case))),
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
    assert f"(float32, opset-22) differs: {rule} {title}\n" in done.stdout
