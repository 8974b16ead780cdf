"""Wrong adapters of JAX libraries are told which rule they break."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

for needed in ("jax", "flax", "equinox", "haiku"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")


@pytest.mark.parametrize(
    "adapter, cases, rules",
    [
        ("ForgottenForgetBias", ["lstm-forward", "lstm-layout-probe"], "LAY-6"),
        ("UnflippedReverse", ["lstm-reverse", "lstm-forward"], "SEQ-5"),
        ("ForgottenLengths", ["rnn-gradients-in-the-padding", "rnn-tanh-one-step"], "SEQ-3"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, cases: list[str], rules: str, tmp_path: Path
) -> None:
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rnnspec_conformance.cli", "validate"),
            *("--adapter", f"wrong_jax_adapters:{adapter}", "--mode", "jit", "--dtype", "float32"),
            *(option for case in cases for option in ("--case", case)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.endswith(f". Rules broken: {rules}"), done.stdout
