"""The messages that docs/any-language.md shows are those that are sent, and answers that are right."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from rnnspec import solve
from rnnspec_adapters import Unsupported, plain
from rnnspec_adapters.program import ProgramError
from rnnspec_adapters.program.protocol import hello_of, hello_request, solve_request, solved_of
from rnnspec_conformance.program_checks import breaches

from .commands import ROOT

PAGE = (ROOT / "docs" / "any-language.md").read_text(encoding="utf-8")
SHOWN: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]
HELLO_REQUEST, HELLO, SOLVE_REQUEST, SOLVED, UNSUPPORTED, ERROR = SHOWN


def test_the_requests_are_those_that_are_sent() -> None:
    assert hello_request(0) == HELLO_REQUEST
    problem = plain.problem_of(SOLVE_REQUEST["problem"])
    assert solve_request(1, problem, precision="float64", mode="default", device="cpu") == SOLVE_REQUEST


def test_the_outcome_is_that_of_the_problem() -> None:
    outcome = solve(plain.problem_of(SOLVE_REQUEST["problem"]))
    assert SOLVED["outcome"] == plain.plain_outcome(outcome)


def test_the_answers_are_read_as_what_they_are_called() -> None:
    assert hello_of(HELLO).name == "my-lstm"
    assert solved_of(UNSUPPORTED) == Unsupported(reason="my-lstm has no relu")
    with pytest.raises(ProgramError, match="out of memory"):
        solved_of(ERROR)


@pytest.mark.parametrize("message", SHOWN)
def test_every_message_obeys_the_schema(message: dict[str, Any]) -> None:
    assert breaches(message, "request" if "request" in message else "answer") == []
