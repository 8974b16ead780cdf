"""The examples do what their pages say: run by ``nox -s examples``, which installs what they need."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from rnnspec_conformance.results import catalogued, load

EXAMPLES = Path(__file__).parents[1]
THIRD_PARTY = EXAMPLES / "third_party"
PROGRAMS = {name: f"node {EXAMPLES / name / 'harness.mjs'}" for name in ("javascript", "tensorflowjs")}
TFJS_DEVIATIONS = str(EXAMPLES / "tensorflowjs" / "deviations.toml")
NOTHING_DIFFERS = "Nothing differs beyond the recorded deviations"


def run(*command: str, modules: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(modules or ""), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "120"}
    with TemporaryDirectory() as folder:  # failures of draws are kept where the command runs
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )


def validate(*arguments: str, modules: Path | None = None) -> subprocess.CompletedProcess[str]:
    """``rnnspec validate``, with the draws that 10 seconds allow."""
    return rnnspec("validate", *arguments, "--draw-time", "10", modules=modules)


def rnnspec(*arguments: str, modules: Path | None = None) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "rnnspec_conformance.cli", *arguments, modules=modules)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return [line for line in done.stdout.splitlines() if line.strip()][-1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_harness_keeps_to_the_protocol(name: str) -> None:
    done = rnnspec("check-program", PROGRAMS[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done) == "The program keeps to the protocol"


@pytest.mark.parametrize(
    "name, precision, deviations", [("javascript", "float64", []), ("tensorflowjs", "float32", [TFJS_DEVIATIONS])]
)
def test_a_harness_passes_what_it_does_not_refuse(
    name: str, precision: str, deviations: list[str], tmp_path: Path
) -> None:
    options = [word for path in deviations for word in ("--deviations", path)]
    done = validate("--program", PROGRAMS[name], *options, "--results", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done).endswith(NOTHING_DIFFERS)
    run = load(tmp_path / f"{name}-cpu.json")
    assert {row.precision for row in run.rows} == {precision}
    passed = Counter(row.chapter for row in catalogued(run) if row.verdict == "passed")
    assert {"RNN", "LSTM", "GRU", "GRAD", "SEQ", "NUM"} <= set(passed)
    by_case = {row.case: row.verdict for row in run.rows}
    for case in ("lstm-gradients", "lstm-lengths", "gru-before-take-gradients", "rnn-bidirectional-lengths"):
        assert by_case[case] == "passed", case


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_refuses_a_cell_that_it_does_not_know(name: str) -> None:
    problem = {"layers": [{"cell": {"kind": "Other"}}], "padded_outputs": "zero", "x": []}
    script = (
        f"import {{ solve }} from {json.dumps(str(EXAMPLES / name / 'layers.mjs'))};"
        f"try {{ await solve({json.dumps(problem)}) }} catch (error) {{ console.log(error.message) }}"
    )
    done = run("node", "--input-type=module", "--eval", script)
    assert re.search(r"has no cell = \"Other\"", done.stdout), done.stdout + done.stderr


def test_the_faults_of_tensorflow_js_are_there_without_the_harness() -> None:
    done = run("node", str(EXAMPLES / "tensorflowjs" / "reproduce.mjs"))
    lines = [line for line in done.stdout.splitlines() if line.startswith(("steps", "padding"))]
    assert lines == [
        "steps 2: a gradient of shape 1,2,1",
        "steps 1: Argument tensors passed to stack must be a `Tensor[]` or `TensorLike[]`",
        "padding 7: the output is a number",
        "padding NaN: the output is NaN",
    ]


@pytest.mark.parametrize("recorded, status", [(True, 0), (False, 1)])
def test_the_action_judges_the_third_party_and_leaves_a_report(recorded: bool, status: int, tmp_path: Path) -> None:
    steps = yaml.safe_load((EXAMPLES.parent / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Validate")
    deviations = f" --deviations {THIRD_PARTY / 'deviations.toml'}" if recorded else ""
    given = {"ADAPTER": "tiny-lstm", "PROGRAM": "", "ARGUMENTS": f"--cases forward{deviations}", "RESULTS": "out"}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **given, "PATH": path, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == status
    assert {found.name for found in (tmp_path / "out").iterdir()} == {
        "badge.svg",
        "report.html",
        "tiny-lstm-cpu-forward.json",
    }
    said = (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines()
    assert (said[0], said[-1]) == ("```text", "```")
    assert any(NOTHING_DIFFERS in line for line in said) == recorded


def page_blocks(language: str) -> list[str]:
    page = (THIRD_PARTY / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def test_the_fault_of_the_third_party_is_named_by_its_rule() -> None:
    done = validate("--adapter", "tiny-lstm", "--cases", "forward")
    assert done.returncode == 1
    assert last_line(done).endswith("Rules broken: SEQ-3")
    (shown,) = page_blocks("text")
    printed = [line.split("; ")[0] for line in done.stdout.splitlines()]  # how many tolerances depends on the machine
    assert [line.split("; ")[0] for line in shown.splitlines() if line.split("; ")[0] not in printed] == []


def test_the_recorded_fault_of_the_third_party_is_a_deviation() -> None:
    deviations = str(THIRD_PARTY / "deviations.toml")
    done = validate("--adapter", "tiny-lstm", "--cases", "forward", "--deviations", deviations)
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done).endswith(NOTHING_DIFFERS)
    assert re.search(r"\b9 deviates\b", last_line(done))


def test_the_change_that_the_page_shows_mends_the_third_party(tmp_path: Path) -> None:
    shutil.copytree(THIRD_PARTY / "src", tmp_path, dirs_exist_ok=True)
    layer = tmp_path / "tiny_lstm" / "layer.py"
    source = layer.read_text(encoding="utf-8")
    (change,) = page_blocks("diff")
    removed, added = (
        "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] == sign) for sign in "-+"
    )
    assert source.count(removed) == 1
    layer.write_text(source.replace(removed, added), encoding="utf-8")
    adapter = "tiny_lstm.adapter:TinyAdapter"
    done = validate("--adapter", adapter, "--cases", "forward", modules=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done).endswith(NOTHING_DIFFERS)
    assert not re.search(r"\bdeviates\b", last_line(done))
