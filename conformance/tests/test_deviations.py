"""Recorded deviations: every entry is valid, speaks of something, and holds."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.deviations import FOLDER, Deviation, DeviationError, Kind, contradicted, load, packaged
from rnnspec_conformance.reports.terminal import succeeded, verdict_of
from rnnspec_conformance.trial import Result

from .made_subjects import subject_with
from .wrong_adapters import MergedBias, Raising, RefusingAll, WithoutDevice

IDS = tuple(case.id for case in CASES)
ENTRY = {
    "cases": '["lstm-*"]',
    "kind": '"differs"',
    "reason": '"adds a constant"',
    "link": '"https://example.org/1"',
    "since": '"1.0"',
}


def write(folder: Path, entry: dict[str, str], head: str = 'adapter = "some"') -> Path:
    path = folder / "some.toml"
    lines = [head, "[[deviation]]", *(f"{name} = {value}" for name, value in entry.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def only_result(adapter: type[ReferenceAdapter], case: str, kind: Kind | None, **limits: Any) -> Result:
    """The result of one case of an adapter, with a deviation recorded for it."""
    given = {"reason": "known", "link": "link", "since": "1.0", **limits}
    recorded = None if kind is None else Deviation(cases=(case,), kind=kind, **given)
    known = () if recorded is None else (recorded,)
    (trial,) = subject_with(*known, adapter=adapter, patterns=(case,)).trials()
    return trial.run()


def test_a_valid_entry_is_read(tmp_path: Path) -> None:
    (deviation,) = load(write(tmp_path, {**ENTRY, "precisions": '["float32"]', "modes": '["fast"]'}), IDS)
    assert deviation == Deviation(
        cases=("lstm-*",),
        kind="differs",
        reason="adds a constant",
        link="https://example.org/1",
        since="1.0",
        precisions=("float32",),
        modes=("fast",),
        adapter=("some",),
    )


def test_a_file_without_entries_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text('adapter = "some"\n', encoding="utf-8")
    assert load(path, IDS) == ()


def test_the_packaged_files_are_valid() -> None:
    for path in FOLDER.glob("*.toml"):
        load(path, IDS)


def test_a_file_may_be_about_several_adapters(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRY, head='adapter = ["some", "others"]')
    (deviation,) = load(path, IDS)
    assert load(path, IDS, "others") == load(path, IDS, "some") == (deviation,)
    assert deviation.adapter == ("some", "others")
    with pytest.raises(DeviationError, match="wanted 'other', which is judged, got 'some', 'others'"):
        load(path, IDS, "other")


def test_an_entry_may_be_about_some_of_the_adapters_of_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, {**ENTRY, "adapter": '"others"'}, head='adapter = ["some", "others"]')
    assert load(path, IDS, "some") == ()
    assert [deviation.adapter for deviation in load(path, IDS, "others")] == [("others",)]


def test_a_version_at_the_top_holds_where_an_entry_has_none(tmp_path: Path) -> None:
    head = 'adapter = "some"\nsince = "0.9"'
    unversioned = {name: value for name, value in ENTRY.items() if name != "since"}
    assert [load(write(tmp_path, entry, head), IDS)[0].since for entry in (unversioned, ENTRY)] == ["0.9", "1.0"]


PLACES = """
adapter = ["some", "others"]
since = "1.0"
[[deviation]]
kind = "differs"
reason = "adds a constant"
link = "https://example.org/1"
[[deviation.where]]
adapter = "some"
cases = ["lstm-*"]
[[deviation.where]]
adapter = "others"
cases = ["gru-*"]
modes = ["fast"]
"""


def load_text(folder: Path, text: str) -> tuple[Deviation, ...]:
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, IDS)


def test_a_reason_is_given_once_for_several_places(tmp_path: Path) -> None:
    some, others = load_text(tmp_path, PLACES)
    shared: dict[str, Any] = {
        "kind": "differs",
        "reason": "adds a constant",
        "link": "https://example.org/1",
        "since": "1.0",
    }
    assert some == Deviation(**shared, adapter=("some",), cases=("lstm-*",))
    assert others == Deviation(**shared, adapter=("others",), cases=("gru-*",), modes=("fast",))


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('adapter = "others"\n', 'adapter = "other"\n', "1, where 2: adapter: wanted one of some, others, got 'other'"),
        ('adapter = "others"\n', "adapter = []\n", "deviation 1, where 2: wanted adapter, got nothing"),
        ('cases = ["gru-*"]\n', "", "deviation 1, where 2: wanted cases, got nothing"),
        (
            'modes = ["fast"]',
            'kind = "differs"',
            "where 2: wanted adapter, cases, modes, needs, precisions, processor, versions, got kind",
        ),
        (
            'kind = "differs"',
            'cases = ["*"]',
            "wanted kind, link, needs, processor, reason, since, versions, got cases",
        ),
        (PLACES[PLACES.index("[[deviation.where]]") :], "where = 3", "1: where: wanted a list of tables, got 3"),
        ('modes = ["fast"]', 'modes = "fast"', "1, where 2: modes: wanted a list of strings, got 'fast'"),
        (PLACES[PLACES.index("[[deviation.where]]") :], "where = []", "deviation 1: where: wanted at least one place"),
        ('since = "1.0"\n', "", "deviation 1, where 1: wanted since, got nothing"),
    ],
)
def test_a_place_that_is_not_valid_is_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DeviationError, match=re.escape(message)):
        load_text(tmp_path, PLACES.replace(old, new))


def test_each_reason_of_a_packaged_file_is_given_once() -> None:
    for path in FOLDER.glob("*.toml"):
        reasons = [entry["reason"] for entry in tomllib.loads(path.read_text(encoding="utf-8"))["deviation"]]
        assert sorted(set(reasons)) == sorted(reasons), path.name


def test_the_packaged_file_of_an_adapter_is_the_one_that_names_it() -> None:
    assert packaged("flax-linen-eager") == packaged("flax-linen") == FOLDER / "flax.toml"
    assert packaged("flax") is None


@pytest.mark.parametrize("name", ENTRY)
def test_a_missing_field_is_refused(name: str, tmp_path: Path) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != name}
    with pytest.raises(DeviationError, match=rf"some\.toml: deviation 1: wanted {name}, got nothing"):
        load(write(tmp_path, entry), IDS)


@pytest.mark.parametrize("name", ENTRY)
def test_an_empty_field_is_refused(name: str, tmp_path: Path) -> None:
    empty = "[]" if name == "cases" else '""'
    with pytest.raises(DeviationError, match=f"wanted {name}, got nothing"):
        load(write(tmp_path, {**ENTRY, name: empty}), IDS)


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("note", '"a"', "wanted .*cases.*, got note"),
        ("kind", '"wrong"', "kind: wanted one of differs, unsupported, got 'wrong'"),
        ("link", '"http://example.org"', "link: wanted https://.. or 'no upstream report found'"),
        ("cases", '["lstm-forward", "lsmt-*"]', r"cases: wanted a pattern that matches a case, got 'lsmt-\*'"),
        ("cases", '["*"]', r"cases: wanted patterns that leave a case out, got \['\*'\]"),
        (
            "cases",
            '["[a-l]*", "[m-z]*"]',
            r"cases: wanted patterns that leave a case out, got \['\[a-l\]\*', '\[m-z\]\*'\]",
        ),
        ("cases", '"*"', r"cases: wanted a list of strings, got '\*'"),
        ("cases", "[1]", r"cases: wanted a list of strings, got \[1\]"),
        ("reason", "2", "reason: wanted a string, got 2"),
        ("since", "1.0", "since: wanted a string, got 1.0"),
        ("kind", '["differs"]', r"kind: wanted a string, got \['differs'\]"),
        ("needs", '"B: 4"', "needs: wanted a list of strings, got 'B: 4'"),
        ("needs", "[4]", r"needs: wanted a list of strings, got \[4\]"),
        ("modes", "true", "modes: wanted a list of strings, got True"),
        ("precisions", '["float31"]', "precisions: wanted one of float64, float32, .*, got 'float31'"),
        ("adapter", "3", "adapter: wanted a string or a list of strings, got 3"),
        ("adapter", f'["{80 * "x"}", 3]', r"adapter: wanted a string or a list of strings, got \['x{55}\.\.\.$"),
        ("versions", '"torch <2.14"', "versions: wanted a list of strings, got 'torch <2.14'"),
        ("versions", '["<2.14"]', "versions: wanted a distribution and versions of it, as 'torch <2.14', got '<2.14'"),
        ("versions", '["torch"]', "versions: wanted a distribution and versions of it, .*, got 'torch'"),
        ("versions", "['torch <2; os_name == \"posix\"']", "versions: wanted a distribution and versions of it"),
        ("processor", '["AVX-512"]', "processor: wanted one of AVX, FMA, .*, got 'AVX-512'"),
    ],
)
def test_what_is_not_valid_is_refused(name: str, value: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DeviationError, match=message):
        load(write(tmp_path, {**ENTRY, name: value}), IDS)


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviationError, match=r"some\.toml: wanted adapter, deviation, since, got deviations"):
        load(write(tmp_path, ENTRY, head='adapter = "some"\ndeviations = 1'), IDS)


@pytest.mark.parametrize(
    "text, message",
    [
        ("adapter = 3", "some.toml: adapter: wanted a string or a list of strings, got 3"),
        ('adapter = "some"\ndeviation = 3', "some.toml: deviation: wanted a list of tables, got 3"),
        ('adapter = "some"\ndeviation = [3]', "some.toml: deviation: wanted a list of tables, got [3]"),
        ('adapter = "some"\nsince = 1', "some.toml: since: wanted a string, got 1"),
        ("adapter = ", "some.toml: wanted TOML in UTF-8, got: Invalid value"),
        (None, "some.toml: wanted a file of deviations, got: No such file or directory"),
    ],
)
def test_a_file_that_is_none_is_told(text: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DeviationError, match=re.escape(message)):
        load(path, IDS, "some")


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_bytes(b"adapter = '\xff'")
    with pytest.raises(DeviationError, match=r"some\.toml: wanted TOML in UTF-8, got: 'utf-8' codec"):
        load(path, IDS)


def test_words_stand_in_for_a_link(tmp_path: Path) -> None:
    (deviation,) = load(write(tmp_path, {**ENTRY, "link": '"no upstream report found"'}), IDS)
    assert deviation.link == "no upstream report found"


def test_an_entry_matches_by_case_dtype_and_mode() -> None:
    everywhere = Deviation(cases=("lstm-*", "rnn-one"), kind="differs", reason="a", link="b", since="c")
    assert everywhere.matches("lstm-forward", "float64", "fast")
    assert not everywhere.matches("gru-forward", "float64", "fast")
    narrow = replace(everywhere, precisions=("float32",), modes=("fast",))
    assert narrow.matches("rnn-one", "float32", "fast")
    assert not narrow.matches("rnn-one", "float64", "fast")
    assert not narrow.matches("rnn-one", "float32", "slow")


def test_an_entry_may_speak_of_a_case_that_is_not_selected() -> None:
    (case, *_) = (case for case in CASES if not case.in_default)
    subject_with(Deviation(cases=(case.id,), kind="differs", reason="a", link="b", since="c")).check_deviations()


def test_an_entry_that_speaks_of_no_trial_is_an_error() -> None:
    deviation = Deviation(cases=("lstm-*",), kind="differs", reason="a", link="b", since="c", modes=("another",))
    subject = subject_with(deviation)
    with pytest.raises(DeviationError, match="wanted a trial that it speaks of, got none"):
        subject.check_deviations()


def test_a_recorded_difference_deviates() -> None:
    row = only_result(MergedBias, "gru-after-keep-forward", "differs").row
    assert (row.verdict, row.rule, row.reason) == ("deviates", "GRU-3", "known (link; since 1.0)")
    assert verdict_of([row]) == "1 deviates. Nothing differs beyond the recorded deviations"


def test_a_recorded_refusal_is_unsupported_for_the_recorded_reason() -> None:
    row = only_result(RefusingAll, "gru-after-keep-forward", "unsupported").row
    assert (row.verdict, row.reason) == ("unsupported", "known (link; since 1.0)")


@pytest.mark.parametrize("kind", ["differs", "unsupported"])
def test_a_recorded_deviation_that_passes_is_outdated(kind: Kind) -> None:
    result = only_result(ReferenceAdapter, "lstm-forward", kind, entry="some.toml, deviation 3")
    said = f"a deviation is recorded as {kind!r} (known), but the verdict is 'passed'"
    assert (result.row.verdict, result.row.rule) == ("outdated", None)
    assert result.row.reason == f"{said}; recorded in some.toml, deviation 3"
    assert result.row.reason in result.message()
    what = "lstm-forward; delete them from some.toml, deviation 3"
    assert verdict_of([result.row]) == f"1 outdated. Recorded deviations that no longer occur: {what}"
    assert not succeeded([result.row])


def test_a_recorded_difference_that_is_refused_is_outdated() -> None:
    row = only_result(RefusingAll, "lstm-forward", "differs").row
    assert row.verdict == "outdated"
    assert row.reason.endswith("but the verdict is 'unsupported' (nothing is implemented yet)")


def test_where_a_deviation_is_recorded_is_the_file_and_the_entry(tmp_path: Path) -> None:
    (one,) = load(write(tmp_path, ENTRY), IDS)
    assert one.entry == "some.toml, deviation 1"
    assert [place.entry for place in load_text(tmp_path, PLACES)] == [
        "some.toml, deviation 1, where 1",
        "some.toml, deviation 1, where 2",
    ]


@pytest.mark.parametrize("why", ["", "no; recorded in (nothing)"])
@pytest.mark.parametrize("entry", ["", "some.toml, deviation 1"])
def test_what_a_contradiction_says_can_be_read(why: str, entry: str) -> None:
    recorded = Deviation(cases=("a",), kind="differs", reason="adds (a) constant", link="b", since="c", entry=entry)
    said = contradicted(recorded.contradiction("unsupported", why))
    if entry or not why:
        assert said == ("adds (a) constant", "unsupported", entry)
    assert contradicted("adds a constant") is None


@pytest.mark.parametrize("kind", ["differs", "unsupported"])
def test_a_recorded_deviation_is_not_held_against_what_this_machine_cannot_run(kind: Kind) -> None:
    row = only_result(WithoutDevice, "lstm-forward", kind).row
    assert (row.verdict, row.reason) == ("unsupported", "not run: wanted a CUDA device, got a machine without one")


def test_a_recorded_refusal_that_differs_differs() -> None:
    row = only_result(MergedBias, "gru-after-keep-forward", "unsupported").row
    assert (row.verdict, row.rule) == ("differs", "GRU-3")


@pytest.mark.parametrize("kind", ["differs", "unsupported"])
def test_a_recorded_deviation_does_not_cover_a_crash(kind: Kind) -> None:
    row = only_result(Raising, "lstm-one-step", kind).row
    assert row.verdict == "errored"
    assert row.reason.endswith("but the verdict is 'errored' (RuntimeError: this kernel wants two steps)")
