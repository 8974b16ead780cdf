"""Whatever an implementation does is a verdict on it, and names the rule that it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from rnnspec import FLOAT64, Array, Gradients, Outcome, Parameters, Problem, State, solve
from rnnspec_adapters import Adapter, Block, DeclaresLayout, Layout, Native, Placement, Tensor, Unsupported
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.judging import Judgement, expectation_of, judge
from rnnspec_conformance.judging.blame import rule_of
from rnnspec_conformance.judging.compare import Difference
from rnnspec_conformance.trial import Result, Subject

BY_ID = {case.id: case for case in CASES}
Change = Callable[[Outcome], Any]


def judged(id: str, change: Change, precision: str = "float64") -> Judgement:
    """The judgement of a reference whose outcomes are changed."""

    class Changed(ReferenceAdapter):
        def solve(self, problem: Problem) -> Outcome:
            return cast(Outcome, change(super().solve(problem)))

    return judge(BY_ID[id], Changed(precision=precision), precision)


def fields_of(judgement: Judgement) -> set[str]:
    return {difference.field for difference in judgement.differences}


def test_a_right_implementation_passes() -> None:
    judgement = judged("lstm-gradients", lambda outcome: outcome)
    assert judgement.verdict == "passed"
    assert judgement.rule is None
    assert judgement.ratio is not None
    assert judgement.ratio <= 1


@pytest.mark.parametrize(
    "error", [RuntimeError("this kernel\nwants two steps"), SystemExit("bye"), MemoryError("full")]
)
def test_what_raises_has_errored(error: BaseException) -> None:
    def fail(_: Outcome) -> None:
        raise error

    judgement = judged("lstm-forward", fail)
    assert judgement.verdict == "errored"
    assert judgement.reason == f"{type(error).__name__}: {error}".splitlines()[0]
    assert judgement.rule is None


def test_an_interruption_is_no_verdict() -> None:
    def interrupt(_: Outcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged("lstm-forward", interrupt)


@pytest.mark.parametrize("value", [None, {}, 1.0, (np.zeros(1),)])
def test_what_is_no_outcome_has_errored(value: object) -> None:
    judgement = judged("lstm-forward", lambda _: value)
    assert judgement.verdict == "errored"
    assert judgement.reason == f"TypeError: solve: wanted an rnnspec.Outcome, got {type(value).__name__}"


def test_nan_differs_by_no_number() -> None:
    judgement = judged("lstm-forward", lambda outcome: replace(outcome, y=np.nan * outcome.y))
    assert (judgement.verdict, judgement.ratio, judgement.field) == ("differs", np.inf, "y")
    assert judgement.rule == "LSTM-4"
    assert judgement.misreading is None


@pytest.mark.parametrize(
    "change, what",
    [
        (lambda y: y.swapaxes(0, 1), "wanted shape [5, 3, 4], got [3, 5, 4]"),
        (lambda y: y[None], "wanted shape [5, 3, 4], got [1, 5, 3, 4]"),
        (lambda y: y.tolist(), "wanted a numpy.ndarray, got list"),
        (lambda _: None, "wanted a numpy.ndarray, got NoneType"),
    ],
)
def test_an_output_of_another_form_differs(change: Callable[[Any], Any], what: str) -> None:
    judgement = judged("lstm-forward", lambda outcome: replace(outcome, y=change(outcome.y)))
    assert judgement.verdict == "differs"
    assert [difference.what for difference in judgement.differences] == [what]
    assert judgement.rule == "LSTM-4"


@pytest.mark.parametrize("precision, other", [("float64", np.float32), ("float32", np.float64), ("tf32", np.float16)])
def test_another_dtype_is_num_3(precision: str, other: type[np.floating[Any]]) -> None:
    judgement = judged("gru-lengths", lambda outcome: replace(outcome, y=outcome.y.astype(other)), precision)
    assert (judgement.verdict, judgement.rule) == ("differs", "NUM-3")


def test_missing_gradients_are_grad_1() -> None:
    judgement = judged("lstm-gradients", lambda outcome: replace(outcome, gradients=None))
    assert (judgement.verdict, judgement.rule) == ("differs", "GRAD-1")
    assert "gradients.layers[0][0].W_i" in fields_of(judgement)


def test_a_missing_gradient_of_the_initial_state_is_grad_1() -> None:
    def change(outcome: Outcome) -> Outcome:
        assert outcome.gradients is not None
        return replace(outcome, gradients=replace(outcome.gradients, initial=None))

    judgement = judged("lstm-gradients", change)
    assert judgement.rule == "GRAD-1"
    assert fields_of(judgement) == {"gradients.initial[0][0].c", "gradients.initial[0][0].h"}


def test_gradients_that_nobody_asked_for_differ() -> None:
    extra = Gradients(x=np.zeros((5, 3, 2)), initial=None, layers=((Parameters(),),))
    judgement = judged("lstm-forward", lambda outcome: replace(outcome, gradients=extra))
    assert judgement.verdict == "differs"
    assert [difference.what for difference in judgement.differences] == ["wanted nothing of this name"]


def test_a_state_that_nobody_knows_differs() -> None:
    def change(outcome: Outcome) -> Outcome:
        (state,), *_ = outcome.final
        return replace(outcome, final=((State(h=state.h, c=state.h),),))

    judgement = judged("gru-after-keep-forward", change)
    assert judgement.verdict == "differs"
    assert fields_of(judgement) == {"final[0][0].c"}


def test_a_number_in_the_padding_differs_however_small() -> None:
    def change(outcome: Outcome) -> Outcome:
        return replace(outcome, y=np.where(outcome.y == 0, 1e-200, outcome.y))

    judgement = judged("lstm-lengths", change)
    assert (judgement.verdict, judgement.rule, judgement.ratio) == ("differs", "SEQ-4", np.inf)


def test_a_gradient_of_the_padding_differs_however_small() -> None:
    def change(outcome: Outcome) -> Outcome:
        d = outcome.gradients
        assert d is not None
        return replace(outcome, gradients=replace(d, x=np.where(d.x == 0, 1e-200, d.x)))

    judgement = judged("lstm-lengths", change)
    assert (judgement.verdict, judgement.rule, judgement.ratio) == ("differs", "GRAD-11", np.inf)


@pytest.mark.parametrize(
    "field, rule",
    [
        ("gradients.x", "GRAD-8"),
        ("gradients.initial[0][0].h", "GRAD-9"),
        ("gradients.layers[0][0].W_i", "GRAD-7"),
        ("gradients.layers[0][0].p_i", "GRAD-4"),
        ("y", "LSTM-4"),
        ("final[0][0].c", "LSTM-4"),
    ],
)
def test_a_difference_of_unknown_cause_is_put_down_to_the_rule_of_its_field(field: str, rule: str) -> None:
    difference = Difference(field=field, ratio=9.0, what="")
    assert rule_of(BY_ID["lstm-forward"], difference) == rule


def test_a_known_misreading_is_recognised_and_named() -> None:
    def change(outcome: Outcome) -> Outcome:
        ((state,),) = outcome.final
        return replace(outcome, final=((State(h=state.c, c=state.h),),))

    judgement = judged("lstm-forward", change)
    assert (judgement.verdict, judgement.rule) == ("differs", "LSTM-7")
    assert judgement.misreading == "the final (h, c) are given as (c, h)"


def test_a_refusal_is_unsupported_for_its_reason() -> None:
    class Refusing(ReferenceAdapter):
        def supports(self, problem: Problem) -> Unsupported | None:
            return Unsupported(reason="no lengths") if problem.lengths is not None else None

    refused = judge(BY_ID["lstm-lengths"], Refusing(), "float64")
    assert (refused.verdict, refused.reason, refused.ratio) == ("unsupported", "no lengths", None)
    assert judge(BY_ID["lstm-forward"], Refusing(), "float64").verdict == "passed"


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_refusal_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match=r"Unsupported\.reason: wanted a sentence, got nothing"):
        Unsupported(reason=reason)

    class Silent(ReferenceAdapter):
        def supports(self, problem: Problem) -> Unsupported | None:
            return Unsupported(reason=reason)

    assert judge(BY_ID["lstm-forward"], Silent(), "float64").verdict == "errored"


@pytest.mark.parametrize("answer", [True, False, "no lengths"])
def test_a_refusal_that_is_no_record_has_errored(answer: object) -> None:
    class Careless(ReferenceAdapter):
        def supports(self, problem: Problem) -> Unsupported | None:
            return cast(Unsupported, answer)

    assert judge(BY_ID["lstm-forward"], Careless(), "float64").verdict == "errored"


class WithoutLayout:
    """An adapter that offers nothing but what the contract asks for."""

    name: ClassVar[str] = "without-layout"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None:
        self.inner = ReferenceAdapter(device=device, precision=precision)

    def provenance(self) -> Mapping[str, str]:
        return {}

    def supports(self, problem: Problem) -> Unsupported | None:
        return None

    def solve(self, problem: Problem) -> Outcome:
        return self.inner.solve(problem)


@pytest.mark.parametrize("id", ["gru-layout-names", "gru-layout-identity", "gru-layout-probe"])
def test_an_adapter_without_a_layout_supports_no_case_about_layouts(id: str) -> None:
    adapter: Adapter = WithoutLayout()
    assert not isinstance(adapter, DeclaresLayout)
    judgement = judge(BY_ID[id], adapter, "float64")
    assert (judgement.verdict, judgement.reason) == ("unsupported", "the adapter declares no layout")
    assert judge(BY_ID["gru-lengths"], adapter, "float64").verdict == "passed"


def test_a_layout_that_names_other_tensors_is_lay_3() -> None:
    class Renamed(ReferenceAdapter):
        def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
            shapes = super().native_shapes(problem)
            return {**shapes, "0.0.extra": (1,), "0.0.W": shapes["0.0.W"][::-1]}

    judgement = judge(BY_ID["gru-layout-names"], Renamed(), "float64")
    assert (judgement.verdict, judgement.rule) == ("differs", "LAY-3")
    assert [difference.what for difference in judgement.differences] == [
        "the layout declares [3, 4, 2], the implementation reports [2, 4, 3]",
        "the layout declares nothing, the implementation reports [1]",
    ]


class AddsAConstant(ReferenceAdapter):
    """Declares that 1 is added to the bias of the forget gate; unpacking is `wrong` by so much."""

    wrong: ClassVar[float] = 0.0

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(replace(place, layout=self.with_constant(place.layout)) for place in super().placements(problem))

    def with_constant(self, declared: Layout) -> Layout:
        def constant(block: Block, tensor: Tensor) -> float:
            return 1.0 if block.name == "b_f" and tensor.name == "b_W" else 0.0

        return Shifted(
            wrong=self.wrong,
            name=declared.name,
            tensors=tuple(
                replace(tensor, blocks=tuple(replace(block, added=constant(block, tensor)) for block in tensor.blocks))
                for tensor in declared.tensors
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Shifted(Layout):
    wrong: float

    def unpack(self, tensors: Iterable[Array]) -> Parameters:
        parameters = super().unpack(tensors)
        return parameters.replace(b_f=parameters.b_f + self.wrong)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_an_added_constant_may_round_and_do_no_more(precision: str) -> None:
    class Wrong(AddsAConstant):
        wrong = 1e-5

    case = BY_ID["lstm-layout-identity"]
    assert judge(case, AddsAConstant(precision=precision), precision).verdict == "passed"
    judgement = judge(case, Wrong(precision=precision), precision)
    assert (judgement.verdict, judgement.rule) == ("differs", "LAY-4")
    assert {difference.field.rpartition(".")[2] for difference in judgement.differences} == {"b_f"}


def test_a_layout_of_nothing_has_errored() -> None:
    class Empty(ReferenceAdapter):
        def placements(self, problem: Problem) -> tuple[Placement, ...]:
            return ()

        def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
            return {"W": (1,)}

    assert judge(BY_ID["gru-layout-names"], Empty(), "float64").verdict == "differs"
    assert judge(BY_ID["gru-layout-identity"], Empty(), "float64").verdict == "errored"
    assert judge(BY_ID["gru-layout-probe"], Empty(), "float64").verdict == "errored"


def test_a_probe_names_the_block_that_was_changed() -> None:
    class Deaf(ReferenceAdapter):
        def solve_native(self, problem: Problem, native: Native) -> Outcome:
            return super().solve_native(problem, {n: 0 * t if n.endswith("b_R") else t for n, t in native.items()})

    judgement = judge(BY_ID["lstm-layout-probe"], Deaf(), "float64")
    assert (judgement.verdict, judgement.rule) == ("differs", "LAY-5")
    assert all(difference.what.startswith("0.0.b_R[b_") for difference in judgement.differences)


def test_a_probe_recognises_a_misreading() -> None:
    class Added(ReferenceAdapter):
        def solve_native(self, problem: Problem, native: Native) -> Outcome:
            changed = {name: tensor.copy() for name, tensor in native.items()}
            changed["0.0.b_W"][1] += 1
            return super().solve_native(problem, changed)

    judgement = judge(BY_ID["lstm-layout-probe"], Added(), "float64")
    assert (judgement.rule, judgement.misreading) == ("LAY-6", "1 is added to the bias of the forget gate")


def test_the_adapter_sees_the_problem_and_nothing_else() -> None:
    seen: list[object] = []

    class Watching(ReferenceAdapter):
        def solve(self, *given: Any, **named: Any) -> Outcome:
            seen.extend((*given, *named.values()))
            return super().solve(*given, **named)

    judge(BY_ID["lstm-forward"], Watching(), "float64")
    assert [type(value) for value in seen] == [Problem]


def test_an_adapter_that_spoils_its_problem_spoils_no_expectation() -> None:
    class Spoiling(ReferenceAdapter):
        def solve(self, problem: Problem) -> Outcome:
            outcome = super().solve(problem)
            problem.x[...] = 0
            return outcome

    for _ in range(2):
        judgement = judge(BY_ID["lstm-gradients"], Spoiling(), "float64")
        assert (judgement.verdict, judgement.rule) == ("differs", "COND-1")
        assert fields_of(judgement) == {"problem.x"}


def test_expectations_are_those_of_the_reference() -> None:
    problem = BY_ID["gru-lengths"].problem(FLOAT64)
    expected = expectation_of(problem, FLOAT64)
    assert np.array_equal(expected.arrays["y"], solve(problem).y)
    assert expected.arrays.keys() == expected.tolerances.keys()
    assert problem.lengths is not None
    for sequence, length in enumerate(problem.lengths):
        assert expected.exact["y"].where[length:, sequence].all()
        assert not expected.exact["y"].where[:length, sequence].any()


def test_problems_that_differ_have_expectations_of_their_own() -> None:
    problem = BY_ID["gru-after-keep-gradients"].problem(FLOAT64)
    assert problem.cotangents is not None
    others = [
        replace(problem, initial=None),
        replace(problem, lengths=np.array([5, 2, 3])),
        replace(problem, lengths=np.array([5, 3, 2])),
        replace(problem, cotangents=None),
        replace(problem, cotangents=replace(problem.cotangents, y=None)),
        replace(problem, cotangents=replace(problem.cotangents, final=None)),
        replace(problem, x=2 * problem.x),
    ]
    made = [expectation_of(other, FLOAT64) for other in (problem, *others)]
    assert len({id(expectation) for expectation in made}) == len(made)
    assert expectation_of(replace(problem), FLOAT64) is made[0]


def message_of(adapter: type[ReferenceAdapter], case: str) -> str:
    subject = Subject(
        given="some.module:Adapter",
        adapter=adapter,
        device="cpu",
        precisions=("float32",),
        modes=("default",),
        patterns=(case,),
    )
    (trial,) = subject.trials()
    result: Result = trial.run()
    return result.message()


def test_a_message_says_what_a_person_needs() -> None:
    class Wrong(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            outcome = super().compute(problem)
            y = outcome.y.copy()
            y[1, 2, 3] += 1
            return replace(outcome, y=y)

    lines = message_of(Wrong, "lstm-forward").splitlines()
    assert lines[0] == "lstm-forward (float32, default) differs, in a case about LSTM-4 New cell state"
    assert lines[1] == f"  holds      {BY_ID['lstm-forward'].sentence}"
    assert lines[2].startswith("  differs    y at [1, 2, 3]: wanted ")
    assert lines[2].endswith(" times the tolerance")
    assert lines[-1] == (
        "  see again  rnnspec validate --adapter some.module:Adapter --device cpu "
        "--precision float32 --mode default --case lstm-forward"
    )


def test_a_message_about_many_fields_is_short() -> None:
    class Wrong(ReferenceAdapter):
        def compute(self, problem: Problem) -> Outcome:
            return super().compute(replace(problem, x=3 * problem.x))

    lines = message_of(Wrong, "lstm-gradients").splitlines()
    assert len([line for line in lines if line.startswith("  differs")]) == 6
    assert any(line.strip().startswith("and ") and line.endswith(" more fields") for line in lines)
