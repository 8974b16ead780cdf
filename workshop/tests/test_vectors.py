"""The exact vectors: the reference agrees with them; they are complete, well formed, and always the same bytes."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import rnnspec
from rnnspec_adapters import plain
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_conformance.rules import known_rules
from rnnspec_conformance.vectors import load
from rnnspec_workshop.vectors import generate, text
from rnnspec_workshop.vectors.answers import TOLERANCE, catches, errors, reference_arrays
from rnnspec_workshop.vectors.declaration import Declaration
from rnnspec_workshop.vectors.vector_catalogue import FAMILIES, catalogue

ROOT = Path(__file__).parents[2]
RESULTS = json.loads((ROOT / "conformance/results/vectors.json").read_text(encoding="utf-8"))
SAMPLE = ("rnn-relu", "lstm-coupling-forget", "gru-before-take", "projection-clip", "kink-elu", "straight-through-rnn")
NOT_COMPUTED = ("LAY-", "COND-", "CONF-")
"""Chapters of which no number follows from a problem alone."""

BY_ID = {vector["id"]: vector for vector in load.vectors()}


def declared(id: str) -> Declaration:
    return next(declaration for declaration in catalogue() if declaration.id == id)


@pytest.fixture(scope="module")
def worst() -> dict[str, float]:
    """The largest error of the reference on each vector, in units of the largest number of the array."""
    return {id: generate.worst(vector) for id, vector in BY_ID.items()}


def test_the_reference_agrees_with_every_vector(worst: dict[str, float]) -> None:
    id = max(worst, key=lambda id: worst[id])
    print(f"{len(worst)} vectors; the worst figure is {worst[id]:.2e}, of {id}")
    actual = errors(reference_arrays(BY_ID[id]), load.expected_of(BY_ID[id]))
    assert worst[id] < TOLERANCE, {name: error for name, error in actual.items() if error >= TOLERANCE}


def test_the_recorded_results_are_those_of_the_files(worst: dict[str, float]) -> None:
    files = [load.DATA / name for name in (*(f"{name}.json" for name in load.families()), load.INDEX, load.REFUSED)]
    assert RESULTS["vectors"] == len(BY_ID)
    assert RESULTS["bytes"] == sum(len(file.read_bytes()) for file in files)
    assert RESULTS["families"] == {name: len(load.family(name)) for name in load.families()}
    assert 0.1 < max(worst.values()) / RESULTS["worst"] < 10


def test_the_files_hold_the_catalogue_in_its_order() -> None:
    wanted = {name: [d.id for d in catalogue() if d.family == name] for name in FAMILIES}
    assert {name: [vector["id"] for vector in load.family(name)] for name in load.families()} == wanted
    assert len(BY_ID) >= 150


@pytest.mark.parametrize("name", [*(f"{name}.json" for name in FAMILIES), load.INDEX, load.REFUSED])
def test_a_file_obeys_the_schema(name: str) -> None:
    schema = json.loads((ROOT / "conformance/rnnspec_conformance/vectors/schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(load.file(name))


def test_the_schema_refuses_a_vector_without_its_input() -> None:
    schema = json.loads((ROOT / "conformance/rnnspec_conformance/vectors/schema.json").read_text(encoding="utf-8"))
    file = json.loads(text.dump(load.file("rnn.json")))
    del file["vectors"][0]["problem"]["x"]
    assert not Draft202012Validator(schema).is_valid(file)


def test_every_rule_that_can_be_computed_has_a_vector() -> None:
    shown = {rule for vector in BY_ID.values() for rule in vector["rules"]}
    shown |= {rule for entry in load.file(load.REFUSED)["refused"] for rule in entry["rules"]}
    wanted = {rule for rule in known_rules() if not rule.startswith(NOT_COMPUTED)} - {"NUM-2", "NUM-3"}
    assert wanted <= shown


def test_every_rule_of_a_vector_is_a_rule() -> None:
    assert {rule for vector in BY_ID.values() for rule in vector["rules"]} <= set(known_rules())


def test_every_computable_misreading_of_a_cell_is_caught() -> None:
    uncaught = [misreading for misreading in load.file(load.INDEX)["misreadings"] if misreading["caught_by"] == 0]
    assert {misreading["id"] for misreading in uncaught if misreading["rule"] not in UNCAUGHT} == set(NOT_IN_A_VECTOR)


UNCAUGHT = {"LAY-3", "LAY-4", "LAY-5", "LAY-6", "NUM-2", "NUM-3", "SEQ-4", "GRAD-11"}
"""Rules whose misreadings need not change a number by 1e-9: of layouts, types, and zeros that are nearly so."""


NOT_IN_A_VECTOR = {
    "call-problem-overwritten": "shows in the arrays that were given, not in those that come back",
    "inputs-divided-by-the-largest": "needs inputs that are too small to be normal",
    "steps-beyond-a-thousand-ignored": "needs more than a thousand steps",
    "nan-spreads-over-the-batch": "needs an infinity or NaN in a sequence",
    "padding-multiplied-by-zero": "needs an infinity or NaN in the padding",
}
"""Misreadings that no exact vector shows, and why."""


def test_the_files_name_the_misreadings_that_there_are() -> None:
    assert {misreading["id"] for misreading in load.file(load.INDEX)["misreadings"]} == {
        mutant.id for mutant in MUTANTS
    }


def test_every_vector_that_is_differentiated_catches_some_misreading() -> None:
    assert [id for id, vector in BY_ID.items() if not vector["catches"]] == []


@pytest.mark.parametrize("id", SAMPLE)
def test_a_vector_is_made_anew_to_the_same_bytes(id: str) -> None:
    assert text.dump(generate.vector_of(declared(id))) == text.dump(BY_ID[id])


@pytest.mark.parametrize("id", ["lstm-plain", "gru-lengths", "stack-of-kinds"])
def test_the_misreadings_of_a_vector_are_those_that_the_mutants_give(id: str) -> None:
    assert catches(BY_ID[id]) == BY_ID[id]["catches"]


def test_the_index_is_that_of_the_vectors() -> None:
    of_family = {name: load.family(name) for name in load.families()}
    assert (load.DATA / load.INDEX).read_text(encoding="utf-8") == generate.index_of(of_family)
    assert (load.DATA / load.REFUSED).read_text(encoding="utf-8") == generate.refused_file()


def test_the_text_of_a_file_comes_back_the_same() -> None:
    for name in load.families():
        assert (load.DATA / f"{name}.json").read_text(encoding="utf-8") == generate.file_of(name, load.family(name))


def test_the_archive_is_the_same_each_time_and_holds_what_it_is_given(tmp_path: Path) -> None:
    texts = {"b.json": "{}\n", "a.json": "[]\n"}
    for folder in ("one", "two"):
        generate.archive(tmp_path / folder / "vectors-1.zip", texts)
    assert (tmp_path / "one/vectors-1.zip").read_bytes() == (tmp_path / "two/vectors-1.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one/vectors-1.zip") as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "vectors-1/a.json": "[]\n",
            "vectors-1/b.json": "{}\n",
        }


@pytest.mark.parametrize("entry", load.file(load.REFUSED)["refused"], ids=lambda entry: entry["id"])
def test_what_must_be_refused_is_refused_under_its_rule(entry: dict[str, Any]) -> None:
    with pytest.raises(rnnspec.ProblemError) as caught:
        plain.cell_of(entry["cell"]) if entry["cell"] else load.problem_of(entry)
    assert caught.value.rule in entry["rules"]


def numbers(tree: Any) -> Iterator[float]:
    if isinstance(tree, dict):
        for part in tree.values():
            yield from numbers(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from numbers(part)
    elif isinstance(tree, float):
        yield tree


def test_every_number_is_finite_and_no_zero_is_negative() -> None:
    for vector in BY_ID.values():
        array = np.array(list(numbers(vector)))
        assert np.isfinite(array).all()
        assert not np.signbit(array[array == 0]).any()


def test_an_expected_array_has_the_shape_of_what_the_reference_gives() -> None:
    vector = BY_ID["stack-of-variants"]
    shapes = {name: array.shape for name, array in load.expected_of(vector).items()}
    assert shapes == {name: array.shape for name, array in reference_arrays(vector).items()}


@pytest.mark.parametrize("name", ["rnn-without-bias rnn-zero-bias", "lstm-without-bias lstm-zero-bias"])
def test_no_bias_is_a_bias_of_zeros(name: str) -> None:
    without, zero = (BY_ID[id]["expected"] for id in name.split())
    assert without["y"] == zero["y"]
    assert without["gradients"]["x"] == zero["gradients"]["x"]


@pytest.mark.parametrize("reset", ["after", "before"])
def test_a_keep_gru_and_the_take_gru_with_z_negated_have_the_same_outputs(reset: str) -> None:
    keep, take = (BY_ID[f"gru-{reset}-{update}-of-a-pair"]["expected"] for update in ("keep", "take"))
    assert keep["y"] == take["y"]
    assert keep["gradients"]["x"] == take["gradients"]["x"]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "peephole", "gru"])
def test_two_chunks_make_the_whole(cell: str) -> None:
    whole, first, second = (load.expected_of(BY_ID[f"{cell}-chunks-{part}"]) for part in ("whole", "first", "second"))
    np.testing.assert_allclose(np.concatenate([first["y"], second["y"]]), whole["y"], atol=1e-15)
    joined = np.concatenate([first["gradients.x"], second["gradients.x"]])
    np.testing.assert_allclose(joined, whole["gradients.x"], atol=1e-14)
    for name, array in whole.items():
        if name.startswith("gradients.layers"):
            np.testing.assert_allclose(first[name] + second[name], array, atol=1e-14)


def test_more_padding_and_lengths_of_T_change_nothing() -> None:
    assert BY_ID["lstm-full-lengths"]["expected"] == BY_ID["lstm-no-lengths"]["expected"]


CLIPPED = [
    vector["id"]
    for vector in load.vectors()
    if any(rule in vector["rules"] for rule in ("CLIP-1", "CLIP-2", "CLIP-3"))
    and vector["id"] not in ("clip-cell-wide", "kink-clip-above", "kink-clip-below")
]


@pytest.mark.parametrize("id", CLIPPED)
def test_a_clip_of_a_vector_clips(id: str) -> None:
    vector = json.loads(text.dump(BY_ID[id]))
    for layer in vector["problem"]["layers"]:
        unclipped = {name: None for name in layer["cell"] if name.endswith("_clip")}
        layer["cell"] |= unclipped | {"clip_derivative": "true"}
    expected = {name: array for name, array in load.expected_of(vector).items() if not name.startswith(("jvp", "hvp"))}
    found = errors(rnnspec.named_arrays(rnnspec.solve(load.problem_of(vector))), expected)
    assert max(found.values()) > 1e-3


@pytest.mark.parametrize("program", ["python", "node"])
def test_an_example_reads_the_files_and_agrees(program: str) -> None:
    path = shutil.which("node") if program == "node" else sys.executable
    if path is None:
        pytest.skip("node is not installed, and examples/read_vectors.mjs needs it")
    example = ROOT / "examples" / f"read_vectors.{'mjs' if program == 'node' else 'py'}"
    ran = subprocess.run([path, str(example)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    of_all = sum(_is_plain_lstm(BY_ID[id]) for id in BY_ID if _file_of(id) in ("lstm", "sizes"))
    assert ran.stdout == f"{of_all} of {of_all} plain LSTM vectors agree\n"


def _is_plain_lstm(vector: dict[str, Any]) -> bool:
    return bool(vector["problem"]["layers"][0]["cell"] == BY_ID["lstm-plain"]["problem"]["layers"][0]["cell"])


def _file_of(id: str) -> str:
    return declared(id).family


def test_the_data_are_found_beside_the_package() -> None:
    spec = importlib.util.find_spec("rnnspec_conformance.vectors")
    assert spec is not None
    assert spec.origin is not None
    assert (Path(spec.origin).parent / "data" / load.INDEX).is_file()
