"""Bad input: the rule of the verdicts, probes that end in each of them, and what is committed."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnspec_workshop.__main__ import main
from rnnspec_workshop.bad_input.bad_input_json import SCHEMA, dump
from rnnspec_workshop.bad_input.called_layer import Layer, differences, probes_of_all
from rnnspec_workshop.bad_input.fields import Array, B, Field, Given, H, I, T, by_direction, shape_of, sizes_of
from rnnspec_workshop.bad_input.probe import Probe, Shapes
from rnnspec_workshop.bad_input.trying import (
    Finding,
    answer_of,
    attempt,
    known_frameworks,
    layers_of,
    versions_of,
)
from rnnspec_workshop.bad_input.verdict import VERDICTS, first_line, has_word, of_error, plain
from rnnspec_workshop.bad_input.wrong_calls import MISTAKES, sizes

from .places import ROOT

RESULTS = sorted((ROOT / "conformance/results").glob("bad-input-*.json"))

NEEDS = {
    "flax_linen": ("flax",),
    "flax_nnx": ("flax",),
    "jax_rnn": ("jax",),
    "keras_jax": ("keras", "jax"),
    "keras_tensorflow": ("keras", "tensorflow"),
    "keras_torch": ("keras", "torch"),
    "onnx_reference": ("onnx",),
    "onnxruntime": ("onnx", "onnxruntime"),
    "tf_raw_ops": ("tensorflow",),
    "tf_v1_cells": ("tf_keras",),
}
"""What has to be installed, where it is not called like the framework."""

CALLS: dict[str, Callable[[], Any]] = {
    "state-units": partial(exec, r"raise ValueError('\nhidden[0]: wanted 17, got 23\nand more')"),
    "state-batch": partial(exec, "raise RuntimeError('something is wrong with dimension 1')"),
    "input-size": partial(eval, "print('a line of the framework itself') or {'y': [11, 7, 17]}"),
    "input-axes": os.abort,
    "no-steps": partial(exec, "import os; os.write(2, b'no such kernel'); os._exit(3)"),
    "no-sequences": partial(time.sleep, 600),
}
"""Calls that end in each of the verdicts, made of what every process can import."""


def made_up(mistake: str) -> Probe:
    """A probe as a layer has them."""
    names = ("hx", "hidden")
    return Probe(layer="made.up", mistake=mistake, call=CALLS[mistake], names=names, pair=sizes(17, 23))


@pytest.mark.parametrize(
    "mistake, verdict, message",
    [
        ("state-units", "error named the field", "ValueError: hidden[0]: wanted 17, got 23"),
        ("state-batch", "error unclear", "RuntimeError: something is wrong with dimension 1"),
        ("input-size", "accepted silently", "returned y [11, 7, 17]"),
        ("input-axes", "crashed", "ended by SIGABRT"),
        ("no-steps", "crashed", "ended with status 3: no such kernel"),
    ],
)
def test_what_comes_of_a_call_is_a_verdict(mistake: str, verdict: str, message: str) -> None:
    finding = attempt(made_up(mistake))
    assert finding == Finding(layer="made.up", mistake=mistake, verdict=verdict, message=message)  # type: ignore[arg-type]


def test_a_process_that_does_not_answer_in_time_has_crashed() -> None:
    finding = attempt(made_up("no-sequences"), seconds=5)
    assert (finding.verdict, finding.message) == ("crashed", "no answer in 5 s")


def test_calls_do_not_share_a_process() -> None:
    answers = [answer_of(os.getpid).returned for _ in range(2)]
    assert len({os.getpid(), *answers}) == 3


def given_to(seen: list[Given]) -> Callable[[Given, int], Shapes]:
    """The call of a layer that keeps what it is given, and computes nothing."""

    def call(given: Given, directions: int) -> Shapes:
        seen.append(given)
        return {"y": [T, B, directions * H]}

    return call


def layer_of(call: Callable[[Given, int], Shapes], returns: str = "T B O") -> Layer:
    """An LSTM with everything that a field can be."""
    fields = {
        "x": Field(name="input", axes="T B I"),
        "h": Field(name="hx", axes="D B H", optional=True),
        "c": Field(name="cx", axes="D B H", optional=True, beside_h=True),
        "lengths": Field(name="lengths", axes="B", dtype="int32", fill="T", optional=True),
        "mask": Field(name="mask", axes="B T", dtype="bool", fill=1, optional=True),
        "W": Field(name="w", axes="I+H G"),
        "R": Field(name="w", axes="I+H G"),
        "b": Field(name="b", axes="2 G"),
    }
    return Layer(name="made.up", call=call, fields=fields, returns={"y": returns}, gates=4)


WRONG: dict[str, tuple[str, Array | None]] = {
    "input-size": ("input", np.zeros((11, 7, 19), np.float32)),
    "input-axes": ("input", np.zeros((1, 11, 7, 13), np.float32)),
    "input-integers": ("input", np.zeros((11, 7, 13), np.int64)),
    "no-steps": ("input", np.zeros((0, 7, 13), np.float32)),
    "cell-one-sequence": ("cx", np.zeros((1, 1, 17), np.float32)),
    "cell-forgotten": ("cx", None),
    "state-directions": ("hx", np.zeros((1, 7, 17), np.float32)),
    "length-above-T": ("lengths", np.array([31, *[11] * 6], np.int32)),
    "lengths-too-few": ("lengths", np.full(6, 11, np.int32)),
    "lengths-fractions": ("lengths", np.full(7, 10.5, np.float32)),
    "mask-numbers": ("mask", np.full((7, 11), 0.5, np.float32)),
    "input-weights-columns": ("w", np.zeros((36, 68), np.float32)),
    "recurrent-weights-columns": ("w", np.zeros((36, 68), np.float32)),
    "bias-one-element": ("b", np.zeros((2, 1), np.float32)),
}
"""What some mistakes make of a field."""


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_made_in_one_field(mistake: str) -> None:
    seen: list[Given] = []
    layer = layer_of(given_to(seen))
    (probe,) = [probe for probe in layer.probes() if probe.mistake == mistake]
    probe.call()
    (given,) = seen
    name, wrong = WRONG[mistake]
    right = layer.right(sizes_of(4, MISTAKES[mistake].directions), layer.fields)
    assert [key for key in given if key != name and given[key].shape != right[key].shape] == []
    if wrong is None:
        assert name not in given
    else:
        assert given[name].dtype == wrong.dtype
        np.testing.assert_array_equal(given[name], wrong)


def test_what_is_optional_is_given_where_it_is_wrong() -> None:
    seen: list[Given] = []
    calls = {probe.mistake: probe.call for probe in layer_of(given_to(seen)).probes()}
    for mistake in ("input-size", "cell-units", "mask-steps"):
        calls[mistake]()
    always = {"input", "w", "b"}
    assert [given.keys() - always for given in seen] == [set(), {"hx", "cx"}, {"mask"}]


def test_a_layer_is_given_only_the_mistakes_that_its_fields_can_have() -> None:
    step = Layer(
        name="step",
        call=given_to([]),
        fields={"x": Field(name="input", axes="I"), "h": Field(name="hx", axes="H")},
        returns={},
    )
    of_input = {name for name, mistake in MISTAKES.items() if mistake.role == "x"}
    assert {probe.mistake for probe in step.probes()} == of_input - {"no-steps", "no-sequences"} | {
        "state-units",
        "state-one-unit",
    }


def test_every_mistake_can_be_made_in_a_described_layer() -> None:
    described = {probe.mistake for probe in layer_of(given_to([])).probes()}
    assert set(MISTAKES) - described == {"next-batch", "next-one-sequence", "peephole-too-short"}


def test_the_right_calls_are_tried_in_every_way() -> None:
    seen: list[Given] = []
    assert differences([layer_of(given_to(seen))]) == []
    assert [sorted(given.keys() - {"input", "w", "b"}) for given in seen] == [
        [],
        ["cx", "hx"],
        ["lengths"],
        ["mask"],
        [],
        ["cx", "hx"],
    ]
    (first, *_) = differences([layer_of(given_to([]), returns="B T O")])
    assert first == "made.up: wanted {'y': [7, 11, 17]}, got {'y': [11, 7, 17]}"


def test_axes_are_letters_sums_of_letters_and_numbers() -> None:
    assert shape_of("T I+H 2 G", sizes_of(4, 1)) == (T, I + H, 2, 4 * H)
    assert shape_of("", sizes_of(1, 1)) == ()


def test_states_stand_beside_each_other_by_direction() -> None:
    h, c = np.arange(2), np.arange(10, 12)
    np.testing.assert_array_equal(by_direction(h, c), [(0, 10), (1, 11)])
    np.testing.assert_array_equal(by_direction(h, None), [(0,), (1,)])
    np.testing.assert_array_equal(by_direction(h[:1], c), [(0, 10)])


@pytest.mark.parametrize(
    "message, verdict",
    [
        ("Expected hidden[0] size (1, 7, 17), got [1, 7, 23]", "error named the field"),
        ("HX: wrong", "error named the field"),
        ("shapes (7,17) and (23,68) not aligned", "error named the field"),
        ("17 features, got 23.", "error named the field"),
        ("hidden_size is wrong", "error unclear"),
        ("wanted 17, got 7", "error unclear"),
        ("wanted 170, got 23", "error unclear"),
        ("0.17 is not 23", "error unclear"),
        ("", "error unclear"),
    ],
)
def test_an_error_names_the_field_by_its_name_or_by_both_sizes(message: str, verdict: str) -> None:
    assert of_error(message, ("hx", "hidden"), sizes(17, 23)) == verdict


def test_no_pair_names_nothing() -> None:
    assert of_error("any message", ("hx",), ((), ())) == "error unclear"


def test_a_word_is_not_part_of_another() -> None:
    assert has_word("tensor(float) expected", "float")
    assert not has_word("tensor(float16) expected", "float")
    assert not has_word("self.X", "X")


def test_an_index_is_no_number() -> None:
    assert not has_word("In[1]: [7,17]", "1")
    assert has_word("float32[1,17]", "1")
    assert has_word("got [1]", "1")
    assert has_word("hidden[0] is wrong", "hidden[0]")


def test_what_keras_and_tensorflow_put_around_a_message_is_no_part_of_it() -> None:
    around = "ValueError: Exception encountered when calling LSTM.call().\n\n\x1b[1mhidden is {}\x1b[0m\n\n{}"
    listed = "Arguments received by LSTM.call():\n  \u2022 mask=None\n  \u2022 x=23"
    assert plain(around.format("wrong", listed)) == "ValueError: hidden is wrong"
    assert plain("ValueError: no\n\nCall arguments received by layer (type LSTM):\n  x=23") == "ValueError: no"
    assert plain("Error: {{function_node __wrapped__Mul_device_/job:localhost}} 7 vs. 23") == "Error: 7 vs. 23"
    assert plain("ValueError: hidden is wrong\nand more") == "ValueError: hidden is wrong\nand more"


def test_a_message_is_shown_by_its_first_line_without_folders() -> None:
    assert first_line("\n  at /a/b/kernel.cc:53 it failed\nmore") == "at kernel.cc:53 it failed"
    assert first_line("read https://some.org/a/b.html") == "read https://some.org/a/b.html"
    assert first_line("") == ""


def test_a_probe_says_what_is_wrong_and_how_it_is_called() -> None:
    with pytest.raises(ValueError, match=r"^mistake: wanted one of input-size, .*, got 'colour'$"):
        Probe(layer="some", mistake="colour", call=dict, names=("x",))
    with pytest.raises(ValueError, match=r"^names: wanted what some calls the thing that is wrong, got nothing$"):
        Probe(layer="some", mistake="input-size", call=dict, names=())


def test_a_record_is_by_layer_and_in_the_order_of_the_mistakes() -> None:
    made = [("b", "no-steps"), ("a", "no-steps"), ("b", "input-size")]
    findings = [Finding(layer=l, mistake=m, verdict="crashed", message="") for l, m in made]
    record = json.loads(dump("some", {"some": "1"}, findings))
    assert [(f["layer"], f["mistake"]) for f in record["findings"]] == [made[2], made[0], made[1]]
    assert record["bad_input"] == "some"


@pytest.mark.parametrize("framework", known_frameworks())
def test_the_layers_of_a_framework_are_described_rightly(framework: str) -> None:
    for needed in NEEDS.get(framework, (framework,)):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    layers = layers_of(framework)
    ids = [probe.id for probe in probes_of_all(layers)]
    assert len(ids) == len(set(ids)) > 10
    assert all(isinstance(version, str) for version in versions_of(framework).values())
    answer = answer_of(partial(differences, layers))
    assert (answer.message, answer.returned) == ("", [])


def test_the_command_tries_every_probe_and_writes_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    some = [layer for layer in layers_of("onnx_reference") if layer.name.endswith("RNN")]
    two = [probe for probe in probes_of_all(some) if probe.mistake.startswith("input-")][:2]
    monkeypatch.setattr("rnnspec_workshop.bad_input.bad_input_command.layers_of", lambda _: some)
    monkeypatch.setattr("rnnspec_workshop.bad_input.bad_input_command.probes_of_all", lambda _: two)
    assert main(["bad-input", "--framework", "onnx_reference", "--results", str(tmp_path)]) == 0
    record = json.loads((tmp_path / "bad-input-onnx-reference.json").read_text(encoding="utf-8"))
    assert [finding["mistake"] for finding in record["findings"]] == ["input-size", "input-axes"]
    assert "1 error named the field" in capsys.readouterr().out


def test_the_command_refuses_layers_whose_right_calls_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    some = [layer for layer in layers_of("onnx_reference") if layer.name.endswith("RNN")]
    wrong = [Layer(name="made.up", call=some[0].call, fields={}, returns={})]
    monkeypatch.setattr("rnnspec_workshop.bad_input.bad_input_command.layers_of", lambda _: wrong)
    assert main(["bad-input", "--framework", "onnx_reference", "--results", str(tmp_path)]) == 1
    assert "onnx_reference: right calls are not accepted" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_there_is_a_committed_table_of_each_framework() -> None:
    named = {f"bad-input-{framework.replace('_', '-')}" for framework in known_frameworks()}
    assert {path.stem for path in RESULTS} == named


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_committed_table_is_of_this_schema_and_names_no_folder(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["schema"] == SCHEMA
    for finding in record["findings"]:
        assert finding["mistake"] in MISTAKES
        assert finding["verdict"] in VERDICTS
        assert first_line(finding["message"]) == finding["message"]
