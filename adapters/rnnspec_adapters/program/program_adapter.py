"""A program in the place of an adapter: judged as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import ClassVar, TypeVar

import numpy as np

from rnnspec import Outcome, Problem
from rnnspec_adapters.base import BaseAdapter
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.program.answer_sizes import SLACK, longest_line, numbers_of
from rnnspec_adapters.program.process import TIME_LIMIT, Program
from rnnspec_adapters.program.protocol import (
    Hello,
    Message,
    ProgramError,
    answer_of,
    hello_of,
    hello_request,
    line_of,
    solve_request,
    solved_of,
)

T = TypeVar("T")


class Conversation:
    """A program and the requests that it is sent, numbered.

    A program that has been stopped is greeted again before it is asked the next time.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._ids = count()

    def hello(self) -> Hello:
        """What the program says of itself."""
        return self._ask(hello_request(next(self._ids)), hello_of)

    def solve(self, problem: Problem, **asked: str) -> Outcome | Unsupported:
        """The outcome, or why there is none, in the precision, the mode and on the device that are `asked` for."""
        if not self.program.runs:
            self.hello()
        request = solve_request(next(self._ids), problem, **asked)
        return self._ask(request, partial(solved_of, most=numbers_of(problem)), most=longest_line(problem))

    def _ask(self, request: Message, read: Callable[[Message], T], *, most: int = SLACK) -> T:
        """What `read` finds in the answer, which has at most so many bytes.

        Raises
        ------
        ProgramError
            When the program cannot be started, or gives no such answer.
        """
        line = self.program.exchange(line_of(request), most=most)
        try:
            answer = answer_of(line, request["id"])
        except ProgramError as error:
            raise self.program.failure(str(error)) from error
        try:
            return read(answer)
        except ProgramError as error:
            raise ProgramError(f"{self.program.command}: {error}") from error


class ProgramAdapter(BaseAdapter):
    """A program that has said hello; `program_adapter` makes a subclass for it.

    `supports` asks for the outcome at once: the program refuses by its answer. `solve` returns the outcome that has
    come already. Numbers are rounded to the dtype of the precision.
    """

    described: ClassVar[Hello]
    conversation: ClassVar[Conversation]

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self._answered: tuple[Problem, Outcome] | None = None

    def provenance(self) -> Mapping[str, str]:
        return self.described.provenance

    def supports(self, problem: Problem) -> Unsupported | None:
        self._answered = None
        if problem.cotangents is not None and not self.described.gradients:
            return Unsupported(reason=f"{self.name} computes no gradients")
        answer = self._ask(problem)
        if isinstance(answer, Unsupported):
            return answer
        self._answered = (problem, answer)
        return None

    def solve(self, problem: Problem) -> Outcome:
        if self._answered is not None and self._answered[0] is problem:
            return self._answered[1]
        answer = self._ask(problem)
        if isinstance(answer, Unsupported):
            raise ProgramError(f"{self.name}: wanted an outcome, got unsupported: {answer.reason}")
        return answer

    def _ask(self, problem: Problem) -> Outcome | Unsupported:
        answer = self.conversation.solve(problem, precision=self.precision.name, mode=self.mode, device=self.device)
        return answer if isinstance(answer, Unsupported) else self._rounded(answer)

    def _rounded(self, outcome: Outcome) -> Outcome:
        with np.errstate(over="ignore"):  # what is too large for the precision is infinite in it
            return outcome.map(lambda array: array.astype(self.precision.dtype))


def program_adapter(command: str, *, time_limit: float = TIME_LIMIT) -> type[ProgramAdapter]:
    """Start a program and greet it: the adapter class that stands for it.

    Parameters
    ----------
    command
        The command with its arguments, quoted as for a shell.
    time_limit
        Seconds for one answer.

    Raises
    ------
    ProgramError
        When the program cannot be started, or does not say hello.
    """
    conversation = Conversation(Program(command, time_limit=time_limit))
    described = conversation.hello()
    members = {
        "name": described.name,
        "modes": described.modes,
        "devices": described.devices,
        "precisions": described.precisions,
        "offers": described.precisions,
        "described": described,
        "conversation": conversation,
        "__doc__": f"The program {command}.",
    }
    return type("ProgramAdapter", (ProgramAdapter,), members)
