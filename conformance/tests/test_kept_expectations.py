"""Expectations on disk: a second run finds them, under a key of all that they depend on, and says the same."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnnspec
from rnnspec import GRU, PRECISIONS, RNN, Precision, Problem
from rnnspec_conformance import own_process, validate
from rnnspec_conformance.cases import Recipe
from rnnspec_conformance.judging import expectation, expectation_of, forget, kept_expectations
from rnnspec_conformance.judging.tolerance import tolerances

FLOAT32, FLOAT64 = PRECISIONS["float32"], PRECISIONS["float64"]
PROBLEM = Recipe(cells=(RNN(),), seed=1, T=2, B=2, I=1, H=3).problem(FLOAT32)
OTHER = Recipe(cells=(GRU(),), seed=2, T=2, B=2, I=1, H=2).problem(FLOAT32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where expectations are kept meanwhile. Nothing is remembered in this process."""
    monkeypatch.setenv(own_process.CACHE, str(tmp_path / "kept"))
    new_process()
    yield tmp_path / "kept"
    new_process()


def new_process() -> None:
    """Forget what another process would not know."""
    forget()
    kept_expectations._environment.cache_clear()
    kept_expectations._make_room.cache_clear()


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


def computed(monkeypatch: pytest.MonkeyPatch, problem: Problem = PROBLEM, precision: Precision = FLOAT32) -> bool:
    """Whether another process computes the tolerances of a problem."""
    new_process()
    asked = []

    def counted(*arguments: object) -> dict[str, float]:
        asked.append(arguments)
        return tolerances(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(expectation, "tolerances", counted)
        expectation_of(problem, precision)
    return bool(asked)


def test_an_expectation_is_computed_once_and_then_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computed(monkeypatch)
    assert len(entries(folder)) == 1
    assert not computed(monkeypatch)


def test_what_is_found_is_what_was_computed_to_the_last_bit(folder: Path) -> None:
    for position, problem in enumerate((PROBLEM, OTHER)):
        new_process()
        first = expectation_of(problem, FLOAT32)
        new_process()
        again = expectation_of(problem, FLOAT32)
        assert again is not first
        assert list(again.arrays) == list(first.arrays)
        assert again.tolerances == first.tolerances
        assert len(entries(folder)) == position + 1
        for name, array in first.arrays.items():
            assert again.arrays[name].shape == array.shape
            assert again.arrays[name].tobytes() == array.tobytes()
            assert again.arrays[name].flags.writeable


def test_a_run_says_the_same_with_and_without_what_was_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        new_process()
        return validate(
            "reference", precisions=["float32"], patterns=["gru-chunks", "rnn-jvp", "rnn-layout-probe"]
        ).dump()

    cold, warm = said(), said()
    kept = entries(folder)
    assert len(kept) > 5
    monkeypatch.setenv(own_process.CACHE, "")
    assert said() == warm == cold
    assert entries(folder) == kept


def changed_problems() -> dict[str, Problem]:
    """`PROBLEM` with one part changed."""
    x = PROBLEM.x.copy()
    x[0, 0, 0] = np.nextafter(x[0, 0, 0], 9)
    (layer,) = PROBLEM.layers
    T, B, _ = PROBLEM.x.shape
    return {
        "a number": replace(PROBLEM, x=x),
        "an option": replace(PROBLEM, layers=(replace(layer, direction="reverse"),)),
        "lengths": replace(PROBLEM, lengths=np.array([T - 1] * B)),
        "padded outputs": replace(PROBLEM, padded_outputs="repeat"),
        "initial states": replace(PROBLEM, initial=None),
        "cotangents": replace(PROBLEM, cotangents=None),
    }


@pytest.mark.parametrize("part", changed_problems())
def test_another_problem_has_an_entry_of_its_own(part: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computed(monkeypatch)
    assert computed(monkeypatch, changed_problems()[part])
    assert len(entries(folder)) == 2


def test_another_precision_has_an_entry_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computed(monkeypatch)
    assert computed(monkeypatch, precision=FLOAT64)
    assert len(entries(folder)) == 2


@pytest.mark.parametrize("part", kept_expectations.dependencies())
def test_each_dependency_is_a_part_of_the_key(part: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computed(monkeypatch)
    found = kept_expectations.dependencies()
    monkeypatch.setattr(kept_expectations, "dependencies", lambda: {**found, part: "another"})
    assert computed(monkeypatch)
    monkeypatch.setattr(kept_expectations, "dependencies", lambda: found)
    assert not computed(monkeypatch)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("file", ["cells/lstm.py", "solving.py"])
def test_the_source_of_the_reference_is_a_dependency(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_expectations.dependencies()["reference"]
    copy_of(Path(rnnspec.__file__).parent, tmp_path / "rnnspec")
    monkeypatch.setattr(rnnspec, "__file__", str(tmp_path / "rnnspec" / "__init__.py"))
    assert kept_expectations.dependencies()["reference"] == before
    with (tmp_path / "rnnspec" / file).open("a", encoding="utf-8") as source:
        source.write("#\n")
    assert kept_expectations.dependencies()["reference"] not in (before, "")


@pytest.mark.parametrize("file", kept_expectations.SOURCES)
def test_the_source_of_the_tolerances_is_a_dependency(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_expectations.dependencies()["tolerances"]
    copy_of(Path(kept_expectations.__file__).parent, tmp_path)
    monkeypatch.setattr(kept_expectations, "__file__", str(tmp_path / "kept_expectations.py"))
    assert kept_expectations.dependencies()["tolerances"] == before
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write("#\n")
    assert kept_expectations.dependencies()["tolerances"] not in (before, "")


def copy_of(source: Path, target: Path) -> None:
    """Copy the modules of a folder."""
    for path in source.rglob("*.py"):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())


def test_nothing_is_kept_where_the_reference_has_no_source(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rnnspec, "__file__", str(tmp_path / "archive.zip" / "__init__.py"))
    assert computed(monkeypatch)
    assert not entries(folder)


def test_nothing_is_kept_where_subnormal_numbers_are_taken_for_zero(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_expectations, "_has_subnormal_numbers", lambda: False)
    assert computed(monkeypatch)
    assert not entries(folder)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda entry: entry[:0], id="empty"),
        pytest.param(lambda entry: entry[: len(entry) // 2], id="half"),
        pytest.param(lambda entry: entry[:-1] + bytes([entry[-1] ^ 1]), id="one-bit"),
        pytest.param(lambda entry: entry.replace(b'"fields"', b'"folder"'), id="another-heading"),
        pytest.param(pickle.dumps, id="a-pickle"),
    ],
)
def test_a_file_that_is_not_whole_is_computed_anew_and_replaced(
    spoilt: Callable[[bytes], bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert computed(monkeypatch)
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    entry.write_bytes(spoilt(whole))
    assert computed(monkeypatch)
    assert entry.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_text("a file", encoding="utf-8")
    assert computed(monkeypatch)
    assert computed(monkeypatch)


def test_the_oldest_entries_go_where_there_are_too_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed(monkeypatch)
    (entry,) = entries(folder)
    size = entry.stat().st_size
    for age in range(1, 10):
        old = entry.with_name(f"{age}.arrays")
        old.write_bytes(entry.read_bytes())
        os.utime(old, (1000 - age, 1000 - age))
    monkeypatch.setattr(kept_expectations, "LIMIT", 20 * size)
    assert computed(monkeypatch, precision=FLOAT64)
    assert len(entries(folder)) == 11
    monkeypatch.setattr(kept_expectations, "LIMIT", 6 * size)
    assert computed(monkeypatch, OTHER)
    assert not computed(monkeypatch, precision=FLOAT64)
    assert len(entries(folder)) == 3  # the newest that are no more than half of the limit, and that of OTHER


@pytest.mark.parametrize(
    "environment, system, place",
    [
        ({}, "linux", ".cache/rnnspec"),
        ({"XDG_CACHE_HOME": "/elsewhere"}, "linux", "/elsewhere/rnnspec"),
        ({"XDG_CACHE_HOME": "not/absolute"}, "linux", ".cache/rnnspec"),
        ({}, "darwin", "Library/Caches/rnnspec"),
        ({}, "win32", "AppData/Local/rnnspec"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/rnnspec"),
    ],
)
def test_the_folder_is_where_the_system_keeps_such_things(environment: dict[str, str], system: str, place: str) -> None:
    assert own_process.cache_folder(environment, system) == Path.home() / place


def test_what_is_set_stays_and_the_rest_is_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*own_process.ONE_THREAD, own_process.CACHE):
        monkeypatch.delenv(name, raising=False)
    wanted = own_process.wanted(keep=True)
    assert {name: wanted[name] for name in own_process.ONE_THREAD} == own_process.ONE_THREAD
    assert Path(wanted[own_process.CACHE]).name == "rnnspec"
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv(own_process.CACHE, "/mine")
    assert not {"OMP_NUM_THREADS", own_process.CACHE} & set(own_process.wanted(keep=True))
    assert own_process.wanted(keep=False)[own_process.CACHE] == ""
