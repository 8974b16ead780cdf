"""Asking: a question is put to an implementation, and the answer is judged with the tolerance of NUM-2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from rnnspec import Array, Outcome, Precision, Problem, named_arrays, solve
from rnnspec_adapters import Adapter, Differentiates, Unsupported
from rnnspec_conformance.judging import Judgement, in_one_line
from rnnspec_conformance.judging.call_behaviour import Watched, named_inputs
from rnnspec_conformance.judging.compare import Comparison
from rnnspec_conformance.judging.evidence import Evidence
from rnnspec_conformance.judging.expectation import Expectation, padding_of
from rnnspec_conformance.judging.interrupts import INTERRUPTS
from rnnspec_conformance.judging.judgement import printable, reason_of
from rnnspec_conformance.judging.jvp_hvp import actual, derivative, direction_of
from rnnspec_conformance.judging.laws import chosen
from rnnspec_conformance.judging.repetition import reseed
from rnnspec_conformance.judging.search import diagnose
from rnnspec_conformance.judging.tolerance import UNITS, largest, tolerances
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.stream.numbers import laid_out, not_finite
from rnnspec_conformance.stream.question import Question
from rnnspec_conformance.stream.structure import Derivative

Answer = TypeVar("Answer")


class Refused(Exception):
    """The implementation refuses a problem; the message is its reason."""


class Raised(Exception):
    """The implementation raised an error, which is the cause of this one."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(in_one_line(error))
        self.kind = type(error).__name__


def called(call: Callable[[], Answer]) -> Answer:
    """What a call of the implementation gives; whatever it raises is a verdict on it.

    Raises
    ------
    Raised
        When it raises anything but an interruption.
    """
    try:
        return call()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and INTERRUPTS.is_real():
            raise
        raise Raised(error) from error


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A question that has been asked.

    Attributes
    ----------
    judgement
        What came of it.
    kind
        What differs, in one word or two: failures of one mistake have one kind. Empty where nothing does.
    """

    judgement: Judgement
    kind: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something differs."""
        return self.judgement.verdict in ("differs", "errored")


def ask(
    question: Question, adapter: Adapter, *, refused: Problem | None = None, quick: bool = False, explain: bool = False
) -> Asked:
    """Ask `question` of `adapter`, which was made for its precision.

    Parameters
    ----------
    refused
        A problem that the implementation refuses, where one is known: it is offered before, where the question says so.
    quick
        Whether a tolerance is computed only where the least that any allows is exceeded. The verdict is the same.
    explain
        Whether an outcome that differs is held against the known misreadings.
    """
    watched = Watched(adapter)
    try:
        with np.errstate(all="ignore"):  # what NumPy says of overflows is no verdict: the numbers are
            judgement = _judged(question, watched, refused=refused, quick=quick, explain=explain)
    except Refused as reason:
        return Asked(judgement=Judgement(verdict="unsupported", reason=str(reason)))
    except Raised as raised:
        return Asked(judgement=Judgement(verdict="errored", reason=str(raised)), kind=raised.kind)
    found = watched.differences()
    if found:
        first = found[0]
        judgement = replace(
            judgement,
            verdict="differs",
            ratio=first.ratio,
            error=None,
            tolerance=None,
            field=first.field,
            differences=(*found, *judgement.differences),
            rule=first.rule,
        )
    return Asked(judgement=judgement, kind=_kind_of(judgement))


def refusal_of(problem: Problem, derivative: Derivative, adapter: Adapter) -> str | None:
    """Why `adapter` cannot be asked for the outcome of `problem`, or for a derivative of it; None when it can.

    Raises
    ------
    Raised
        When it raises, or gives no answer that is one.
    """
    if derivative != "none" and not isinstance(adapter, Differentiates):
        return f"the adapter has no {derivative}"
    given: object = called(lambda: adapter.supports(problem))
    if isinstance(given, Unsupported):
        return called(lambda: printable(reason_of(given)))
    if given is not None:
        raise Raised(TypeError(f"supports: wanted None or Unsupported, got {type(given).__name__}"))
    return None


