"""Wrong adapters of Keras and TensorFlow are told which rule they break."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

for needed in ("tensorflow", "keras", "tf_keras"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")


@pytest.mark.parametrize(
    "adapter, mode, cases, rules",
    [
        ("SwappedGates", "eager", ["lstm-layout-probe"], "LAY-1"),
        ("UnflippedReverse", "eager", ["lstm-reverse", "lstm-forward"], "SEQ-5"),
        ("ForgottenLengths", "eager", ["rnn-gradients-in-the-padding", "rnn-tanh-one-step"], "SEQ-9"),
        ("ForgottenForgetBias", "block-lstm", ["lstm-forward", "lstm-layout-probe"], "LAY-6"),
        ("SwappedPeepholes", "eager", ["peephole-new-forward", "lstm-forward"], "PEEP-2"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, mode: str, cases: list[str], rules: str, tmp_path: Path
) -> None:
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rnnspec_conformance.cli", "validate"),
            *("--adapter", f"wrong_tensorflow_adapters:{adapter}", "--mode", mode, "--dtype", "float32"),
            *(option for case in cases for option in ("--case", case)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.endswith(f". Rules broken: {rules}"), done.stdout
