"""Whether a program keeps to the protocol, whatever it computes: the judge of harnesses.

Every message that comes back is held against ``protocol.schema.json``; shapes and names, against the problem.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, Literal

import numpy as np
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from rnnspec import GRU, LSTM, PRECISIONS, RNN, Cell, Outcome, Problem, named_arrays, solve
from rnnspec_adapters import Unsupported
from rnnspec_adapters.program import Hello, Program, ProgramError
from rnnspec_adapters.program.protocol import Message, answer_of, hello_of, hello_request, line_of, solve_request
from rnnspec_adapters.program.protocol import solved_of as outcome_or_refusal
from rnnspec_conformance.cases import Recipe

Verdict = Literal["conforms", "breaks", "not tried"]

CELLS: tuple[Cell, ...] = (LSTM(), GRU(), GRU(reset="before"), RNN())
"""Cells that a simple harness may have."""

RARE = LSTM(peephole="new", gate_recurrence=True, cell_clip=0.5, clip_derivative="straight-through")
"""A cell that hardly any harness has."""


DEFINITIONS = {"error": "error", "unsupported": "unsupported", "outcome": "solved"}
"""What an answer is that has this field."""

SHOWN = 200
"""Characters of a message that are shown."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of one check: ``not tried`` where the program declares that it has no such thing."""

    check: str
    verdict: Verdict
    what: str


class NotTried(Exception):
    """A check that does not apply; the message says why."""


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the messages."""
    text = (files("rnnspec_adapters.program") / "protocol.schema.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def breaches(message: Message, definition: str) -> list[str]:
    """Where `message` breaks a definition of the schema, each as the path and what is wrong there."""
    validator = Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": schema()["$defs"]})
    closest = [best_match([error]) for error in validator.iter_errors(message)]
    return [f"{error.json_path}: {error.message[:SHOWN]}" for error in closest]


class _Session:
    """A program under examination."""

    def __init__(self, command: str, time_limit: float) -> None:
        self.program = Program(command, time_limit=time_limit)
        self.ids = count()
        self.described: Hello | None = None
        self.cell: Cell | None = None

    def exchange(self, request: Message, definition: str) -> Message:
        """Send a request: the answer, which obeys the definition of the schema."""
        answer = self.answer(line_of(request), request["id"])
        self.check(answer, next((DEFINITIONS[field] for field in DEFINITIONS if field in answer), definition))
        return answer

    def answer(self, line: str, id: int) -> Message:
        try:
            return answer_of(self.program.exchange(line), id)
        except ProgramError:
            self.program.stop()
            raise

    def check(self, answer: Message, definition: str) -> None:
        wrong = breaches(answer, definition)
        if wrong:
            raise ProgramError(f"the answer breaks the schema: {wrong[0]}")

    def hello(self) -> Hello:
        request = hello_request(next(self.ids))
        self.described = hello_of(self.exchange(request, "hello"))
        return self.described

    def ready(self) -> Hello:
        """The greeted program: greeted again where it had to be stopped."""
        if self.described is None or not self.program.runs:
            return self.hello()
        return self.described

    def problem(self, *cells: Cell, cotangents: bool = False, **recipe: Any) -> Problem:
        """A small problem in the program's first precision."""
        made = Recipe(cells=cells, seed=1, cotangents="both" if cotangents else "none", **recipe)
        return made.problem(PRECISIONS[self.ready().precisions[0]])

    def solve(self, problem: Problem) -> Outcome | Unsupported:
        """An outcome with the names and shapes of `problem`, or a refusal."""
        hello = self.ready()
        offer = {"precision": hello.precisions[0], "mode": hello.modes[0], "device": hello.devices[0]}
        request = solve_request(next(self.ids), problem, **offer)
        solved = outcome_or_refusal(self.exchange(request, "solved"))
        if isinstance(solved, Outcome):
            _check_shapes(solved, problem)
        return solved

    def computable(self) -> Cell:
        """A cell that the program has."""
        if self.cell is None:
            raise NotTried("no small problem was given an outcome")
        return self.cell

    def is_alive(self, pid: int | None) -> None:
        """The program is the same process still, and answers."""
        if self.program.pid != pid or not self.program.runs:
            raise ProgramError("the program has ended")
        self.hello()


def _check_shapes(outcome: Outcome, problem: Problem) -> None:
    wanted, came = ({n: a.shape for n, a in named_arrays(o).items()} for o in (solve(problem), outcome))
    for name in wanted.keys() | came.keys():
        if wanted.get(name) != came.get(name):
            shapes = [list(shape) if shape is not None else "nothing" for shape in (wanted.get(name), came.get(name))]
            raise ProgramError(f"outcome.{name}: wanted {shapes[0]}, got {shapes[1]}")


def _said(solved: Outcome | Unsupported, computed: str) -> str:
    return f"refused: {solved.reason}" if isinstance(solved, Unsupported) else computed


def _hello(session: _Session) -> str:
    hello = session.hello()
    gradients = "with gradients" if hello.gradients else "without gradients"
    return f"{hello.name} in {', '.join(hello.precisions)}, {gradients}"


