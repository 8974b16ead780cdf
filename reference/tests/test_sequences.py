"""Sequences, lengths, directions and layers: SEQ-1 to SEQ-10, GRAD-9 to GRAD-11."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnspec import (
    LSTM,
    RNN,
    Array,
    Cell,
    Cotangents,
    Direction,
    Layer,
    Outcome,
    PaddedOutputs,
    Problem,
    States,
    map_arrays,
    named_arrays,
    solve,
)

from .all_variants import SEQUENCE_OPTIONS, SINGLE_OPTIONS, VARIED_STACKS
from .random_problems import (
    CELLS,
    DIRECTIONS,
    LENGTHS,
    STACKS,
    WITH_BIAS,
    B,
    H,
    Stack,
    T,
    assert_close,
    assert_identical,
    gradients_of,
    make_problem,
    name_of,
)

IN_PADDING = np.arange(T)[:, None] >= LENGTHS
LAYERS_AND_STACKS: tuple[Stack, ...] = (*(((cell, d),) for cell in WITH_BIAS for d in DIRECTIONS), *STACKS)

every_cell = pytest.mark.parametrize("cell", CELLS, ids=name_of)
every_variant = pytest.mark.parametrize("cell", [*CELLS, *SINGLE_OPTIONS], ids=name_of)
every_stack = pytest.mark.parametrize("stack", LAYERS_AND_STACKS, ids=name_of)


def cotangents_of(problem: Problem) -> tuple[Array, States]:
    """The cotangents of y and of the final states; a problem of these tests has both."""
    assert problem.cotangents is not None
    assert problem.cotangents.y is not None
    assert problem.cotangents.final is not None
    return problem.cotangents.y, problem.cotangents.final


def initial_of(problem: Problem) -> States:
    assert problem.initial is not None
    return problem.initial


def turned(a: Array) -> Array:
    """`a` [T, B, ..] with the valid steps of each sequence in the opposite order, written as a loop."""
    result = a.copy()
    for s, length in enumerate(LENGTHS):
        for t in range(length):
            result[t, s] = a[length - 1 - t, s]
    return result


def in_batch(states: States, chosen: Any) -> States:
    """The states of the chosen sequences."""
    return map_arrays(states, lambda array: array[chosen])


@every_stack
def test_outputs_and_input_gradients_are_zero_in_the_padding(stack: Stack) -> None:
    outcome = solve(make_problem(stack, lengths=LENGTHS))
    assert outcome.gradients is not None
    for array in (outcome.y, outcome.gradients.x):
        assert not array[IN_PADDING].any()
        assert array[~IN_PADDING].any()


@every_stack
def test_each_sequence_ends_as_if_it_were_alone_and_unpadded(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS, asked=None)
    outcome = solve(problem)
    for s, length in enumerate(LENGTHS):
        chosen = slice(s, s + 1)
        if length:
            alone = solve(
                Problem(
                    layers=problem.layers,
                    x=problem.x[:length, chosen],
                    initial=in_batch(initial_of(problem), chosen),
                )
            )
            part = Outcome(y=outcome.y[:length, chosen], final=in_batch(outcome.final, chosen))
            assert_close(named_arrays(part), named_arrays(alone))


@every_cell
def test_the_final_output_state_is_the_output_of_the_last_step_read(cell: Cell) -> None:
    outcome = solve(make_problem([(cell, "bidirectional")], lengths=LENGTHS))
    forward, backward = outcome.final[0]
    for s, length in enumerate(LENGTHS):
        if length:
            assert np.array_equal(forward.h[s], outcome.y[length - 1, s, :H])
            assert np.array_equal(backward.h[s], outcome.y[0, s, H:])


@every_stack
def test_an_empty_sequence_passes_its_states_through(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    outcome = solve(problem)
    assert outcome.gradients is not None
    assert outcome.gradients.initial is not None
    empty = int(np.flatnonzero(LENGTHS == 0)[0])
    _, d_final = cotangents_of(problem)
    for actual, expected in ((outcome.final, initial_of(problem)), (outcome.gradients.initial, d_final)):
        for layer, states in enumerate(expected):
            for direction, state in enumerate(states):
                for name, array in state.items():
                    assert np.array_equal(actual[layer][direction][name][empty], array[empty])


@every_variant
def test_lengths_of_zero_alone_give_zero_parameter_gradients(cell: Cell) -> None:
    problem = make_problem([(cell, "bidirectional")], lengths=np.zeros(B, dtype=np.int64))
    outcome = solve(problem)
    assert outcome.gradients is not None
    assert not outcome.y.any()
    for parameters in outcome.gradients.layers[0]:
        assert not any(array.any() for array in parameters.values())


@pytest.mark.parametrize("held", [np.nan, np.inf, 1e308])
@every_cell
def test_what_an_empty_sequence_holds_reaches_no_parameter_and_no_other_sequence(cell: Cell, held: float) -> None:
    problem = make_problem([(cell, "bidirectional")], lengths=LENGTHS)
    empty = (LENGTHS == 0)[:, None]
    states = (tuple(s.map(lambda array: np.where(empty, held, array)) for s in initial_of(problem)[0]),)
    with np.errstate(all="raise"):
        actual, expected = solve(replace(problem, initial=states)), named_arrays(solve(problem))
    for d, state in enumerate(actual.final[0]):
        for name, array in state.items():
            assert np.array_equal(array[empty[:, 0]], states[0][d][name][empty[:, 0]], equal_nan=True)
            expected[f"final[0][{d}].{name}"] = np.where(empty, held, expected[f"final[0][{d}].{name}"])
    assert_identical(named_arrays(actual), expected)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e308])
@every_stack
def test_what_stands_in_the_padding_changes_nothing(stack: Stack, garbage: float) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    x, d_y = problem.x.copy(), d_y.copy()
    x[IN_PADDING] = garbage
    d_y[IN_PADDING] = garbage
    with np.errstate(all="raise"):
        outcome = solve(replace(problem, x=x, cotangents=Cotangents(y=d_y, final=d_final)))
    assert_identical(named_arrays(outcome), named_arrays(solve(problem)))


@every_stack
def test_nan_in_one_sequence_stays_in_it(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    sick = 4
    x = problem.x.copy()
    x[1, sick, 0] = np.nan
    well = [s for s in range(B) if s != sick]
    actual, expected = solve(replace(problem, x=x)), solve(problem)
    assert np.isnan(actual.y[:, sick]).any()
    assert actual.gradients is not None
    assert actual.gradients.initial is not None
    assert expected.gradients is not None
    assert expected.gradients.initial is not None
    for a, e in ((actual.y, expected.y), (actual.gradients.x, expected.gradients.x)):
        assert a[:, well].tobytes() == e[:, well].tobytes()
    pairs = ((actual.final, expected.final), (actual.gradients.initial, expected.gradients.initial))
    for a_states, e_states in pairs:
        whole = [Outcome(y=np.zeros(0), final=in_batch(states, well)) for states in (a_states, e_states)]
        assert_identical(named_arrays(whole[0]), named_arrays(whole[1]))


@every_variant
def test_the_reverse_direction_reads_the_turned_sequence_forward(cell: Cell) -> None:
    problem = make_problem([(cell, "reverse")], lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    forward = solve(
        replace(
            problem,
            layers=(replace(problem.layers[0], direction="forward"),),
            x=turned(problem.x),
            cotangents=Cotangents(y=turned(d_y), final=d_final),
        )
    )
    actual, expected = named_arrays(solve(problem)), named_arrays(forward)
    expected |= {name: turned(expected[name]) for name in ("y", "gradients.x")}
    assert_close(actual, expected)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=name_of)
@every_cell
def test_a_bidirectional_layer_is_two_independent_ones(cell: Cell, lengths: NDArray[Any] | None) -> None:
    problem = make_problem([(cell, "bidirectional")], lengths=lengths)
    d_y, d_final = cotangents_of(problem)
    directions: tuple[Direction, ...] = ("forward", "reverse")
    expected: dict[str, Array] = {}
    for d, direction in enumerate(directions):
        alone = solve(
            Problem(
                layers=(Layer(cell=cell, direction=direction, parameters=problem.layers[0].parameters[d : d + 1]),),
                x=problem.x,
                initial=(initial_of(problem)[0][d : d + 1],),
                lengths=lengths,
                cotangents=Cotangents(y=d_y[..., d * H : (d + 1) * H], final=(d_final[0][d : d + 1],)),
            )
        )
        for name, array in named_arrays(alone).items():
            if name == "y":
                expected[name] = array if d == 0 else np.concatenate([expected[name], array], axis=-1)
            elif name == "gradients.x":
                expected[name] = array if d == 0 else expected[name] + array
            else:
                expected[name.replace("[0][0]", f"[0][{d}]")] = array
    actual = named_arrays(solve(problem))
    assert_close(actual, {name: expected[name] for name in actual})


@every_variant
def test_a_sequence_cut_in_two_runs_gives_what_one_run_gives(cell: Cell) -> None:
    problem = make_problem([(cell, "forward")], lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    cut = 2
    head = Problem(layers=problem.layers, x=problem.x[:cut], initial=problem.initial, lengths=np.minimum(LENGTHS, cut))
    tail = Problem(
        layers=problem.layers,
        x=problem.x[cut:],
        initial=solve(head).final,
        lengths=np.maximum(LENGTHS - cut, 0),
        cotangents=Cotangents(y=d_y[cut:], final=d_final),
    )
    second = solve(tail)
    assert second.gradients is not None
    first = solve(replace(head, cotangents=Cotangents(y=d_y[:cut], final=second.gradients.initial)))
    assert first.gradients is not None
    one, two = named_arrays(first), named_arrays(second)
    expected = {}
    for name in one:
        if name in ("y", "gradients.x"):
            expected[name] = np.concatenate([one[name], two[name]])
        elif name.startswith("final"):
            expected[name] = two[name]
        elif name.startswith("gradients.initial"):
            expected[name] = one[name]
        else:
            expected[name] = one[name] + two[name]  # GRAD-7
    assert_close(named_arrays(solve(problem)), expected)


@pytest.mark.parametrize("stack", STACKS, ids=name_of)
def test_a_stack_is_problems_chained(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    x, layers = problem.x, []
    for l, layer in enumerate(problem.layers):
        alone = Problem(layers=(layer,), x=x, initial=(initial_of(problem)[l],), lengths=LENGTHS)
        layers.append(alone)
        x = solve(alone).y
    expected = {"y": x}
    for l, alone in reversed(list(enumerate(layers))):
        outcome = solve(replace(alone, cotangents=Cotangents(y=d_y, final=(d_final[l],))))
        assert outcome.gradients is not None
        d_y = outcome.gradients.x
        expected |= {n.replace("[0]", f"[{l}]", 1): a for n, a in named_arrays(outcome).items() if n != "y"}
    actual = named_arrays(solve(problem))
    assert_close(actual, {name: expected[name] for name in actual})


@every_stack
def test_permuting_the_batch_permutes_the_outcome(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    order = np.array([3, 0, 4, 1, 2])
    permuted = Problem(
        layers=problem.layers,
        x=problem.x[:, order],
        initial=in_batch(initial_of(problem), order),
        lengths=LENGTHS[order],
        cotangents=Cotangents(y=d_y[:, order], final=in_batch(d_final, order)),
    )
    expected = named_arrays(solve(problem))
    for name, array in expected.items():
        if name in ("y", "gradients.x"):
            expected[name] = array[:, order]
        elif not name.startswith("gradients.layers"):
            expected[name] = array[order]
    assert_close(named_arrays(solve(permuted)), expected)


@every_stack
def test_absent_initial_states_are_zeros(stack: Stack) -> None:
    absent = make_problem(stack, lengths=LENGTHS, initial=False)
    actual, expected = solve(absent), solve(replace(absent, initial=absent.zero_states()))
    assert actual.gradients is not None
    assert actual.gradients.initial is None
    given = {n: a for n, a in named_arrays(expected).items() if not n.startswith("gradients.initial")}
    assert_identical(named_arrays(actual), given)


@every_stack
def test_absent_cotangents_are_zeros(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    d_y, d_final = cotangents_of(problem)
    no_final = map_arrays(d_final, np.zeros_like)
    for absent, zeros in (
        (Cotangents(y=d_y), Cotangents(y=d_y, final=no_final)),
        (Cotangents(final=d_final), Cotangents(y=np.zeros_like(d_y), final=d_final)),
        (Cotangents(), Cotangents(y=np.zeros_like(d_y), final=no_final)),
    ):
        actual, expected = (solve(replace(problem, cotangents=cotangents)) for cotangents in (absent, zeros))
        assert_identical(named_arrays(actual), named_arrays(expected))


@every_stack
def test_without_cotangents_the_forward_pass_is_the_same_and_there_are_no_gradients(stack: Stack) -> None:
    problem = make_problem(stack, lengths=LENGTHS)
    outcome = solve(replace(problem, cotangents=None))
    assert outcome.gradients is None
    whole = solve(problem)
    assert set(gradients_of(whole)) | set(named_arrays(outcome)) > set(named_arrays(outcome))
    assert_identical(named_arrays(outcome), named_arrays(Outcome(y=whole.y, final=whole.final)))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@every_stack
def test_lengths_that_are_all_whole_equal_absent_lengths(stack: Stack, dtype: str) -> None:
    problem = make_problem(stack)
    given = replace(problem, lengths=np.full(B, T, dtype=dtype))
    assert_identical(named_arrays(solve(given)), named_arrays(solve(problem)))


@pytest.mark.parametrize("padded_outputs", ["zero", "repeat"])
@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e308])
@pytest.mark.parametrize("stack", [*((spec,) for spec in SEQUENCE_OPTIONS), *VARIED_STACKS], ids=name_of)
def test_what_x_holds_in_the_padding_changes_nothing_of_any_merge_or_order(
    stack: Stack, garbage: float, padded_outputs: PaddedOutputs
) -> None:
    problem = make_problem(stack, lengths=LENGTHS, padded_outputs=padded_outputs)
    x = problem.x.copy()
    x[IN_PADDING] = garbage
    with np.errstate(all="raise"):
        outcome = solve(replace(problem, x=x))
    assert_identical(named_arrays(outcome), named_arrays(solve(problem)))


@pytest.mark.parametrize("cell", SINGLE_OPTIONS, ids=name_of)
def test_repeated_outputs_are_the_last_ones_and_collect_the_cotangents_of_their_copies(cell: Cell) -> None:
    """SEQ-11 and GRAD-18, from the problem whose padding is zero."""
    repeated = make_problem([(cell, "forward")], lengths=LENGTHS, padded_outputs="repeat")
    d_y, d_final = cotangents_of(repeated)
    collected, shown = d_y.copy(), solve(replace(repeated, padded_outputs="zero")).y
    for s, length in enumerate(LENGTHS):
        if length:
            collected[length - 1, s] = d_y[length - 1 :, s].sum(axis=0)
            shown[length:, s] = shown[length - 1, s]
    zero = replace(repeated, padded_outputs="zero", cotangents=Cotangents(y=collected, final=d_final))
    assert_close(named_arrays(solve(repeated)), named_arrays(solve(zero)) | {"y": shown})


@pytest.mark.parametrize("cell", SINGLE_OPTIONS, ids=name_of)
def test_only_the_last_layer_repeats_its_outputs(cell: Cell) -> None:
    """A reverse layer above would else see them; a forward one has its own padding."""
    repeated = make_problem([(cell, "forward"), (RNN(), "reverse")], lengths=LENGTHS, padded_outputs="repeat")
    outcome, zero = solve(repeated), solve(replace(repeated, padded_outputs="zero"))
    for a, b in zip(outcome.final, zero.final, strict=True):
        assert_identical(a[0], b[0])
    assert np.array_equal(outcome.y[~IN_PADDING], zero.y[~IN_PADDING])
    for s, length in enumerate(LENGTHS):
        last = outcome.y[0, s] if length else np.zeros(H + 2)
        assert all(np.array_equal(y, last) for y in outcome.y[length:, s])


def test_the_same_layer_twice_repeats_its_outputs_only_the_second_time() -> None:
    problem = make_problem([(LSTM(projection=3), "forward")], lengths=LENGTHS, sizes=(T, B, 3, H), asked=None)
    (layer,), (states,) = problem.layers, initial_of(problem)
    twice = replace(problem, layers=(layer, layer), initial=(states, states), padded_outputs="repeat")
    below = solve(replace(problem, padded_outputs="zero"))
    above = solve(replace(problem, x=below.y, padded_outputs="repeat"))
    expected = Outcome(y=above.y, final=(below.final[0], above.final[0]))
    assert_identical(named_arrays(solve(twice)), named_arrays(expected))
    turned_layer = replace(layer, direction="reverse")
    reverse = replace(twice, layers=(turned_layer, turned_layer))
    below = solve(replace(problem, layers=(turned_layer,)))
    above = solve(replace(problem, layers=(turned_layer,), x=below.y, padded_outputs="repeat"))
    assert_identical({"y": solve(reverse).y}, {"y": above.y})
