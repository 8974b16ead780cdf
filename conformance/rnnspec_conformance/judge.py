"""One case, one implementation: the verdict.

The adapter is given the problem and nothing else. Whatever it does instead of answering (an exception, an array of the
wrong shape, NaN) is a verdict on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from rnnspec import ARITHMETICS, Arithmetic, Array, Outcome, Problem, named_arrays, solve
from rnnspec.problem import arrays_of
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, Unsupported, layout
from rnnspec_conformance import along, repetition
from rnnspec_conformance.allowance import allowances
from rnnspec_conformance.cases import Case
from rnnspec_conformance.compare import Comparison, Difference, Exact, compare
from rnnspec_conformance.conduct import Watched
from rnnspec_conformance.diagnosis import Asked, Solve, diagnose
from rnnspec_conformance.laws import LAWS
from rnnspec_conformance.mutants import Mutant

Chosen = Callable[[str], bool]
"""Whether a field is compared."""

Verdict = Literal["passed", "differs", "unsupported", "errored"]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of a case.

    Attributes
    ----------
    verdict
        ``passed``, ``differs``, ``unsupported`` (the adapter refused, with a reason) or ``errored`` (it claimed support
        and raised).
    ratio
        The largest error in units of its allowance; None where nothing was compared.
    field
        Where that error is.
    error, allowance
        The two numbers that `ratio` is the ratio of; None where there is no such number, or nothing is allowed.
    reason
        Why the case is unsupported, or how it errored.
    differences
        Every field that differs, worst first.
    rule
        The rule that is broken, as far as can be told; None when nothing is.
    reading
        The known wrong reading that the outcome is equal to, if there is one (the sentence of a mutant).
    """

    verdict: Verdict
    ratio: float | None = None
    field: str = ""
    error: float | None = None
    allowance: float | None = None
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    rule: str | None = None
    reading: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Expectation:
    """The arrays of the reference, their allowances, and where nothing is allowed: in the padding."""

    arrays: Mapping[str, Array]
    allowances: Mapping[str, float]
    exact: Mapping[str, Exact]

    def restricted(self, chosen: Chosen) -> Expectation:
        """The same of some fields only."""
        return replace(self, arrays={name: array for name, array in self.arrays.items() if chosen(name)})

    def compared_with(self, actual: Mapping[str, object], arithmetic: Arithmetic) -> Comparison:
        """`actual` held against this."""
        comparison = compare(self.arrays, actual, self.allowances, arithmetic.dtype, self.exact)
        finer = None if arithmetic.keeps_all else _finer(actual, arithmetic)
        if finer is None:
            return comparison
        differences = (finer, *comparison.differences)
        return replace(comparison, differences=differences, ratio=np.inf, field=finer.field)


def _finer(actual: Mapping[str, object], arithmetic: Arithmetic) -> Difference | None:
    """The first field that holds numbers which the arithmetic has not, though the type of its arrays has (NUM-3).

    The gradients of parameters are left out: a layout may have put them together from two that the arithmetic has.
    """
    for name, array in actual.items():
        if name.startswith("gradients.layers"):
            continue
        if isinstance(array, np.ndarray) and array.dtype == arithmetic.dtype:
            foreign = array[(arithmetic.nearest(array) != array) & ~np.isnan(array)]
            if foreign.size:
                what = f"wanted numbers of {arithmetic.name}, got {foreign[0]:.9g}"
                return Difference(field=name, ratio=np.inf, what=what, rule="NUM-3")
    return None


_EXPECTATIONS: dict[tuple[bytes, str], Expectation] = {}


def expectation_of(problem: Problem, arithmetic: Arithmetic) -> Expectation:
    """What is expected of `problem`: computed in float64, allowed as `arithmetic` needs. Remembered by content."""
    key = (_fingerprint(problem), arithmetic.name)
    if key not in _EXPECTATIONS:
        expected = named_arrays(solve(problem))
        _EXPECTATIONS[key] = Expectation(
            arrays=expected, allowances=allowances(problem, expected, arithmetic), exact=_padding(problem)
        )
    return _EXPECTATIONS[key]


def forget() -> None:
    """Forget what was expected so far: for runs over many more problems than the cases have."""
    _EXPECTATIONS.clear()


