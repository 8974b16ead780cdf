"""Layers of Keras that are exported to ONNX on TensorFlow and run by ONNX Runtime; on PyTorch in another process."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

for needed in ("keras", "onnx", "onnxruntime", "onnxscript", "tensorflow", "tf2onnx", "torch"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

import onnx  # noqa: E402 - after the skip

from rnnspec import GRU, LSTM, RNN, Cell, Direction, Problem, solve  # noqa: E402 - after the skip
from rnnspec_adapters import Unsupported, find_adapter  # noqa: E402 - after the skip
from rnnspec_adapters.onnx import from_keras, runtime  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.from_keras import OnnxFromKerasOnTensorflow, OnnxFromKerasOnTorch  # noqa: E402

from .problems import LENGTHS, assert_close, make_problem  # noqa: E402 - after the skip

ON_TORCH = """
from rnnspec import GRU, LSTM, RNN, solve
from rnnspec_adapters.onnx.from_keras import OnnxFromKerasOnTorch
from tests.problems import LENGTHS, assert_close, make_problem

adapter = OnnxFromKerasOnTorch()
for cells in ([LSTM(), GRU()], [RNN(activation="relu")]):
    problem = make_problem(cells, cotangents=False, lengths=LENGTHS, direction="bidirectional")
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
for cell, refused in ((RNN(), True), (GRU(reset="before"), True), (GRU(), False), (LSTM(), False)):
    answer = adapter.supports(make_problem([cell], cotangents=False, direction="reverse"))
    assert ("reads backwards without a mask" in answer.reason) if refused else answer is None
    assert adapter.supports(make_problem([cell], cotangents=False)) is None
"""


@pytest.fixture(scope="module")
def adapter() -> OnnxFromKerasOnTensorflow:
    """One adapter for all tests."""
    return OnnxFromKerasOnTensorflow()


def forward_problem(cells: list[Cell], **given: Any) -> Problem:
    return make_problem(cells, cotangents=False, **given)


def test_the_adapters_are_registered_under_their_names() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    registered = tomllib.loads(text)["project"]["entry-points"]["rnnspec.adapters"]
    for adapter in (OnnxFromKerasOnTensorflow, OnnxFromKerasOnTorch):
        assert find_adapter(registered[adapter.name]) is adapter


@pytest.mark.parametrize("cell", [RNN(), LSTM(), LSTM(bias=False), GRU(update="take"), GRU(reset="before")], ids=repr)
@pytest.mark.parametrize("direction, lengths", [("forward", None), ("bidirectional", LENGTHS)])
def test_an_exported_layer_is_that_of_the_reference(
    cell: Cell, direction: Direction, lengths: tuple[int, ...] | None, adapter: OnnxFromKerasOnTensorflow
) -> None:
    problem = forward_problem([cell], direction=direction, lengths=lengths, initial=lengths is None)
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


def test_layers_that_are_alike_have_their_own_parameters(adapter: OnnxFromKerasOnTensorflow) -> None:
    problem = forward_problem([GRU(), GRU(), LSTM()])
    assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


def test_the_model_has_the_operator_and_its_inputs(
    adapter: OnnxFromKerasOnTensorflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: list[onnx.ModelProto] = []

    def watched(model: bytes, *, device: str) -> object:
        models.append(onnx.load_from_string(model))
        return session_of(model, device=device)

    session_of = runtime.session_of
    monkeypatch.setattr(from_keras, "session_of", watched)
    adapter.solve(forward_problem([LSTM()], initial=True))
    (model,) = models
    assert "LSTM" in [node.op_type for node in model.graph.node]
    assert [given.name for given in model.graph.input] == ["x", "initial_0_0_h", "initial_0_0_c"]


def test_a_model_is_exported_again_for_other_parameters_and_for_no_other_input(
    adapter: OnnxFromKerasOnTensorflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (forward_problem([LSTM()], seed=seed) for seed in (21, 22))
    mixed = replace(one, x=other.x)
    exported: list[int] = []
    session_of = runtime.session_of

    def watched(model: bytes, *, device: str) -> object:
        exported.append(len(model))
        return session_of(model, device=device)

    monkeypatch.setattr(from_keras, "session_of", watched)
    for problem, models in ((one, 1), (mixed, 1), (other, 2)):
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
        assert len(exported) == models


def test_gradients_are_refused(adapter: OnnxFromKerasOnTensorflow) -> None:
    answer = adapter.supports(make_problem([LSTM()]))
    assert isinstance(answer, Unsupported)
    assert "no gradients" in answer.reason


def test_another_dtype_is_refused() -> None:
    with pytest.raises(ValueError, match="precision: wanted 'float32', got 'float64'"):
        OnnxFromKerasOnTensorflow(precision="float64")


def test_keras_on_pytorch_exports_what_the_reference_computes() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ON_TORCH],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
