"""PyTorch behind the contract of an adapter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from rnnspec import GRU, LSTM, RNN, Cell, Direction, Problem, named_arrays, solve  # noqa: E402 - after the skip
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, layout  # noqa: E402 - after the skip
from rnnspec_adapters.plan import plan_of, stacks_of  # noqa: E402 - after the skip
from rnnspec_adapters.torch.torch_adapter import cuda_settings  # noqa: E402 - after the skip
from rnnspec_adapters.torch.torch_layers import TorchAdapter  # noqa: E402 - after the skip

from .problems import LENGTHS, B, H, I, T, assert_close, assert_identical, make_problem  # noqa: E402 - after the skip

SUPPORTED: tuple[Cell, ...] = (
    RNN(),
    RNN(activation="relu"),
    RNN(bias=False),
    LSTM(),
    LSTM(bias=False),
    GRU(),
    GRU(bias=False),
    GRU(update="take"),
    GRU(update="take", bias=False),
)
UNSORTED = (3, 6, 1, 4)
WITHOUT_GPU = not torch.cuda.is_available()

every_mode = pytest.mark.parametrize("mode", TorchAdapter.modes)
every_cell = pytest.mark.parametrize("cell", SUPPORTED, ids=repr)


def test_it_follows_the_contract() -> None:
    adapter: Adapter = TorchAdapter()
    assert isinstance(adapter, DeclaresLayout)
    assert isinstance(adapter, Differentiates)
    assert adapter.provenance()["torch"] == torch.__version__


@pytest.mark.parametrize(
    "cells, directions, units, stacks",
    [
        ([LSTM()], ["forward"], [4], [1]),
        ([LSTM(), LSTM(), LSTM()], ["forward"] * 3, [4, 4, 4], [3]),
        ([GRU(), LSTM(), LSTM()], ["forward"] * 3, [4, 4, 4], [1, 2]),
        ([GRU(), GRU(update="take")], ["forward"] * 2, [4, 4], [1, 1]),
        ([RNN(), RNN(bias=False)], ["forward"] * 2, [4, 4], [1, 1]),
        ([LSTM(), LSTM()], ["forward"] * 2, [4, 5], [1, 1]),
        ([LSTM(), LSTM(), LSTM()], ["bidirectional", "bidirectional", "forward"], [4, 4, 4], [2, 1]),
    ],
)
def test_a_stack_is_cut_where_the_cell_the_size_or_the_direction_changes(
    cells: list[Cell], directions: list[Direction], units: list[int], stacks: list[int]
) -> None:
    problem = make_problem(cells, direction=directions, units=units, lengths=LENGTHS)
    assert [len(layers) for layers in stacks_of(plan_of(problem))] == stacks
    assert_close(TorchAdapter().solve(problem), solve(problem), relative=1e-12)


def test_names_and_shapes_are_those_that_torch_reports() -> None:
    problem = make_problem([GRU(), LSTM(), LSTM()], direction="bidirectional")
    adapter = TorchAdapter()
    packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
    assert adapter.native_shapes(problem) == {name: tensor.shape for name, tensor in packed.items()}
    lstm = torch.nn.LSTM(2 * H, H, num_layers=2, bidirectional=True)
    of_lstm = {name: tuple(tensor.shape) for name, tensor in lstm.state_dict().items()}
    assert {name.removeprefix("1."): tensor.shape for name, tensor in packed.items() if name[0] == "1"} == of_lstm
    assert "0.bias_hh_l0_reverse" in packed


@pytest.mark.parametrize("cell", [cell for cell in SUPPORTED if not cell.bias], ids=repr)
def test_layers_without_bias_have_no_native_bias(cell: Cell) -> None:
    names = TorchAdapter().native_shapes(make_problem([cell]))
    assert list(names) == ["0.weight_ih_l0", "0.weight_hh_l0"]


@every_mode
@every_cell
def test_three_bidirectional_layers_with_lengths_are_those_of_the_reference(cell: Cell, mode: str) -> None:
    problem = make_problem([cell] * 3, direction="bidirectional", lengths=LENGTHS)
    assert_close(TorchAdapter(mode=mode).solve(problem), solve(problem), relative=1e-12)


@every_mode
@every_cell
def test_a_layer_in_float32_is_that_of_the_reference(cell: Cell, mode: str) -> None:
    problem = make_problem([cell], lengths=LENGTHS)
    actual = TorchAdapter(mode=mode, precision="float32").solve(problem)
    assert_close(actual, solve(problem), relative=1e-5)
    assert {array.dtype for array in named_arrays(actual).values()} == {np.dtype(np.float32)}


@every_cell
def test_all_modes_give_the_same_outcome(cell: Cell) -> None:
    problem = make_problem([cell, cell], direction="bidirectional", lengths=LENGTHS)
    first, *others = (TorchAdapter(mode=mode).solve(problem) for mode in TorchAdapter.modes)
    for other in others:
        assert_close(other, first, relative=1e-13)


@every_mode
@pytest.mark.parametrize("lengths", [(1, 6, 2, 5), (6, 5, 4, 1), (1, 2, 3, 4), (6, 6, 6, 6), None])
def test_lengths_come_in_any_order(lengths: tuple[int, ...] | None, mode: str) -> None:
    problem = make_problem([LSTM(), GRU()], direction="bidirectional", lengths=lengths)
    assert_close(TorchAdapter(mode=mode).solve(problem), solve(problem), relative=1e-12)


@every_mode
@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("cotangents", [True, False])
def test_what_is_absent_from_a_problem_is_absent_from_its_outcome(initial: bool, cotangents: bool, mode: str) -> None:
    problem = make_problem([LSTM()], lengths=LENGTHS, initial=initial, cotangents=cotangents)
    assert_close(TorchAdapter(mode=mode).solve(problem), solve(problem), relative=1e-12)


def test_cotangents_of_one_kind_are_enough() -> None:
    problem = make_problem([GRU(), LSTM()], lengths=LENGTHS)
    assert problem.cotangents is not None
    for part in ("y", "final"):
        only = type(problem.cotangents)(**{part: getattr(problem.cotangents, part)})
        asked = Problem(**{**vars(problem), "cotangents": only})
        assert_close(TorchAdapter().solve(asked), solve(asked), relative=1e-12)


def test_what_stands_in_the_padding_has_no_influence() -> None:
    problem = make_problem([LSTM()], direction="bidirectional", lengths=LENGTHS)
    x = problem.x.copy()
    x[np.arange(T)[:, None] >= np.array(LENGTHS)] = np.nan
    assert_identical(
        TorchAdapter().solve(Problem(**{**vars(problem), "x": x})),
        TorchAdapter().solve(problem),
    )


@pytest.mark.parametrize(
    "problem, reason",
    [
        (make_problem([RNN()], lengths=(0, 6, 1, 2)), "pack_padded_sequence refuses sequences of length 0"),
        (make_problem([LSTM()], direction="reverse"), "no layer that runs in reverse only"),
        (make_problem([GRU(), LSTM(peephole="new")]), "has no peepholes"),
        (make_problem([LSTM(peephole="old")]), "has no peepholes"),
        (make_problem([GRU(reset="before")]), "resets after the recurrent product"),
    ],
)
def test_what_torch_cannot_express_is_refused_with_a_reason(problem: Problem, reason: str) -> None:
    refusal = TorchAdapter().supports(problem)
    assert refusal is not None
    assert reason in refusal.reason


@every_cell
def test_everything_else_is_supported(cell: Cell) -> None:
    assert TorchAdapter().supports(make_problem([cell] * 2, direction="bidirectional", lengths=LENGTHS)) is None


def test_tf32_is_refused_on_the_cpu() -> None:
    refusal = TorchAdapter(precision="tf32").supports(make_problem([LSTM()]))
    assert refusal is not None
    assert refusal.reason == "not run: TF32 is a precision of CUDA devices; torch has none on the CPU"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"device": "tpu"}, "device: wanted one of cpu, cuda, got 'tpu'"),
        ({"precision": "int8"}, "precision: wanted one of float64, float32, tf32, bfloat16, float16, got 'int8'"),
        (
            {"mode": "default"},
            "mode: wanted one of time-major, batch-first, strided, unflattened, frozen, got 'default'",
        ),
    ],
)
def test_unknown_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        TorchAdapter(**options)


@pytest.mark.skipif(not WITHOUT_GPU, reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    refusal = TorchAdapter(device="cuda").supports(make_problem([LSTM()]))
    assert refusal is not None
    assert refusal.reason == "not run: wanted a CUDA device, got a machine without one"


@pytest.mark.skipif(WITHOUT_GPU, reason="this machine has no CUDA device")
def test_a_device_that_is_there_is_used() -> None:
    problem = make_problem([LSTM()] * 2, direction="bidirectional", lengths=LENGTHS)
    adapter = TorchAdapter(device="cuda")
    assert_close(adapter.solve(problem), solve(problem), relative=1e-12)
    assert "cudnn" in adapter.provenance()


def settings() -> dict[str, Any]:
    return {
        "matmul": torch.backends.cuda.matmul.allow_tf32,
        "cudnn": torch.backends.cudnn.allow_tf32,
        "enabled": torch.backends.cudnn.enabled,
        "dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


@pytest.mark.parametrize("tf32", [True, False])
def test_the_settings_of_torch_are_left_as_they_were(tf32: bool) -> None:
    first = settings()
    try:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        before = settings()
        for precision in ("float64", "float32"):
            TorchAdapter(precision=precision).solve(make_problem([LSTM()]))
        assert settings() == before
        for allowed in (True, False):
            with cuda_settings(tf32=allowed, cudnn=allowed):
                assert settings() == {**before, "matmul": allowed, "cudnn": allowed, "enabled": allowed}
        assert settings() == before
    finally:
        torch.backends.cuda.matmul.allow_tf32 = first["matmul"]
        torch.backends.cudnn.allow_tf32 = first["cudnn"]


def test_the_outcome_does_not_depend_on_the_default_dtype() -> None:
    problem = make_problem([LSTM(), GRU()], lengths=LENGTHS)
    expected = TorchAdapter().solve(problem)
    first = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert_identical(TorchAdapter().solve(problem), expected)
        assert TorchAdapter(precision="float32").solve(problem).y.dtype == np.float32
    finally:
        torch.set_default_dtype(first)


def test_the_outcome_does_not_depend_on_the_random_state_of_torch() -> None:
    problem = make_problem([LSTM(), GRU()], direction="bidirectional", lengths=LENGTHS)
    torch.manual_seed(1)
    expected = TorchAdapter().solve(problem)
    torch.manual_seed(2)
    assert_identical(TorchAdapter().solve(problem), expected)


def test_gradients_come_also_where_the_caller_has_disabled_them() -> None:
    problem = make_problem([LSTM()])
    with torch.no_grad():
        assert_close(TorchAdapter().solve(problem), solve(problem), relative=1e-12)
        assert not torch.is_grad_enabled()


def test_a_problem_is_not_modified() -> None:
    problem = make_problem([LSTM(), GRU(update="take")], direction="bidirectional", lengths=LENGTHS)
    before = [array.copy() for array in problem.named().values()]
    outcome = TorchAdapter().solve(problem)
    assert outcome.gradients is not None
    for array in named_arrays(outcome).values():
        array[...] = 0
    assert all(np.array_equal(array, kept) for array, kept in zip(problem.named().values(), before, strict=True))


def test_native_parameters_are_not_modified() -> None:
    problem = make_problem([LSTM()])
    adapter = TorchAdapter()
    native = layout.pack(problem.layers, adapter.placements(problem), np.float64)
    before = {name: tensor.copy() for name, tensor in native.items()}
    outcome = adapter.solve_native(problem, native)
    assert_close(outcome, solve(problem), relative=1e-12)
    assert all(np.array_equal(native[name], tensor) for name, tensor in before.items())


def test_one_sequence_of_one_step_is_no_special_case() -> None:
    problem = make_problem([LSTM()])
    assert problem.initial is not None
    assert problem.x.shape == (T, B, I)
    (state,) = problem.initial[0]
    small = Problem(layers=problem.layers, x=problem.x[:1, :1], initial=((state.map(lambda a: a[:1]),),))
    for mode in TorchAdapter.modes:
        assert_close(TorchAdapter(mode=mode).solve(small), solve(small), relative=1e-12)
