"""The suite as a user runs it: the command, pytest, their errors, their files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import rnnspec
from rnnspec import PRECISIONS
from rnnspec_adapters import known_adapters
from rnnspec_adapters.missing import how_to_install, missing_of
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.cli import main
from rnnspec_conformance.results import Row, differences, load
from rnnspec_conformance.trial import Subject

from .commands import last_line, run, run_pytest, validate
from .made_runs import schema_validator

CASES = SELECTIONS["default"]
TRIALS = 2 * len(CASES)
ORDER = {
    (case.id, precision): (rank, position)
    for rank, precision in enumerate(("float64", "float32"))
    for position, case in enumerate(CASES)
}
PASSED = "passed (x 2 precisions). Nothing differs beyond the recorded deviations"

THIRD_PARTY = '''
"""An adapter of somebody else."""

import numpy as np

from rnnspec import Outcome, solve


class Adapter:
    name = "third-party"
    modes = ("fast", "slow")

    def __init__(self, *, device="cpu", precision="float64", mode="fast"):
        if precision != "float64":
            raise ValueError(f"precision: wanted 'float64', got {precision!r}")

    def provenance(self):
        return {"third-party": "1.0"}

    def supports(self, problem):
        return None

    def solve(self, problem):
        return solve(problem)
'''


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A whole run of the reference: the file of its results, and what was printed."""
    folder = tmp_path_factory.mktemp("whole")
    done = validate("--adapter", "reference", "--results", "results", folder=folder)
    return folder / "results" / "reference-cpu.json", done


def test_a_whole_run_of_the_reference_passes_and_is_written(
    whole: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    path, done = whole
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done.stdout) == f"{len(CASES)} {PASSED}"
    assert f"reference on cpu: rnnspec {rnnspec.__version__}" in done.stdout
    for chapter in ("RNN", "LSTM", "PEEP", "GRU", "PAR", "GRAD", "SEQ", "NUM", "LAY", "COND", "all"):
        assert any(line.strip().startswith(f"{chapter} ") for line in done.stdout.splitlines()), chapter
    assert f"results written to {Path('results', 'reference-cpu.json')}" in done.stdout
    assert [row.case for row in load(path).rows] == 2 * [case.id for case in CASES]
    assert done.stderr == ""


