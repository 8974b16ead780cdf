"""Who is asked: an implementation in this process, or in one of its own, in one precision and mode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rnnspec import PRECISIONS
from rnnspec_adapters import Adapter
from rnnspec_conformance.isolation.exchange import unpacked_judgement
from rnnspec_conformance.isolation.judge_process import Isolation
from rnnspec_conformance.isolation.self_description import NoAnswer, Refusal
from rnnspec_conformance.judging import Judgement
from rnnspec_conformance.stream.asking import Asked, Raised, ask, refusal_of
from rnnspec_conformance.stream.numbers import Numbers
from rnnspec_conformance.stream.question import Question, question_of, read
from rnnspec_conformance.stream.structure import Structure
from rnnspec_conformance.trial import Subject

UNBOUNDED = "its outcome is too large to be compared, whatever its weights are divided by"


Place = tuple[str, str]
"""A precision and a mode."""


class Respondent(Protocol):
    """One implementation, in one precision and mode."""

    def refusal(self, structure: Structure, seed: int) -> str | None:
        """Why the implementation refuses a structure; None when it does not."""

    def ask(self, structure: Structure, seed: int, *, refused: Structure | None, quick: bool, explain: bool) -> Asked:
        """What comes of a structure with the numbers of a seed: the arguments of `asking.ask`."""

    def replay(self, path: Path) -> Asked:
        """What comes of the problem of a file."""


@dataclass(frozen=True, kw_only=True)
class LocalRespondent:
    """An adapter in this process."""

    adapter: Adapter
    precision: str

    def refusal(self, structure: Structure, seed: int) -> str | None:
        numbers = Numbers(seed=seed, precision=PRECISIONS[self.precision])
        try:
            for one in filter(None, (structure, structure.other)):
                reason = refusal_of(numbers.problem(one), one.derivative, self.adapter)
                if reason is not None:
                    return reason
        except Raised:
            pass  # it will be asked, and that is judged
        return None

    def ask(self, structure: Structure, seed: int, *, refused: Structure | None, quick: bool, explain: bool) -> Asked:
        question = self._question(structure, seed)
        if question is None:
            return Asked(judgement=Judgement(verdict="unsupported", reason=UNBOUNDED))
        other = None if refused is None or structure.call != "after a refusal" else self._question(refused, seed)
        problem = None if other is None else other.problem
        return ask(question, self.adapter, refused=problem, quick=quick, explain=explain)

    def replay(self, path: Path) -> Asked:
        question, _ = read(path)
        return ask(question, self.adapter, explain=True)

    def _question(self, structure: Structure, seed: int) -> Question | None:
        return question_of(structure, seed, PRECISIONS[self.precision])


@dataclass(frozen=True, kw_only=True)
class IsolatedRespondent:
    """A `Respondent` whose adapter is in a process of its own. Structures and seeds travel, and no numbers."""

    isolation: Isolation
    precision: str
    mode: str

    def refusal(self, structure: Structure, seed: int) -> str | None:
        try:
            answer = self._ask("stream_refusal", structure=structure.as_json(), seed=seed)
        except (NoAnswer, Refusal):
            return None  # it will be asked, and that is judged
        reason: str | None = answer["reason"]
        return reason

    def ask(self, structure: Structure, seed: int, *, refused: Structure | None, quick: bool, explain: bool) -> Asked:
        example = None if refused is None else refused.as_json()
        options = {"seed": seed, "refused": example, "quick": quick, "explain": explain}
        return self._asked("stream_ask", structure=structure.as_json(), **options)

    def replay(self, path: Path) -> Asked:
        return self._asked("stream_replay", path=str(path.resolve()))

    def _asked(self, request: str, **arguments: Any) -> Asked:
        try:
            answer = self._ask(request, **arguments)
            return Asked(judgement=unpacked_judgement(answer["judgement"]), kind=answer["kind"])
        except (NoAnswer, Refusal) as error:
            return Asked(judgement=Judgement(verdict="errored", reason=str(error)), kind=str(error))
        except (KeyError, TypeError) as error:
            self.isolation.close()
            reason = f"the process answered nonsense ({error})"
            return Asked(judgement=Judgement(verdict="errored", reason=reason), kind="nonsense")

    def _ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        return self.isolation.ask(request, self.precision, self.mode, **arguments)


def respondents_of(subject: Subject) -> dict[Place, Respondent]:
    """What is judged, in each of its precisions and modes."""
    found: dict[Place, Respondent] = {}
    for precision in subject.precisions:
        for mode in subject.modes:
            if subject.isolation is None:
                adapter = subject.instance(precision, mode)
                found[precision, mode] = LocalRespondent(adapter=adapter, precision=precision)
            else:
                isolation = subject.isolation
                found[precision, mode] = IsolatedRespondent(isolation=isolation, precision=precision, mode=mode)
    return found
