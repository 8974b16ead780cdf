"""The reference computes what an independent reading of the rules computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rnnspec import Cell, Direction, Merge, PaddedOutputs, Problem, ReverseOutputs, named_arrays, solve

from .all_variants import SEQUENCE_OPTIONS, VARIANTS, VARIED_STACKS, clips, with_options
from .independent import read_independently
from .random_problems import (
    CELLS,
    DIRECTIONS,
    LENGTHS,
    STACKS,
    UNBOUNDED,
    WHICH_LENGTHS,
    Spec,
    Stack,
    assert_close,
    make_problem,
    name_of,
)


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "zeros"])
@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_a_layer_computes_what_the_independent_reading_computes(
    cell: Cell, direction: Direction, lengths: NDArray[Any] | None, initial: bool
) -> None:
    problem = make_problem([(cell, direction)], lengths=lengths, initial=initial, asked=None)
    assert_close(named_arrays(solve(problem)), read_independently(problem))


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "zeros"])
@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("stack", STACKS, ids=name_of)
def test_a_stack_computes_what_the_independent_reading_computes(
    stack: Stack, lengths: NDArray[Any] | None, initial: bool
) -> None:
    problem = make_problem(stack, lengths=lengths, initial=initial, asked=None)
    assert_close(named_arrays(solve(problem)), read_independently(problem))


@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", VARIANTS, ids=name_of)
def test_a_variant_computes_what_the_independent_reading_computes(
    cell: Cell, direction: Direction, lengths: NDArray[Any] | None
) -> None:
    problem = make_problem([(cell, direction)], lengths=lengths, asked=None)
    assert_close(named_arrays(solve(problem)), read_independently(problem))


@pytest.mark.parametrize("padded_outputs", ["zero", "repeat"])
@pytest.mark.parametrize("lengths", WHICH_LENGTHS, ids=name_of)
@pytest.mark.parametrize("stack", [*((spec,) for spec in SEQUENCE_OPTIONS), *VARIED_STACKS, *STACKS], ids=name_of)
def test_merges_orders_and_paddings_are_those_of_the_independent_reading(
    stack: Stack, lengths: NDArray[Any] | None, padded_outputs: PaddedOutputs
) -> None:
    problem = make_problem(stack, lengths=lengths, asked=None, padded_outputs=padded_outputs)
    assert_close(named_arrays(solve(problem)), read_independently(problem))


@pytest.mark.parametrize("cell", [cell for cell in VARIANTS if clips(cell)], ids=name_of)
def test_each_clip_of_a_variant_changes_its_outputs(cell: Cell) -> None:
    """Else the tests of clips could not fail."""
    problem = make_problem([(cell, "bidirectional")], lengths=LENGTHS, asked=None)
    layer = problem.layers[0]
    for option in ("cell_clip", "projection_clip", "preactivation_clip"):
        if getattr(cell, option, None) is not None:
            loose = replace(
                problem, layers=(replace(layer, cell=with_options(cell, **{option: None}, clip_derivative="true")),)
            )
            assert np.abs(solve(loose).y - solve(problem).y).max() > 1e-3, option


@st.composite
def any_stack(draw: st.DrawFn) -> Stack:
    """One to three layers of any kind; only the last one may keep its directions apart (SEQ-14)."""
    stack = []
    for left in reversed(range(draw(st.integers(1, 3)))):
        direction = draw(st.sampled_from(DIRECTIONS))
        merges = ("concat", "sum", "mean", "product", *(() if left else ("none",)))
        merge: Merge = draw(st.sampled_from(merges)) if direction == "bidirectional" else "concat"
        order: ReverseOutputs = draw(st.sampled_from(["time", "processing"])) if direction != "forward" else "time"
        stack.append(Spec(draw(st.sampled_from((*CELLS, *VARIANTS))), direction, merge, order))
    return stack


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_any_sizes_lengths_and_stack_compute_what_the_independent_reading_computes(data: st.DataObject) -> None:
    sizes = data.draw(st.tuples(*[st.integers(1, 4)] * 4), label="T, B, I, H")
    steps, batch, _, _ = sizes
    stack = data.draw(any_stack(), label="layers")
    drawn = data.draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch) | st.none(), label="lengths")
    lengths = None if drawn is None else np.array(drawn)
    padded: PaddedOutputs = data.draw(st.sampled_from(["zero", "repeat"]), label="padded outputs")
    initial = data.draw(st.booleans())
    problem = make_problem(stack, lengths=lengths, initial=initial, asked=None, sizes=sizes, padded_outputs=padded)
    assert_close(named_arrays(solve(problem)), read_independently(problem))


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell not in UNBOUNDED], ids=name_of)
def test_saturated_gates_agree_too(cell: Cell) -> None:
    problem = make_problem([(cell, "bidirectional")], asked=None)
    loud = Problem(layers=problem.layers, x=1e4 * problem.x, initial=problem.initial)
    assert_close(named_arrays(solve(loud)), read_independently(loud))
