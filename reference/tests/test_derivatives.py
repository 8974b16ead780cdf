"""Directional derivatives: `rnnspec.jvp` (SEC-1) and `rnnspec.hvp` (SEC-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnspec import (
    LSTM,
    RNN,
    Activation,
    Array,
    Gradients,
    Parameters,
    Problem,
    State,
    Tangents,
    hvp,
    jvp,
    named_arrays,
    solve,
)

from .all_variants import SEQUENCE_OPTIONS, SINGLE_OPTIONS, VARIANTS, VARIED_STACKS, straight_through, with_options
from .directions import STEP, as_tangents, assert_same_number, imaginary, move, named_cotangents, random_direction
from .independent import read_independently
from .random_problems import (
    LENGTHS,
    STACKS,
    WHICH_LENGTHS,
    Spec,
    Stack,
    assert_close,
    assert_identical,
    gradients_of,
    inner,
    make_problem,
    name_of,
    size_of_inner,
)
from .test_layer_errors import PLAIN, refuse

TRUE_DERIVATIVES: tuple[Stack, ...] = (
    *((Spec(cell, "bidirectional"),) for cell in SINGLE_OPTIONS if not straight_through(cell)),
    *((spec,) for spec in SEQUENCE_OPTIONS),
    *VARIED_STACKS,
    *STACKS,
)
everywhere = pytest.mark.parametrize("stack", TRUE_DERIVATIVES, ids=name_of)
with_and_without_lengths = pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)


def names_of(gradients: Gradients) -> dict[str, Array]:
    """Gradients, or a Hessian times tangents, by the names of the inputs."""
    return {name.removeprefix("gradients."): array for name, array in gradients.named().items()}


@with_and_without_lengths
@everywhere
def test_the_derivative_along_a_direction_is_that_of_the_independent_reading(
    stack: Stack, lengths: NDArray[Any] | None
) -> None:
    problem = make_problem(stack, lengths=lengths, padded_outputs="repeat")
    v = random_direction(problem, 11)
    actual = jvp(problem, as_tangents(problem, v))
    assert actual.gradients is None
    expected = imaginary(read_independently(move(problem, v, 1j * STEP)))
    assert_close(named_arrays(actual), expected, relative=1e-12)


@with_and_without_lengths
@everywhere
def test_vjp_and_jvp_are_transposes(stack: Stack, lengths: NDArray[Any] | None) -> None:
    problem = make_problem(stack, lengths=lengths, padded_outputs="repeat")
    assert problem.cotangents is not None
    u, v = named_cotangents(problem.cotangents), random_direction(problem, 12)
    vjp = gradients_of(solve(problem))
    left, right = inner(vjp, v), inner(u, named_arrays(jvp(problem, as_tangents(problem, v))))
    assert_same_number(left, right, size_of_inner(vjp, v), "<vjp(u), v> and <u, jvp(v)>")


@with_and_without_lengths
@everywhere
def test_the_hessian_is_symmetric(stack: Stack, lengths: NDArray[Any] | None) -> None:
    problem = make_problem(stack, lengths=lengths, padded_outputs="repeat")
    u, v = random_direction(problem, 13), random_direction(problem, 14)
    H_u, H_v = (names_of(hvp(problem, as_tangents(problem, w))) for w in (u, v))
    assert_same_number(inner(u, H_v), inner(v, H_u), size_of_inner(u, H_v), "<u, H v> and <v, H u>")


@with_and_without_lengths
@everywhere
def test_the_hessian_times_a_direction_is_the_limit_of_differences_of_gradients(
    stack: Stack, lengths: NDArray[Any] | None
) -> None:
    problem, small = make_problem(stack, lengths=lengths, padded_outputs="repeat"), 1e-6
    v = random_direction(problem, 15)
    above, below = (gradients_of(solve(move(problem, v, h))) for h in (small, -small))
    differences = {name: (above[name] - below[name]) / (2 * small) for name in above}
    assert_close(names_of(hvp(problem, as_tangents(problem, v))), differences, relative=1e-7)


def test_a_direction_that_is_left_out_is_zero() -> None:
    problem = make_problem([(LSTM(projection=3), "bidirectional")], lengths=LENGTHS)
    v = as_tangents(problem, random_direction(problem, 16))
    parts = [Tangents(x=v.x), Tangents(initial=v.initial), Tangents(layers=v.layers)]
    whole = named_arrays(jvp(problem, v))
    each = [named_arrays(jvp(problem, part)) for part in parts]
    assert_close({name: each[0][name] + each[1][name] + each[2][name] for name in whole}, whole)
    for part in each:
        assert all(np.abs(part[name] - array).max() > 1e-3 for name, array in whole.items())
    second = names_of(hvp(problem, v))
    of_parts = [names_of(hvp(problem, part)) for part in parts]
    assert_close({name: of_parts[0][name] + of_parts[1][name] + of_parts[2][name] for name in second}, second)


def test_no_direction_gives_zeros() -> None:
    problem = make_problem([(LSTM(), "forward")], lengths=LENGTHS)
    for arrays, like in (
        (named_arrays(jvp(problem, Tangents())), named_arrays(solve(replace(problem, cotangents=None)))),
        (names_of(hvp(problem, Tangents())), gradients_of(solve(problem))),
    ):
        assert_identical(arrays, {name: np.zeros_like(array) for name, array in like.items()})


def test_cotangents_have_no_influence_on_the_derivative_of_the_outputs() -> None:
    problem = make_problem([(LSTM(), "forward")], lengths=LENGTHS)
    v = as_tangents(problem, random_direction(problem, 17))
    alone = replace(problem, cotangents=None)
    assert_identical(named_arrays(jvp(problem, v)), named_arrays(jvp(alone, v)))


def test_gradients_are_a_direction() -> None:
    """The slope of L along its gradient is the square of the gradient's length."""
    problem = make_problem([(LSTM(), "bidirectional")], lengths=LENGTHS)
    assert problem.cotangents is not None
    gradients = solve(problem).gradients
    assert gradients is not None
    g = names_of(gradients)
    slope = inner(named_cotangents(problem.cotangents), named_arrays(jvp(problem, gradients)))
    assert slope == pytest.approx(inner(g, g), rel=1e-12)
    v = random_direction(problem, 18)
    left, right = inner(names_of(hvp(problem, gradients)), v), inner(g, names_of(hvp(problem, as_tangents(problem, v))))
    assert left == pytest.approx(right, rel=1e-11)


