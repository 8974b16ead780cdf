"""Keras behind the contract of an adapter, on the backend that the environment names; TensorFlow without that."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
MODULES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
pytest.importorskip(MODULES[BACKEND], reason=f"{BACKEND} is not installed")

import rnnspec  # noqa: E402 - after the skip
from rnnspec import GRU, LSTM, RNN, Activation, Cell, Direction, Merge, Problem, named_arrays, solve  # noqa: E402
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, base, layout  # noqa: E402
from rnnspec_adapters.keras.imported import keras_on, refusal_of_backend  # noqa: E402 - after the skip
from rnnspec_adapters.keras.keras_activations import function_of, is_there  # noqa: E402 - after the skip
from rnnspec_adapters.keras.keras_layers import KerasLayers  # noqa: E402 - after the skip

from .problems import LENGTHS, B, H, I, T, assert_close, make_problem  # noqa: E402 - after the skip

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"  # Keras converts so itself
)

CLASSES = {
    "tensorflow": ["on_tensorflow:KerasOnTensorflow", "on_tensorflow:KerasInGraphs"],
    "jax": ["on_jax:KerasOnJax"],
    "torch": ["on_torch:KerasOnTorch"],
}


def found(name: str) -> type[KerasLayers]:
    module, _, attribute = name.partition(":")
    kind: type[KerasLayers] = getattr(importlib.import_module(f"rnnspec_adapters.keras.{module}"), attribute)
    return kind


KINDS = [found(name) for name in CLASSES[BACKEND]]
KIND = KINDS[0]
keras = keras_on(BACKEND)
if keras is None:
    pytest.skip("keras is not installed", allow_module_level=True)

PRECISION = KIND.precisions[0]
CLOSE, CLOSE_TWICE = (1e-12, 1e-11) if PRECISION == "float64" else (2e-5, 1e-4)
CELLS: tuple[Cell, ...] = (
    RNN(),
    RNN(activation="relu", bias=False),
    LSTM(),
    LSTM(bias=False, gate_activation=Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5)),
    GRU(),
    GRU(bias=False),
    GRU(update="take"),
    GRU(reset="before"),
    GRU(reset="before", update="take"),
)

every_cell = pytest.mark.parametrize("cell", CELLS, ids=str)
every_mode = pytest.mark.parametrize(
    "kind, mode", [pytest.param(kind, mode, id=f"{kind.name}-{mode}") for kind in KINDS for mode in kind.modes]
)


def made(kind: type[KerasLayers] = KIND, mode: str | None = None) -> KerasLayers:
    return kind(precision=PRECISION, mode=mode)


def lengths_of(mode: str) -> tuple[int, ...] | None:
    """Lengths, where the mode fills the padding as it should: conformance/findings/."""
    return None if (BACKEND, mode) == ("jax", "unroll") else LENGTHS


def close(problem: Problem, adapter: KerasLayers | None = None) -> None:
    assert_close((adapter or made()).solve(problem), solve(problem), relative=CLOSE)


def test_it_follows_the_contract() -> None:
    adapter: Adapter = made()
    assert isinstance(adapter, DeclaresLayout)
    assert isinstance(adapter, Differentiates)
    versions = adapter.provenance()
    assert versions["keras"] == keras.__version__
    assert {KIND.packages[0], "numpy", "python", "device"} <= set(versions)
    assert "not installed" not in versions.values()


@every_cell
def test_a_cell_in_a_layer_of_two_directions_is_that_of_the_reference(cell: Cell) -> None:
    problem = make_problem([cell], direction="bidirectional", lengths=LENGTHS)
    assert made().supports(problem) is None
    close(problem)


@every_mode
def test_every_mode_computes_a_stack_as_the_reference_does(kind: type[KerasLayers], mode: str) -> None:
    close(make_problem([LSTM(), LSTM(), GRU()], lengths=lengths_of(mode)), made(kind, mode))


@every_mode
def test_without_initial_states_every_mode_starts_from_zeros(kind: type[KerasLayers], mode: str) -> None:
    close(make_problem([GRU()], initial=False, cotangents=False, direction="reverse"), made(kind, mode))


@every_mode
def test_names_and_shapes_are_those_that_keras_reports(kind: type[KerasLayers], mode: str) -> None:
    adapter = made(kind, mode)
    stacks: list[list[Cell]] = [[RNN()], [LSTM(), LSTM()], [GRU(), GRU(), LSTM(bias=False)]]
    directions: tuple[Direction, ...] = ("forward", "bidirectional")
    for cells in stacks:
        for direction in directions:
            problem = make_problem(cells, direction=direction)
            packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
            assert adapter.native_shapes(problem) == {name: tensor.shape for name, tensor in packed.items()}


def test_arrays_may_lie_backwards_in_memory() -> None:
    problem = make_problem([RNN()], lengths=LENGTHS)
    close(replace(problem, x=problem.x[::-1].copy()[::-1]))


def test_a_stack_of_cells_is_one_layer_of_keras() -> None:
    adapter = made(KIND, "cells")
    problem = make_problem([GRU()] * 2, lengths=LENGTHS)
    assert {name.split(".")[1] for name in adapter.native_shapes(problem)} == {"stack"}
    close(problem, adapter)
    close(make_problem([GRU()] * 2, lengths=LENGTHS, direction="reverse"), adapter)


@pytest.mark.parametrize("merge", ["sum", "mean", "product", "none"])
def test_directions_are_merged(merge: Merge) -> None:
    problem = make_problem([RNN()], direction="bidirectional", lengths=LENGTHS, cotangents=False)
    (layer,) = problem.layers
    close(replace(problem, layers=(replace(layer, merge=merge),)))


def test_reverse_outputs_stay_in_the_order_of_processing_where_nothing_is_padded() -> None:
    problem = make_problem([RNN()], direction="reverse")
    (layer,) = problem.layers
    close(replace(problem, layers=(replace(layer, reverse_outputs="processing"),)))


def test_padded_outputs_repeat() -> None:
    close(replace(make_problem([GRU()], lengths=LENGTHS), padded_outputs="repeat"))


@every_mode
def test_derivatives_along_a_direction_are_those_of_the_reference(kind: type[KerasLayers], mode: str) -> None:
    problem = make_problem([LSTM()], lengths=lengths_of(mode))
    rng = np.random.default_rng(5)

    def draw(array: Any) -> Any:
        return rng.uniform(-1, 1, size=array.shape).astype(np.float32).astype(np.float64)

    layers = tuple(tuple(parameters.map(draw) for parameters in layer.parameters) for layer in problem.layers)
    tangents = rnnspec.Tangents(x=draw(problem.x), layers=layers)
    adapter = made(kind, mode)
    assert isinstance(adapter, base.WithTangents)
    assert_close(adapter.jvp(problem, tangents), rnnspec.jvp(problem, tangents), relative=CLOSE_TWICE)
    actual = adapter.hvp(problem, tangents).named()
    for name, wanted in rnnspec.hvp(problem, tangents).named().items():
        np.testing.assert_allclose(actual[name], wanted, rtol=0, atol=CLOSE_TWICE * np.abs(wanted).max(), err_msg=name)


def module_and_parameters(problem: Problem, **options: Any) -> Any:
    """A layer of Keras itself, with the parameters of a forward problem."""
    (layer,) = problem.layers
    module = getattr(keras.layers, type(layer.cell).__name__)(
        layer.hidden_size, return_sequences=True, dtype="float32", **options
    )
    module.build((B, T, I))
    native = layout.pack(problem.layers, made().placements(problem), np.float32)
    tensors = {name.partition(".")[2]: tensor for name, tensor in native.items()}
    rows = [tensor for name, tensor in tensors.items() if "bias[" in name]
    whole = [tensor for name, tensor in tensors.items() if "bias[" not in name]
    module.set_weights(whole + ([np.stack(rows)] if rows else []))
    return module


@pytest.mark.parametrize("cell", [LSTM(), GRU()], ids=str)
def test_a_stateful_layer_goes_on_where_it_ended(cell: Cell) -> None:
    problem = make_problem([cell], initial=False, cotangents=False)
    module = module_and_parameters(problem, stateful=True)
    x = np.swapaxes(problem.x, 0, 1).astype(np.float32)
    parts = [keras.ops.convert_to_numpy(module(part)) for part in (x[:, :2], x[:, 2:])]
    wanted = solve(problem).y
    np.testing.assert_allclose(np.swapaxes(np.concatenate(parts, axis=1), 0, 1), wanted, rtol=0, atol=1e-5)
    module.reset_state()
    again = keras.ops.convert_to_numpy(module(x[:, :2]))
    np.testing.assert_allclose(again, parts[0], rtol=0, atol=1e-6)


MASKS = {
    "left-padded": [[False, False, True, True, True, True]] * B,
    "with holes": [[True, False, True, True, False, True]] * B,
    "different": [[False, True, True, False, True, True], [True] * T, [False] * T, [True, False] * (T // 2)],
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("unroll", [False, True])
def test_a_masked_step_is_as_if_it_were_not_there(mask: list[list[bool]], unroll: bool) -> None:
    if BACKEND == "jax" and unroll:
        pytest.skip("on JAX an unrolled layer does not clear masked outputs: conformance/findings/")
    problem = make_problem([LSTM()], initial=False, cotangents=False)
    module = module_and_parameters(problem, unroll=unroll, zero_output_for_mask=True, return_state=True)
    y, h, c = map(
        keras.ops.convert_to_numpy, module(np.swapaxes(problem.x, 0, 1).astype(np.float32), mask=np.array(mask))
    )
    for sequence, valid in enumerate(map(np.array, mask)):
        assert np.all(y[sequence][~valid] == 0)
        if not valid.any():
            assert np.all(h[sequence] == 0)
            continue
        wanted = solve(replace(problem, x=problem.x[valid, sequence : sequence + 1]))
        np.testing.assert_allclose(y[sequence][valid], wanted.y[:, 0], rtol=0, atol=1e-5)
        np.testing.assert_allclose(h[sequence], wanted.final[0][0].h[0], rtol=0, atol=1e-5)
        np.testing.assert_allclose(c[sequence], wanted.final[0][0].c[0], rtol=0, atol=1e-5)


WITHOUT_CUDNN = {("jax", "GRU", False), ("torch", "LSTM", False), ("torch", "GRU", False)}
"""Where `use_cudnn=True` takes a loop of the backend on the CPU: backend, layer, whether there is a mask."""


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", [LSTM(), GRU()], ids=str)
@pytest.mark.parametrize("use_cudnn", ["auto", True, False])
def test_a_layer_is_asked_for_cudnn_and_has_none(cell: Cell, use_cudnn: str | bool, masked: bool) -> None:
    problem = make_problem([cell], initial=False, cotangents=False, lengths=LENGTHS if masked else None)
    module = module_and_parameters(problem, use_cudnn=use_cudnn, zero_output_for_mask=True)
    x = np.swapaxes(problem.x, 0, 1).astype(np.float32)
    mask = np.arange(T) < np.array(LENGTHS)[:, None] if masked else None
    if use_cudnn is True and (BACKEND, type(cell).__name__, masked) not in WITHOUT_CUDNN:
        with pytest.raises(ValueError, match="cuDNN is not supported for this layer configuration"):
            module(x, mask=mask)
        return
    y = keras.ops.convert_to_numpy(module(x, mask=mask))
    np.testing.assert_allclose(np.swapaxes(y, 0, 1), solve(problem).y, rtol=0, atol=1e-5)


CONSTANTS = Activation(name="leaky_relu", alpha=0.3)


@pytest.mark.parametrize(
    "problem, reason",
    [
        (make_problem([LSTM(peephole="new")]), "keras.layers.LSTM has no option for peephole"),
        (make_problem([GRU(minimal=True)]), "keras.layers.GRU has a reset gate of its own"),
        (make_problem([GRU(reset="none")]), "keras.layers.GRU has a reset gate of its own"),
        (make_problem([GRU(update="take", gate_activation="softsign")]), "keeps with its update gate; no sign turns"),
        (make_problem([LSTM(output_activation="relu")]), "one activation for the candidate and the output"),
        (make_problem([RNN(activation="affine")]), "keras.activations has no affine"),
        (make_problem([RNN(activation="hard_sigmoid")]), "keras.activations has no hard_sigmoid"),
        (make_problem([RNN(preactivation_clip=1.0)]), "keras.layers.SimpleRNN has no option for preactivation_clip"),
        (make_problem([RNN(activation=CONSTANTS)], direction="bidirectional"), "copies its layer by names"),
    ],
)
def test_what_keras_cannot_express_is_refused_with_a_reason(problem: Problem, reason: str) -> None:
    refusal = made().supports(problem)
    assert refusal is not None
    assert reason in refusal.reason


def test_options_of_sequences_that_bidirectional_lacks_are_refused() -> None:
    problem = make_problem([LSTM()], direction="bidirectional", cotangents=False, lengths=LENGTHS)
    (layer,) = problem.layers
    processed = made().supports(replace(problem, layers=(replace(layer, reverse_outputs="processing"),)))
    repeated = made().supports(replace(problem, padded_outputs="repeat"))
    assert processed is not None
    assert "in the order of time" in processed.reason
    assert repeated is not None
    assert "fill the padding with zeros" in repeated.reason


def test_another_backend_than_the_one_of_the_process_is_refused() -> None:
    wanted = "numpy"
    assert refusal_of_backend(keras, BACKEND) is None
    reason = f"not run: keras has one backend in a process: wanted {wanted}, but it was imported with {BACKEND}"
    assert refusal_of_backend(keras, wanted) == reason
    assert refusal_of_backend(None, wanted) == "not run: keras is not installed"
    adapter = made()
    adapter.keras = None
    refusal = adapter.supports(make_problem([RNN()]))
    assert refusal is not None
    assert refusal.reason == "not run: keras is not installed"


def test_the_environment_is_left_as_it_was() -> None:
    before = dict(os.environ)
    made()
    assert dict(os.environ) == before


def test_a_device_that_is_not_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KIND, "device_name", None)
    refusal = made().supports(make_problem([RNN()]))
    assert refusal is not None
    assert refusal.reason == "not run: wanted a CUDA device, got a machine without one"


def test_keras_that_is_not_installed_is_named_in_the_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "version", lambda _: None)
    assert made().provenance()["keras"] == "not installed"


def test_a_problem_is_not_modified_and_outcomes_are_memory_of_their_own() -> None:
    problem = make_problem([GRU()], lengths=LENGTHS)
    before = [array.copy() for array in problem.named().values()]
    outcome = made().solve(problem)
    for array in named_arrays(outcome).values():
        array[...] = 0
    assert all(np.array_equal(array, kept) for array, kept in zip(problem.named().values(), before, strict=True))


def test_problems_of_one_structure_share_what_was_built() -> None:
    adapter = made()
    for seed in (1, 2, 3):
        adapter.solve(make_problem([LSTM()], lengths=LENGTHS, seed=seed))
    assert len(adapter._made) == 1
    assert len(adapter._built) == 1
    assert adapter.native_shapes(make_problem([LSTM()]))["0.lstm_cell.kernel"] == (I, 4 * H)


@pytest.mark.parametrize(
    "activation",
    [
        *("sigmoid", "tanh", "relu", "identity", "softsign", "softplus", "elu"),
        Activation(name="leaky_relu", alpha=0.25),
        Activation(name="elu", alpha=0.75),
        Activation(name="thresholded_relu", alpha=0.375),
        Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5),
    ],
    ids=str,
)
def test_an_activation_of_keras_is_that_of_the_text(activation: str | Activation) -> None:
    a = np.array([-4.0, -1.5, -0.25, 0.5, 2.0, 3.5], np.float32)
    function = function_of(keras.activations, activation)
    assert is_there(activation)
    actual = keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(a)))
    wanted = rnnspec.activations.activation_of(activation, "activation").value(a.astype(np.float64))
    np.testing.assert_allclose(actual, wanted, rtol=1e-6)


def test_an_activation_with_other_constants_is_not_taken_for_that_of_keras() -> None:
    assert not is_there("hard_sigmoid")
    assert not is_there(Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.4))
    assert not is_there("scaled_tanh")