def _padding(problem: Problem) -> dict[str, Exact]:
    if problem.lengths is None:
        return {}
    padded = (np.arange(problem.x.shape[0])[:, None] >= problem.lengths)[:, :, None]
    exact = {"gradients.x": Exact(where=padded, rule="GRAD-11")}
    if problem.padded_outputs == "zero":
        where = padded if problem.layers[-1].merge != "none" else padded[..., None]
        exact["y"] = Exact(where=where, rule="SEQ-4")
    return exact


def _fingerprint(problem: Problem) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(
        repr(
            [
                (layer.cell, layer.direction, layer.merge, layer.reverse_outputs, layer.input_size)
                for layer in problem.layers
            ]
        ).encode()
    )
    digest.update(repr((problem.x.shape, problem.lengths, problem.initial is None, problem.padded_outputs)).encode())
    if problem.cotangents is not None:
        digest.update(repr((problem.cotangents.y is None, problem.cotangents.final is None)).encode())
    for array in arrays_of(problem):
        digest.update(array.tobytes())
    return digest.digest()


def judge(case: Case, adapter: Adapter, dtype: str, *, explain: bool = True) -> Judgement:
    """Judge one case in the arithmetic called `dtype`, which `adapter` was made for.

    With `explain`, an outcome that differs is held against the known wrong readings, which takes a moment.
    """
    arithmetic = ARITHMETICS[dtype]
    problem = case.problem(arithmetic)
    watched = Watched(adapter)
    try:
        with np.errstate(all="ignore"):  # what NumPy says of overflows is no verdict: the numbers are
            return _with_conduct(_judge(case, watched, problem, arithmetic, explain=explain), watched)
    except _Unsupported as unsupported:
        return Judgement(verdict="unsupported", reason=unsupported.reason)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever an implementation raises is a verdict on it
        return Judgement(verdict="errored", reason=in_one_line(error))


