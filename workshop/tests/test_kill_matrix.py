"""The kill matrix is written, compared and checked as it says; on a few mutants and cases."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.mutants import MUTANTS
from rnnspec_workshop.__main__ import main
from rnnspec_workshop.kill_matrix import (
    CLASSES,
    Kills,
    MutantClass,
    class_of,
    classes,
    kill_matrix_command,
    kills,
    matrix,
)
from rnnspec_workshop.kill_matrix.kill_matrix_json import Report, differences, settle, suite_report, text_of

FEW = [mutant for mutant in MUTANTS if mutant.id in ("lstm-gates-ifog", "gradient-of-x-missing")]
CASES = [case for case in SELECTIONS["default"] if "lstm" in case.id and "gradient-of-x-missing" in case.catches]


@pytest.fixture(scope="module")
def few() -> list[Kills]:
    return [kills(mutant, precision, CASES) for mutant in FEW for precision in ("float64", "float32")]


@pytest.fixture(scope="module")
def computed(few: list[Kills]) -> Report:
    return suite_report(few, selection="default", cases=len(CASES))


def test_every_mutant_belongs_to_one_class() -> None:
    assert all(class_of(mutant) for mutant in MUTANTS)


def test_every_class_has_a_mutant() -> None:
    assert {class_of(mutant) for mutant in MUTANTS} == {of_class.name for of_class in CLASSES}


def test_a_mutant_of_no_class_is_an_error() -> None:
    with pytest.raises(ValueError, match="wanted one of CLASSES, got none"):
        class_of(replace(MUTANTS[0], rule="NEW-1"))


def test_a_mutant_of_two_classes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "CLASSES", (*CLASSES, MutantClass(name="all", patterns=("*",))))
    with pytest.raises(ValueError, match=r"got gate orders of the LSTM, all \[LAY-1\]"):
        class_of(MUTANTS[0])


def test_the_file_holds_the_class_the_kills_and_the_margins(few: list[Kills], computed: Report) -> None:
    read = json.loads(text_of(computed))
    assert read == computed
    assert [(entry["id"], entry["class"]) for entry in read["mutants"]] == [
        ("gradient-of-x-missing", "gradients"),
        ("lstm-gates-ifog", "gate orders of the LSTM"),
    ]
    for row in few:
        (entry,) = [entry for entry in read["mutants"] if entry["id"] == row.mutant.id]
        assert entry["killed_by"][row.precision] == len(row.ratios) > 0


def change(report: Report, **changes: Any) -> Report:
    """`report` with its first entry changed."""
    first, *others = report["mutants"]
    return {**report, "mutants": [{**first, **changes}, *others]}


def test_what_depends_on_the_machine_is_no_difference(computed: Report) -> None:
    margin = {precision: 4 * value for precision, value in computed["mutants"][0]["margin"].items()}
    assert differences(change(computed, margin=margin, best_case="another"), computed) == []
    provenance = {"onnx": "1", "numpy": "1"}
    assert differences({"provenance": provenance}, {"provenance": {**provenance, "numpy": "2"}}) == []


@pytest.mark.parametrize(
    "spoil, where",
    [
        (lambda report: change(report, killed_by={"float64": 0, "float32": 0}), "gradient-of-x-missing"),
        (lambda report: change(report, **{"class": "another"}), "gradient-of-x-missing"),
        (lambda report: change(report, margin={"float64": 1.0, "float32": 1.0}), "gradient-of-x-missing"),
        (lambda report: change(report, margin={"float64": None, "float32": None}), "gradient-of-x-missing"),
        (lambda report: change(report, id="another"), "another"),
        (lambda report: {**report, "mutants": report["mutants"][1:]}, "gradient-of-x-missing"),
        (lambda report: {**report, "mutants": report["mutants"][::-1]}, "the order of the entries"),
        (lambda report: {**report, "cases": 1}, "cases"),
        (lambda report: {**report, "selection": "all"}, "selection"),
        (lambda report: {**report, "more": 1}, "more"),
        (lambda report: {name: part for name, part in report.items() if name != "mutants"}, "mutants"),
    ],
)
def test_every_other_change_is_a_difference(spoil: Callable[[Report], Report], where: str, computed: Report) -> None:
    assert where in differences(spoil(computed), computed)
    assert differences(computed, spoil(computed))


def test_another_version_of_onnx_is_a_difference() -> None:
    assert differences({"provenance": {"onnx": "1"}}, {"provenance": {"onnx": "2"}}) == ["provenance"]


def test_a_check_writes_nothing(computed: Report, tmp_path: Path) -> None:
    assert settle({"mutants.json": computed}, tmp_path, check=True) == {"mutants.json": ["the whole file"]}
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_only_where_it_differs(computed: Report, tmp_path: Path) -> None:
    path = tmp_path / "mutants.json"
    near = change(computed, best_case="another")
    path.write_text(text_of(near), encoding="utf-8")
    assert settle({path.name: computed}, tmp_path, check=False) == {}
    assert json.loads(path.read_text(encoding="utf-8")) == near
    path.write_text(text_of(change(computed, rule="LSTM-1")), encoding="utf-8")
    assert settle({path.name: computed}, tmp_path, check=False) == {path.name: ["gradient-of-x-missing"]}
    assert json.loads(path.read_text(encoding="utf-8")) == computed


@pytest.fixture
def of_few(few: list[Kills], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command judges a few mutants on a few cases."""

    def small(*_: Any, **__: Any) -> list[Kills]:
        return few

    monkeypatch.setattr(kill_matrix_command, "matrix", small)


@pytest.mark.usefixtures("of_few")
def test_the_command_writes_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["kill-matrix", "--only", "suite", "--results", str(tmp_path)]
    assert main([*command, "--check"]) == 1
    assert main(command) == 0
    assert main([*command, "--check"]) == 0
    path = tmp_path / "mutants.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"gradients"', '"layers"'), encoding="utf-8")
    capsys.readouterr()
    assert main([*command, "--check"]) == 1
    assert "mutants.json: differs in gradient-of-x-missing" in capsys.readouterr().out


@pytest.mark.usefixtures("of_few")
def test_a_part_that_is_left_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kill-matrix", "--only", "suite"]) == 0
    assert "--only suite: onnx-node-tests.json was left out" in capsys.readouterr().out


def test_a_mutant_that_is_not_killed_is_a_failure(
    few: list[Kills], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def alive(*_: Any, **__: Any) -> list[Kills]:
        return [replace(few[0], ratios={}), *few[1:]]

    monkeypatch.setattr(kill_matrix_command, "matrix", alive)
    assert main(["kill-matrix", "--only", "suite"]) == 1
    assert f"not killed: {few[0].mutant.id}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message", [([], "leave that part out with --only suite"), (["--check"], "wanted --results FOLDER")]
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="2"):
        main(["kill-matrix", *arguments])
    assert message in " ".join(capsys.readouterr().err.split())


def test_the_matrix_knows_no_other_selection() -> None:
    with pytest.raises(KeyError, match="some"):
        matrix(selection="some")
