"""The kernels of TensorFlow, and its first cells, behind the contract of an adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
pytest.importorskip("tf_keras", reason="tf-keras is not installed")

import rnnspec  # noqa: E402 - after the skip
from rnnspec import GRU, LSTM, RNN, Cell, Problem, named_arrays, solve  # noqa: E402 - after the skip
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, layout  # noqa: E402 - after the skip
from rnnspec_adapters.base import NativeAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.tensorflow.raw_ops import RawOpsAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.tensorflow.v1_cells import V1CellsAdapter  # noqa: E402 - after the skip

from .problems import LENGTHS, assert_close, make_problem  # noqa: E402 - after the skip

CLIPPED = LSTM(peephole="new", cell_clip=0.25, clip_derivative="straight-through")
PROJECTED = LSTM(peephole="new", cell_clip=0.5, projection=3, projection_clip=0.25)
BEFORE, TAKES = GRU(reset="before"), GRU(reset="before", update="take")
OF_KERNELS: dict[str, tuple[Cell, ...]] = {
    "block-lstm": (LSTM(), LSTM(peephole="new"), CLIPPED),
    "lstm-block-cell": (LSTM(), LSTM(peephole="new"), CLIPPED),
    "gru-block-cell": (BEFORE, TAKES),
}
"""The kernels whose gradients are right, and cells that they compute."""

OF_V1: tuple[Cell, ...] = (RNN(), RNN(activation="relu"), LSTM(), LSTM(peephole="new"), BEFORE, TAKES)

every_adapter = pytest.mark.parametrize("kind", [RawOpsAdapter, V1CellsAdapter], ids=lambda kind: kind.name)


@every_adapter
def test_it_follows_the_contract(kind: type[NativeAdapter]) -> None:
    adapter: Adapter = kind(precision="float32")
    assert isinstance(adapter, DeclaresLayout)
    assert isinstance(adapter, Differentiates) == (kind is V1CellsAdapter)
    versions = adapter.provenance()
    assert versions["tensorflow"] == tf.__version__
    assert {*kind.packages, "numpy", "python", "device"} <= set(versions)


@pytest.mark.parametrize(
    "mode, cell", [pytest.param(mode, cell, id=f"{mode}-{cell}") for mode in OF_KERNELS for cell in OF_KERNELS[mode]]
)
def test_a_kernel_and_its_gradient_are_those_of_the_reference(mode: str, cell: Cell) -> None:
    adapter = RawOpsAdapter(precision="float32", mode=mode)
    for problem in (make_problem([cell] * 2), make_problem([cell], initial=False)):
        assert adapter.supports(problem) is None
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


@pytest.mark.parametrize("cell", [LSTM(), LSTM(peephole="new")], ids=str)
def test_the_outputs_of_block_lstm_v2_are_right_and_its_gradients_are_not(cell: Cell) -> None:
    problem = make_problem([cell])
    adapter = RawOpsAdapter(precision="float32", mode="block-lstm-v2")
    forward = replace(problem, cotangents=None)
    assert_close(adapter.solve(forward), solve(forward), relative=1e-5)
    with pytest.raises(AssertionError, match="gradients"):
        assert_close(adapter.solve(problem), solve(problem), relative=1e-1)


@pytest.mark.parametrize("cell", OF_V1, ids=str)
def test_a_cell_of_the_first_version_is_that_of_the_reference(cell: Cell) -> None:
    adapter = V1CellsAdapter()
    for problem in (
        make_problem([cell] * 2, lengths=LENGTHS),
        make_problem([cell], direction="bidirectional", lengths=LENGTHS),
        make_problem([cell], initial=False, cotangents=False),
    ):
        assert adapter.supports(problem) is None
        assert_close(adapter.solve(problem), solve(problem), relative=1e-12)


def test_the_basic_lstm_is_that_of_the_reference() -> None:
    problem = make_problem([LSTM()], lengths=LENGTHS)
    assert_close(V1CellsAdapter(mode="basic").solve(problem), solve(problem), relative=1e-12)


def test_a_projection_and_clips_of_the_first_version_are_those_of_the_reference() -> None:
    problem = make_problem([PROJECTED], initial=False, cotangents=False, lengths=LENGTHS)
    cotangents = rnnspec.Cotangents(y=np.random.default_rng(2).uniform(-1, 1, solve(problem).y.shape))
    problem = replace(problem, cotangents=cotangents)
    assert_close(V1CellsAdapter().solve(problem), solve(problem), relative=1e-12)


def test_derivatives_along_a_direction_are_those_of_the_reference() -> None:
    problem = make_problem([LSTM(peephole="new")], lengths=LENGTHS)
    rng = np.random.default_rng(5)

    def draw(array: Any) -> Any:
        return rng.uniform(-1, 1, size=array.shape)

    layers = tuple(tuple(parameters.map(draw) for parameters in layer.parameters) for layer in problem.layers)
    tangents = rnnspec.Tangents(x=draw(problem.x), layers=layers)
    adapter = V1CellsAdapter()
    assert_close(adapter.jvp(problem, tangents), rnnspec.jvp(problem, tangents), relative=1e-11)
    actual = adapter.hvp(problem, tangents).named()
    for name, wanted in rnnspec.hvp(problem, tangents).named().items():
        np.testing.assert_allclose(actual[name], wanted, rtol=0, atol=1e-11 * np.abs(wanted).max(), err_msg=name)


@pytest.mark.parametrize(
    "kind, mode, cells",
    [
        (RawOpsAdapter, "block-lstm", (LSTM(), CLIPPED)),
        (RawOpsAdapter, "gru-block-cell", (BEFORE,)),
        (V1CellsAdapter, "eager", (*OF_V1, PROJECTED)),
    ],
)
def test_names_and_shapes_are_those_of_tensorflow(
    kind: type[NativeAdapter], mode: str, cells: tuple[Cell, ...]
) -> None:
    adapter = kind(precision="float32", mode=mode)
    for cell in cells:
        directions = ("forward",) if kind is RawOpsAdapter or cell == PROJECTED else ("forward", "bidirectional")
        for direction in directions:
            way: Any = direction
            problem = make_problem([cell], direction=way, initial=False, cotangents=False)
            packed = layout.pack(problem.layers, adapter.placements(problem), np.float32)
            assert adapter.native_shapes(problem) == {name: tensor.shape for name, tensor in packed.items()}


@pytest.mark.parametrize(
    "kind, mode, problem, reason",
    [
        (RawOpsAdapter, "block-lstm", make_problem([GRU()]), "tf.raw_ops.BlockLSTM is an LSTM"),
        (RawOpsAdapter, "gru-block-cell", make_problem([LSTM()]), "tf.raw_ops.GRUBlockCell is a GRU"),
        (RawOpsAdapter, "gru-block-cell", make_problem([GRU()]), "resets before the recurrent product"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM()], lengths=LENGTHS), "tf-raw-ops takes no lengths"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM()], direction="reverse"), "reads forward only"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM(bias=False)]), "has no option for bias"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM(peephole="old")]), "output gate that sees the new cell state"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM(cell_clip=1.0)]), "lets its gradient through"),
        (RawOpsAdapter, "block-lstm", make_problem([LSTM(coupling="input")]), "has no option for coupling"),
        (V1CellsAdapter, "eager", make_problem([GRU()]), "GRUCell resets before the recurrent product"),
        (V1CellsAdapter, "eager", make_problem([LSTM()], direction="reverse"), "no loop that runs in reverse only"),
        (V1CellsAdapter, "eager", make_problem([RNN(activation="affine")]), "tf.nn has no affine"),
        (V1CellsAdapter, "eager", make_problem([LSTM(output_activation="relu")]), "one activation for the candidate"),
        (V1CellsAdapter, "eager", make_problem([LSTM(coupling="input")]), "LSTMCell has no option for coupling"),
        (V1CellsAdapter, "basic", make_problem([LSTM(peephole="new")]), "BasicLSTMCell has no option for peephole"),
        (V1CellsAdapter, "basic", make_problem([RNN()]), "BasicLSTMCell is an LSTM"),
    ],
)
def test_what_tensorflow_cannot_express_is_refused_with_a_reason(
    kind: type[NativeAdapter], mode: str, problem: Problem, reason: str
) -> None:
    refusal = kind(precision="float32", mode=mode).supports(problem)
    assert refusal is not None
    assert reason in refusal.reason


@pytest.mark.parametrize(
    "precision, mode, cell, name",
    [("float64", "block-lstm", LSTM(), "BlockLSTM"), ("float16", "gru-block-cell", BEFORE, "GRUBlockCell")],
)
def test_an_precision_that_a_kernel_is_not_there_for_is_refused(
    precision: str, mode: str, cell: Cell, name: str
) -> None:
    refusal = RawOpsAdapter(precision=precision, mode=mode).supports(make_problem([cell]))
    assert refusal is not None
    assert refusal.reason == f"tf.raw_ops.{name} has no kernel for {precision}"


@every_adapter
def test_a_problem_is_not_modified_and_outcomes_are_memory_of_their_own(kind: type[NativeAdapter]) -> None:
    problem = make_problem([LSTM()])
    before = [array.copy() for array in problem.named().values()]
    outcome = kind(precision="float32").solve(problem)
    for array in named_arrays(outcome).values():
        array[...] = 0
    assert all(np.array_equal(array, kept) for array, kept in zip(problem.named().values(), before, strict=True))


def test_the_setting_of_tf32_is_left_as_it_was() -> None:
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    RawOpsAdapter(precision="float32").solve(make_problem([LSTM()], cotangents=False))
    assert tf.config.experimental.tensor_float_32_execution_enabled() == before
