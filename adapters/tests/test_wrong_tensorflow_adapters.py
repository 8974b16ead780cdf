"""Wrong adapters of Keras and TensorFlow are told which rule they break."""

from __future__ import annotations

from pathlib import Path

import pytest

for needed in ("tensorflow", "keras", "tf_keras"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

from .told import assert_told  # noqa: E402 - after the skip


@pytest.mark.parametrize(
    "adapter, mode, cases, rule",
    [
        ("SwappedGates", "eager", ["lstm-layout-probe"], "LAY-1"),
        ("UnflippedReverse", "eager", ["lstm-reverse", "lstm-forward"], "SEQ-5"),
        ("ForgottenLengths", "eager", ["rnn-gradients-in-the-padding", "rnn-tanh-one-step"], "SEQ-9"),
        ("ForgottenForgetBias", "block-lstm", ["lstm-forward", "lstm-layout-probe"], "LAY-6"),
        ("SwappedPeepholes", "eager", ["peephole-new-forward", "lstm-forward"], "PEEP-2"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, mode: str, cases: list[str], rule: str, tmp_path: Path
) -> None:
    assert_told(f"wrong_tensorflow_adapters:{adapter}", rule, tmp_path, mode=mode, cases=cases)
