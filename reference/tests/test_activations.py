"""The activations at the edges of the number line, and their derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnspec import Activation
from rnnspec.activations import (
    FORMULAS,
    HARD_SIGMOID_FIFTH,
    HARD_SIGMOID_SIXTH,
    RELU,
    SIGMOID,
    TANH,
    activation_of,
)

sigmoid, tanh, relu = SIGMOID.value, TANH.value, RELU.value
sigmoid_slope, tanh_slope, relu_slope = SIGMOID.derivative, TANH.derivative, RELU.derivative

STEP = 1e-30
POINTS = np.array([-800.0, -40.0, -3.0, -1.0, -1e-9, 0.0, 1e-300, 0.3, 1.0, 2.5, 40.0, 800.0])


@pytest.mark.parametrize(
    "a, expected",
    [(1e308, 1.0), (np.inf, 1.0), (-1e308, 0.0), (-np.inf, 0.0), (0.0, 0.5), (-0.0, 0.5), (800.0, 1.0), (-800.0, 0.0)],
)
def test_sigmoid_has_its_limits_without_a_warning(a: float, expected: float) -> None:
    with np.errstate(all="raise"):
        assert sigmoid(np.array([a]))[0] == expected


@pytest.mark.parametrize("a, expected", [(1e308, 1.0), (np.inf, 1.0), (-1e308, -1.0), (-np.inf, -1.0), (0.0, 0.0)])
def test_tanh_has_its_limits_without_a_warning(a: float, expected: float) -> None:
    with np.errstate(all="raise"):
        assert tanh(np.array([a]))[0] == expected


@settings(deadline=None, derandomize=True, database=None)
@given(st.floats(allow_nan=False))
def test_a_gate_stays_between_zero_and_one(a: float) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value = sigmoid(np.array([a]))[0]
    assert 0 <= value <= 1
    if a > -700:
        assert value == pytest.approx(1 / (1 + math.exp(-a)), rel=1e-15, abs=2.3e-16)


def test_sigmoid_and_tanh_write_into_their_argument() -> None:
    for activation in (sigmoid, tanh):
        a = POINTS.copy()
        assert activation(a, a) is a


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_leaves_its_argument_alone_and_writes_where_it_is_told(name: str) -> None:
    activation, a = Activation(name=name), POINTS.copy()
    expected = activation.value(a)
    assert a.tobytes() == POINTS.tobytes()
    assert activation.value(a, a) is a
    assert a.tobytes() == expected.tobytes()


def test_nan_passes_through_every_activation() -> None:
    for activation in (sigmoid, tanh, relu, *(Activation(name=name).value for name in FORMULAS)):
        assert np.isnan(activation(np.array([np.nan]))).all()


def test_slopes_are_the_complex_steps_of_the_values() -> None:
    away_from_the_kink = POINTS[POINTS != 0]
    for activation, points in ((SIGMOID, POINTS), (TANH, POINTS), (RELU, away_from_the_kink)):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            by_step = activation.value(points + 1j * STEP).imag / STEP
            by_slope = activation.derivative(activation.value(points.copy()))
        # The slope is a difference from one: its last digit is that of one.
        assert np.abs(by_slope - by_step).max() <= 4e-16, activation.name


def test_relu_and_its_slope_have_their_values() -> None:
    a = np.array([-2.0, -0.0, 0.0, 3.0, np.inf, -np.inf])
    assert relu(a).tolist() == [0, 0, 0, 3, np.inf, 0]
    assert relu_slope(relu(a)).tolist() == [0, 0, 0, 1, 1, 0]


def test_the_slope_of_relu_at_zero_is_zero() -> None:
    assert relu_slope(relu(np.array([0.0])))[0] == 0
    assert relu(np.array([0.0 + 1j * STEP]))[0] == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_activations_and_slopes_keep_the_dtype(dtype: type[np.generic]) -> None:
    for value, slope in ((sigmoid, sigmoid_slope), (tanh, tanh_slope), (relu, relu_slope)):
        result = value(np.array([-1, 2], dtype=dtype))
        assert result.dtype == dtype
        assert slope(result).dtype == dtype


# At a negative, a small and a large argument; worked out by hand or, where there are that many digits, with mpmath.
VALUES = [
    (Activation(name="identity"), [-3.0, 0.25, 4.0]),
    (Activation(name="affine"), [-3.0, 0.25, 4.0]),
    (Activation(name="affine", alpha=2, beta=-1), [-7.0, -0.5, 7.0]),
    (Activation(name="relu"), [0.0, 0.25, 4.0]),
    (Activation(name="leaky_relu"), [-0.03, 0.25, 4.0]),
    (Activation(name="leaky_relu", alpha=0.5), [-1.5, 0.25, 4.0]),
    (Activation(name="thresholded_relu"), [0.0, 0.0, 4.0]),
    (Activation(name="thresholded_relu", alpha=0.125), [0.0, 0.25, 4.0]),
    (Activation(name="hard_sigmoid"), [0.0, 0.55, 1.0]),
    (Activation(name="hard_sigmoid", alpha=1 / 6), [0.0, 0.25 / 6 + 0.5, 1.0]),
    (Activation(name="hard_sigmoid", alpha=0.125, beta=0.375), [0.0, 0.40625, 0.875]),
    (Activation(name="softsign"), [-0.75, 0.2, 0.8]),
    (Activation(name="elu"), [-0.95021293163213606, 0.25, 4.0]),
    (Activation(name="elu", alpha=2), [-1.9004258632642721, 0.25, 4.0]),
    (Activation(name="softplus"), [0.048587351573742059, 0.82593941987884356, 4.0181499279178097]),
    (Activation(name="scaled_tanh"), [-0.99505475368673045, 0.24491866240370913, 0.99932929973906704]),
    (Activation(name="scaled_tanh", alpha=2, beta=0.5), [-1.8102965072897329, 0.24870600354319242, 1.9280551601516338]),
]
# The kinks and the derivative there (ACT-3).
KINKS = [
    (Activation(name="relu"), 0.0, 0.0),
    (Activation(name="leaky_relu"), 0.0, 1.0),
    (Activation(name="leaky_relu", alpha=2.0), 0.0, 1.0),
    (Activation(name="thresholded_relu"), 1.0, 0.0),
    (Activation(name="thresholded_relu", alpha=0.0), 0.0, 0.0),
    (Activation(name="hard_sigmoid"), -2.5, 0.0),
    (Activation(name="hard_sigmoid"), 2.5, 0.0),
    (Activation(name="hard_sigmoid", alpha=0.25, beta=0.25), -1.0, 0.0),
    (Activation(name="hard_sigmoid", alpha=0.25, beta=0.25), 3.0, 0.0),
    (Activation(name="elu", alpha=0.7), 0.0, 1.0),
]
EVERY = [*(Activation(name=name) for name in FORMULAS), *(activation for activation, _ in VALUES)]


def name_of(activation: object) -> str:
    return ",".join(str(v) for v in vars(activation).values() if v is not None)


@pytest.mark.parametrize("activation, expected", VALUES, ids=lambda v: name_of(v) if isinstance(v, Activation) else "")
def test_an_activation_has_its_values(activation: Activation, expected: list[float]) -> None:
    assert activation.value(np.array([-3.0, 0.25, 4.0])).tolist() == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    "activation, kink, slope", KINKS, ids=lambda v: name_of(v) if isinstance(v, Activation) else ""
)
def test_the_slope_at_a_kink_is_the_one_that_was_chosen(activation: Activation, kink: float, slope: float) -> None:
    at = np.array([kink])
    assert activation.derivative(activation.value(at)) == slope
    assert activation.value(at + 1j * STEP).imag / STEP == slope
    for side in (kink - 1e-3, kink + 1e-3):
        by_slope = activation.derivative(activation.value(np.array([side])))
        assert by_slope == pytest.approx(activation.value(np.array([side + 1j * STEP])).imag / STEP, rel=1e-12)


@pytest.mark.parametrize("activation", EVERY, ids=name_of)
def test_the_slope_of_every_activation_is_the_complex_step_of_its_value(activation: Activation) -> None:
    points = np.array([-40.0, -3.0, -1.2, -0.3, -1e-9, 1e-9, 0.3, 1.1, 2.6, 40.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        by_step = activation.value(points + 1j * STEP).imag / STEP
        by_slope = activation.derivative(activation.value(points.copy()))
    assert np.abs(by_slope - by_step).max() <= 1e-15 * max(1, np.abs(by_step).max())


@pytest.mark.parametrize("activation", EVERY, ids=name_of)
@pytest.mark.parametrize("size", [1e4, 1e100, 1e300])
def test_an_activation_of_a_huge_number_is_finite_and_warns_of_nothing(activation: Activation, size: float) -> None:
    with np.errstate(all="raise", under="ignore"):
        value = activation.value(np.array([-size, size]))
        slope = activation.derivative(value)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("activation", EVERY, ids=name_of)
def test_every_activation_and_slope_keeps_the_dtype(activation: Activation, dtype: type[np.generic]) -> None:
    a = np.array([-1, 2], dtype=dtype)
    value = activation.value(a)
    assert value.dtype == dtype
    assert activation.derivative(value).dtype == dtype


def test_the_two_hard_sigmoids_are_different_functions_and_neither_is_sigmoid() -> None:
    a = np.array([-2.7, -1.0, 0.5, 2.7])
    fifth, sixth, smooth = HARD_SIGMOID_FIFTH.value(a), HARD_SIGMOID_SIXTH.value(a), sigmoid(a)
    assert fifth == pytest.approx([0, 0.3, 0.6, 1], rel=1e-15)
    assert sixth == pytest.approx([0.05, 1 / 3, 7 / 12, 0.95], rel=1e-14)
    assert min(np.abs(fifth - sixth).min(), np.abs(fifth - smooth).min(), np.abs(sixth - smooth).min()) > 1e-2


def test_a_name_is_the_activation_with_its_default_constants() -> None:
    assert Activation(name="hard_sigmoid") == HARD_SIGMOID_FIFTH
    assert activation_of("elu", "here") == Activation(name="elu", alpha=1.0)
    given = Activation(name="elu", alpha=0.5)
    assert activation_of(given, "here") is given
    defaults = {name: (Activation(name=name).alpha, Activation(name=name).beta) for name in FORMULAS}
    assert {name: constants for name, constants in defaults.items() if constants != (None, None)} == {
        "affine": (1, 0),
        "leaky_relu": (0.01, None),
        "thresholded_relu": (1, None),
        "scaled_tanh": (1, 1),
        "hard_sigmoid": (0.2, 0.5),
        "elu": (1, None),
    }
