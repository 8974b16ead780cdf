"""One case, one implementation: the verdict.

The adapter is given the problem and nothing else. Whatever it does instead of answering (an exception, an array of the
wrong shape, NaN) is a verdict on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rnnspec import PRECISIONS, Array, Outcome, Precision, Problem, named_arrays
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, Unsupported
from rnnspec_conformance.cases import Case
from rnnspec_conformance.judging import repetition
from rnnspec_conformance.judging.blame import Asked, Solve, diagnose, rule_of
from rnnspec_conformance.judging.call_behaviour import Watched
from rnnspec_conformance.judging.compare import Comparison, Difference, comparison_of
from rnnspec_conformance.judging.expectation import Chosen, Expectation, derivative_of, expectation_of
from rnnspec_conformance.judging.judgement import Judgement, in_one_line, printable
from rnnspec_conformance.judging.jvp_hvp import DERIVATIVES, actual
from rnnspec_conformance.judging.laws import LAWS
from rnnspec_conformance.judging.native_parameters import Probe, layout_identity, layout_names, probes
from rnnspec_conformance.mutants import Mutant


def judge(case: Case, adapter: Adapter, precision_name: str, *, explain: bool = True) -> Judgement:
    """Judge one case in the precision called `precision_name`, which `adapter` was made for.

    With `explain`, an outcome that differs is held against the known misreadings, which takes a moment.
    """
    precision = PRECISIONS[precision_name]
    problem = case.problem(precision)
    watched = Watched(adapter)
    try:
        with np.errstate(all="ignore"):  # what NumPy says of overflows is no verdict: the numbers are
            return _with_call_behaviour(_judge(case, watched, problem, precision, explain=explain), watched)
    except _Unsupported as unsupported:
        return Judgement(verdict="unsupported", reason=printable(str(unsupported.reason)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises is a verdict on it
        return Judgement(verdict="errored", reason=in_one_line(error))


class _Unsupported(Exception):
    """The implementation cannot do what the case asks for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _ask_whether_supported(adapter: Watched, problem: Problem) -> None:
    """Raise `_Unsupported` when the adapter refuses `problem`."""
    given: object = adapter.supports(problem)
    if isinstance(given, Unsupported):
        raise _Unsupported(given.reason)
    if given is not None:
        raise TypeError(f"supports: wanted None or Unsupported, got {type(given).__name__}")


def _ask_whether_possible(case: Case, adapter: Watched) -> None:
    """Raise `_Unsupported` when `case` wants something beyond the contract that is not there."""
    if case.kind in DERIVATIVES and not isinstance(adapter.watched, Differentiates):
        raise _Unsupported(f"the adapter has no {case.kind}")
    if case.kind.startswith("layout-") and not isinstance(adapter.watched, DeclaresLayout):
        raise _Unsupported("the adapter declares no layout")
    if case.kind == "memory" and not repetition.can_be_measured():
        raise _Unsupported("this system does not tell how much memory a process holds")


def _solved(adapter: Watched, problem: Problem) -> Outcome:
    """What the adapter makes of `problem`; raises `_Unsupported` where it refuses."""
    _ask_whether_supported(adapter, problem)
    outcome: object = adapter.solve(problem)
    if not isinstance(outcome, Outcome):
        raise TypeError(f"solve: wanted an rnnspec.Outcome, got {type(outcome).__name__}")
    return outcome


def _judge(case: Case, adapter: Watched, problem: Problem, precision: Precision, *, explain: bool) -> Judgement:
    if case.kind == "outcome":
        return _judge_outcome(case, adapter, problem, precision, partial(_fields, problem), explain=explain)
    if case.kind in LAWS:
        asked = partial(LAWS[case.kind], problem)
        return _judge_outcome(case, adapter, problem, precision, asked, explain=explain)
    _ask_whether_supported(adapter, problem)
    _ask_whether_possible(case, adapter)
    if case.kind in DERIVATIVES:
        return _judgement(case, _derivative(case, adapter, problem, precision))
    if case.kind == "layout-names":
        return _judgement(case, layout_names(adapter, problem))
    if case.kind == "layout-identity":
        return _judgement(case, layout_identity(adapter, problem, precision))
    if case.kind == "twice":
        return _judge_twice(case, adapter, problem, precision, explain=explain)
    if case.kind == "memory":
        return _judgement(case, _memory(case, adapter, precision))
    return _judge_probes(case, adapter, problem, precision, explain=explain)


def _with_call_behaviour(judgement: Judgement, watched: Watched) -> Judgement:
    """`judgement`, and what the calls did to arrays (COND-1, COND-2).

    What a call does to arrays can be why a later one is wrong. So it comes first where there was more than one call and
    no known misreading explains the outcome.
    """
    found = watched.differences()
    if not found:
        return judgement
    first = judgement.verdict == "passed" or (watched.calls > 1 and judgement.misreading is None)
    return replace(
        judgement,
        verdict="differs",
        ratio=found[0].ratio,
        error=None,
        tolerance=None,
        field=found[0].field,
        differences=(*found, *judgement.differences) if first else (*judgement.differences, *found),
        rule=found[0].rule if first else judgement.rule,
    )


