"""Wrong implementations are told which rule they break, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnspec_conformance.rules import named

from .commands import last_line, validate


@pytest.mark.parametrize(
    "adapter, rule, misreading",
    [
        ("SwappedGates", "LAY-1", "the gates i f g o are taken for o f g i"),
        ("MergedBias", "GRU-3", "b_Rn is added to b_n, outside the reset product"),
        ("PaddedState", "SEQ-3", "the final state is that of step T - 1"),
    ],
)
def test_a_wrong_implementation_is_told_its_rule_and_no_other(
    adapter: str, rule: str, misreading: str, tmp_path: Path
) -> None:
    done = validate("--adapter", f"wrong_adapters:{adapter}", "--precision", "float64", folder=tmp_path)
    assert done.returncode == 1
    assert last_line(done.stdout).endswith(f"differs. Rules broken: {rule}")
    assert f"differs: {named(rule)}" in done.stdout
    assert f"as if      {misreading}" in done.stdout
    assert f"see again  rnnspec validate --adapter wrong_adapters:{adapter} --device cpu --precision" in done.stdout


def test_the_line_that_a_failure_prints_shows_it_again(tmp_path: Path) -> None:
    first = validate("--adapter", "wrong_adapters:MergedBias", "--case", "gru-lengths", folder=tmp_path)
    again = next(line for line in first.stdout.splitlines() if "see again" in line).split("rnnspec validate ")[1]
    second = validate(*again.split(), folder=tmp_path)
    assert second.returncode == 1
    assert last_line(second.stdout) == "1 differs. Rules broken: GRU-3"
