"""Wrong adapters of ONNX Runtime are told which rule they break, and no other.

Each is judged by cases in which ONNX Runtime itself does not depart from the text.
"""

from __future__ import annotations

from pathlib import Path

import pytest

for needed in ("onnx", "onnxruntime"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

from .told import assert_told  # noqa: E402 - after the skip


@pytest.mark.parametrize(
    "adapter, rule, cases",
    [
        (
            "SwappedGates",
            "LAY-1",
            ["lstm-layout-*", "peephole-*-forward", "lstm-*-lengths", "lstm-forward"],
        ),
        ("ForgottenSign", "GRU-6", ["gru-after-*", "gru-before-*"]),
        ("MergedBias", "GRU-3", ["gru-after-*", "gru-before-*"]),
        ("IgnoredLengths", "SEQ-9", ["*-lengths"]),
        ("ExchangedDirections", "SEQ-7", ["*[!y]-bidirectional*"]),  # all but lstm-first-empty-bidirectional
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, rule: str, cases: list[str], tmp_path: Path
) -> None:
    told = f"wrong_onnx_adapters:{adapter}"
    assert_told(told, rule, tmp_path, mode="opset-22", cases=cases, options="--cases forward")
