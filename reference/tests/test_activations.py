"""The activations at the edges of the number line, and their derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnspec.activations import ACTIVATIONS, relu, relu_slope, sigmoid, sigmoid_slope, tanh, tanh_slope

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
        assert activation(a) is a


@pytest.mark.parametrize("activation", [np.tanh, relu])
def test_the_activations_of_a_simple_layer_leave_their_argument_alone(activation: np.ufunc) -> None:
    a = POINTS.copy()
    activation(a)
    assert a.tobytes() == POINTS.tobytes()


def test_nan_passes_through_every_activation() -> None:
    for activation in (sigmoid, tanh, relu, *(entry.value for entry in ACTIVATIONS.values())):
        assert np.isnan(activation(np.array([np.nan]))).all()


def test_slopes_are_the_complex_steps_of_the_values() -> None:
    away_from_the_kink = POINTS[POINTS != 0]
    for value, slope, points in (
        (sigmoid, sigmoid_slope, POINTS),
        (tanh, tanh_slope, POINTS),
        (relu, relu_slope, away_from_the_kink),
    ):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            by_step = value(points + 1j * STEP).imag / STEP
            by_slope = slope(value(points.copy()))
        # The slope is a difference from one: its last digit is that of one.
        assert np.abs(by_slope - by_step).max() <= 4e-16, value.__name__


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