def test_what_is_written_follows_the_schema_and_holds_the_figures(
    whole: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    schema_validator().validate(json.loads(whole[0].read_text(encoding="utf-8")))
    measured = [row for row in load(whole[0]).rows if row.field and row.precision == "float32"]
    assert len(measured) > len(CASES) // 2
    for row in measured:
        assert row.error is not None, row.case
        assert row.error == 0 or row.tolerance is not None, row.case


def test_processes_side_by_side_give_the_same_rows(
    whole: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    done = run_pytest("--rnn-adapter", "reference", "--rnn-results", "results", "-n", "2", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CASES)} {PASSED}" in done.stdout
    assert differences(load(whole[0]), load(tmp_path / "results" / "reference-cpu.json")) == []


def test_three_shards_are_the_whole_run(whole: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    rows: list[Row] = []
    for part in (1, 2, 3):
        folder = tmp_path / str(part)
        folder.mkdir()
        options = ("--results", ".", "--shard", f"{part}/3", "--isolate")
        done = validate("--adapter", "reference", *options, folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        (path,) = folder.glob("*.json")
        run = load(path)
        assert run.shard == (part, 3)
        assert abs(len(run.rows) - TRIALS / 3) < 1
        positions = [ORDER[row.case, row.precision] for row in run.rows]
        assert positions == sorted(positions), "in the order of the catalogue"
        rows += run.rows
    rows.sort(key=lambda row: ORDER[row.case, row.precision])
    expected = load(whole[0])
    assert differences(expected, replace(expected, rows=rows)) == []


def test_shards_are_the_same_again_and_of_mixed_kinds() -> None:
    def dealt(part: int) -> list[str]:
        subject = Subject(
            given="reference",
            adapter=ReferenceAdapter,
            device="cpu",
            precisions=("float64", "float32"),
            modes=("default",),
            shard=(part, 4),
        )
        return [trial.id for trial in subject.trials()]

    shards = [dealt(part) for part in (1, 2, 3, 4)]
    assert shards == [dealt(part) for part in (1, 2, 3, 4)]
    assert sum(map(len, shards)) == len(set().union(*shards)) == TRIALS
    for word in ("layout", "lengths", "gradients", "float32"):
        assert all(any(word in id for id in shard) for shard in shards), word


@pytest.mark.parametrize("jobs", ["2", "auto"])
def test_jobs_give_the_same_rows_in_the_same_order(jobs: str, tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    options = ("--case", "lstm-f*", "--precision", "float64")
    alone = validate("--adapter", "wrong_adapters:Raising", *options, folder=tmp_path)
    together = validate("--adapter", "wrong_adapters:Raising", *options, "--jobs", jobs, folder=tmp_path)
    assert together.returncode == alone.returncode == 0, together.stdout + together.stderr
    assert together.stdout == alone.stdout
    assert together.stderr == ""


def test_jobs_want_xdist_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "xdist", None)
    assert main(["validate", "--adapter", "reference", "--jobs", "2"]) == pytest.ExitCode.USAGE_ERROR
    message = "ERROR: --jobs: wanted pytest-xdist, which is not installed: pip install pytest-xdist\n"
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize("package", ["rnnspec_conformance", "rnnspec_conformance.suite"])
def test_pytest_runs_the_suite_from_any_folder(package: str, tmp_path: Path) -> None:
    done = run(["pytest", "--pyargs", package, "--rnn-adapter", "reference", "--rnn-case", "lstm-forward"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"1 {PASSED}" in done.stdout
    assert any(line.split()[:2] == ["LSTM", "1-7"] for line in done.stdout.splitlines())


def test_pytest_wants_an_adapter(tmp_path: Path) -> None:
    done = run_pytest(folder=tmp_path)
    assert done.returncode != 0
    assert "--rnn-adapter: wanted the implementation to judge, got nothing" in done.stdout


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--adapter", "nobody"), "wanted package.module:Class or one of "),
        (("--adapter", "no.module:Adapter"), "no.module cannot be imported (No module named 'no')"),
        (("--adapter", "wrong_adapters:Nobody"), "wrong_adapters has no Nobody"),
        (("--adapter", "wrong_adapters:replace"), "wanted a class, got a function; rnnspec check judges a function"),
        (
            ("--adapter", "reference", "--precision", "float99"),
            f"wanted some of {', '.join(PRECISIONS)}, got 'float99'",
        ),
        (("--adapter", "reference", "--mode", "fast"), "wanted some of default, got 'fast'"),
        (("--adapter", "reference", "--device", "abacus"), "device: wanted 'cpu', got 'abacus'"),
        (("--adapter", "reference", "--case", "lsmt-*"), "wanted a pattern that matches a case, got lsmt-*"),
        (
            ("--adapter", "reference", "--deviations", "no.toml"),
            "no.toml: wanted a file of deviations, got: No such file",
        ),
        (("--adapter", "reference", "--shard", "3/2"), "wanted a part and the number of parts, as 2/8, got '3/2'"),
        (("--adapter", "reference", "--shard", "half"), "wanted a part and the number of parts, as 2/8, got 'half'"),
        (
            ("--adapter", "reference", "--case", "lstm-forward", "--shard", "1/3"),
            "wanted at most 2 parts of 2 trials, got 3",
        ),
        (("--adapter", "reference", "--time-limit", "0"), "wanted a number above 0, got '0'"),
        (("--adapter", "reference", "--time-limit", "nan"), "wanted a number above 0, got 'nan'"),
        (("--adapter", "reference", "--memory-limit", "much"), "wanted a number above 0, got 'much'"),
        (("--adapter", "reference", "--jobs", "0"), "wanted a number above 0, or auto, got '0'"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 4
    assert done.stdout == ""
    (line,) = done.stderr.split("\n", maxsplit=1)[:1]
    assert line.startswith("ERROR: --")
    assert "--rnn-" not in line, "the option as it was typed"
    assert line.split()[1].rstrip(":") in arguments
    assert message in line
    assert done.stderr.strip() == line


def test_an_adapter_is_asked_for(tmp_path: Path) -> None:
    done = validate(folder=tmp_path)
    assert done.returncode == 2
    assert "one of the arguments --adapter --program is required" in done.stderr


ENTRY = 'kind = "differs"\nreason = "adds 1"\nlink = "https://example.org"\nsince = "1.0"\n'


@pytest.mark.parametrize("command", ["validate", "fuzz"])
@pytest.mark.parametrize(
    "text, message",
    [
        ('[[deviation]]\ncases = ["lsmt-*"]', "deviation 1: wanted kind, got nothing"),
        (f'[[deviation]]\ncases = "*"\n{ENTRY}', "deviation 1: cases: wanted a list of strings, got '*'"),
        (
            f'[[deviation]]\ncases = ["*"]\n{ENTRY}',
            "deviation 1: cases: wanted patterns that leave a case out, got ['*']",
        ),
        (
            f'[[deviation]]\ncases = ["lstm-forward"]\nversions = ["torhc <3"]\n{ENTRY}',
            "deviation 1: versions: wanted a name of the provenance (rnnspec, numpy, ",
        ),
    ],
)
def test_deviations_that_are_not_valid_are_told_in_one_line(
    command: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "known.toml").write_text(f'adapter = "reference"\n{text}', encoding="utf-8")
    arguments = [command, "--adapter", "reference", "--deviations", "known.toml", "--draws", "1"]
    done = run(["rnnspec_conformance.cli", *arguments], tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.strip().splitlines()
    assert "--deviations: known.toml" in line
    assert message in line


def test_a_recorded_deviation_that_no_longer_occurs_fails_the_run(tmp_path: Path) -> None:
    entry = {"kind": "differs", "reason": "adds 1", "link": "https://example.org", "since": "1.0"}
    lines = [
        'adapter = "reference"',
        "[[deviation]]",
        'cases = ["lstm-forward"]',
        *(f'{name} = "{value}"' for name, value in entry.items()),
    ]
    (tmp_path / "known.toml").write_text("\n".join(lines), encoding="utf-8")
    cases = ("--case", "lstm-forward", "--case", "gru-lengths")
    done = validate("--adapter", "reference", "--deviations", "known.toml", *cases, folder=tmp_path)
    assert done.returncode == 1
    what = "lstm-forward; delete them from known.toml, deviation 1"
    counts = "1 passed, 1 outdated (x 2 precisions)"
    assert last_line(done.stdout) == f"{counts}. Recorded deviations that no longer occur: {what}"


def test_deviations_of_another_adapter_are_refused(tmp_path: Path) -> None:
    for head, came in (('adapter = "torch"', "'torch'"), ("", "nothing")):
        (tmp_path / "known.toml").write_text(head, encoding="utf-8")
        done = validate("--adapter", "reference", "--deviations", "known.toml", folder=tmp_path)
        assert done.returncode == 4
        message = f"known.toml: adapter: wanted 'reference', which is judged, got {came}"
        assert done.stderr.strip() == f"ERROR: --deviations: {message}"


@pytest.mark.parametrize("command", ["rnnspec", "pytest"])
def test_a_run_in_which_all_is_unsupported_is_an_error(command: str, tmp_path: Path) -> None:
    message = "nothing was judged (1 unsupported): this is an error, not a result"
    if command == "rnnspec":
        done = validate("--adapter", "wrong_adapters:RefusingAll", "--case", "gru-lengths", folder=tmp_path)
        assert last_line(done.stdout) == message
    else:
        done = run_pytest("--rnn-adapter", "wrong_adapters:RefusingAll", "--rnn-case", "gru-lengths", folder=tmp_path)
        assert message in done.stdout
    assert done.returncode == 1
    assert "  1 case: nothing is implemented yet" in done.stdout


def test_a_run_goes_on_after_an_error(tmp_path: Path) -> None:
    cases = ("--case", "lstm-one-step", "--case", "lstm-forward")
    done = validate("--adapter", "wrong_adapters:Raising", "--precision", "float64", *cases, folder=tmp_path)
    assert done.returncode == 1
    assert "lstm-one-step (float64, default) errored, in a case about LSTM-4 New cell state" in done.stdout
    assert "reason     RuntimeError: this kernel wants two steps" in done.stdout
    assert "errored in 1 case: RuntimeError: this kernel wants two steps" in done.stdout
    assert last_line(done.stdout) == (
        "1 passed, 1 errored (first: lstm-one-step: RuntimeError: this kernel wants two steps)"
    )


def test_a_module_of_a_third_party_is_judged(tmp_path: Path) -> None:
    package = tmp_path / "modules" / "somebody"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "layers.py").write_text(THIRD_PARTY, encoding="utf-8")
    arguments = ("--adapter", "somebody.layers:Adapter", "--precision", "float64", "--case", "gru-l*")
    passed = sum(case.id.startswith("gru-l") and not case.kind.startswith("layout-") for case in CASES)
    about_layouts = sum(case.id.startswith("gru-layout-") for case in CASES)
    done = validate(*arguments, folder=tmp_path, modules=tmp_path / "modules")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "third-party on cpu: third-party 1.0" in done.stdout
    assert re.search(rf"{about_layouts} cases of layouts \(.*\): the adapter declares no layout", done.stdout)
    counts = f"{passed} passed, {about_layouts} unsupported"
    assert last_line(done.stdout).startswith(f"{counts} (x 2 modes). Nothing differs")
    one_mode = validate(*arguments, "--mode", "slow", folder=tmp_path, modules=tmp_path / "modules")
    assert last_line(one_mode.stdout).startswith(f"{counts}.")
    refused = validate("--adapter", "somebody.layers:Adapter", folder=tmp_path, modules=tmp_path / "modules")
    assert refused.returncode == 4
    assert "somebody.layers:Adapter: precision: wanted 'float64', got 'float32'" in refused.stderr


def test_adapters_are_listed(tmp_path: Path) -> None:
    done = run(["rnnspec_conformance.cli", "adapters"], tmp_path)
    assert done.returncode == 0
    found = {words[0]: words[1:] for line in done.stdout.splitlines() if (words := line.split())}
    assert found["reference"] == ["rnnspec_adapters.reference:ReferenceAdapter", "nothing"]
    for name, target in known_adapters().items():
        assert found[name][0] == target
        missing = missing_of(target)
        assert found[name][1:] == (
            f"{', '.join(missing)}: {how_to_install(missing)}".split() if missing else ["nothing"]
        )


def test_listing_the_adapters_takes_under_a_second_and_imports_no_framework() -> None:
    listing = "from rnnspec_conformance.cli import main; main(['adapters'])"
    program = f"{listing}; import sys, time; print(time.process_time(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    seconds, *modules = last_line(done.stdout).split()
    assert float(seconds) < 1
    assert not {"torch", "jax", "tensorflow", "keras", "onnx", "onnxruntime", "pytest", "rich"} & set(modules)


def test_a_program_that_is_not_there_is_told_by_its_option(tmp_path: Path) -> None:
    done = validate("--program", "./no-such-program", folder=tmp_path)
    assert done.returncode == 4
    assert "--program" in done.stderr
    assert "--adapter" not in done.stderr
    assert "program:." not in done.stderr
    fuzzed = run(["rnnspec_conformance.cli", "fuzz", "--program", "./no-such-program"], tmp_path)
    assert fuzzed.returncode == 4
    assert "--program" in fuzzed.stderr
    assert "program:." not in fuzzed.stderr


def test_the_version_is_that_of_the_specification(tmp_path: Path) -> None:
    assert run(["rnnspec_conformance.cli", "--version"], tmp_path).stdout == f"rnnspec {rnnspec.__version__}\n"
