"""Layers of PyTorch that are exported to ONNX and run by ONNX Runtime."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

for needed in ("onnx", "onnxruntime", "onnxscript", "torch"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

import onnx  # noqa: E402 - after the skip
import torch  # noqa: E402 - after the skip

from rnnspec import GRU, LSTM, RNN, Cell, Direction, Problem, solve  # noqa: E402 - after the skip
from rnnspec_adapters import find_adapter  # noqa: E402 - after the skip
from rnnspec_adapters.onnx import from_torch, runtime  # noqa: E402 - after the skip
from rnnspec_adapters.onnx.exporters import silent  # noqa: E402
from rnnspec_adapters.onnx.from_torch import Chain, OnnxFromTorch, with_parameters  # noqa: E402

from .problems import LENGTHS, assert_close, make_problem  # noqa: E402 - after the skip

CELLS: tuple[Cell, ...] = (RNN(activation="relu"), LSTM(), LSTM(bias=False), GRU(update="take"))


def forward_problem(cells: list[Cell], **given: Any) -> Problem:
    return make_problem(cells, cotangents=False, **given)


@pytest.fixture(scope="module")
def dynamo() -> OnnxFromTorch:
    """One adapter for all tests, so that what it has captured is used again."""
    return OnnxFromTorch(mode="dynamo")


def test_the_adapter_is_registered_under_its_name() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    registered = tomllib.loads(text)["project"]["entry-points"]["rnnspec.adapters"]
    assert find_adapter(registered["onnx-from-torch"]) is OnnxFromTorch


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_a_captured_layer_is_that_of_the_reference(cell: Cell, dynamo: OnnxFromTorch) -> None:
    problem = forward_problem([cell], direction="bidirectional")
    assert_close(dynamo.solve(problem), solve(problem), relative=1e-5)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_a_traced_layer_is_that_of_the_reference(
    cell: Cell, direction: Direction, lengths: tuple[int, ...] | None
) -> None:
    problem = forward_problem([cell, cell], direction=direction, lengths=lengths, initial=direction == "forward")
    assert_close(OnnxFromTorch(mode="torchscript").solve(problem), solve(problem), relative=1e-5)


def test_modules_of_other_kinds_stand_in_one_model(dynamo: OnnxFromTorch) -> None:
    problem = forward_problem([LSTM(), GRU()], units=[5, 4])
    for adapter in (dynamo, OnnxFromTorch(mode="torchscript")):
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)


def test_a_graph_is_captured_once_for_all_parameters(dynamo: OnnxFromTorch, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (forward_problem([GRU()], seed=seed) for seed in (1, 2))
    dynamo.solve(one)
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: pytest.fail("captured again"))
    assert_close(dynamo.solve(other), solve(other), relative=1e-5)
    assert not np.allclose(solve(other).y, solve(one).y)


def test_activations_do_not_share_a_graph() -> None:
    adapter = OnnxFromTorch(mode="dynamo")
    for activation in ("tanh", "relu"):
        problem = forward_problem([RNN(activation=activation)])
        assert_close(adapter.solve(problem), solve(problem), relative=1e-5)
    assert len(adapter.captured) == 2


def test_the_model_is_the_one_that_the_exporter_itself_makes(
    dynamo: OnnxFromTorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = forward_problem([GRU()], direction="bidirectional", initial=False)
    models: list[bytes] = []
    session_of = runtime.session_of

    def watched(model: bytes, *, device: str) -> object:
        models.append(model)
        return session_of(model, device=device)

    monkeypatch.setattr(from_torch, "session_of", watched)
    dynamo.solve(problem)
    with silent():
        layer = Chain(torch.nn.ModuleList([torch.nn.GRU(3, 5, bidirectional=True)]), ["x"]).eval()
        program = torch.onnx.export(layer, (torch.zeros(6, 4, 3),), dynamo=True, verbose=False)
    own = onnx.load_from_string(models[0])
    assert [n.op_type for n in own.graph.node] == [n.op_type for n in program.model_proto.graph.node]
    assert [n.op_type for n in own.graph.node].count("GRU") == 1


def test_a_parameter_that_is_not_in_the_model_is_an_error() -> None:
    model = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    with pytest.raises(RuntimeError, match=r"^the exported model: wanted a constant layers.0.weight_hr_l0, got "):
        with_parameters(model, {"0.weight_hr_l0": np.zeros((2, 3))})


@pytest.mark.parametrize(
    "mode, cell, given, reason",
    [
        ("dynamo", LSTM(), {"lengths": LENGTHS}, "torch.onnx.export refuses packed sequences"),
        ("dynamo", LSTM(projection=2), {"initial": False}, "torch.onnx.export leaves the projection of an LSTM out"),
        ("torchscript", LSTM(projection=2), {"initial": False}, "torch.onnx.export with dynamo=False refuses LSTMs"),
        ("torchscript", LSTM(peephole="new"), {}, "torch.nn.LSTM has no peepholes"),
        ("torchscript", LSTM(), {"lengths": (0, 3, 1, 2)}, "pack_padded_sequence refuses sequences of length 0"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_a_reason(
    mode: str, cell: Cell, given: dict[str, Any], reason: str
) -> None:
    refusal = OnnxFromTorch(mode=mode).supports(forward_problem([cell], **given))
    assert refusal is not None
    assert refusal.reason.startswith(reason)


def test_gradients_and_other_types_are_refused() -> None:
    refusal = OnnxFromTorch().supports(make_problem([LSTM()]))
    assert refusal is not None
    assert refusal.reason == "a model of ONNX is run forward only; there are no gradients"
    with pytest.raises(ValueError, match=r"^precision: wanted 'float32', got 'float64'$"):
        OnnxFromTorch(precision="float64")
    assert "onnxscript" in OnnxFromTorch().provenance()


def test_modules_that_are_alike_have_their_own_parameters() -> None:
    problem = forward_problem([LSTM(), GRU(), LSTM()], sizes=(3, 2, 5, 5))
    assert_close(OnnxFromTorch(mode="torchscript").solve(problem), solve(problem), relative=1e-5)
