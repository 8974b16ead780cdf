"""Wrong adapters of PyTorch are told which rule they break, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")

from .told import assert_told


@pytest.mark.parametrize(
    "adapter, rule",
    [
        ("SwappedGates", "LAY-1"),
        ("MergedBias", "GRU-3"),
        ("PaddedState", "SEQ-3"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(adapter: str, rule: str, tmp_path: Path) -> None:
    assert_told(f"wrong_torch_adapters:{adapter}", rule, tmp_path, mode="batch-first")