PIECEWISE_LINEAR = ("relu", "identity", "affine", "leaky_relu", "thresholded_relu", "hard_sigmoid")


@pytest.mark.parametrize("activation", PIECEWISE_LINEAR)
def test_the_second_derivative_of_a_piecewise_linear_function_is_zero_at_its_kinks_too(activation: str) -> None:
    kinks = np.array([0.0, 1.0, -2.5, 2.5, 0.3])
    problem = make_problem([(RNN(activation=activation), "forward")], sizes=(1, 1, 1, len(kinks)), initial=False)
    layer = problem.layers[0]
    W, b = np.zeros_like(layer.parameters[0].W), kinks
    at_kinks = replace(problem, layers=(replace(layer, parameters=(layer.parameters[0].replace(W=W, b=b),)),))
    along_b = Parameters(W=W, R=np.zeros_like(layer.parameters[0].R), b=np.ones(len(kinks)))
    second = hvp(at_kinks, Tangents(layers=((along_b,),)))
    assert not second.layers[0][0].b.any()


def test_constants_of_activations_take_part_in_second_derivatives() -> None:
    squash = Activation(name="scaled_tanh", alpha=1.7, beta=0.6)
    problem = make_problem([(LSTM(candidate_activation=squash, output_activation=squash), "forward")])
    u, v = random_direction(problem, 19), random_direction(problem, 20)
    H_u, H_v = (names_of(hvp(problem, as_tangents(problem, w))) for w in (u, v))
    assert_same_number(inner(u, H_v), inner(v, H_u), size_of_inner(u, H_v), "<u, H v> and <v, H u>")


