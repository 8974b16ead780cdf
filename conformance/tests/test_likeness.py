"""What an error looks like is told of arrays that have such errors, and of no others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rnnspec import FLOAT64, PRECISIONS, Array, Problem, named_arrays, solve
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.judging.compare import compare
from rnnspec_conformance.judging.evidence import Evidence
from rnnspec_conformance.judging.likeness import Likeness, deciding, kind_of, likeness

BY_ID = {case.id: case for case in CASES}


def likeness_of(id: str, changed: dict[str, Callable[[Array], Array]]) -> Likeness:
    """What the outcome of a case looks like when some of its arrays are changed."""
    problem: Problem = BY_ID[id].problem(FLOAT64)
    expected = named_arrays(solve(problem))
    actual = {name: changed.get(kind_of(name), np.copy)(array) for name, array in expected.items()}
    tolerances = dict.fromkeys(expected, 1e-15)
    differences = compare(expected, actual, tolerances, np.float64).differences
    evidence = Evidence(
        problem=problem,
        asked=lambda solve, _: named_arrays(solve(problem)),
        precision=FLOAT64,
        expected=expected,
        tolerances=tolerances,
        actual=actual,
    )
    return likeness(evidence, [difference.field for difference in differences], closely=True)


@pytest.mark.parametrize(
    "kind, change, looks",
    [
        ("y", lambda y: -y, "the other sign"),
        ("y", lambda y: 3 * y, "a factor of 3"),
        ("y", lambda y: y / 3, "a factor of 1/3"),
        ("y", lambda y: 1.2345 * y, "a factor of 1.234"),
        ("y", lambda y: 0 * y, "zeros"),
        ("y", lambda y: y + 0.5, "0.5 added"),
        ("y", lambda y: y[::-1].copy(), "the steps in the opposite order"),
        ("y", lambda y: np.roll(y, 1, axis=0), "one step off in time"),
        ("y", lambda y: np.roll(y, -1, axis=0), "one step off in time"),
        ("y", lambda y: y[:, [1, 2, 0]], "sequences in another order"),
        ("y", lambda y: y[:, :, [0, 2, 1, 3]], "units in another order"),
        ("y", lambda y: y.swapaxes(0, 1).copy(), "axes exchanged"),
        ("y", lambda y: np.where(y > 0, np.nan, y), "NaN"),
        ("y", lambda y: np.where(y > 0, np.inf, y), "infinities"),
        ("y", lambda y: y.astype(np.float32).astype(np.float64), "numbers of float32"),
        ("y", lambda y: y * (1 + 3e-8 * np.sin(np.arange(y.size)).reshape(y.shape)), "rounding to float32"),
        ("y", lambda y: np.sin(40 * y), ""),
        ("y", lambda y: y + np.where(y > 0, 5e-15, -5e-15), "rounding that piles up"),
        ("gradients.W_i", lambda d: d.T.reshape(d.shape), "a transposition"),
        ("gradients.R_i", lambda d: d.T.copy(), "a transposition"),
        ("gradients.R_i", lambda d: d[::-1].copy(), "units in another order"),
    ],
)
def test_an_error_is_told_by_what_it_looks_like(kind: str, change: Callable[[Array], Array], looks: str) -> None:
    found = likeness_of("lstm-gradients", {kind: change})
    assert (found.wrong, found.looks.partition(" (")[0]) == ((kind,), looks)


def test_gates_that_are_exchanged_are_a_permutation() -> None:
    problem = BY_ID["lstm-gradients"].problem(FLOAT64)
    right = {kind_of(name): array for name, array in named_arrays(solve(problem)).items()}
    exchanged = {"gradients.b_i": lambda _: right["gradients.b_f"], "gradients.b_f": lambda _: right["gradients.b_i"]}
    assert likeness_of("lstm-gradients", exchanged).looks == "a permutation of gates"


@pytest.mark.parametrize(
    "id, change, where",
    [
        (
            "lstm-bidirectional",
            lambda y: np.concatenate([y[..., :4], -y[..., 4:]], axis=-1),
            ("the reverse direction",),
        ),
        (
            "lstm-bidirectional",
            lambda y: np.concatenate([-y[..., :4], y[..., 4:]], axis=-1),
            ("the forward direction",),
        ),
        ("lstm-two-layers", lambda y: -y, ()),
        ("lstm-forward", lambda y: np.concatenate([y[:, :-1], -y[:, -1:]], axis=1), ("the last sequence",)),
        ("lstm-forward", lambda y: np.concatenate([y[:2], -y[2:]]), ("steps from 2 on",)),
        ("lstm-forward", lambda y: np.concatenate([y[..., :1], -y[..., 1:]], axis=-1), ("units from 1 on",)),
        ("lstm-forward", lambda y: -y, ()),
    ],
)
def test_the_place_of_an_error_is_told(id: str, change: Callable[[Array], Array], where: tuple[str, ...]) -> None:
    assert likeness_of(id, {"y": change}).where == where


@pytest.mark.parametrize(
    "field, kind",
    [
        ("gradients.layers[0][1].W_i", "gradients.W_i"),
        ("final[0][0].h", "final.h"),
        ("y", "y"),
        ("final[0][0].\x1b[31m", "final.?[31m"),
        (100 * "a", 80 * "a"),
    ],
)
def test_a_kind_is_short_and_can_be_printed(field: str, kind: str) -> None:
    assert kind_of(field) == kind


def test_outputs_decide_where_gradients_are_wrong_too() -> None:
    assert deciding(("y", "gradients.x")) == ("y",)
    assert deciding(("gradients.x", "gradients.b_i")) == ("gradients.x", "gradients.b_i")


@pytest.mark.parametrize("name", ["tf32", "float16", "bfloat16"])
def test_an_outcome_of_another_precision_looks_like_its_rounding(name: str) -> None:
    case, float32 = BY_ID["lstm-forward"], PRECISIONS["float32"]
    problem = case.problem(float32)
    expected = named_arrays(solve(problem))
    rounded = named_arrays(solve(problem, precision=PRECISIONS[name]))
    actual = {n: (a.astype(np.float32) * np.float32(1 + 2**-22)) for n, a in rounded.items()}  # not its numbers
    evidence = Evidence(
        problem=problem,
        asked=lambda solve, _: named_arrays(solve(problem)),
        precision=float32,
        expected=expected,
        tolerances=dict.fromkeys(expected, 1e-7),
        actual=actual,
    )
    found = likeness(evidence, list(expected), closely=True)
    assert found.looks == ("rounding to bfloat16" if name == "bfloat16" else "rounding as in TF32 or float16")
    assert likeness(evidence, list(expected), closely=False).looks == ""
