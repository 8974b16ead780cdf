"""Draws as part of a run: after the cases, in the results, excused by recorded deviations, isolated, and one by one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rnnspec import RNN
from rnnspec_conformance import results
from rnnspec_conformance.deviations import Deviation, DeviationError, load
from rnnspec_conformance.results import Run
from rnnspec_conformance.results.noise import differences, kept
from rnnspec_conformance.stream.mistakes import Judge, stream_of
from rnnspec_conformance.stream.respondents import LocalRespondent
from rnnspec_conformance.stream.structure import LayerDraft, Structure
from rnnspec_conformance.stream.telling import as_json, write_results
from rnnspec_conformance.validation import subject_of
from rnnspec_conformance.validation import validate as judge_here

from . import stream_adapters as wrong
from .commands import last_line, run, validate
from .made_runs import SCHEMA

PLACE = ("float64", "default")
CASE = ("--precision", "float64", "--case", "rnn-*forward*")


def test_a_run_judges_draws_after_the_cases(tmp_path: Path) -> None:
    done = validate("--adapter", "reference", *CASE, "--draws", "3", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 draws of seed 20260801: 3 judged" in done.stdout
    assert "Nothing differs in 3 draws" in done.stdout


def test_a_draw_that_fails_makes_the_run_fail_though_every_case_passes(tmp_path: Path) -> None:
    done = validate("--adapter", "stream_adapters:FullLengths", *CASE, "--draws", "40", folder=tmp_path)
    assert done.returncode == 1
    assert re.match(r"\d+ passed; \d of 40 draws fail$", last_line(done.stdout)), last_line(done.stdout)
    assert "mistake 1 of 1" in done.stdout


def test_a_run_draws_nothing_unless_that_is_asked_for(tmp_path: Path) -> None:
    done = run(["rnnspec_conformance.cli", "validate", "--adapter", "reference", *CASE], tmp_path)
    assert "draws of seed" not in done.stdout


def test_a_run_of_all_cases_draws_too(tmp_path: Path) -> None:
    arguments = ["--adapter", "stream_adapters:ForwardOnly", "--precision", "float64", "--cases", "forward"]
    done = run(["rnnspec_conformance.cli", "validate", *arguments], tmp_path)
    assert re.search(r"^\d+ draws of seed 20260801 in 60 s: \d+ judged", done.stdout, re.MULTILINE), done.stdout


def test_a_run_draws_no_longer_than_it_may(tmp_path: Path) -> None:
    arguments = ["--adapter", "stream_adapters:ForwardOnly", "--precision", "float64", "--cases", "forward"]
    done = run(["rnnspec_conformance.cli", "validate", *arguments, "--draw-time", "0.001"], tmp_path)
    assert "draws of seed 20260801 in 0.001 s: " in done.stdout
    assert not re.search(r"^\d\d+ draws of seed", done.stdout, re.MULTILINE), done.stdout


def test_another_seed_makes_other_draws(tmp_path: Path) -> None:
    done = validate("--adapter", "reference", *CASE, "--draws", "2", "--seed", "7", folder=tmp_path)
    assert "2 draws of seed 7" in done.stdout


@pytest.mark.parametrize("option", ["draws", "seed"])
def test_numbers_that_are_none_are_refused(option: str, tmp_path: Path) -> None:
    arguments = ["rnnspec_conformance.cli", "validate", "--adapter", "reference", *CASE, f"--{option}", "many"]
    done = run(arguments, tmp_path)
    assert done.returncode == 4
    assert f"--{option}: wanted a number that is not negative, got 'many'" in done.stdout + done.stderr


@pytest.fixture(scope="module")
def drawn() -> Run:
    """A run of one case and some draws."""
    return judge_here("reference", precisions=["float64"], patterns=["rnn-*forward*"], draws=6)


def test_the_draws_are_a_section_of_the_results(drawn: Run, tmp_path: Path) -> None:
    path, _ = results.write(drawn, tmp_path)
    data = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(data)
    assert data["stream"]["draws"] == 6
    assert results.load(path).stream == drawn.stream


def test_draws_that_reached_something_else_are_a_difference(drawn: Run) -> None:
    assert drawn.stream is not None
    other = replace(drawn, stream={**drawn.stream, "judged": 5})
    assert differences(drawn, other) == ["draws: judged: was 6, is 5"]


def test_the_worst_ratio_of_draws_is_noise(drawn: Run) -> None:
    assert drawn.stream is not None
    other = replace(drawn, stream={**drawn.stream, "worst": {"ratio": 0.2, "draw": 1}})
    assert differences(drawn, other) == []
    assert kept(drawn, other).stream == drawn.stream


def test_the_section_of_a_mistake_follows_the_schema(drawn: Run, tmp_path: Path) -> None:
    judge = Judge(
        {PLACE: LocalRespondent(adapter=wrong.StaleWeights(precision="float64"), precision="float64")},
        quick=True,
    )
    for number in range(36, 40):
        judge.judge(number)
    assert judge.stream.mistakes
    path, _ = results.write(replace(drawn, stream=as_json(judge.stream)), tmp_path)
    Draft202012Validator(SCHEMA).validate(json.loads(path.read_text(encoding="utf-8")))


EMPTY = Deviation(
    cases=(),
    kind="differs",
    reason="an empty sequence among full ones is an error",
    link="no upstream report found",
    since="0.1.0",
    needs=("lengths: empty among full",),
)


def _judged(*known: Deviation) -> Judge:
    adapter = wrong.EmptyAmongFull(precision="float64")
    judge = Judge({PLACE: LocalRespondent(adapter=adapter, precision="float64")}, quick=True, known=known)
    for number in range(60):
        judge.judge(number)
    return judge


def test_a_recorded_deviation_excuses_the_draws_that_need_what_it_says() -> None:
    judge = _judged(EMPTY)
    assert judge.stream.mistakes == []
    assert len(judge.stream.deviating[EMPTY.reason]) > 1


def test_a_recorded_deviation_excuses_no_draw_that_fails_without_it() -> None:
    other = replace(EMPTY, needs=("initial states: given",))
    assert _judged(other).stream.mistakes != []


def test_a_recorded_deviation_may_need_a_size() -> None:
    of_size = replace(EMPTY, needs=("B: 101",))
    adapter = wrong.ManySequences(precision="float64")
    structure = Structure(layers=(LayerDraft(cell=RNN(), H=1),), T=1, B=101, I=1)
    for deviations, mistakes in (((of_size,), 0), ((replace(of_size, needs=("B: 102",)),), 1)):
        judge = Judge({PLACE: LocalRespondent(adapter=adapter, precision="float64")}, known=deviations)
        judge.draw = lambda _: structure  # type: ignore[assignment, method-assign]
        judge.judge(0)
        assert len(judge.stream.mistakes) == mistakes
        assert len(judge.stream.deviating) == 1 - mistakes


def test_needs_of_a_deviation_are_traits_of_draws(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    entry = 'kind = "differs"\nreason = "r"\nlink = "no upstream report found"\nsince = "1"\n'
    path.write_text(f'adapter = "wrong"\n[[deviation]]\n{entry}needs = ["lengths: *empty*"]\n', encoding="utf-8")
    (deviation,) = load(path, ())
    assert deviation.needs == ("lengths: *empty*",)
    path.write_text(f'adapter = "wrong"\n[[deviation]]\n{entry}needs = ["B: 4"]\n', encoding="utf-8")
    assert load(path, ())[0].needs == ("B: 4",)
    path.write_text(f'adapter = "wrong"\n[[deviation]]\n{entry}needs = ["lengths: odd"]\n', encoding="utf-8")
    with pytest.raises(DeviationError, match=r"needs: wanted a pattern .*, got 'lengths: odd'"):
        load(path, ())


def test_isolated_draws_survive_what_crashes_and_hangs(tmp_path: Path) -> None:
    options = ("--precision", "float64", "--draws", "6", "--isolate", "--time-limit", "20")
    arguments = ["rnnspec_conformance.cli", "fuzz", "--adapter", "stream_adapters:Crashing", *options]
    done = run(arguments, tmp_path)
    assert done.returncode == 1
    assert "the process ended by SIGKILL" in done.stdout
    assert "--isolate --time-limit 20" in done.stdout


def test_a_problem_is_judged_from_its_file(tmp_path: Path) -> None:
    given = ["--adapter", "stream_adapters:StaleWeights", "--first", "36", "--draws", "1"]
    run(["rnnspec_conformance.cli", "fuzz", *given], tmp_path)
    (path,) = tmp_path.glob("rnnspec-failures/*/*.json")
    done = validate("--adapter", "stream_adapters:StaleWeights", "--problem", str(path), folder=tmp_path)
    assert done.returncode == 1
    assert "differs: COND-3" in done.stdout
    done = validate("--adapter", "reference", "--problem", str(path), "--isolate", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_a_file_without_a_problem_is_told(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    done = validate("--adapter", "reference", "--problem", "none.json", folder=tmp_path)
    assert done.returncode == 4
    assert "none.json: schema: wanted 1, got None" in done.stderr


def test_a_file_of_more_draws_is_kept(tmp_path: Path) -> None:
    subject = subject_of("reference", device="cpu", precisions=["float64"], modes=None, selection="default")
    path = write_results(stream_of(subject, 3, 1), subject, tmp_path)
    assert path.name == "draws-reference-cpu.json"
    more = json.loads(path.read_text(encoding="utf-8"))
    assert (more["drawn"], more["stream"]["draws"], "adapter" in more) == ("reference", 3, False)
    assert sum(more["stream"]["ratios"]) == 1  # one draw of seven is measured
    write_results(stream_of(subject, 2, 1), subject, tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == more
    write_results(stream_of(subject, 2, 7), subject, tmp_path)
    assert json.loads(path.read_text(encoding="utf-8"))["stream"]["seed"] == 7
