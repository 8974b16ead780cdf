"""What implementations and machines do to a run: it is told, the status is not 0, and no file is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from rnnspec import Outcome, Problem
from rnnspec_adapters import Unsupported
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import Run
from rnnspec_conformance import validate as judge_here
from rnnspec_conformance.deviations import FOLDER
from rnnspec_conformance.judging.judgement import LONGEST, printable
from rnnspec_conformance.results import write
from rnnspec_conformance.whole_files import write_whole

from .commands import last_line, validate
from .wrong_adapters import PaddedState

SOME = ("--precision", "float64", "--case", "lstm-one-step", "--case", "lstm-forward", "--case", "lstm-twice")


def run_of(adapter: type[ReferenceAdapter]) -> Run:
    return judge_here(adapter, precisions=["float64"], patterns=["lstm-one-step"])


def test_an_implementation_that_ends_the_process_ends_no_run_well(tmp_path: Path) -> None:
    done = validate("--adapter", "hostile_adapters:Ending", *SOME, folder=tmp_path)
    assert done.returncode == 3
    assert "has ended the process that judges it, with status 0; --isolate judges the rest" in done.stderr


def test_a_run_that_was_interrupted_is_no_result(tmp_path: Path) -> None:
    arguments = ("--adapter", "hostile_adapters:Interrupting", "--cases", "forward", "--results", "results")
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "Nothing differs" not in done.stdout
    assert not (tmp_path / "results").exists()


def test_what_was_judged_before_an_interruption_is_said(tmp_path: Path) -> None:
    done = validate("--adapter", "hostile_adapters:InterruptingLater", *SOME, folder=tmp_path)
    assert last_line(done.stdout) == "interrupted after 1 of 3 trials: 1 passed. This is no result"


def test_an_interruption_of_the_draws_is_said(tmp_path: Path) -> None:
    arguments = ("--adapter", "hostile_adapters:InterruptingDraws", "--case", "lstm-one-step", "--draws", "6")
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert last_line(done.stdout).startswith("interrupted after 2 of 2 trials: 1 passed")
    assert "Traceback" not in done.stderr


def test_mistakes_are_told_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "rnnspec-failures").write_text("", encoding="utf-8")
    arguments = ("--adapter", "hostile_adapters:WrongInDraws", "--case", "lstm-one-step", "--draws", "6")
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "  not kept   rnnspec-failures" in done.stdout
    assert "of 6 draws fail" in last_line(done.stdout)


def test_the_destination_is_tried_before_the_first_case(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = validate("--adapter", "reference", "--results", "file/results", folder=tmp_path)
    assert done.returncode == 4
    assert "--results: wanted a folder that can be written to, got file" in done.stdout + done.stderr
    assert "judged" not in done.stdout


@pytest.mark.parametrize("device", ["cuda:7", "../../evil"])
def test_no_result_names_a_device_that_was_not_used(device: str, tmp_path: Path) -> None:
    done = validate("--adapter", "hostile_adapters:Deaf", *SOME, "--device", device, folder=tmp_path)
    assert done.returncode == 4
    assert f"device: wanted 'cpu', got '{device}'" in done.stdout + done.stderr


def test_a_module_of_the_folder_can_be_judged(tmp_path: Path) -> None:
    source = "from rnnspec_adapters.reference import ReferenceAdapter\nclass A(ReferenceAdapter):\n    name = 'mine'\n"
    (tmp_path / "of_this_folder.py").write_text(source, encoding="utf-8")
    command = Path(sys.executable).with_name("rnnspec")
    judging = ["validate", "--adapter", "of_this_folder:A", "--case", "lstm-one-step"]
    given = [str(command), *judging] if command.exists() else [sys.executable, "-m", "rnnspec_conformance", *judging]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, near",
    [(("--adapter", "torhc"), "torch?"), (("--adapter", "reference", "--case", "two-layers"), "lstm-two-layers")],
)
def test_a_name_that_is_near_is_said(arguments: tuple[str, ...], near: str, tmp_path: Path) -> None:
    done = validate(*arguments, folder=tmp_path)
    assert done.returncode == 4
    assert near in done.stdout + done.stderr


class Masking(ReferenceAdapter):
    """Its outputs are masked throughout."""

    name: ClassVar[str] = "masking"

    def solve(self, problem: Problem) -> Outcome:
        outcome = super().solve(problem)
        return replace(outcome, y=np.ma.MaskedArray(outcome.y, mask=True))


def test_a_subclass_of_an_array_is_no_array() -> None:
    (row,) = run_of(Masking).rows
    assert row.verdict == "differs"
    assert row.field == "y"


TEXTS = {"surrogate": "\ud83d", "escape": "\x1b[31m", "long": "x" * 10_000_000, "line": "first\nsecond"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_an_implementation_says_can_be_printed_and_has_an_end(text: str, tmp_path: Path) -> None:
    class Raising(ReferenceAdapter):
        name: ClassVar[str] = "raising"

        def solve(self, problem: Problem) -> Outcome:
            raise ValueError(text)

    class Refusing(ReferenceAdapter):
        name: ClassVar[str] = "refusing"

        def provenance(self) -> Mapping[str, str]:
            return {"library": text}

        def supports(self, problem: Problem) -> Unsupported | None:
            return Unsupported(reason=text)

    for adapter in (Raising, Refusing):
        run = run_of(adapter)
        said = [row.reason for row in run.rows] + list(run.provenance.values())
        assert all(one.isprintable() and len(one) <= 2 * LONGEST for one in said)
        path, _ = write(run, tmp_path)
        assert path.stat().st_size < 10_000


@pytest.mark.parametrize("text", ["", "plain", "ä ∂ 中"])
def test_what_can_be_printed_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_file_is_whole_whatever_happens_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    write_whole(path, "old")

    def fails(*_: Any) -> None:
        raise OSError("no space is left")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, "new")
    assert [other.name for other in tmp_path.iterdir()] == ["results.json"]
    assert path.read_text(encoding="utf-8") == "old"
    monkeypatch.undo()
    with pytest.raises(ValueError, match="surrogates"):
        write_whole(path, "\ud83d")
    assert path.read_text(encoding="utf-8") == "old"


def test_a_link_at_the_destination_is_replaced(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link.json"
    victim.write_text("kept", encoding="utf-8")
    link.symlink_to(victim)
    write_whole(link, "new")
    assert victim.read_text(encoding="utf-8") == "kept"
    assert link.read_text(encoding="utf-8") == "new"


KILLED = """
import os, sys, threading
from pathlib import Path
from rnnspec_conformance.whole_files import write_whole
threading.Timer(float(sys.argv[2]), lambda: os.kill(os.getpid(), 9)).start()
for k in range(100_000):
    write_whole(Path(sys.argv[1]), str(k % 10) * 100_000)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a signal of POSIX systems")
def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for k in range(8):
        subprocess.run([sys.executable, "-c", KILLED, str(path), str(0.15 + 0.013 * k)], check=False)
        if path.exists():
            text = path.read_text(encoding="utf-8")
            assert len(text) == 100_000
            assert len(set(text)) == 1
    assert path.exists()


class CalledAsAnother(PaddedState):
    """It calls itself as an adapter of the suite does, of which its mistake is a recorded deviation."""

    name: ClassVar[str] = "jax-rnn"


def test_no_deviation_is_had_by_a_name() -> None:
    (row,) = judge_here(CalledAsAnother, precisions=["float64"], patterns=["lstm-length-zero"]).rows
    assert row.verdict == "differs"
    packaged = FOLDER / "jax-rnn.toml"
    (row,) = judge_here(
        CalledAsAnother, precisions=["float64"], patterns=["lstm-length-zero"], deviations=packaged
    ).rows
    assert row.verdict == "deviates", "whoever names the file has it"
