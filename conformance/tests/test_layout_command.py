"""``rnnspec layout``: cards, pictures, and code from one layer to another."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnnspec_conformance.cli import main

TORCH_GRU = """\
weight_ih_l0   weight_hh_l0   bias_ih_l0   bias_hh_l0
3 H by I       3 H by J       3 H          3 H
┌─────┐        ┌─────┐        ┌─────┐      ┌──────┐
│ W_r │        │ R_r │        │ b_r │      │ b_r  │
├─────┤        ├─────┤        ├─────┤      ├──────┤
│ W_z │        │ R_z │        │ b_z │      │ b_z  │
├─────┤        ├─────┤        ├─────┤      ├──────┤
│ W_n │        │ R_n │        │ b_n │      │ b_Rn │
└─────┘        └─────┘        └─────┘      └──────┘
"""


def test_a_layer_has_a_card_and_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "torch.nn.GRU"]) == 0
    said = capsys.readouterr().out
    assert TORCH_GRU in said
    assert "update gate      keeps the old state" in said


@pytest.mark.parametrize("name", ["tf.keras.layers.LSTM", "keras.layers.lstm", "layers.LSTM"])
def test_a_layer_is_found_by_the_names_that_people_type(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", name]) == 0
    assert "keras.layers.LSTM stores LSTM()" in capsys.readouterr().out


def test_a_cell_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "rnn_cell.LSTMCell", "--cell", "LSTM(projection=2)"]) == 0
    said = capsys.readouterr().out
    assert "1 is added to b_f at run time" in said
    assert said.count(" stores ") == 1


def test_two_layers_give_code_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "torch.nn.GRU", "keras.layers.GRU", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    namespace: dict[str, object] = {}
    exec(said["code"], namespace)
    function = namespace["converted"]
    assert callable(function)
    shapes = {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4), "bias_ih_l0": (12,), "bias_hh_l0": (12,)}
    found = function({name: np.ones(shape, np.float32) for name, shape in shapes.items()})
    assert {name: array.shape for name, array in found.items()} == {
        "kernel": (3, 12),
        "recurrent_kernel": (4, 12),
        "bias": (2, 12),
    }
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


def test_what_two_layers_differ_in_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "torch.nn.LSTM", "keras.layers.LSTM"]) == 0
    said = capsys.readouterr()
    assert "two, summed" in said.err
    namespace: dict[str, object] = {}
    exec(said.out, namespace)
    assert callable(namespace["converted"])
    assert "'kernel': native['weight_ih_l0'].T," in said.out


def test_no_map_is_said_with_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "haiku.GRU", "torch.nn.GRU"]) == 1
    assert capsys.readouterr().out.startswith(
        "No map leads from one to the other: haiku.GRU computes GRU(reset='before'"
    )


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["torch.nn.GRUU"], "LAYER: wanted one of torch.nn.GRU"),
        (["GRUCell"], "LAYER: wanted one of equinox.nn.GRUCell, flax.linen.GRUCell"),
        (["torch.nn.LSTM", "--cell", "GRU"], "--cell: wanted one of LSTM(), LSTM(projection=2), got GRU"),
    ],
)
def test_what_is_not_there_is_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", *arguments]) == 4
    assert capsys.readouterr().err.startswith(f"rnnspec layout: {said}")


def test_all_layers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout"]) == 0
    said = capsys.readouterr().out
    assert "onnx.LSTM" in said
    assert "LSTM(coupling='forget')" in said
