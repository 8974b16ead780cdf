"""The recorded claims: what is committed is what is computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rnnspec_conformance.rules import known_rules
from rnnspec_workshop.__main__ import main
from rnnspec_workshop.claims import CLAIMS, Claim, Findings, Series
from rnnspec_workshop.claims.claims_json import entry, rounded, text_of

RECORDED = Path(__file__).parents[2] / "conformance" / "results" / "claims.json"
RELATIVE = 1e-5


def assert_same(actual: Any, expected: Any, where: str) -> None:
    """Equal, but for floats, which agree to `RELATIVE`."""
    assert type(actual) is type(expected), where
    if isinstance(expected, dict):
        assert list(actual) == list(expected), where
        for name in expected:
            assert_same(actual[name], expected[name], f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), where
        for position, (a, e) in enumerate(zip(actual, expected, strict=True)):
            assert_same(a, e, f"{where}[{position}]")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=RELATIVE, abs=0), where
    else:
        assert actual == expected, where


def recorded() -> dict[str, Any]:
    report: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return {claim["id"]: claim for claim in report["claims"]}


def test_there_are_thirteen_claims_in_order() -> None:
    assert list(CLAIMS) == list(recorded()) == [f"C{k}" for k in range(1, 14)]


@pytest.mark.parametrize("id", list(CLAIMS))
def test_the_recorded_numbers_are_the_computed_ones(id: str) -> None:
    computed = json.loads(json.dumps(entry(CLAIMS[id])))
    assert_same(computed, recorded()[id], id)


@pytest.mark.parametrize("id", list(CLAIMS))
def test_every_rule_of_a_claim_is_a_rule_of_the_text(id: str) -> None:
    assert CLAIMS[id].rules
    assert set(CLAIMS[id].rules) <= set(known_rules())


def test_floats_are_written_with_six_digits_and_everything_else_as_it_is() -> None:
    assert rounded({"a": [1 / 3, True, 2**53, "x"], "b": -0.0}) == {"a": [0.333333, True, 2**53, "x"], "b": 0.0}
    assert str(rounded(-0.0)) == "0.0"


def test_the_file_has_a_name_a_line_and_a_list_on_one_line() -> None:
    series = Series(title="t", horizontal="x", vertical="y", at=[0, 1], lines={"l": [0.5, 1.5]})
    claim = Claim("C0", "s", "holds", "b", ("LSTM-1",), lambda: Findings(numbers={"n": {"m": 1}}, series={"f": series}))
    lines = text_of([claim]).splitlines()
    assert '            "l": [0.5, 1.5]' in lines
    assert '          "m": 1' in lines
    assert json.loads(text_of([claim]))["claims"][0]["series"]["f"]["at"] == [0, 1]


def test_the_command_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--results", str(tmp_path)]) == 0
    assert (tmp_path / "claims.json").read_text(encoding="utf-8") == text_of(CLAIMS.values())
    assert "does not hold as said" in capsys.readouterr().out
