"""JAX libraries behind the contract of an adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="jax is not installed")
for needed in ("flax", "equinox", "haiku"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

from jax.experimental import rnn as jax_experimental_rnn  # noqa: E402 - after the skip

import rnnspec  # noqa: E402 - after the skip
from rnnspec import GRU, LSTM, RNN, Activation, Cell, Merge, Problem, named_arrays, solve  # noqa: E402 - after the skip
from rnnspec.activations import activation_of  # noqa: E402 - after the skip
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, base, layout  # noqa: E402 - after the skip
from rnnspec_adapters.jax import jax_adapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.equinox_cells import EquinoxAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.flax_linen import LinenAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.flax_nnx import NnxAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.haiku_cores import HaikuAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.jax_activations import function_of  # noqa: E402 - after the skip
from rnnspec_adapters.jax.jax_adapter import JaxAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.jax.jax_rnn import (  # noqa: E402 - after the skip
    CudnnLstmAdapter,
    LstmRefAdapter,
    flat_weights,
)

from .jax_problems import LENGTHS, B, H, I, make_problem, problem_for  # noqa: E402 - after the skip
from .problems import assert_close, assert_identical  # noqa: E402 - after the skip

BEFORE = GRU(reset="before")
CELLS: dict[type[JaxAdapter], tuple[Cell, ...]] = {
    LinenAdapter: (RNN(), LSTM(), GRU(), GRU(update="take"), GRU(minimal=True), GRU(reset="none")),
    NnxAdapter: (RNN(), LSTM()),
    EquinoxAdapter: (LSTM(), LSTM(bias=False), GRU(), GRU(update="take", bias=False)),
    HaikuAdapter: (RNN(activation="relu"), LSTM(), BEFORE, GRU(reset="before", update="take")),
    LstmRefAdapter: (LSTM(),),
}
every_adapter = pytest.mark.parametrize("kind", CELLS, ids=lambda kind: kind.name)
every_cell = pytest.mark.parametrize(
    "kind, cell", [pytest.param(kind, cell, id=f"{kind.name}-{cell}") for kind in CELLS for cell in CELLS[kind]]
)


@every_adapter
def test_it_follows_the_contract(kind: type[JaxAdapter]) -> None:
    adapter: Adapter = kind()
    assert isinstance(adapter, DeclaresLayout)
    assert isinstance(adapter, Differentiates)
    versions = adapter.provenance()
    assert versions["jax"] == jax.__version__
    assert {*kind.packages, "numpy", "python", "device"} <= set(versions)


@every_cell
def test_a_cell_in_a_layer_of_two_directions_is_that_of_the_reference(kind: type[JaxAdapter], cell: Cell) -> None:
    problem = problem_for(kind, cell, direction="bidirectional")
    adapter = kind()
    assert adapter.supports(problem) is None
    assert_close(adapter.solve(problem), solve(problem), relative=1e-12)


@every_adapter
def test_a_stack_is_that_of_the_reference(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind, LSTM(), LSTM(), lengths=None)
    assert_close(kind().solve(problem), solve(problem), relative=1e-12)


@every_adapter
def test_without_initial_states_it_starts_from_zeros(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind, initial=False, cotangents=False)
    assert_close(kind().solve(problem), solve(problem), relative=1e-12)


@every_adapter
@pytest.mark.parametrize("precision, relative", [("float32", 1e-5), ("bfloat16", 0.2), ("float16", 2e-2)])
def test_other_precisions_are_computed_in_their_own_type(
    kind: type[JaxAdapter], precision: str, relative: float
) -> None:
    problem = problem_for(kind)
    actual = kind(precision=precision).solve(problem)
    assert_close(actual, solve(problem), relative=relative)
    assert {array.dtype for array in named_arrays(actual).values()} == {np.dtype(rnnspec.PRECISIONS[precision].dtype)}
    assert np.array_equal(rnnspec.PRECISIONS[precision].nearest(actual.y), actual.y)


@every_adapter
def test_names_and_shapes_are_those_that_the_library_reports(kind: type[JaxAdapter]) -> None:
    for cell in CELLS[kind]:
        problem = make_problem([cell] * 2, direction="bidirectional")
        adapter = kind()
        packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
        assert adapter.native_shapes(problem) == {name: tensor.shape for name, tensor in packed.items()}


@pytest.mark.parametrize("merge", ["sum", "mean", "product", "none"])
def test_flax_merges_directions(merge: Merge) -> None:
    problem = make_problem([RNN()], direction="bidirectional", lengths=LENGTHS, cotangents=False)
    (layer,) = problem.layers
    merged = replace(problem, layers=(replace(layer, merge=merge),))
    assert_close(LinenAdapter().solve(merged), solve(merged), relative=1e-12)


def test_flax_leaves_reverse_outputs_in_the_order_of_processing() -> None:
    problem = make_problem([RNN()], direction="reverse", lengths=LENGTHS, cotangents=False)
    (layer,) = problem.layers
    processed = replace(problem, layers=(replace(layer, reverse_outputs="processing"),))
    assert_close(LinenAdapter().solve(processed), solve(processed), relative=1e-12)


@every_adapter
def test_derivatives_along_tangents_are_those_of_the_reference(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind, direction="bidirectional")
    rng = np.random.default_rng(5)

    def draw(array: Any) -> Any:
        return rng.uniform(-1, 1, size=array.shape)

    layers = tuple(tuple(parameters.map(draw) for parameters in layer.parameters) for layer in problem.layers)
    tangents = rnnspec.Tangents(x=draw(problem.x), layers=layers)
    adapter = kind()
    assert isinstance(adapter, Differentiates)
    assert_close(adapter.jvp(problem, tangents), rnnspec.jvp(problem, tangents), relative=1e-11)
    actual = adapter.hvp(problem, tangents).named()
    for name, wanted in rnnspec.hvp(problem, tangents).named().items():
        np.testing.assert_allclose(actual[name], wanted, rtol=0, atol=1e-11 * np.abs(wanted).max(), err_msg=name)


@pytest.mark.parametrize(
    "kind, problem, reason",
    [
        (LinenAdapter, make_problem([LSTM(peephole="new")]), "LSTM of flax-linen has no option for peephole"),
        (LinenAdapter, make_problem([LSTM(bias=False)]), "LSTM of flax-linen has no option for bias"),
        (LinenAdapter, make_problem([BEFORE]), "flax.linen resets after the recurrent product"),
        (LinenAdapter, make_problem([GRU(minimal=True, update="take")]), "keeps with the gate that resets"),
        (
            LinenAdapter,
            make_problem([LSTM(output_activation="relu")]),
            "one activation for the candidate and the output",
        ),
        (LinenAdapter, make_problem([RNN(activation="affine")]), "jax.nn has no affine"),
        (
            NnxAdapter,
            make_problem([GRU()]),
            "flax.nnx.GRUCell resets after the recurrent product, and has no bias inside of it, b_Rn",
        ),
        (NnxAdapter, make_problem([GRU(minimal=True)]), "has no bias inside of it, b_Rn"),
        (EquinoxAdapter, make_problem([RNN()]), "equinox.nn has no simple recurrent cell"),
        (EquinoxAdapter, make_problem([LSTM()], lengths=LENGTHS), "equinox takes no lengths"),
        (
            EquinoxAdapter,
            make_problem([LSTM(gate_activation="relu")]),
            "LSTM of equinox has no option for gate_activation",
        ),
        (HaikuAdapter, make_problem([RNN()]), "haiku.VanillaRNN has the activation relu only"),
        (HaikuAdapter, make_problem([GRU()]), "GRU of haiku resets before the recurrent product"),
        (LstmRefAdapter, make_problem([GRU()]), "jax-rnn has no GRU"),
        (LstmRefAdapter, make_problem([LSTM()], direction="reverse"), "no layer that runs in reverse only"),
    ],
)
def test_what_a_library_cannot_express_is_refused_with_a_reason(
    kind: type[JaxAdapter], problem: Problem, reason: str
) -> None:
    refusal = kind().supports(problem)
    assert refusal is not None
    assert reason in refusal.reason


@every_adapter
def test_options_that_flax_alone_has_are_refused_by_the_others(kind: type[JaxAdapter]) -> None:
    problem = make_problem([LSTM()], direction="bidirectional")
    (layer,) = problem.layers
    processed = replace(problem, layers=(replace(layer, reverse_outputs="processing"),), cotangents=None)
    repeated = replace(problem, padded_outputs="repeat", lengths=np.array(LENGTHS))
    adapter = kind()
    assert adapter.supports(processed) is not None
    assert adapter.supports(repeated) is not None


@every_adapter
def test_a_library_that_is_not_installed_is_one_refusal(
    kind: type[JaxAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = kind()
    missing = kind.packages[-1]
    monkeypatch.setattr(base, "version", lambda name: None if name == missing else "1")
    refusal = adapter.supports(problem_for(kind))
    assert refusal is not None
    assert refusal.reason == f"not run: {missing} is not installed"
    assert adapter.provenance()[missing] == "not installed"


@every_adapter
def test_without_a_cuda_device_nothing_is_run_on_one(kind: type[JaxAdapter], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_adapter, "_device_of", lambda _: None)
    adapter = kind(device="cuda")
    refusal = adapter.supports(problem_for(kind))
    assert refusal is not None
    assert refusal.reason == "not run: wanted a CUDA device, got a machine without one"
    assert adapter.provenance()["device"] == "none"


def test_tf32_is_refused_on_the_cpu() -> None:
    refusal = LinenAdapter(precision="tf32").supports(make_problem([LSTM()]))
    assert refusal is not None
    assert refusal.reason == "not run: TF32 is a precision of CUDA devices; flax-linen has none on the CPU"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"device": "tpu"}, "device: wanted one of cpu, cuda, got 'tpu'"),
        ({"precision": "int8"}, "precision: wanted one of float64, float32, tf32, bfloat16, float16, got 'int8'"),
        ({"mode": "default"}, "mode: wanted 'jit', got 'default'"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        EquinoxAdapter(**options)


def test_problems_of_one_structure_share_what_was_compiled() -> None:
    adapter = LstmRefAdapter()
    for seed in (1, 2, 3):
        adapter.solve(problem_for(LstmRefAdapter, seed=seed))
    program: Any
    (program,) = adapter._made.values()
    assert program._cache_size() == 1


@pytest.mark.parametrize("x64", [True, False])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_settings_of_jax_are_left_as_they_were_and_do_not_matter(x64: bool, precision: str) -> None:
    problem = make_problem([LSTM()], cotangents=False)
    expected = LstmRefAdapter(precision=precision).solve(problem)
    with jax.enable_x64(x64), jax.default_matmul_precision("bfloat16"):
        before = (jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision)
        assert_identical(LstmRefAdapter(precision=precision).solve(problem), expected)
        assert (jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision) == before


@every_adapter
def test_a_problem_is_not_modified_and_outcomes_are_memory_of_their_own(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind)
    before = [array.copy() for array in problem.named().values()]
    outcome = kind().solve(problem)
    for array in named_arrays(outcome).values():
        array[...] = 0
    assert all(np.array_equal(array, kept) for array, kept in zip(problem.named().values(), before, strict=True))


def test_the_flat_weights_of_cudnn_are_what_jax_takes_apart() -> None:
    problem = make_problem([LSTM()] * 2, direction="bidirectional")
    native = {
        name.removeprefix("0."): tensor
        for name, tensor in layout.pack(
            problem.layers,
            CudnnLstmAdapter(device="cuda", precision="float32").placements(problem),
            np.dtype(np.float32),
        ).items()
    }
    flat = flat_weights({name: jax.numpy.asarray(tensor) for name, tensor in native.items()}, 4)
    parts = jax_experimental_rnn.unpack_lstm_weights(flat, I, H, 2, True)
    for kind, by_layer in zip(("W_ih", "W_hh", "b_ih", "b_hh"), parts, strict=True):
        for number, tensor in by_layer.items():
            assert np.array_equal(tensor, native[f"{kind}.{number}"])
    assert problem.x.shape[1] == B


@pytest.mark.parametrize(
    "activation",
    [
        *("sigmoid", "tanh", "relu", "identity", "softsign", "softplus", "leaky_relu", "elu"),
        Activation(name="leaky_relu", alpha=0.3),
        Activation(name="elu", alpha=0.7),
        Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5),
    ],
    ids=str,
)
def test_an_activation_of_jax_is_that_of_the_text(activation: str | Activation) -> None:
    a = np.array([-4.0, -1.5, -0.25, 0.5, 2.0, 3.5])
    function = function_of(activation)
    assert function is not None
    with jax.enable_x64(True):
        actual = np.asarray(function(jax.numpy.asarray(a)))
    np.testing.assert_allclose(actual, activation_of(activation, "activation").value(a.copy()), rtol=1e-14)


def test_an_activation_with_other_constants_is_not_taken_for_that_of_jax() -> None:
    assert function_of("hard_sigmoid") is None
    assert function_of(Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.4)) is None
    assert function_of("scaled_tanh") is None