def _judgement(case: Case, comparison: Comparison, mutant: Mutant | None = None) -> Judgement:
    measured = Judgement(
        verdict="passed",
        ratio=comparison.ratio,
        field=comparison.field,
        error=comparison.error,
        tolerance=comparison.tolerance,
    )
    if not comparison.differences:
        return measured
    return replace(
        measured,
        verdict="differs",
        differences=comparison.differences,
        rule=mutant.rule if mutant else rule_of(case, comparison.differences[0]),
        misreading=mutant.sentence if mutant else None,
    )


def _fields(problem: Problem, solve: Solve, _: Precision) -> Mapping[str, Array]:
    """What is asked where a single problem is solved."""
    return named_arrays(solve(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answer:
    """What an adapter made of what it was asked, beside what was expected of it."""

    asked: Asked
    precision: Precision
    expected: Expectation
    actual: Mapping[str, object]
    comparison: Comparison

    @staticmethod
    def of(problem: Problem, precision: Precision, solve: Solve, asked: Asked, chosen: Chosen) -> _Answer:
        def chosen_of(solve: Solve, precision: Precision) -> Mapping[str, Array]:
            return {name: array for name, array in asked(solve, precision).items() if chosen(name)}

        untouched = deepcopy(problem)  # the implementation may spoil the one that it is given
        actual = chosen_of(solve, precision)
        expected = expectation_of(untouched, precision).restricted(chosen)
        return _Answer(
            asked=chosen_of,
            precision=precision,
            expected=expected,
            actual=actual,
            comparison=expected.compared_with(actual, precision),
        )

    def mutant(self) -> Mutant | None:
        """The known misreading that this is the answer of, if there is one."""
        if not self.comparison.differences:
            return None
        return diagnose(self.asked, self.expected.arrays, self.actual, self.expected.tolerances, self.precision)


def _judge_outcome(
    case: Case, adapter: Watched, problem: Problem, precision: Precision, asked: Asked, *, explain: bool
) -> Judgement:
    answer = _Answer.of(problem, precision, partial(_solved, adapter), asked, case.compares)
    return _judgement(case, answer.comparison, answer.mutant() if explain else None)


def _judge_twice(case: Case, adapter: Watched, problem: Problem, precision: Precision, *, explain: bool) -> Judgement:
    """Solve again, after another problem and with other seeds; compare the two answers, and judge the first."""
    solve = partial(_solved, adapter)
    repetition.reseed(1)
    answer = _Answer.of(problem, precision, solve, partial(_fields, problem), case.compares)
    first = repetition.copied(answer.actual)
    solve(repetition.another(case.recipe, precision))
    repetition.reseed(2)
    second = named_arrays(solve(problem))
    moved = repetition.unequal(first, second, answer.expected.tolerances, precision.dtype)
    if moved.differences:
        return _judgement(case, moved)
    return _judgement(case, answer.comparison, answer.mutant() if explain else None)


def _memory(case: Case, adapter: Watched, precision: Precision) -> Comparison:
    problem = repetition.enlarged(case.recipe, precision)
    adapter.solve(problem)  # watched; the calls that are measured are not, since watching keeps what it sees
    try:
        grown, allowed = repetition.growth(adapter.unwatched, problem)
    except repetition.TooSlow as slow:
        raise _Unsupported(str(slow)) from slow
    if grown <= allowed:
        return comparison_of([])
    what = f"{repetition.CALLS} calls leave {grown // 1024} KiB behind; wanted at most {allowed // 1024}"
    what = f"{what}. {repetition.ADVICE}"
    return comparison_of([Difference(field="memory", ratio=np.inf, what=what, rule="COND-4")])


def _derivative(case: Case, adapter: Differentiates, problem: Problem, precision: Precision) -> Comparison:
    expected, tangents = derivative_of(problem, case.kind, case.wrt, precision)
    return expected.compared_with(actual(case.kind, adapter, problem, tangents), precision)


def _judge_probes(
    case: Case, adapter: DeclaresLayout, problem: Problem, precision: Precision, *, explain: bool
) -> Judgement:
    """Change one native block at a time; the worst of all answers is judged."""
    tried = list(probes(adapter, problem, precision))
    answers = [
        _Answer.of(probe.problem, precision, partial(_natively, adapter, probe), partial(_fields, probe.problem), _all)
        for probe in tried
    ]
    probe, answer = max(zip(tried, answers, strict=True), key=lambda pair: pair[1].comparison.ratio)
    differences = tuple(
        replace(difference, what=f"{probe.block} changed: {difference.what}", block=probe.letter)
        for difference in answer.comparison.differences
    )
    comparison = replace(answer.comparison, differences=differences)
    return _judgement(case, comparison, answer.mutant() if explain else None)


def _natively(adapter: DeclaresLayout, probe: Probe, _: Problem) -> Outcome:
    return adapter.solve_native(probe.problem, probe.native)


def _all(_: str) -> bool:
    return True
