"""Pins are raised where they stand, and nothing else changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rnnspec_workshop.__main__ import main
from rnnspec_workshop.pins import Change, PinError, newest_release, raised

BOTH = """framework-both = [{ include-group = "framework-onnx" }, "torch==2.13.0", "Tf_Keras==2.21.0; extra == 'a'"]"""
TEXT = f"""\
[project]
dependencies = ["torch>=2.4"]  # torch==2.13.0 is another one

[project.optional-dependencies]
torch = ["torch==2.13.0"]

[dependency-groups]
# Frameworks are pinned here.
lint = ["ruff==0.17.*"]
vectors = ["mpmath==1.3.0"]
framework-torch = ["torch==2.13.0"]  # the newest
framework-onnx = ["onnx==1.23.2", "onnxruntime==1.31.1"]
{BOTH}
"""
NEWEST = {"torch": "2.15.0", "onnx": "1.24.0", "onnxruntime": "1.31.1", "tf-keras": "2.22.0"}


def changed_lines(new: str) -> list[str]:
    pairs = zip(TEXT.splitlines(), new.splitlines(), strict=True)
    return [after for before, after in pairs if before != after]


def raise_pins(*asked: str) -> tuple[str, list[Change]]:
    return raised(TEXT, asked, NEWEST.__getitem__)


def test_a_pin_is_raised_in_every_group_that_has_it_and_nowhere_else() -> None:
    text, changes = raise_pins("torch==2.14.0")
    assert changed_lines(text) == [
        'framework-torch = ["torch==2.14.0"]  # the newest',
        BOTH.replace("torch==2.13.0", "torch==2.14.0"),
    ]
    assert list(map(str, changes)) == [
        "framework-torch: torch 2.13.0 -> 2.14.0",
        "framework-both: torch 2.13.0 -> 2.14.0",
    ]


def test_a_name_alone_has_its_newest_release() -> None:
    assert raise_pins("torch") == raise_pins("torch==2.15.0")


def test_a_name_is_the_same_in_any_spelling_and_keeps_its_marker() -> None:
    text, _ = raise_pins("tf.keras==2.22.0")
    assert BOTH.replace("2.21.0", "2.22.0") in text


def test_a_group_raises_all_that_it_pins_and_includes() -> None:
    _, changes = raise_pins("framework-both")
    assert {(change.name, change.new) for change in changes} == {
        ("torch", "2.15.0"),
        ("onnx", "1.24.0"),
        ("tf-keras", "2.22.0"),
    }


def test_nothing_asked_for_raises_every_framework_and_nothing_besides() -> None:
    text, _ = raise_pins()
    assert text == raise_pins("framework-both", "framework-torch")[0]
    assert "mpmath==1.3.0" in text


def test_a_pin_may_be_lowered() -> None:
    assert raise_pins("onnxruntime==1.30.0")[1] == [Change("framework-onnx", "onnxruntime", "1.31.1", "1.30.0")]


def test_a_pin_that_is_as_asked_for_changes_nothing() -> None:
    assert raise_pins("torch==2.13.0", "onnxruntime") == (TEXT, [])


@pytest.mark.parametrize(
    "asked, message",
    [
        ("ruff", "ruff: wanted a group, or one of mpmath, onnx, onnxruntime, tf-keras, torch"),
        ("torhc", "torhc: wanted a group, or one of"),
        ("torch>=2.14", "torch>=2.14: wanted NAME or NAME==VERSION, got >=2.14"),
        ("torch==2.*", r"torch==2\.\*: wanted NAME or NAME==VERSION, got ==2\.\*"),
        ("torch 2.14", "torch 2.14: wanted NAME or NAME==VERSION, got: "),
    ],
)
def test_what_is_not_pinned_or_no_version_is_refused(asked: str, message: str) -> None:
    with pytest.raises(PinError, match=f"^{message}"):
        raise_pins(asked)


def answering(monkeypatch: pytest.MonkeyPatch, stdout: str = "", stderr: str = "") -> None:
    """Let pip say this."""
    done = subprocess.CompletedProcess([], 0 if stdout else 1, stdout, stderr)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)


def test_the_newest_release_is_the_one_that_pip_would_install(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, '{"version": "1", "install": [{"metadata": {"name": "torch", "version": "2.13.0"}}]}')
    assert newest_release("torch") == "2.13.0"


def test_a_distribution_without_releases_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, stderr="ERROR: No matching distribution found for torch\n")
    with pytest.raises(PinError, match=r"^torch: wanted a release that can be installed here, got: ERROR: No matching"):
        newest_release("torch")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_the_command_writes_the_file_and_says_what_has_changed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raise-pins", "torch==2.14.0", "--file", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == raise_pins("torch==2.14.0")[0]
    assert capsys.readouterr().out.splitlines()[0] == "framework-torch: torch 2.13.0 -> 2.14.0"


def test_a_dry_run_says_what_would_change_and_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raise-pins", "torch==2.14.0", "--dry-run", "--file", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == TEXT
    assert "torch 2.13.0 -> 2.14.0" in capsys.readouterr().out


def test_what_cannot_be_raised_is_told_and_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raise-pins", "torch==2.14.0", "torhc", "--file", str(file)]) == 2
    assert file.read_text(encoding="utf-8") == TEXT
    assert capsys.readouterr().err.startswith("raise-pins: torhc: wanted a group, or one of")
