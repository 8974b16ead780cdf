"""ONNX Runtime and the evaluator of ``onnx`` behind the contract of an adapter."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from rnnspec import (  # noqa: E402 - after the skip
    GRU,
    LSTM,
    RNN,
    Activation,
    Cell,
    Direction,
    Merge,
    Outcome,
    Problem,
    solve,
)
from rnnspec_adapters import DeclaresLayout, Differentiates, find_adapter  # noqa: E402 - after the skip
from rnnspec_adapters.onnx import runtime  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.evaluator import OnnxReferenceAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.models import model_of  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.onnx_adapter import OnnxBase  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.runtime import OnnxRuntimeAdapter  # noqa: E402 - after the skip
from rnnspec_adapters.plan import plan_of  # noqa: E402 - after the skip

from .problems import LENGTHS, T, assert_close, make_problem  # noqa: E402 - after the skip

CELLS: tuple[Cell, ...] = (
    RNN(),
    RNN(activation="relu", bias=False),
    RNN(activation=Activation(name="leaky_relu", alpha=0.25), preactivation_clip=0.5),
    LSTM(peephole="new"),
    LSTM(peephole="new", bias=False),
    LSTM(coupling="forget"),
    LSTM(coupling="input", peephole="new"),
    LSTM(candidate_activation="identity", output_activation=Activation(name="scaled_tanh", alpha=0.5, beta=2.0)),
    LSTM(preactivation_clip=0.5),
    GRU(preactivation_clip=0.5),
    GRU(update="take", bias=False),
    GRU(reset="before", update="take", gate_activation="hard_sigmoid"),
    GRU(minimal=True),
    GRU(minimal=True, reset="before", update="take"),
)
PLAIN: tuple[Cell, ...] = (RNN(), LSTM(peephole="new"), GRU(), GRU(reset="before", update="take"))
"""What the evaluator computes too: it ignores other attributes."""

RUNNERS = [(OnnxRuntimeAdapter, mode) for mode in OnnxRuntimeAdapter.modes] + [
    (OnnxReferenceAdapter, mode) for mode in OnnxReferenceAdapter.modes
]
every_runner = pytest.mark.parametrize("adapter, mode", RUNNERS)
every_mode = pytest.mark.parametrize("mode", OnnxRuntimeAdapter.modes)
every_direction = pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])


def forward_problem(cells: list[Cell], **given: Any) -> Problem:
    return make_problem(cells, cotangents=False, **given)


def with_merge(problem: Problem, merge: Merge) -> Problem:
    """`problem` with its last layer merged in this way."""
    return replace(problem, layers=(*problem.layers[:-1], replace(problem.layers[-1], merge=merge)))


@pytest.mark.parametrize("adapter", [OnnxRuntimeAdapter, OnnxReferenceAdapter])
def test_an_adapter_is_registered_under_its_name(adapter: type[OnnxBase]) -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    registered = tomllib.loads(text)["project"]["entry-points"]["rnnspec.adapters"]
    assert find_adapter(registered[adapter.name]) is adapter


@pytest.mark.parametrize("cell", CELLS, ids=repr)
@every_direction
@every_mode
def test_the_runtime_gives_what_the_reference_gives(cell: Cell, direction: Direction, mode: str) -> None:
    problem = forward_problem([cell, cell], direction=direction, lengths=LENGTHS)
    adapter = OnnxRuntimeAdapter(mode=mode)
    assert adapter.supports(problem) is None
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


@pytest.mark.parametrize("cell", PLAIN, ids=repr)
@every_direction
@every_runner
def test_every_runner_computes_plain_cells_without_lengths(
    cell: Cell, direction: Direction, adapter: type[OnnxBase], mode: str
) -> None:
    problem = forward_problem([cell], direction=direction, initial=direction != "reverse")
    assert_close(adapter(mode=mode).solve(problem), solve(problem), relative=1e-5)


def test_the_evaluator_computes_in_float64() -> None:
    problem = forward_problem(list(PLAIN), direction="bidirectional")
    assert_close(OnnxReferenceAdapter(precision="float64").solve(problem), solve(problem), relative=1e-13)


@pytest.mark.parametrize("merge", ["concat", "sum", "mean", "product", "none"])
@every_runner
def test_directions_are_merged_in_the_model(merge: Merge, adapter: type[OnnxBase], mode: str) -> None:
    problem = with_merge(forward_problem([LSTM(), GRU()], direction="bidirectional"), merge)
    assert_close(adapter(mode=mode).solve(problem), solve(problem), relative=1e-5)


def test_a_stack_is_a_chain_of_nodes() -> None:
    problem = forward_problem([RNN(), LSTM(), GRU()], direction=["forward", "bidirectional", "reverse"])
    adapter = OnnxRuntimeAdapter()
    model = model_of(adapter.structure_of(plan_of(problem), initial=True))
    operators = [node.op_type for node in model.graph.node]
    assert [name for name in operators if name in ("RNN", "LSTM", "GRU")] == ["RNN", "LSTM", "GRU"]
    assert operators.count("Transpose") == operators.count("Reshape") == 3
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


@every_runner
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_models_are_valid_for_their_opset(adapter: type[OnnxBase], mode: str, lengths: tuple[int, ...] | None) -> None:
    problem = forward_problem([*PLAIN], direction="bidirectional", lengths=lengths)
    made = adapter(mode=mode)
    model = model_of(made.structure_of(plan_of(problem), lengths=lengths is not None, initial=True))
    onnx.checker.check_model(model, full_check=True)
    assert [opset.version for opset in model.opset_import] == [made.execution.opset]
    layouts = [a.i for node in model.graph.node for a in node.attribute if a.name == "layout"]
    assert layouts == ([1] * len(PLAIN) if mode == "batch-first" else [])


def test_the_batch_stands_first_in_the_mode_of_that_name() -> None:
    problem = forward_problem([LSTM()], direction="bidirectional")
    adapter = OnnxReferenceAdapter(mode="batch-first")
    given = adapter.inputs(plan_of(problem), adapter._primals(problem.x, {}, problem.initial), None)
    assert given["x"].shape == (4, 6, 3)
    assert given["initial.0.c"].shape == (4, 2, 5)


def test_parameters_are_inputs_or_constants_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = forward_problem([GRU()])
    seen: list[tuple[list[str], list[str]]] = []
    session_of = runtime.session_of

    def watched(model: bytes, *, device: str) -> object:
        graph = onnx.load_from_string(model).graph
        constants = [tensor.name for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT]
        seen.append(([value.name for value in graph.input], constants))
        return session_of(model, device=device)

    monkeypatch.setattr(runtime, "session_of", watched)
    for mode in ("opset-22", "constants"):
        OnnxRuntimeAdapter(mode=mode).solve(problem)
    weights = ["0.W", "0.R", "0.B"]
    assert [sorted(names) for names in seen[0]] == [sorted(["x", "initial.0.h", *weights]), []]
    assert [sorted(names) for names in seen[1]] == [["initial.0.h", "x"], sorted(weights)]


def test_a_session_serves_all_problems_of_one_structure() -> None:
    adapter = OnnxRuntimeAdapter()
    one = forward_problem([LSTM()], lengths=LENGTHS)
    shorter = replace(one, x=one.x[:4].copy(), lengths=np.minimum(LENGTHS, 4))
    for problem in (one, shorter):
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
    assert len(adapter.ready) == 1
    other = replace(one, x=one.x[:, :2].copy(), lengths=np.array([T, 2]), initial=None)
    assert_close(adapter.solve(other), solve(other), relative=1e-5)
    assert len(adapter.ready) == 2


def test_activations_do_not_share_a_session() -> None:
    adapter = OnnxRuntimeAdapter()
    for activation in ("tanh", "relu", "softsign"):
        problem = forward_problem([RNN(activation=activation)])
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
    assert len(adapter.ready) == 3


@every_runner
def test_the_declared_layout_is_that_of_the_models_inputs(adapter: type[OnnxBase], mode: str) -> None:
    problem = forward_problem([LSTM(peephole="new"), GRU()], direction="bidirectional")
    made = adapter(mode=mode)
    assert isinstance(made, DeclaresLayout)
    shapes = made.native_shapes(problem)
    assert shapes["0.P_reverse"] == (1, 15)
    assert shapes["1.W"] == (1, 15, 10)
    assert sorted(shapes) == sorted(name for place in made.placements(problem) for name in place.names())


def test_float16_is_float32_that_was_rounded() -> None:
    problem = forward_problem([LSTM()])
    outcome = OnnxRuntimeAdapter(precision="float16").solve(problem)
    assert outcome.y.dtype == np.float16
    assert_close(outcome, solve(problem), relative=2e-3)


@pytest.mark.parametrize("adapter", [OnnxRuntimeAdapter, OnnxReferenceAdapter])
def test_gradients_padding_and_processing_order_are_refused(adapter: type[OnnxBase]) -> None:
    made = adapter()
    assert not isinstance(made, Differentiates)
    problem = forward_problem([LSTM()], direction="reverse")
    changed = {
        "a model of ONNX is run forward only; there are no gradients": make_problem([LSTM()]),
        "the operators do not say what stands in the padding; here it is zeros": replace(
            problem, padded_outputs="repeat"
        ),
        "the operators give outputs in the order of time": replace(
            problem, layers=(replace(problem.layers[0], reverse_outputs="processing"),)
        ),
        "LSTM has no projection": forward_problem([LSTM(projection=2)], initial=False),
    }
    for reason, refused in changed.items():
        refusal = made.supports(refused)
        assert refusal is not None
        assert refusal.reason == reason


def test_the_evaluator_refuses_the_activations_that_it_does_not_know() -> None:
    problem = forward_problem([RNN(activation="relu")])
    refusal = OnnxReferenceAdapter().supports(problem)
    assert refusal is not None
    assert refusal.reason == "the RNN of ReferenceEvaluator does not know the activation relu"
    with pytest.raises(RuntimeError, match="Unknown activation function 'Relu'"):
        OnnxReferenceAdapter().solve(problem)
    assert OnnxReferenceAdapter().supports(forward_problem([RNN(activation="identity")])) is None


def test_constants_that_attributes_do_not_hold_are_refused_in_float64() -> None:
    problem = forward_problem([RNN(preactivation_clip=0.3)])
    refusal = OnnxReferenceAdapter(precision="float64").supports(problem)
    assert refusal is not None
    assert refusal.reason == "attributes are float32, in which there is no 0.3 for clip"
    assert OnnxReferenceAdapter().supports(problem) is None


@pytest.mark.parametrize(
    "given, message",
    [
        ({"device": "tpu"}, "device: wanted one of cpu, cuda, got 'tpu'"),
        ({"precision": "tf32"}, "precision: wanted one of float32, float16, float64, got 'tf32'"),
        ({"mode": "eager"}, "mode: wanted one of opset-7, opset-14, opset-22, constants, got 'eager'"),
    ],
)
def test_unknown_options_are_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        OnnxRuntimeAdapter(**given)


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="this ONNX Runtime has CUDA"
)
def test_a_device_that_is_not_there_is_refused() -> None:
    refusal = OnnxRuntimeAdapter(device="cuda").supports(forward_problem([LSTM()]))
    assert refusal is not None
    assert refusal.reason.startswith("not run: wanted an ONNX Runtime with CUDAExecutionProvider, got ")
    with pytest.raises(ValueError, match=r"^device: wanted 'cpu', got 'cuda'$"):
        OnnxReferenceAdapter(device="cuda")


def test_provenance_names_what_runs_models() -> None:
    versions = OnnxRuntimeAdapter().provenance()
    assert versions["onnxruntime"] == onnxruntime.__version__
    assert versions["device"] == "CPUExecutionProvider"
    assert OnnxReferenceAdapter().provenance()["onnx"] == onnx.__version__


def test_outcomes_are_memory_of_their_own() -> None:
    adapter = OnnxRuntimeAdapter()
    problem = forward_problem([GRU()], direction="bidirectional")
    first, second = adapter.solve(problem), adapter.solve(problem)
    kept = Outcome(y=first.y.copy(), final=first.final)
    first.y[...] = 7
    assert np.array_equal(second.y, kept.y)
    states = [state.h for state in first.final[0]]
    assert not np.shares_memory(states[0], states[1])