def _judged(question: Question, adapter: Watched, *, refused: Problem | None, quick: bool, explain: bool) -> Judgement:
    reason = refusal_of(question.problem, question.derivative, adapter.watched)
    if reason is not None:
        raise Refused(reason)
    if question.derivative != "none":
        return _of_derivative(question, adapter)
    if question.call == "after a refusal" and refused is not None:
        called(lambda: adapter.watched.supports(refused))
    if question.call == "after an error":
        _err(adapter.watched)
    worst: tuple[Comparison, Wanted, dict[str, object]] | None = None
    for position, (given, numbers, when) in enumerate(_calls(question)):
        reseed(1 + position)
        wanted = Wanted.of(numbers)  # before the call, which may spoil what it is given
        actual = wanted.fields(_solved(adapter, given()))
        comparison = wanted.compared_with(actual, question.precision, quick=quick)
        if when:
            differences = tuple(
                replace(d, what=f"{when}: {d.what}", rule=d.rule or "COND-3") for d in comparison.differences
            )
            comparison = replace(comparison, differences=differences)
        if worst is None or comparison.ratio > worst[0].ratio:
            worst = comparison, wanted, actual
        if comparison.differences:
            break
    assert worst is not None
    comparison, wanted, actual = worst
    judgement = _judgement(comparison)
    if explain and comparison.differences and comparison.differences[0].rule is None:
        return wanted.explained(judgement, actual, question.precision)
    return judgement


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """What is expected of a problem: of its sequences without NaN and infinity, which must not know of the others."""

    problem: Problem
    kept: tuple[int, ...] | None

    @staticmethod
    def of(problem: Problem) -> Wanted:
        """What is expected of `problem`, which is copied."""
        bad = not_finite(problem)
        clean = deepcopy(problem).map(_finite)
        if clean.lengths is not None:
            clean = replace(clean, lengths=clean.lengths.astype(np.int64))  # whatever their type, they are integers
        if not bad:
            return Wanted(problem=clean, kept=None)
        kept = tuple(k for k in range(problem.x.shape[1]) if k not in bad)
        return Wanted(problem=chosen(clean, kept), kept=kept)

    def fields(self, outcome: Outcome) -> dict[str, object]:
        """The fields that are compared: those of the sequences that are kept, or all."""
        arrays: dict[str, object] = dict(named_arrays(outcome))
        if self.kept is None:
            return arrays
        return {name: _taken(name, array, self.kept) for name, array in arrays.items() if _is_of_sequences(name)}

    def compared_with(self, actual: Mapping[str, object], precision: Precision, *, quick: bool) -> Comparison:
        """`actual` held against this. With `quick`, what is within the least that any tolerance allows has passed."""
        if quick:
            arrays = self._compared(self._everything)
            floor = {name: UNITS * precision.eps * largest(array) + precision.tiny for name, array in arrays.items()}
            exact = padding_of(self.problem)
            least = Expectation(arrays=arrays, tolerances=floor, exact=exact).compared_with(actual, precision)
            if not least.differences:
                return least
        return self._expectation(precision).compared_with(actual, precision)

    @cached_property
    def _everything(self) -> dict[str, Array]:
        """What the reference says, solved once."""
        return named_arrays(solve(self.problem))

    def _expectation(self, precision: Precision) -> Expectation:
        allowed = tolerances(self.problem, self._everything, precision)
        arrays = self._compared(self._everything)
        return Expectation(arrays=arrays, tolerances=allowed, exact=padding_of(self.problem))

    def _solved(self, by: Callable[[Problem], Outcome], _: Precision) -> dict[str, Array]:
        return self._compared(named_arrays(by(self.problem)))

    def _compared(self, arrays: dict[str, Array]) -> dict[str, Array]:
        return {name: array for name, array in arrays.items() if self.kept is None or _is_of_sequences(name)}

    def explained(self, judgement: Judgement, actual: Mapping[str, object], precision: Precision) -> Judgement:
        """`judgement` with the known misreading that `actual` comes of, if there is one."""
        expected = self._expectation(precision)
        evidence = Evidence(
            problem=self.problem,
            asked=self._solved,
            precision=precision,
            expected=expected.arrays,
            tolerances=expected.tolerances,
            actual=actual,
        )
        mutant = diagnose(evidence, MUTANTS)
        if mutant is None:
            return judgement
        return replace(judgement, rule=mutant.rule, misreading=mutant.sentence)