def _problems(session: _Session) -> str:
    """Small problems of every kind: a harness may refuse some of them, not all."""
    solved = 0
    both = {"direction": "bidirectional", "lengths": (2, 5, 3)}
    kinds: tuple[dict[str, Any], ...] = ({}, both, {"initial": False, "T": 1})
    problems = [(cell, session.problem(cell, **kind)) for cell in CELLS for kind in kinds]
    problems += [(cell, session.problem(cell, cell)) for cell in CELLS]
    for cell, problem in problems:
        if isinstance(session.solve(problem), Outcome):
            solved += 1
            session.cell = session.cell or cell
    if not solved:
        raise ProgramError(f"wanted an outcome of some problem, got refusals of all {len(problems)}")
    return f"{solved} outcomes, {len(problems) - solved} refusals"


def _gradients(session: _Session) -> str:
    if not session.ready().gradients:
        raise NotTried("the program computes no gradients")
    solved = session.solve(session.problem(session.computable(), cotangents=True, T=4))
    return _said(solved, "all gradients in their shapes")


def _twice(session: _Session) -> str:
    problem = session.problem(session.computable())
    first, second = (session.solve(problem) for _ in range(2))
    assert isinstance(first, Outcome)
    if not isinstance(second, Outcome) or not np.array_equal(first.y, second.y):
        raise ProgramError("wanted the same answer to the same problem, got another one")
    return "the same outcome"


def _not_a_number(session: _Session) -> str:
    problem = session.problem(session.computable())
    x = problem.x.copy()
    x[1, 0] = np.nan
    solved = session.solve(replace(problem, x=x))
    if isinstance(solved, Unsupported):
        return f"refused: {solved.reason}"
    if not np.isnan(solved.y[1, 0]).all():
        raise ProgramError(f"y[1, 0]: wanted the NaN that stands in x[1, 0], got {solved.y[1, 0].tolist()}")
    return 'NaN comes back as "nan"'


def _rare(session: _Session) -> str:
    solved = session.solve(session.problem(RARE))
    return _said(solved, "computed")


def _garbage(session: _Session) -> str:
    session.ready()
    pid = session.program.pid
    line = session.program.exchange("this is not JSON")
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise ProgramError(f"wanted an error as the answer, got {line[:80]!r}") from error
    session.check(answer, "error")
    if answer["id"] is not None:
        raise ProgramError(f"id: wanted null, got {answer['id']!r}")
    session.is_alive(pid)
    return f"answered: {answer['error'][:60]}"


def _refused_request(session: _Session, request: Message) -> str:
    session.ready()
    pid = session.program.pid
    answer = session.answer(line_of(request), request["id"])
    session.check(answer, "error")
    session.is_alive(pid)
    return f"answered: {answer['error'][:60]}"


def _unknown(session: _Session) -> str:
    return _refused_request(session, {"id": next(session.ids), "request": "dance"})


def _incomplete(session: _Session) -> str:
    return _refused_request(session, {"id": next(session.ids), "request": "solve"})


def _large(session: _Session) -> str:
    solved = session.solve(session.problem(session.computable(), T=200, B=8, I=32, H=32, scale=0.2))
    return _said(solved, "T = 200, B = 8, I = H = 32")


def _end(session: _Session) -> str:
    session.ready()
    status, unasked = session.program.finish()
    if unasked:
        raise ProgramError(f"wanted nothing but answers on the standard output, got {unasked[0][:80]!r}")
    if status != 0:
        came = "no end in time" if status is None else f"status {status}"
        raise ProgramError(f"wanted exit status 0 at the end of the input, got {came}")
    return "exit status 0"


CHECKS: dict[str, Callable[[_Session], str]] = {
    "says hello": _hello,
    "answers small problems": _problems,
    "gives gradients": _gradients,
    "keeps nothing from problem to problem": _twice,
    "passes NaN on": _not_a_number,
    "refuses what it does not have": _rare,
    "answers what is not JSON": _garbage,
    "answers an unknown request": _unknown,
    "answers a request without its problem": _incomplete,
    "answers a large problem": _large,
    "ends with its input": _end,
}
"""Every check by its sentence."""


def examine(command: str, *, time_limit: float, checks: Iterable[str] = tuple(CHECKS)) -> list[Finding]:
    """Put a program through checks, in this order; those after a hello that is none are left out.

    Parameters
    ----------
    command
        The command with its arguments, quoted as for a shell.
    time_limit
        Seconds for one answer.
    checks
        Keys of `CHECKS`; all of them if not given.
    """
    findings = []
    try:
        session = _Session(command, time_limit)
    except ProgramError as error:
        return [Finding(check=next(iter(CHECKS)), verdict="breaks", what=str(error))]
    for check in checks:
        try:
            findings.append(Finding(check=check, verdict="conforms", what=CHECKS[check](session)))
        except NotTried as reason:
            findings.append(Finding(check=check, verdict="not tried", what=str(reason)))
        except ProgramError as error:
            what = str(error).removeprefix(f"{command}: ")
            findings.append(Finding(check=check, verdict="breaks", what=what))
            if session.described is None:
                break
    session.program.stop()
    return findings
