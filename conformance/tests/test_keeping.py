"""What was judged is kept as it comes, a run that was ended is gone on with, and parts of runs have names."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import cli
from rnnspec_conformance import validate as judge_here
from rnnspec_conformance.isolation.self_description import Provenance
from rnnspec_conformance.keeping import Keeper, _digest
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.results import Journal, Kept, ResultsError, Row, Run, file_name, load
from rnnspec_conformance.results.journal import journal_head
from rnnspec_conformance.trial import Subject

from .commands import last_line, run_pytest, validate
from .made_runs import row, schema_validator

FEW = ("--case", "lstm-one-step", "--case", "lstm-forward", "--case", "gru-lengths")
NAME = "reference-cpu.case-lstm-one-step+lstm-forward+gru-lengths.json"
posix = pytest.mark.skipif(os.name != "posix", reason="isolation wants a POSIX system")


def subject(**changes: Any) -> Subject:
    given: dict[str, Any] = {
        "given": "reference",
        "adapter": ReferenceAdapter,
        "device": "cpu",
        "precisions": ("float64", "float32"),
        "modes": ("default",),
        "patterns": ("lstm-one-step", "lstm-forward", "gru-lengths"),
    }
    return Subject(**{**given, **changes})


def keeper(folder: Path, *, resume: bool = False, **changes: Any) -> Keeper:
    return Keeper(subject(**changes), folder, Provenance(versions={"rnnspec": "1"}), resume=resume)


def judged(count: int) -> list[Row]:
    return [trial.run().row for trial in subject().trials()][:count]


def cut_short(folder: Path, rows: int) -> Path:
    """A folder of results in which a run was ended after so many rows, and what it is to become."""
    done = validate("--adapter", "reference", *FEW, "--results", "whole", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    whole = load(folder / "whole" / NAME)
    with_head = Keeper(subject(), folder / "results", Provenance(versions=whole.provenance), resume=False)
    for one in whole.rows[:rows]:
        with_head.add(one)
    with_head.left()
    return folder / "results" / f"{NAME}.part"


@pytest.mark.parametrize(
    "more", [(), ("--jobs", "2"), pytest.param(("--isolate",), marks=posix)], ids=["here", "jobs", "isolated"]
)
def test_a_run_that_is_gone_on_with_has_the_bytes_of_one_that_was_never_ended(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    if "--jobs" in more:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    journal = cut_short(tmp_path, 4)
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"case": "gru-len')  # half a line, as where a process is killed while it writes
    done = validate("--adapter", "reference", *FEW, "--results", "results", "--resume", *more, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"4 of 6 trials are known from {Path('results', NAME)}.part" in done.stdout
    assert (tmp_path / "results" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()
    assert not journal.exists()


def test_a_run_of_which_all_is_known_is_written(tmp_path: Path) -> None:
    journal = cut_short(tmp_path, 6)
    done = validate("--adapter", "reference", *FEW, "--results", "results", "--resume", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "results" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()
    assert not journal.exists()


def test_what_was_judged_before_an_interruption_is_kept_and_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--precision", "float64", *FEW, "--results", "results")
    done = validate("--adapter", "hostile_adapters:InterruptingLater", *options, folder=tmp_path)
    name = "interrupting-later-cpu.float64.case-lstm-one-step+lstm-forward+gru-lengths.json.part"
    journal = tmp_path / "results" / name
    assert done.returncode == 2
    assert f"what was judged is kept in {Path('results', name)}; --resume goes on from there" in done.stdout
    assert [one.case for one in Kept.read(journal).rows] == ["lstm-one-step"]
    assert cli.main(["report", str(journal)]) == 2
    line = last_line(capsys.readouterr().out)
    assert line.startswith("ended after 1 trials: 1 passed. This is no result; what is left: rnnspec validate ")
    assert line.endswith(f"{' '.join(FEW)} --results {journal.parent} --resume")
    assert "--adapter hostile_adapters:InterruptingLater --device cpu --precision float64 " in line


def test_what_an_implementation_ends_is_kept_and_that_is_said(tmp_path: Path) -> None:
    cases = ("--case", "rnn-tanh-forward", "--case", "lstm-one-step")
    options = ("--precision", "float64", *cases, "--results", "results")
    done = validate("--adapter", "hostile_adapters:EndingLater", *options, folder=tmp_path)
    assert done.returncode == 3
    assert ".json.part; --resume goes on from there" in done.stderr
    assert len(list((tmp_path / "results").glob("*.part"))) == 1


def test_what_fails_fails_the_run_that_goes_on(tmp_path: Path) -> None:
    options = ("--adapter", "wrong_adapters:Raising", "--precision", "float64", *FEW, "--results", "results")
    first = validate(*options, folder=tmp_path)
    (path,) = (tmp_path / "results").glob("*.json")
    whole, run = path.read_bytes(), load(path)
    head = journal_head(run, asked_for="wrong_adapters:Raising", deviations=_digest("()"))
    journal = Journal(path.with_name(f"{path.name}.part"), head)
    for one in run.rows:
        journal.add(one)
    journal.close()
    path.unlink()
    second = validate(*options, "--resume", folder=tmp_path)
    assert (first.returncode, second.returncode) == (1, 1)
    assert last_line(second.stdout) == last_line(first.stdout)
    assert "lstm-one-step (float64, default) errored" in second.stdout
    assert path.read_bytes() == whole


def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    first = keeper(tmp_path)
    for one in judged(2):
        first.add(one)
    first.left()
    assert len(keeper(tmp_path, resume=True).known) == 2
    (path,) = tmp_path.glob("*.part")
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for name, came, wanted in (
        ("provenance", {"rnnspec": "2"}, '{"rnnspec": "1", '),
        ("specification", "0.0.1", '"0.1.0"'),
        ("asked_for", "other:Reference", '"reference"'),
        ("deviations", "others", None),
        ("shard", [1, 2], "nothing"),
    ):
        path.write_text(json.dumps({**json.loads(head), name: came}) + "\n" + "".join(lines), encoding="utf-8")
        with pytest.raises(ResultsError) as caught:
            keeper(tmp_path, resume=True)
        assert str(caught.value).startswith(f"{path}: {name}: wanted {wanted or ''}")
        assert f"got {json.dumps(came)}; without --resume the run begins anew" in str(caught.value)


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda _: "", "line 1: wanted a line of JSON"),
        (lambda _: "[" * 100_000 + "\n", "line 1: wanted a line of JSON"),
        (lambda text: text.replace('"passed"', '"fine"'), "line 2: verdict: wanted one of passed"),
        (lambda text: text.replace('"lstm-one-step", "pre', '"nobody", "pre'), "wanted trials of this run, got nobody"),
        (lambda text: text + "3\n", "line 4: wanted an object, got 3"),
    ],
)
def test_a_damaged_journal_is_told(damage: Callable[[str], str], message: str, tmp_path: Path) -> None:
    first = keeper(tmp_path)
    for one in judged(2):
        first.add(one)
    first.left()
    (path,) = tmp_path.glob("*.part")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        keeper(tmp_path, resume=True)
    assert f"{path}: {message}" in str(caught.value)


def test_two_runs_that_have_one_destination_do_not_mix(tmp_path: Path) -> None:
    one, other = keeper(tmp_path), keeper(tmp_path)
    rows = judged(3)
    one.add(rows[0])
    other.add(rows[1])
    one.add(rows[2])
    other.left()
    (path,) = tmp_path.glob("*.part")
    assert [kept.trial for kept in Kept.read(path).rows] == [rows[1].trial]
    one._journal.remove()
    assert path.exists(), "that of the other run"


def test_a_run_goes_on_where_no_row_can_be_kept(tmp_path: Path) -> None:
    kept = keeper(tmp_path / "results")
    (tmp_path / "results").write_text("a file", encoding="utf-8")
    for one in judged(2):
        kept.add(one)
    assert "what was judged could not be kept in " in kept.left()


def test_results_that_cannot_be_written_fail_the_run_and_stay_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keeper(tmp_path)
    for one in judged(6):
        kept.add(one)

    def fails(*_: object) -> None:
        raise OSError("no space is left")

    monkeypatch.setattr("rnnspec_conformance.results.write", fails)
    said, is_written = kept.finish(subject().run_of(judged(6)))
    assert not is_written
    assert said.startswith(f"results not written to {tmp_path}: no space is left. what was judged is kept in ")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--resume",), "--resume: wanted --results, where the results are to be, got none"),
        (("--results", "file/results"), "--results: wanted a folder that can be written to, got file"),
        (("--results", "out", "--precision", "float32,float32"), "--precision: wanted each once, got float32 2 times"),
        (("--results", "out", "--mode", "default,default"), "--mode: wanted each once, got default 2 times"),
    ],
)
def test_a_mistake_in_what_is_kept_is_told_before_the_first_case(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = validate("--adapter", "reference", *FEW, *arguments, folder=tmp_path)
    assert done.returncode == 4
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_where_there_is_nothing_to_go_on_from_all_is_judged(tmp_path: Path) -> None:
    options = ("--case", "lstm-one-step", "--results", "results", "--resume")
    done = validate("--adapter", "reference", *options, folder=tmp_path)
    assert done.returncode == 0
    assert "there is nothing to go on from in " in done.stdout
    assert last_line(done.stdout).startswith("1 passed (x 2 precisions).")


@pytest.mark.parametrize("narrow", [("-k", "lstm-forward"), ("--maxfail", "1")])
def test_tests_that_pytest_has_chosen_are_no_results(narrow: tuple[str, ...], tmp_path: Path) -> None:
    cases = ("--rnn-case", "lstm-f*", "--rnn-case", "lstm-one-step")
    options = ("--rnn-adapter", "wrong_adapters:Raising", "--rnn-results", "out", *cases)
    done = run_pytest(*options, *narrow, folder=tmp_path)
    if "-k" in narrow:
        assert "no results are written: what -k chooses has no name; --rnn-case chooses cases" in done.stdout
        assert not (tmp_path / "out").exists()
    else:
        assert "; --resume goes on from there" in done.stdout
        assert "ended after 1 of " in done.stdout
        assert "Nothing differs" not in done.stdout
        assert list((tmp_path / "out").glob("*.json")) == []


@pytest.mark.parametrize(
    "arguments, name",
    [
        ({"precisions": ["float32"]}, "reference-cpu.float32.case-lstm-one-step.json"),
        ({"precisions": ["float64", "float32"]}, "reference-cpu.case-lstm-one-step.json"),
        ({"precisions": ["float16"], "selection": "all"}, "reference-cpu-all.float16.case-lstm-one-step.json"),
        ({"patterns": ["lstm-one-*"]}, "reference-cpu.case-lstm-one-_.json"),
        ({"patterns": ["lstm-one-ste?"]}, "reference-cpu.case-lstm-one-ste%3F.json"),
        ({"patterns": ["lstm-one-step", "../[x]"]}, "reference-cpu.case-lstm-one-step+%2E%2E%2F%5Bx%5D.json"),
    ],
)
def test_a_part_of_a_run_has_the_name_of_what_was_chosen(arguments: dict[str, Any], name: str, tmp_path: Path) -> None:
    run = judge_here(ReferenceAdapter, **{"patterns": ["lstm-one-step"], **arguments})
    assert file_name(run) == name
    (tmp_path / name).write_text(run.dump(), encoding="utf-8")
    assert load(tmp_path / name).chosen == run.chosen
    schema_validator().validate(json.loads(run.dump()))


def parts() -> list[Run]:
    chosen: list[dict[str, tuple[str, ...]]] = [
        {},
        {"precisions": ("float32",)},
        {"modes": ("float32",)},
        {"cases": ("float32",)},
        {"cases": ("a", "b")},
        {"cases": ("a+b",)},
        {"cases": ("a*",)},
        {"cases": ("a_",)},
        {"cases": tuple(f"case-{k}" for k in range(50))},
        {"cases": tuple(f"case-{k}" for k in range(51))},
    ]
    run = Run(
        adapter="a",
        device="cpu",
        specification="0.1.0",
        provenance={},
        rows=[row("a", "passed", ratio=0.5)],
        precisions=("float64",),
        modes=("default",),
    )
    return [replace(run, chosen=one) for one in chosen]


def test_no_two_parts_of_a_run_have_one_name() -> None:
    names = [file_name(run) for run in parts()]
    assert len(set(names)) == len(names)
    assert all(len(name) < 120 for name in names)


def test_a_part_says_that_it_is_one() -> None:
    def said(run: Run) -> str:
        text = io.StringIO()
        terminal.show(run, Console(file=text, width=200))
        return text.getvalue()

    whole, *others = parts()
    assert "only" not in said(whole)
    assert not [name for name, _ in whole.facts() if name.startswith("only ")]
    for part in others:
        (axis, values), *_ = part.chosen.items()
        assert f"; {axis}: only {values[0]}" in said(part)
        assert (f"only {axis}", ", ".join(values)) in part.facts()


@pytest.mark.parametrize("repeated", [{"precisions": ["float32", "float32"]}, {"modes": ["default", "default"]}])
def test_what_is_named_twice_is_refused_from_python_too(repeated: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(repeated))}: wanted each once, got "):
        judge_here(ReferenceAdapter, patterns=["lstm-one-step"], **repeated)
