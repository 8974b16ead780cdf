"""The node tests of ONNX are translated rightly, and what they catch is found by a comparison that can fail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.backend.test.loader import load_model_tests

from rnnspec import GRU, LSTM, RNN, Cell, Layer, Parameters, Problem
from rnnspec_adapters.onnx import layouts
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_workshop.kill_matrix.kill_matrix_json import Report, differences
from rnnspec_workshop.onnx_node_tests.catching import caught_by, cells_of, passes, reach_of
from rnnspec_workshop.onnx_node_tests.loading import node_test, node_tests, similar
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest
from rnnspec_workshop.onnx_node_tests.node_tests_json import report
from rnnspec_workshop.onnx_node_tests.translation import UnreadableNodeError, expressible, problems_of

from .places import ROOT
from .random_nodes import random_node

COMMITTED = json.loads((ROOT / "conformance" / "results" / "onnx-node-tests.json").read_text(encoding="utf-8"))
ADVICE = "onnx-node-tests.json is out of date; write it anew: nox -s kill-matrix"
BY_ID = {mutant.id: mutant for mutant in MUTANTS}
SHIPPED = node_tests()
RANDOM = {
    "lstm": random_node("LSTM"),
    "lstm-plain": random_node("LSTM", without=("B", "initial_h", "initial_c", "P")),
    "lstm-without-initial-h": random_node("LSTM", without=("initial_h",)),
    "lstm-reverse": random_node("LSTM", direction="reverse"),
    "lstm-both-batch-first": random_node("LSTM", direction="bidirectional", layout=1),
    "gru-before": random_node("GRU"),
    "gru-after": random_node("GRU", linear_before_reset=1),
    "gru-both-batch-first": random_node("GRU", direction="bidirectional", layout=1, linear_before_reset=1),
    "rnn": random_node("RNN"),
    "rnn-both-batch-first": random_node("RNN", direction="bidirectional", layout=1),
}


@pytest.fixture(scope="module")
def reference() -> ReferenceAdapter:
    return ReferenceAdapter(precision="float32")


@pytest.fixture(scope="module")
def computed() -> Report:
    """What all mutants come to on all node tests that are shipped. This takes some seconds."""
    return report()


def test_every_node_test_of_a_recurrent_operator_is_read() -> None:
    names = {case.name for case in load_model_tests(kind="node")}
    wanted = {name for name in names if re.match(r"test_(simple_)?(lstm|gru|rnn)_", name)}
    assert wanted
    assert {test.name for test in SHIPPED} == wanted


@pytest.mark.parametrize("test", SHIPPED, ids=lambda test: test.name)
def test_the_reference_passes_what_is_shipped(test: NodeTest, reference: ReferenceAdapter) -> None:
    assert passes(test, reference)


@pytest.mark.parametrize("name", RANDOM)
def test_the_reference_passes_random_nodes(name: str, reference: ReferenceAdapter) -> None:
    assert passes(RANDOM[name], reference)


@pytest.mark.parametrize("order", ["ifgo", "iogf"])
def test_another_gate_order_is_a_wrong_translation(
    order: str, reference: ReferenceAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "LSTM_ORDER", order)
    assert not passes(RANDOM["lstm"], reference)


@pytest.mark.parametrize(
    "name, change",
    [
        ("lstm", {"direction": "reverse"}),
        ("lstm", {"input_forget": 1}),
        ("lstm", {"activations": ["Sigmoid", "Tanh", "Softsign"]}),
        ("gru-before", {"linear_before_reset": 1}),
        ("gru-after", {"linear_before_reset": 0}),
        ("gru-before", {"clip": 0.1}),
        ("rnn", {"activations": ["Relu"]}),
    ],
)
def test_every_attribute_has_an_influence(name: str, change: dict[str, Any], reference: ReferenceAdapter) -> None:
    test = RANDOM[name]
    assert not passes(replace(test, attributes={**test.attributes, **change}), reference)


@pytest.mark.parametrize(
    "name, slot", [(name, slot) for name in ("lstm", "gru-after", "rnn") for slot in RANDOM[name].inputs]
)
def test_every_input_has_an_influence(name: str, slot: str, reference: ReferenceAdapter) -> None:
    test = RANDOM[name]
    inputs = {**test.inputs, slot: np.flip(test.inputs[slot], axis=-1).copy()}
    assert not passes(replace(test, inputs=inputs), reference)


def test_lengths_are_those_of_the_node(reference: ReferenceAdapter) -> None:
    test = RANDOM["lstm"]
    full = replace(test, inputs={**test.inputs, "sequence_lens": np.array([3, 3], np.int32)})
    short = replace(test, inputs={**test.inputs, "sequence_lens": np.array([3, 2], np.int32)})
    assert passes(full, reference)
    assert not passes(short, reference)


@pytest.mark.parametrize(
    "name, attributes, what",
    [
        ("lstm", {"activation_alpha": [0.1]}, "activation_alpha"),
        ("lstm", {"clip": 0.5}, "clip"),
        ("lstm", {"output_sequence": 1}, "output_sequence"),
        ("lstm", {"linear_before_reset": 1}, "linear_before_reset"),
        ("gru-before", {"linear_before_reset": 2}, "wanted 0 or 1, got 2"),
        ("rnn", {"hidden_size": 4}, "wanted 5, as in R, got 4"),
        ("rnn", {"activations": ["Sine"]}, "Sine"),
        ("rnn-both-batch-first", {"activations": ["Tanh", "Relu"]}, "the same in each direction"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, attributes: dict[str, Any], what: str) -> None:
    test = RANDOM[name]
    with pytest.raises(UnreadableNodeError, match=what):
        problems_of(replace(test, attributes={**test.attributes, **attributes}))


def test_another_dtype_is_refused() -> None:
    test = RANDOM["rnn"]
    with pytest.raises(UnreadableNodeError, match="X: wanted float32, got float64"):
        problems_of(replace(test, inputs={**test.inputs, "X": test.inputs["X"].astype(np.float64)}))


def test_a_model_of_two_nodes_is_refused() -> None:
    nodes = [onnx.helper.make_node("RNN", ["X", "W", "R"], ["Y"]), onnx.helper.make_node("Relu", ["Y"], ["Z"])]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "two", [], []))
    with pytest.raises(ValueError, match="wanted a model of one node"):
        node_test("two", model, [], [], rtol=0.0, atol=0.0)


def test_slots_that_a_node_leaves_out_are_left_out() -> None:
    x, y_c = np.zeros((1, 1, 1), np.float32), np.ones((1, 1, 1), np.float32)
    node = onnx.helper.make_node("LSTM", ["x", "w", "r", "", "", "h"], ["", "", "c"], direction="reverse")
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "one", [], []))
    test = node_test("one", model, [x] * 4, [y_c], rtol=0.0, atol=0.0)
    assert list(test.inputs) == ["X", "W", "R", "initial_h"]
    assert list(test.outputs) == ["Y_c"]
    assert test.attributes == {"direction": "reverse"}


def wrong_outputs(test: NodeTest) -> Iterator[tuple[str, list[Any]]]:
    right = list(test.outputs.values())
    nan = right[0].copy()
    nan.flat[0] = np.nan
    yield "a number outside", [right[0] * np.float32(1.002), *right[1:]]
    yield "NaN", [nan, *right[1:]]
    yield "another precision", [right[0].astype(np.float64), *right[1:]]
    yield "another shape", [right[0][:1], *right[1:]]
    yield "one output fewer", right[1:]


def test_the_comparison_is_that_of_onnx() -> None:
    test = RANDOM["lstm"]
    assert similar(test, list(test.outputs.values()))
    assert similar(test, [output * np.float32(1.0005) for output in test.outputs.values()])
    assert [what for what, outputs in wrong_outputs(test) if similar(test, outputs)] == []


@pytest.mark.parametrize(
    "name, prefix, gates",
    [("lstm", "lstm", "ifgo"), ("gru-before", "gru", "rzn"), ("gru-after", "gru", "rzn"), ("lstm", "peephole", "ifo")],
)
def test_a_node_with_random_weights_catches_every_wrong_order(name: str, prefix: str, gates: str) -> None:
    wrong = {f"{prefix}-gates-{''.join(order)}" for order in permutations(gates)} - {f"{prefix}-gates-{gates}"}
    assert {id for id in wrong if caught_by(BY_ID[id], [RANDOM[name]])} == wrong


@pytest.mark.parametrize("id", ["directions-exchanged", "directions-apart-exchanged", "directions-added"])
def test_a_bidirectional_node_is_put_in_both_forms(id: str) -> None:
    assert caught_by(BY_ID[id], [RANDOM["rnn-both-batch-first"], RANDOM["rnn"]]) == ["random_rnn"]
    assert [problem.layers[0].merge for problem in problems_of(RANDOM["rnn-both-batch-first"])] == ["concat", "none"]


def test_only_outputs_that_the_node_has_are_compared() -> None:
    test = RANDOM["lstm"]
    blind = replace(test, outputs={"Y": test.outputs["Y"]})
    assert caught_by(BY_ID["lstm-final-states-exchanged"], [test]) == [test.name]
    assert caught_by(BY_ID["lstm-final-states-exchanged"], [blind]) == []


@pytest.mark.parametrize(
    "id, reach",
    [
        ("lstm-gates-figo", "tested"),
        ("gru-b-rn-dropped", "untested"),
        ("rnn-relu-taken-for-tanh", "untested"),
        ("gradient-of-x-missing", "none"),
        ("projection-columns-reversed", "none"),
        ("padded-outputs-repeat", "none"),
    ],
)
def test_where_a_mutant_shows(id: str, reach: str) -> None:
    assert reach_of(BY_ID[id], cells_of(SHIPPED)) == reach


def test_a_cell_that_is_tested_is_within_reach() -> None:
    mutant = BY_ID["gru-b-rn-dropped"]
    assert reach_of(mutant, cells_of([*SHIPPED, RANDOM["gru-after"]])) == "tested"


@pytest.mark.parametrize(
    "cell, can",
    [
        (LSTM(peephole="new", coupling="forget"), True),
        (LSTM(peephole="old"), False),
        (LSTM(projection=1), False),
        (LSTM(forget_gate=False), False),
        (GRU(reset="before", bias=False), True),
        (GRU(update="take"), False),
        (RNN(activation="softsign", preactivation_clip=1.0), True),
    ],
)
def test_what_one_node_can_state(cell: Cell, can: bool) -> None:
    parameters = Parameters(**{name: np.ones(shape) for name, shape in cell.parameter_shapes(1, 1).items()})
    layer = Layer(cell=cell, parameters=(parameters,))
    assert expressible(Problem(layers=(layer,), x=np.ones((1, 1, 1)))) == can
    assert not expressible(Problem(layers=(layer, layer), x=np.ones((1, 1, 1))))


def test_what_is_caught_shows_in_a_tested_cell(computed: Report) -> None:
    caught = [entry for entry in computed["mutants"] if entry["caught_by"]]
    assert caught
    assert [entry["id"] for entry in caught if entry["reach"] != "tested"] == []


def test_no_gradient_and_no_second_derivative_shows_in_a_node(computed: Report) -> None:
    backward = [entry for entry in computed["mutants"] if entry["class"] in ("gradients", "second order")]
    assert backward
    assert [entry["id"] for entry in backward if entry["reach"] != "none"] == []


def test_the_counts_of_tests_and_mutants_agree(computed: Report) -> None:
    by_test = sum(test["catches"] for test in computed["tests"])
    assert by_test == sum(len(entry["caught_by"]) for entry in computed["mutants"]) > 0


def test_the_committed_file_is_the_computed_one(computed: Report) -> None:
    assert differences(COMMITTED, computed) == [], ADVICE


def test_most_node_tests_have_constant_weights_and_all_have_zero_states() -> None:
    def is_constant(test: NodeTest) -> bool:
        return all(np.ptp(direction) == 0 for name in "WR" for direction in test.inputs[name])

    assert sum(map(is_constant, SHIPPED)) > len(SHIPPED) / 2
    states = [array for test in SHIPPED for name, array in test.inputs.items() if name.startswith("initial")]
    assert not any(state.any() for state in states)
