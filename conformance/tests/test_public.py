"""What the package offers to Python: a run without pytest, and an import that loads what is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rnnspec_conformance
from rnnspec_adapters import AdapterError
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import SELECTIONS, Run, defaults, load_results, validate
from rnnspec_conformance.results import differences, write

from .commands import validate as command
from .wrong_adapters import MergedBias


def of_gru(adapter: Any, **options: Any) -> Run:
    return validate(adapter, precisions=["float32"], patterns=["gru-*-forward"], **options)


def test_an_adapter_is_judged_by_its_name_or_its_class() -> None:
    by_name, by_class = of_gru("reference"), of_gru(ReferenceAdapter)
    assert by_name.adapter == "reference"
    assert {row.verdict for row in by_name.rows} == {"passed"}
    assert differences(by_name, by_class) == []


def test_a_wrong_adapter_breaks_its_rule() -> None:
    wrong = [row for row in of_gru(MergedBias).rows if row.verdict == "differs"]
    assert {row.rule for row in wrong} == {"GRU-3"}
    assert "see again  rnnspec validate --adapter" in wrong[0].message
    assert "wrong_adapters:MergedBias" in wrong[0].message


def test_a_run_from_python_is_that_of_the_command(tmp_path: Path) -> None:
    done = command("--adapter", "reference", "--cases", "forward", "--results", "results", folder=tmp_path)
    assert done.returncode == 0
    path, changed = write(validate("reference", selection="forward", draws=0), tmp_path / "results")
    assert not changed
    assert load_results(path).selection == "forward"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"precisions": ["float8"]}, r"precisions: wanted a list of some of float64, .*, got \['float8'\]"),
        ({"precisions": "float32"}, "precisions: wanted a list of some of float64, .*, got 'float32'"),
        ({"modes": ["fast"]}, r"modes: wanted a list of some of default, got \['fast'\]"),
        ({"modes": []}, r"modes: wanted a list of some of default, got \[\]"),
        ({"selection": "some"}, "selection: wanted one of default, all, forward, got 'some'"),
        ({"patterns": ["nothing-*"]}, r"patterns: wanted one that matches a case, got \['nothing-\*'\]"),
    ],
)
def test_what_names_nothing_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate("reference", **options)


def test_an_adapter_that_is_not_there_is_refused() -> None:
    with pytest.raises(AdapterError, match=r"wanted package.module:Class or one of .*, got 'nobody'"):
        validate("nobody")


def test_every_name_that_is_offered_can_be_had_and_no_other() -> None:
    assert dir(rnnspec_conformance) == sorted(rnnspec_conformance.__all__)
    assert all(getattr(rnnspec_conformance, name) is not None for name in rnnspec_conformance.__all__)
    with pytest.raises(AttributeError, match="module 'rnnspec_conformance' has no attribute 'nothing'"):
        _ = rnnspec_conformance.nothing


@pytest.mark.parametrize(
    "program, absent",
    [
        ("import rnnspec_conformance", {"numpy", "pytest", "rich", "rnnspec_conformance.cases"}),
        ("from rnnspec_conformance import Case, load_results", {"pytest", "rnnspec_conformance.mutants"}),
        ("from rnnspec_conformance import validate", {"pytest"}),
    ],
)
def test_nothing_is_imported_that_is_not_asked_for(program: str, absent: set[str]) -> None:
    told = [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"]
    done = subprocess.run(told, capture_output=True, text=True, check=True)
    assert "rnnspec_conformance" in done.stdout.split()
    assert absent & set(done.stdout.split()) == set()


def test_a_run_of_pytest_that_judges_nothing_loads_options_alone(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\ndef test_it():\n    print('loaded', sorted(m for m in sys.modules if m.startswith('rnnspec')))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "test_nothing.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if "loaded" in line]
    options = ["defaults", "pytest_entry", "validate_options"]
    modules = ["rnnspec_conformance", *(f"rnnspec_conformance.{name}" for name in options)]
    assert line.partition("loaded ")[2].rstrip(".") == str(modules)


def test_the_names_of_the_selections_are_those_of_the_cases() -> None:
    assert tuple(SELECTIONS) == defaults.SELECTIONS