def in_one_line(error: BaseException) -> str:
    """The type of an error and the first line of its message, whatever its author made of it."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}".splitlines()[0].removesuffix(": ")
    except Exception:  # noqa: BLE001 - an error that cannot say what it is about is an error still
        return kind


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
    if case.kind in along.DERIVATIVES and not isinstance(adapter.watched, Differentiates):
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


def _judge(case: Case, adapter: Watched, problem: Problem, arithmetic: Arithmetic, *, explain: bool) -> Judgement:
    if case.kind == "outcome":
        return _judge_outcome(case, adapter, problem, arithmetic, partial(_fields, problem), explain=explain)
    if case.kind in LAWS:
        asked = partial(LAWS[case.kind], problem)
        return _judge_outcome(case, adapter, problem, arithmetic, asked, explain=explain)
    _ask_whether_supported(adapter, problem)
    _ask_whether_possible(case, adapter)
    if case.kind in along.DERIVATIVES:
        return _judgement(case, _derivative(case, adapter, problem, arithmetic))
    if case.kind == "layout-names":
        return _judgement(case, _layout_names(adapter, problem))
    if case.kind == "layout-identity":
        return _judgement(case, _layout_identity(adapter, problem, arithmetic))
    if case.kind == "twice":
        return _judge_twice(case, adapter, problem, arithmetic, explain=explain)
    if case.kind == "memory":
        return _judgement(case, _memory(case, adapter, arithmetic))
    return _judge_probes(case, adapter, problem, arithmetic, explain=explain)


def _with_conduct(judgement: Judgement, watched: Watched) -> Judgement:
    """`judgement`, and what the calls did to arrays (COND-1, COND-2).

    What a call does to arrays can be why a later one is wrong. So it comes first where there was more than one call and
    no known wrong reading explains the outcome.
    """
    found = watched.differences()
    if not found:
        return judgement
    first = judgement.verdict == "passed" or (watched.calls > 1 and judgement.reading is None)
    return replace(
        judgement,
        verdict="differs",
        ratio=found[0].ratio,
        error=None,
        allowance=None,
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
        allowance=comparison.allowance,
    )
    if not comparison.differences:
        return measured
    return replace(
        measured,
        verdict="differs",
        differences=comparison.differences,
        rule=mutant.rule if mutant else rule_of(case, comparison.differences[0]),
        reading=mutant.sentence if mutant else None,
    )


def rule_of(case: Case, difference: Difference) -> str:
    """The rule that a difference speaks of when nothing more is known of its cause."""
    if difference.rule is not None:
        return difference.rule
    if case.kind == "twice":
        return case.rules[-1]  # its first answer is wrong, and so is the second: nothing is said about conduct
    if case.kind == "layout-probe":
        return "LAY-5" if difference.block.startswith("b") else "LAY-1"
    field = difference.field
    if field.startswith("gradients.") and case.chapter != "SEQ":
        letter = field.rpartition(".")[2]
        if field.startswith("gradients.x"):
            return "GRAD-8"
        if field.startswith("gradients.initial"):
            return "GRAD-9"
        return {"p": "GRAD-4"}.get(letter.split("_")[0], "GRAD-7")
    return case.rules[0]


def _fields(problem: Problem, solve: Solve, _: Arithmetic) -> Mapping[str, Array]:
    """What is asked where a single problem is solved."""
    return named_arrays(solve(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answer:
    """What an adapter made of what it was asked, beside what was expected of it."""

    asked: Asked
    arithmetic: Arithmetic
    expected: Expectation
    actual: Mapping[str, object]
    comparison: Comparison

    @staticmethod
    def of(problem: Problem, arithmetic: Arithmetic, solve: Solve, asked: Asked, chosen: Chosen) -> _Answer:
        def chosen_of(solve: Solve, arithmetic: Arithmetic) -> Mapping[str, Array]:
            return {name: array for name, array in asked(solve, arithmetic).items() if chosen(name)}

        untouched = deepcopy(problem)  # the implementation may spoil the one that it is given
        actual = chosen_of(solve, arithmetic)
        expected = expectation_of(untouched, arithmetic).restricted(chosen)
        return _Answer(
            asked=chosen_of,
            arithmetic=arithmetic,
            expected=expected,
            actual=actual,
            comparison=expected.compared_with(actual, arithmetic),
        )

    def mutant(self) -> Mutant | None:
        """The known wrong reading that this is the answer of, if there is one."""
        if not self.comparison.differences:
            return None
        return diagnose(self.asked, self.expected.arrays, self.actual, self.expected.allowances, self.arithmetic)


def _judge_outcome(
    case: Case, adapter: Watched, problem: Problem, arithmetic: Arithmetic, asked: Asked, *, explain: bool
) -> Judgement:
    answer = _Answer.of(problem, arithmetic, partial(_solved, adapter), asked, case.compares)
    return _judgement(case, answer.comparison, answer.mutant() if explain else None)


def _judge_twice(case: Case, adapter: Watched, problem: Problem, arithmetic: Arithmetic, *, explain: bool) -> Judgement:
    """Solve again, after another problem and with other seeds; compare the two answers, and judge the first."""
    solve = partial(_solved, adapter)
    repetition.reseed(1)
    answer = _Answer.of(problem, arithmetic, solve, partial(_fields, problem), case.compares)
    first = repetition.copied(answer.actual)
    solve(repetition.another(case.recipe, arithmetic))
    repetition.reseed(2)
    second = named_arrays(solve(problem))
    moved = repetition.moved(first, second, answer.expected.allowances, arithmetic.dtype)
    if moved.differences:
        return _judgement(case, moved)
    return _judgement(case, answer.comparison, answer.mutant() if explain else None)


def _memory(case: Case, adapter: Watched, arithmetic: Arithmetic) -> Comparison:
    problem = repetition.enlarged(case.recipe, arithmetic)
    adapter.solve(problem)  # watched; the calls that are measured are not, since watching keeps what it sees
    grown, allowed = repetition.growth(adapter.unwatched, problem)
    if grown <= allowed:
        return _comparison([])
    what = f"{repetition.CALLS} calls leave {grown // 1024} KiB behind; wanted at most {allowed // 1024}"
    return _comparison([Difference(field="memory", ratio=np.inf, what=what, rule="COND-4")])


def _derivative(case: Case, adapter: Differentiates, problem: Problem, arithmetic: Arithmetic) -> Comparison:
    tangents = along.direction_of(problem, case.along, arithmetic)
    key = (_fingerprint(problem) + f"{case.kind} {case.along}".encode(), arithmetic.name)
    if key not in _EXPECTATIONS:
        arrays, allowed = along.expected(case.kind, problem, tangents, arithmetic)
        _EXPECTATIONS[key] = Expectation(arrays=arrays, allowances=allowed, exact=_padding(problem))
    actual = along.actual(case.kind, adapter, problem, tangents)
    return _EXPECTATIONS[key].compared_with(actual, arithmetic)


def _layout_names(adapter: DeclaresLayout, problem: Problem) -> Comparison:
    native = adapter.native_shapes(problem)
    packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
    differences = []
    for name in sorted(packed.keys() | native.keys()):
        declared = list(packed[name].shape) if name in packed else "nothing"
        reported = list(native[name]) if name in native else "nothing"
        if declared != reported:
            what = f"the layout declares {declared}, the implementation reports {reported}"
            differences.append(Difference(field=name, ratio=np.inf, what=what, rule="LAY-3"))
    return _comparison(differences)


def _layout_identity(adapter: DeclaresLayout, problem: Problem, arithmetic: Arithmetic) -> Comparison:
    placements = adapter.placements(problem)
    unpacked = layout.unpack(layout.pack(problem.layers, placements, arithmetic.dtype), placements)
    constants = {
        (place.layer, place.direction, block.name): abs(block.added)
        for place in placements
        for tensor in place.layout.tensors
        for block in tensor.blocks
        if block.added
    }
    differences = []
    for position, layer in enumerate(problem.layers):
        for direction, parameters in enumerate(layer.parameters):
            field = f"layers[{position}].parameters[{direction}]"
            back = unpacked[position][direction]
            if set(back) != set(parameters):
                what = f"wanted {', '.join(parameters)}, got {', '.join(back)}"
                differences.append(Difference(field=field, ratio=np.inf, what=what, rule="LAY-4"))
                continue
            differences += [
                Difference(field=f"{field}.{name}", ratio=np.inf, what="not what was packed", rule="LAY-4")
                for name, array in parameters.items()
                if not _is_back(array, back[name], constants.get((position, direction, name)), arithmetic)
            ]
    return _comparison(differences)


def _is_back(packed: Array, unpacked: Array, constant: float | None, arithmetic: Arithmetic) -> bool:
    """Whether two arrays are the same, up to the rounding of an added constant where there is one (LAY-4)."""
    if constant is None:
        return np.array_equal(packed, unpacked)
    return bool((np.abs(packed - unpacked) <= arithmetic.eps * (np.abs(packed) + constant)).all())


def _comparison(differences: list[Difference]) -> Comparison:
    first = differences[0] if differences else None
    return Comparison(
        differences=tuple(differences), ratio=first.ratio if first else 0.0, field=first.field if first else ""
    )


def _judge_probes(
    case: Case, adapter: DeclaresLayout, problem: Problem, arithmetic: Arithmetic, *, explain: bool
) -> Judgement:
    """Change one native block at a time; the worst of all answers is judged."""
    probes = list(_probes(adapter, problem, arithmetic))
    answers = [
        _Answer.of(probe.problem, arithmetic, partial(_natively, adapter, probe), partial(_fields, probe.problem), _all)
        for probe in probes
    ]
    probe, answer = max(zip(probes, answers, strict=True), key=lambda pair: pair[1].comparison.ratio)
    differences = tuple(
        replace(difference, what=f"{probe.block} changed: {difference.what}", block=probe.letter)
        for difference in answer.comparison.differences
    )
    comparison = replace(answer.comparison, differences=differences)
    return _judgement(case, comparison, answer.mutant() if explain else None)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Probe:
    block: str
    letter: str
    problem: Problem
    native: dict[str, Array]


def _natively(adapter: DeclaresLayout, probe: _Probe, _: Problem) -> Outcome:
    return adapter.solve_native(probe.problem, probe.native)


def _all(_: str) -> bool:
    return True


def _probes(adapter: DeclaresLayout, problem: Problem, arithmetic: Arithmetic) -> Iterator[_Probe]:
    placements = adapter.placements(problem)
    native = layout.pack(problem.layers, placements, arithmetic.dtype)
    rng = np.random.default_rng(0)
    for place in placements:
        for name, tensor in zip(place.names(), place.layout.tensors, strict=True):
            for position, block in enumerate(tensor.blocks):
                parts = tensor.part(native[name].copy())
                step = rng.uniform(0.25, 0.5, size=parts[position].shape)
                parts[position] = (parts[position] + step).astype(native[name].dtype)
                changed = {**native, name: tensor.join(parts)}
                layers = tuple(
                    replace(layer, parameters=parameters)
                    for layer, parameters in zip(problem.layers, layout.unpack(changed, placements), strict=True)
                )
                yield _Probe(
                    block=f"{name}[{block.name}]",
                    letter=block.name,
                    problem=replace(problem, layers=layers),
                    native=changed,
                )