def _finite(array: Array) -> Array:
    return np.where(np.isfinite(array), array, 0.5)


def _is_of_sequences(name: str) -> bool:
    """Whether a field has an entry for each sequence."""
    return not name.startswith("gradients.layers")


def _taken(name: str, array: object, kept: tuple[int, ...]) -> object:
    axis = 1 if name in ("y", "gradients.x") else 0
    if not isinstance(array, np.ndarray) or array.ndim <= axis or array.shape[axis] <= max(kept):
        return array
    return np.take(array, kept, axis=axis)


def _calls(question: Question) -> list[tuple[Callable[[], Problem], Problem, str]]:
    """The problems that are solved one after the other, the numbers of each, and what makes it another call."""
    problem, other = question.given()

    def given() -> Problem:
        return problem

    once = (given, question.problem, "")
    if question.call == "again":
        return [once, (given, question.problem, "on the second call")]
    if question.other is None or other is None:
        return [once]
    first = (lambda: other, question.other, "")
    if question.call == "another between":
        return [once, first, (given, question.problem, "after another problem")]

    def changed() -> Problem:
        numbers = named_inputs(question.problem)
        for name, array in named_inputs(other).items():
            array[...] = numbers[name]
        return other

    return [first, (changed, question.problem, "after its arrays were changed in place")]


def _err(adapter: Adapter) -> None:
    """Let `adapter` fail: it is given what is no problem."""
    with suppress(Raised):
        called(lambda: adapter.solve(None))  # type: ignore[arg-type]


def _solved(adapter: Watched, problem: Problem) -> Outcome:
    outcome: object = called(lambda: adapter.solve(problem))
    if not isinstance(outcome, Outcome):
        raise Raised(TypeError(f"solve: wanted an rnnspec.Outcome, got {type(outcome).__name__}"))
    return outcome


def _of_derivative(question: Question, adapter: Watched) -> Judgement:
    kind, numbers, precision = question.derivative, question.problem, question.precision
    tangents = direction_of(numbers, question.wrt, precision)
    arrays, allowed = derivative(kind, numbers, tangents, precision)
    expected = Expectation(arrays=arrays, tolerances=allowed, exact=padding_of(numbers))
    given = laid_out(numbers, question.memory)
    judgement = _judgement(expected.compared_with(called(lambda: actual(kind, adapter, given, tangents)), precision))
    rule = judgement.rule or {"jvp": "SEC-1", "hvp": "SEC-2"}[kind]
    return replace(judgement, rule=rule) if judgement.differences else judgement


def _judgement(comparison: Comparison) -> Judgement:
    differences = comparison.differences
    return Judgement(
        verdict="differs" if differences else "passed",
        ratio=comparison.ratio,
        field=comparison.field,
        error=comparison.error,
        tolerance=comparison.tolerance,
        differences=differences,
        rule=differences[0].rule if differences else None,
    )


def _kind_of(judgement: Judgement) -> str:
    """What differs: call behaviour or a type by its rule, a derivative, outputs and states, or gradients alone."""
    if not judgement.differences:
        return ""
    rule = judgement.rule or ""
    if rule.startswith(("COND", "NUM-3", "SEC")):
        return rule
    forward = any(not difference.field.startswith("gradients") for difference in judgement.differences)
    return "outputs" if forward else "gradients"
