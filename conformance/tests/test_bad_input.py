"""Bad input: the rule of the verdicts, probes that end in each of them, and what is committed."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from rnnspec_conformance.bad_input import frameworks, trying
from rnnspec_conformance.bad_input.__main__ import main
from rnnspec_conformance.bad_input.mistakes import MISTAKES
from rnnspec_conformance.bad_input.probe import Probe, Shapes, sizes
from rnnspec_conformance.bad_input.record import SCHEMA, dump
from rnnspec_conformance.bad_input.trying import Finding, attempt, known_frameworks, probes_of
from rnnspec_conformance.bad_input.verdict import VERDICTS, first_line, has_word, of_error

from .commands import ROOT

RESULTS = sorted((ROOT / "conformance/results").glob("bad-input-*.json"))
NEEDS = {"onnx_reference": ("onnx",), "onnxruntime": ("onnx", "onnxruntime"), "torch": ("torch",)}


def raising() -> Shapes:
    raise ValueError("\nhidden[0]: wanted 17, got 23\nand more")


def unclear() -> Shapes:
    raise RuntimeError("something is wrong with dimension 1")


def returning() -> Shapes:
    print("a line of the framework itself")
    return {"y": [11, 7, 17]}


def aborting() -> Shapes:
    os.abort()


def leaving() -> Shapes:
    print("no such kernel", file=sys.stderr)
    os._exit(3)


def hanging() -> Shapes:
    time.sleep(600)
    return {}


CALLS: dict[str, Callable[[], Shapes]] = {
    "state-units": raising,
    "state-batch": unclear,
    "input-size": returning,
    "input-axes": aborting,
    "no-steps": leaving,
    "no-sequences": hanging,
}


def probes() -> list[Probe]:
    """As a module of `frameworks` has them."""
    return [
        Probe(layer="made.up", mistake=mistake, call=call, names=("hx", "hidden"), pair=sizes(17, 23))
        for mistake, call in CALLS.items()
    ]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Probe]:
    """The probes of this module as those of a framework, also in the processes in which they are tried."""
    name = f"{frameworks.__name__}.made_up"
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, runpy, types\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        f"sys.modules[{name!r}] = types.SimpleNamespace(probes=lambda: __import__('tests.test_bad_input', "
        "fromlist=['probes']).probes())\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    module = ModuleType(name)
    module.__dict__["probes"] = probes
    monkeypatch.setitem(sys.modules, name, module)
    return probes_of("made_up")


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
def test_what_comes_of_a_call_is_a_verdict(mistake: str, verdict: str, message: str, made_up: dict[str, Probe]) -> None:
    finding = attempt("made_up", made_up[f"made.up:{mistake}"])
    assert finding == Finding(layer="made.up", mistake=mistake, verdict=verdict, message=message)  # type: ignore[arg-type]


def test_a_process_that_does_not_answer_in_time_has_crashed(made_up: dict[str, Probe]) -> None:
    finding = attempt("made_up", made_up["made.up:no-sequences"], seconds=5)
    assert (finding.verdict, finding.message) == ("crashed", "no answer in 5 s")


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


def test_a_message_is_shown_by_its_first_line_without_folders() -> None:
    assert first_line("\n  at /a/b/kernel.cc:53 it failed\nmore") == "at kernel.cc:53 it failed"
    assert first_line("") == ""


def test_a_probe_says_what_is_wrong_and_how_it_is_called() -> None:
    with pytest.raises(ValueError, match=r"^mistake: wanted one of input-size, .*, got 'colour'$"):
        Probe(layer="some", mistake="colour", call=returning, names=("x",))
    with pytest.raises(ValueError, match=r"^names: wanted what some calls the thing that is wrong, got nothing$"):
        Probe(layer="some", mistake="input-size", call=returning, names=())


def test_a_record_is_by_layer_and_in_the_order_of_the_mistakes() -> None:
    made = [("b", "no-steps"), ("a", "no-steps"), ("b", "input-size")]
    findings = [Finding(layer=l, mistake=m, verdict="crashed", message="") for l, m in made]
    record = json.loads(dump("some", {"some": "1"}, findings))
    assert [(f["layer"], f["mistake"]) for f in record["findings"]] == [made[2], made[0], made[1]]
    assert record["bad_input"] == "some"


@pytest.mark.parametrize("framework", known_frameworks())
def test_every_probe_of_a_framework_has_an_id_of_its_own(framework: str) -> None:
    for needed in NEEDS.get(framework, (framework,)):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    module = importlib.import_module(f"{frameworks.__name__}.{framework}")
    ids = [probe.id for probe in module.probes()]
    assert len(ids) == len(set(ids)) > 10
    assert all(isinstance(version, str) for version in trying.versions_of(framework).values())


def test_the_command_tries_every_probe_and_writes_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    some = [probe for probe in probes_of("onnx_reference").values() if probe.layer.endswith("RNN")][:2]
    monkeypatch.setattr("rnnspec_conformance.bad_input.__main__.probes_of", lambda _: {p.id: p for p in some})
    assert main(["--framework", "onnx_reference", "--results", str(tmp_path), "--jobs", "1"]) == 0
    record = json.loads((tmp_path / "bad-input-onnx-reference.json").read_text(encoding="utf-8"))
    assert [finding["mistake"] for finding in record["findings"]] == ["input-size", "input-axes"]
    assert "1 error named the field" in capsys.readouterr().out


def test_there_are_committed_tables() -> None:
    assert {path.stem for path in RESULTS} >= {"bad-input-onnx-reference", "bad-input-onnxruntime", "bad-input-torch"}


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_committed_table_is_of_this_schema_and_names_no_folder(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["schema"] == SCHEMA
    for finding in record["findings"]:
        assert finding["mistake"] in MISTAKES
        assert finding["verdict"] in VERDICTS
        assert first_line(finding["message"]) == finding["message"]
