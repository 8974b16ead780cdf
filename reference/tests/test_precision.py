"""The same equations in short precisions: types, rounding, and how far they are from float64 (NUM-2, NUM-3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rnnspec import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, PRECISIONS, RNN, TF32, Cell, Precision, named_arrays, solve

from .all_variants import ACTIVATIONS, SINGLE_OPTIONS
from .random_problems import CELLS, LENGTHS, STACKS, Stack, assert_identical, make_problem, name_of

BY_ACTIVATION = tuple(RNN(activation=activation) for activation in ACTIVATIONS)
MAX_FLOAT32 = float(np.finfo(np.float32).max)
MAX_TF32 = (2 - 2**-10) * 2.0**127
SMALLEST_NORMAL = 2.0**-126


def to_tf32(value: float) -> float:
    """The TF32 number nearest to a float32 number."""
    return shortened(value, 10)


def to_bfloat16(value: float) -> float:
    """The bfloat16 number nearest to a float32 number."""
    return shortened(value, 7)


def shortened(value: float, digits: int) -> float:
    """The nearest number with so many binary digits behind the leading one, ties to even, from the definition."""
    if value == 0 or not math.isfinite(value):
        return value
    _, exponent = math.frexp(value)
    spacing = 2.0 ** (max(exponent, -125) - 1 - digits)  # below 2**-126 all alike
    nearest = round(value / spacing) * spacing  # round() takes ties to even
    if abs(nearest) >= 2.0**128:
        return math.copysign(math.inf, value)
    return math.copysign(nearest, value)


@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(st.floats(width=32, allow_nan=False))
@example(MAX_FLOAT32)
@example(-MAX_FLOAT32)
@example(MAX_TF32)
@example(SMALLEST_NORMAL)
@example(2.0**-149)
@example(-(2.0**-137))
@example(3 * 2.0**-137)
def test_tf32_rounds_to_the_nearest_number(value: float) -> None:
    actual = float(TF32.operand(np.array([value], dtype=np.float32))[0])
    expected = to_tf32(value)
    assert actual == expected
    assert math.copysign(1, actual) == math.copysign(1, expected)


@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(st.floats(width=32, allow_nan=False))
@example(MAX_FLOAT32)
@example(-MAX_FLOAT32)
@example((2 - 2**-7) * 2.0**127)
@example(SMALLEST_NORMAL)
@example(2.0**-149)
@example(3 * 2.0**-134)
def test_bfloat16_keeps_the_nearest_number(value: float) -> None:
    actual = float(BFLOAT16.nearest(np.array([value], dtype=np.float32))[0])
    expected = to_bfloat16(value)
    assert actual == expected
    assert math.copysign(1, actual) == math.copysign(1, expected)


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=lambda precision: precision.name)
def test_the_spacing_is_the_distance_from_one_to_the_next_number_that_is_kept(precision: Precision) -> None:
    def kept(number: float) -> float:
        return float(precision.nearest(np.array([number]))[0])

    assert kept(1 + precision.eps) == 1 + precision.eps
    assert kept(1 + 0.4 * precision.eps) == 1
    assert kept(1 + 0.6 * precision.eps) == 1 + precision.eps


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=lambda precision: precision.name)
def test_below_the_smallest_normal_number_the_spacing_no_longer_shrinks(precision: Precision) -> None:
    def relative_error(number: float) -> float:
        kept = float(precision.nearest(np.array([number]))[0])
        return abs(kept / number - 1)

    third = (1 + 1 / 3) * precision.tiny
    assert relative_error(third) <= precision.eps / 2
    assert relative_error(third / 16) > relative_error(third) or relative_error(third) == 0


@pytest.mark.parametrize("precision", [BFLOAT16, FLOAT16], ids=lambda precision: precision.name)
@pytest.mark.parametrize("cell", [*CELLS, *SINGLE_OPTIONS], ids=name_of)
def test_a_short_precision_keeps_only_numbers_of_its_own(cell: Cell, precision: Precision) -> None:
    for lengths in (None, LENGTHS):
        problem = make_problem([(cell, "bidirectional"), (cell, "forward")], lengths=lengths)
        for name, array in named_arrays(solve(problem, precision=precision)).items():
            assert array.dtype == precision.dtype, name
            assert np.array_equal(array, precision.nearest(array)), name


@pytest.mark.parametrize(
    "value, expected",
    [
        (1 + 2**-11, 1.0),  # a tie, down to the even neighbour
        (1 + 3 * 2**-11, 1 + 2**-9),  # a tie, up to the even neighbour
        (1 + 2**-11 + 2**-23, 1 + 2**-10),
        (1 + 2**-10 + 2**-12, 1 + 2**-10),
        (-1 - 3 * 2**-11, -1 - 2**-9),
        (2 - 2**-23, 2.0),
        (MAX_TF32, MAX_TF32),
        (MAX_FLOAT32, math.inf),
        (-MAX_FLOAT32, -math.inf),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
    ],
)
def test_tf32_rounds_ties_to_even_and_knows_its_limits(value: float, expected: float) -> None:
    assert to_tf32(value) == expected
    with np.errstate(all="raise"):
        assert float(TF32.operand(np.array([value], dtype=np.float32))[0]) == expected


@pytest.mark.parametrize("bits", [0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7FFFFFFF])
def test_tf32_leaves_nan_alone(bits: int) -> None:
    nan = np.array([bits], dtype=np.uint32).view(np.float32)
    assert np.isnan(TF32.operand(nan)).all()


def test_rounding_leaves_its_operand_alone() -> None:
    operand = np.array([1 + 2**-20, -3.3], dtype=np.float32)
    before = operand.tobytes()
    assert TF32.operand(operand).tobytes() != before
    assert operand.tobytes() == before


def test_a_product_in_tf32_rounds_both_operands() -> None:
    above_one = np.array([[1 + 2**-12]], dtype=np.float32)
    one = np.ones((1, 1), dtype=np.float32)
    for left, right in ((above_one, one), (one, above_one)):
        assert TF32.dot(left, right)[0, 0] == 1
        assert FLOAT32.dot(left, right)[0, 0] > 1


@pytest.mark.parametrize("precision", [FLOAT32, TF32], ids=lambda precision: precision.name)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=name_of)
@pytest.mark.parametrize("cell", [*CELLS, *SINGLE_OPTIONS, *BY_ACTIVATION], ids=name_of)
def test_every_array_of_a_float32_outcome_is_float32(
    cell: Cell, lengths: NDArray[Any] | None, precision: Precision
) -> None:
    for initial in (True, False):
        problem = make_problem([(cell, "bidirectional"), (cell, "forward")], lengths=lengths, initial=initial)
        for name, array in named_arrays(solve(problem, precision=precision)).items():
            assert array.dtype == np.float32, name


@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_errors_have_the_size_of_the_precision(cell: Cell) -> None:
    problem = make_problem([(cell, "bidirectional")], lengths=LENGTHS)
    exact = named_arrays(solve(problem))
    largest = {}
    for precision in (FLOAT32, TF32, BFLOAT16, FLOAT16):
        rounded = named_arrays(solve(problem, precision=precision))
        assert list(rounded) == list(exact)
        largest[precision.name] = max(np.abs(rounded[n] - a).max() / np.abs(a).max() for n, a in exact.items())
    assert 1e-9 < largest["float32"] < 1e-5
    assert 1e-5 < largest["tf32"] < 1e-1
    assert 1e-5 < largest["float16"] < 1e-1
    assert 1e-3 < largest["bfloat16"] < 1


@pytest.mark.parametrize("stack", STACKS, ids=name_of)
def test_float64_is_the_precision_unless_another_is_asked_for(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    default = named_arrays(solve(problem))
    assert {array.dtype for array in default.values()} == {np.dtype(np.float64)}
    assert_identical(default, named_arrays(solve(problem, precision=FLOAT64)))


def test_precisions_are_found_by_name() -> None:
    expected = (FLOAT64, FLOAT32, TF32, BFLOAT16, FLOAT16)
    assert list(PRECISIONS) == ["float64", "float32", "tf32", "bfloat16", "float16"]
    assert tuple(PRECISIONS.values()) == expected