@pytest.mark.parametrize("garbage", [np.nan, np.inf])
def test_what_a_direction_holds_in_the_padding_changes_nothing(garbage: float) -> None:
    problem = make_problem([(LSTM(), "bidirectional")], lengths=LENGTHS, padded_outputs="repeat")
    v = random_direction(problem, 24)
    spoiled = {**v, "x": np.where((np.arange(len(v["x"]))[:, None] >= LENGTHS)[..., None], garbage, v["x"])}
    with np.errstate(all="raise", under="ignore"):
        first, second = (jvp(problem, as_tangents(problem, w)) for w in (v, spoiled))
        third, fourth = (hvp(problem, as_tangents(problem, w)) for w in (v, spoiled))
    assert_identical(named_arrays(second), named_arrays(first))
    assert_identical(names_of(fourth), names_of(third))


CLIPPED: tuple[Stack, ...] = tuple(
    (Spec(cell, "bidirectional"),) for cell in VARIANTS if straight_through(cell) and not isinstance(cell, RNN)
)


@pytest.mark.parametrize("stack", CLIPPED, ids=name_of)
def test_the_derivative_of_the_outputs_knows_no_straight_through_clip(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    layer = problem.layers[0]
    true = replace(problem, layers=(replace(layer, cell=with_options(layer.cell, clip_derivative="true")),))
    v = as_tangents(problem, random_direction(problem, 22))
    assert_identical(named_arrays(jvp(problem, v)), named_arrays(jvp(true, v)))


@pytest.mark.parametrize("stack", CLIPPED, ids=name_of)
def test_what_is_differentiated_once_more_is_the_straight_through_gradient(stack: Stack) -> None:
    problem, small = make_problem(stack, lengths=LENGTHS), 1e-6
    v = random_direction(problem, 23)
    above, below = (gradients_of(solve(move(problem, v, h))) for h in (small, -small))
    differences = {name: (above[name] - below[name]) / (2 * small) for name in above}
    assert_close(names_of(hvp(problem, as_tangents(problem, v))), differences, relative=1e-7)


T, B, I, H = 3, 2, 4, 5
PROBLEM = make_problem([(LSTM(), "forward")], sizes=(T, B, I, H))
TANGENTS = as_tangents(PROBLEM, random_direction(PROBLEM, 21))
NO_STATES = replace(PROBLEM, initial=None)
NO_COTANGENTS = replace(PROBLEM, cotangents=None)
COMPLEX = replace(PROBLEM, x=PROBLEM.x.astype(np.complex128))
REAL = "real numbers"
FIRST = "tangents.layers[0][0]"


Derivative = Callable[[Problem, Tangents], object]
"""`jvp` or `hvp`."""


def along(problem: Problem = PROBLEM, **wrong: Any) -> Callable[[Derivative], object]:
    """A derivative along tangents of which some parts are other values."""
    return lambda derivative: derivative(problem, replace(TANGENTS, **wrong))


def parameters(**wrong: Any) -> Callable[[Derivative], object]:
    assert TANGENTS.layers is not None
    return along(layers=((TANGENTS.layers[0][0].replace(**wrong),),))


def states(*given: Any) -> Callable[[Derivative], object]:
    return along(initial=(tuple(given),))


ERRORS: list[tuple[str, Callable[[Derivative], object], str, str, str, str]] = [
    ("a complex problem", along(COMPLEX), "problem", "real arrays", "complex ones", "SEC-1"),
    ("x of another shape", along(x=np.zeros((T, B, 1))), "tangents.x", "shape [3, 2, 4]", "[3, 2, 1]", "SEC-1"),
    ("x as a list", along(x=[1.0]), "tangents.x", PLAIN, "builtins.list", "SEC-1"),
    (
        "x of float32",
        along(x=np.zeros((T, B, I), np.float32)),
        "tangents.x",
        "dtype float64 or complex128",
        "float32",
        "SEC-1",
    ),
    (
        "states where there are none",
        along(NO_STATES),
        "tangents.initial",
        "None where the problem has none",
        "some",
        "SEC-1",
    ),
    (
        "no direction of states",
        states(),
        "tangents.initial[0]",
        "a tuple of State, one for each direction (1)",
        "0",
        "SEC-1",
    ),
    (
        "a state without c",
        states(State(h=np.zeros((B, H)))),
        "tangents.initial[0][0].c",
        "an array",
        "nothing",
        "SEC-1",
    ),
    (
        "a state of one sequence",
        states(State(h=np.zeros((1, H)), c=np.zeros((B, H)))),
        "tangents.initial[0][0].h",
        "shape [2, 5]",
        "[1, 5]",
        "SEC-1",
    ),
    ("no layers", along(layers=()), "tangents.layers", "a tuple of tuple, one for each layer (1)", "0", "SEC-1"),
    (
        "a list of layers",
        along(layers=[(Parameters(),)]),
        "tangents.layers",
        "a tuple of tuple, one for each layer (1)",
        "list",
        "SEC-1",
    ),
    ("states as parameters", along(layers=((State(),),)), FIRST, "Parameters", "State", "SEC-1"),
    ("a name too many", parameters(p_i=np.zeros(H)), f"{FIRST}.p_i", "no such array", "one of shape [5]", "SEC-1"),
    (
        "no names",
        along(layers=((Parameters(),),)),
        f"{FIRST}.W_i",
        "an array",
        "nothing, nor W_f, nor W_g, nor W_o, ...",
        "SEC-1",
    ),
    ("a complex x", along(x=np.zeros((T, B, I), complex)), "tangents.x", REAL, "complex128", "SEC-1"),
    (
        "a complex state",
        states(State(h=np.zeros((B, H), complex), c=np.zeros((B, H)))),
        "tangents.initial[0][0].h",
        REAL,
        "complex128",
        "SEC-1",
    ),
    ("a complex bias", parameters(b_f=np.zeros(H, complex)), f"{FIRST}.b_f", REAL, "complex128", "SEC-1"),
    ("a bias of size 1", parameters(b_f=np.zeros(1)), f"{FIRST}.b_f", "shape [5]", "[1]", "SEC-1"),
]


@pytest.mark.parametrize("derivative", [jvp, hvp])
@pytest.mark.parametrize("row", ERRORS, ids=[row[0] for row in ERRORS])
def test_a_wrong_direction_is_refused(
    row: tuple[str, Callable[[Derivative], object], str, str, str, str], derivative: Derivative
) -> None:
    sentence, make, field, wanted, came, rule = row
    refuse((sentence, partial(make, derivative), field, wanted, came, rule))


@pytest.mark.parametrize("derivative", [jvp, hvp])
@pytest.mark.parametrize("wrong", [None, np.zeros(1), {"x": None}], ids=lambda wrong: type(wrong).__name__)
def test_what_is_no_tangents_or_no_problem_is_refused(wrong: Any, derivative: Any) -> None:
    came = type(wrong).__name__
    refuse(("", lambda: derivative(PROBLEM, wrong), "tangents", "Tangents or Gradients", came, "SEC-1"))
    refuse(("", lambda: derivative(wrong, TANGENTS), "problem", "a Problem", came, "SEQ-1"))


def test_without_cotangents_there_is_no_second_derivative() -> None:
    refuse(("", lambda: hvp(NO_COTANGENTS, TANGENTS), "problem.cotangents", "cotangents", "None", "SEC-2"))
