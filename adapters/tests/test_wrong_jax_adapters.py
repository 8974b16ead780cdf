"""Wrong adapters of JAX libraries are told which rule they break."""

from __future__ import annotations

from pathlib import Path

import pytest

for needed in ("jax", "flax", "equinox", "haiku"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

from .told import assert_told  # noqa: E402 - after the skip


@pytest.mark.parametrize(
    "adapter, cases, rule",
    [
        ("ForgottenForgetBias", ["lstm-forward", "lstm-layout-probe"], "LAY-6"),
        ("UnflippedReverse", ["lstm-reverse", "lstm-forward"], "SEQ-5"),
        ("ForgottenLengths", ["rnn-gradients-in-the-padding", "rnn-tanh-one-step"], "SEQ-3"),
    ],
)
def test_a_wrong_adapter_is_told_its_rule_and_no_other(
    adapter: str, cases: list[str], rule: str, tmp_path: Path
) -> None:
    assert_told(f"wrong_jax_adapters:{adapter}", rule, tmp_path, mode="jit", cases=cases)
