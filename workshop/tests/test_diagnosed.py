"""The diagnosis of mistakes whose answer is known: what is committed is what is said, and most of it is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rnnspec import FLOAT64, PRECISIONS, named_arrays, solve
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_workshop.__main__ import main
from rnnspec_workshop.diagnosed.diagnosed_json import FILE, text_of
from rnnspec_workshop.diagnosed.measuring import Diagnosed, diagnosed, is_right
from rnnspec_workshop.diagnosed.mistakes import SLIPS

RESULTS = Path(__file__).parents[2] / "conformance" / "results"
COMMITTED: list[dict[str, Any]] = json.loads((RESULTS / FILE).read_text(encoding="utf-8"))["mistakes"]
ADVICE = "nox -s diagnosed writes it anew"
BY_ID = {case.id: case for case in CASES}
SAMPLE = (
    "gradient-of-R-with-the-new-h",
    "gradient-of-b-halved",
    "y-reversed",
    "y-reverse-half-negated",
    "one-gate-of-W-transposed",
    "computed-in-bfloat16",
)
"""One mistake of each kind, which is diagnosed anew."""
LEAST = 30
"""So many first lines are right."""


def test_the_committed_report_is_of_these_mistakes() -> None:
    assert [(entry["id"], entry["sentence"]) for entry in COMMITTED] == [(s.id, s.sentence) for s in SLIPS], ADVICE
    assert [entry["right"] for entry in COMMITTED] == [
        is_right(slip, entry["first"]) for slip, entry in zip(SLIPS, COMMITTED, strict=True)
    ], ADVICE
    assert len(SLIPS) >= LEAST


def test_the_guide_shows_what_is_said_of_one_of_them() -> None:
    entry = next(entry for entry in COMMITTED if entry["id"] == SAMPLE[0])
    guide = (RESULTS.parents[1] / "docs" / "validate-my-kernel.md").read_text(encoding="utf-8")
    shown = guide.partition("```text\nstart with: ")[2].partition("\n```")[0].splitlines()
    assert [" ".join(line.split()) for line in shown] == [entry["first"].removeprefix("start with: "), *entry["others"]]


def test_the_first_line_is_right_for_nearly_all_of_them() -> None:
    assert sum(entry["right"] for entry in COMMITTED) >= LEAST


@pytest.mark.parametrize("id", SAMPLE)
def test_what_is_said_of_a_mistake_is_what_is_committed(id: str) -> None:
    (slip,) = (slip for slip in SLIPS if slip.id == id)
    (committed,) = (entry for entry in COMMITTED if entry["id"] == id)
    found = diagnosed(slip)
    assert found.first == committed["first"], ADVICE
    assert found.is_right


def test_no_mutant_makes_one_of_these_mistakes() -> None:
    problem = BY_ID["lstm-gradients"].problem(PRECISIONS["float32"])
    outcomes = {mutant.id: named_arrays(mutant.misreading(problem, FLOAT64)) for mutant in MUTANTS if mutant.misreading}
    right = named_arrays(solve(problem))
    for slip in SLIPS:
        made = named_arrays(slip.wrong(problem, PRECISIONS[slip.precision]))
        if all(abs(made[name] - right[name]).max() < 1e-6 for name in right):
            continue  # it does not show in this problem
        same = [
            id
            for id, arrays in outcomes.items()
            if arrays.keys() == made.keys()
            and all(arrays[n].shape == made[n].shape and abs(arrays[n] - made[n]).max() < 1e-5 for n in made)
            and any(abs(arrays[n] - right[n]).max() > 1e-4 for n in right)
        ]
        assert same == [], slip.id


def test_the_command_tells_what_is_right_and_writes_all_or_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rnnspec_workshop.diagnosed.diagnosed_command.diagnosed",
        lambda slip: Diagnosed(first=slip.id, others=("  about      a rule",), is_right=slip.id.startswith("y")),
    )
    assert main(["diagnosed", "--only", "y-*"]) == 0
    count = sum(slip.id.startswith("y-") for slip in SLIPS)
    assert capsys.readouterr().out.endswith(f"{count} of {count} first lines are right\n")
    with pytest.raises(SystemExit):
        main(["diagnosed", "--only", "y-*", "--results", str(tmp_path)])
    assert "--only: wanted mistakes, all of them beside --results, got 'y-*'" in capsys.readouterr().err
    assert main(["diagnosed", "--results", str(tmp_path)]) == 0
    written = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert [entry["id"] for entry in written["mistakes"]] == [slip.id for slip in SLIPS]
    assert written["mistakes"][0]["others"] == ["about a rule"]
    assert text_of({slip.id: Diagnosed(first="", others=(), is_right=False) for slip in SLIPS}).count(
        '"right": false'
    ) == len(SLIPS)
