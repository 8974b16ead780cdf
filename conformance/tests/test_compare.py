"""The comparison names every field that differs, by how many times its tolerance, and where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rnnspec_conformance.judging.compare import Comparison, Exact, compare

EXPECTED = {"y": np.array([[1.0, -2.0], [3.0, 4.0]]), "final[0][0].h": np.array([0.5, 0.25])}
ALLOWED = {"y": 0.01, "final[0][0].h": 0.001}


def compared(**kwargs: Any) -> Comparison:
    """The expected arrays against themselves, but for what is given as ``y`` or ``h``; None leaves a field out."""
    actual: dict[str, object] = {"y": EXPECTED["y"].copy(), "final[0][0].h": EXPECTED["final[0][0].h"].copy()}
    actual |= {{"h": "final[0][0].h"}.get(name, name): value for name, value in kwargs.items()}
    return compare(EXPECTED, actual, ALLOWED, np.float64)


def test_equal_outcomes_have_no_difference() -> None:
    comparison = compared()
    assert comparison.differences == ()
    assert comparison.ratio == 0.0


def test_an_error_within_the_tolerance_is_measured_and_is_no_difference() -> None:
    comparison = compared(y=EXPECTED["y"] + np.array([[0, 0], [0.0025, 0]]))
    assert comparison.differences == ()
    assert comparison.ratio == pytest.approx(0.25)
    assert comparison.field == "y"


def test_the_error_and_its_tolerance_are_those_of_the_worst_field() -> None:
    comparison = compared(y=EXPECTED["y"] + np.array([[0, 0], [0.0025, 0]]), h=EXPECTED["final[0][0].h"] + 1e-6)
    assert (comparison.field, comparison.tolerance) == ("y", 0.01)
    assert comparison.error == pytest.approx(0.0025)
    comparison = compared(y=EXPECTED["y"] + 0.02, h=EXPECTED["final[0][0].h"] + 0.02)
    assert (comparison.field, comparison.tolerance) == ("final[0][0].h", 0.001)
    assert comparison.error == pytest.approx(0.02)


def test_what_no_number_says_has_no_error() -> None:
    comparison = compared(y=np.nan * EXPECTED["y"])
    assert (comparison.ratio, comparison.error, comparison.tolerance) == (math.inf, None, 0.01)
    comparison = compared(y=None)
    assert (comparison.ratio, comparison.error, comparison.tolerance) == (math.inf, None, None)
    comparison = compared(z=np.zeros(1))
    assert (comparison.field, comparison.error, comparison.tolerance) == ("z", None, None)


def test_a_field_without_tolerance_has_an_error_alone() -> None:
    comparison = compare({"y": np.zeros(2)}, {"y": np.array([0, 0.25])}, {"y": 0.0}, np.float64)
    assert (comparison.ratio, comparison.error, comparison.tolerance) == (math.inf, 0.25, None)


def test_an_error_beyond_the_tolerance_is_named_with_its_index_and_ratio() -> None:
    (difference,) = compared(y=EXPECTED["y"] + np.array([[0, 0.02], [0.5, 0]])).differences
    assert difference.field == "y"
    assert difference.ratio == pytest.approx(50)
    assert difference.what == "at [1, 0]: wanted 3, got 3.5"
    assert difference.rule is None


def test_the_worst_difference_comes_first() -> None:
    comparison = compared(y=EXPECTED["y"] + 0.02, h=EXPECTED["final[0][0].h"] + 0.02)
    assert [difference.field for difference in comparison.differences] == ["final[0][0].h", "y"]
    assert comparison.field == "final[0][0].h"
    assert comparison.ratio == pytest.approx(20)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_differs_by_no_number(value: float) -> None:
    y = EXPECTED["y"].copy()
    y[0, 1] = value
    (difference,) = compared(y=y).differences
    assert math.isinf(difference.ratio)
    assert difference.what == f"at [0, 1]: wanted -2, got {value}"


def test_another_shape_differs_even_where_it_broadcasts() -> None:
    (difference,) = compared(h=EXPECTED["final[0][0].h"][None]).differences
    assert difference.what == "wanted shape [2], got [1, 2]"
    assert math.isinf(difference.ratio)


def test_another_dtype_is_num_3() -> None:
    (difference,) = compared(y=EXPECTED["y"].astype(np.float32)).differences
    assert difference.what == "wanted dtype float64, got float32"
    assert difference.rule == "NUM-3"


@pytest.mark.parametrize("value, kind", [([[1.0, -2.0], [3.0, 4.0]], "list"), (None, "NoneType"), (1.0, "float")])
def test_what_is_no_array_differs(value: object, kind: str) -> None:
    (difference,) = compared(y=value).differences
    assert difference.what == f"wanted a numpy.ndarray, got {kind}"


def test_a_missing_field_differs() -> None:
    (difference,) = compare(EXPECTED, {"y": EXPECTED["y"]}, ALLOWED, np.float64).differences
    assert (difference.field, difference.what, difference.rule) == ("final[0][0].h", "missing", None)


def test_a_missing_gradient_is_grad_1() -> None:
    expected = {"gradients.x": np.ones(2)}
    (difference,) = compare(expected, {}, {"gradients.x": 1.0}, np.float64).differences
    assert difference.rule == "GRAD-1"


def test_an_unexpected_field_differs() -> None:
    (difference,) = compared(z=np.zeros(1)).differences
    assert (difference.field, difference.what) == ("z", "wanted nothing of this name")
    assert math.isinf(difference.ratio)


def test_a_field_without_tolerance_is_equal_or_differs_by_no_number() -> None:
    zeros = {"y": np.zeros(2)}
    assert compare(zeros, {"y": np.zeros(2)}, {"y": 0.0}, np.float64).differences == ()
    assert compare(zeros, {"y": -np.zeros(2)}, {"y": 0.0}, np.float64).differences == ()
    (difference,) = compare(zeros, {"y": np.array([0, 1e-300])}, {"y": 0.0}, np.float64).differences
    assert math.isinf(difference.ratio)


def test_what_is_to_be_exact_has_no_tolerance() -> None:
    exact = {"y": Exact(where=np.array([[False], [True]]), rule="SEQ-4")}
    actual = {**EXPECTED, "y": EXPECTED["y"] + np.array([[1e-6, 0], [0, 0]])}
    assert compare(EXPECTED, actual, ALLOWED, np.float64, exact).differences == ()
    actual = {**EXPECTED, "y": EXPECTED["y"] + np.array([[0, 0], [1e-6, 0]])}
    (difference,) = compare(EXPECTED, actual, ALLOWED, np.float64, exact).differences
    assert math.isinf(difference.ratio)
    assert difference.what.startswith("at [1, 0]")
    assert difference.rule == "SEQ-4"


def test_a_field_that_differs_elsewhere_too_does_not_name_the_rule_of_its_exact_part() -> None:
    exact = {"y": Exact(where=np.array([[False], [True]]), rule="SEQ-4")}
    (difference,) = compare(EXPECTED, {**EXPECTED, "y": EXPECTED["y"] + 1}, ALLOWED, np.float64, exact).differences
    assert difference.rule is None
