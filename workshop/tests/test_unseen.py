"""Each mistake that nobody had seen shows, the kernels are right, and what notices it is written and read."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnspec_workshop.__main__ import main
from rnnspec_workshop.unseen import unseen_command
from rnnspec_workshop.unseen.altered_kernels import BuildingError, adapter_of, built, changed, right
from rnnspec_workshop.unseen.measuring import Noticed
from rnnspec_workshop.unseen.mistake_sets import Change, Mistake, MistakeSet
from rnnspec_workshop.unseen.outcome_distance import largest_difference
from rnnspec_workshop.unseen.sets import SETS
from rnnspec_workshop.unseen.unseen_json import FILE, by_set, reach, read, share, shares, text_of

MISTAKES = [
    pytest.param(of_set, mistake, id=f"{of_set.name}-{mistake.ident}")
    for of_set in SETS.values()
    for mistake in of_set.mistakes
]
BOUNDS = {"float64": (1e-10, 1e-6), "float32": (1e-6, 1e-5)}
"""By precision: how far the right kernel may be from the reference, and how far a mistake has to be."""

FOUND = {
    "a": {
        "f01-sigmoid-ratio": Noticed(case="lstm-saturated", after=None, tried=300),
        "f03-lanes-tail": Noticed(case=None, after=9, tried=9),
        "s02-cache-by-sum": Noticed(case=None, after=None, tried=2000),
        "f20-coupled-peephole-c": Noticed(case=None, after=619, tried=619),
    }
}

LATE = Noticed(case=None, after=None, tried=6)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What a wrong kernel warns of is no verdict on it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("of_set, mistake", MISTAKES)
def test_a_mistake_differs_on_its_example_and_the_right_kernel_does_not(of_set: MistakeSet, mistake: Mistake) -> None:
    low, high = BOUNDS[of_set.precision]
    assert largest_difference(right(of_set), mistake.example()).size <= low
    assert largest_difference(adapter_of(of_set, mistake), mistake.example()).size >= high


def test_a_set_has_sixty_mistakes_the_partial_one_twenty_and_no_two_of_one_name() -> None:
    assert {name: len(of_set.mistakes) for name, of_set in SETS.items()} == dict.fromkeys("abcde", 60) | {"partial": 20}
    for of_set in SETS.values():
        assert set(Counter(mistake.ident for mistake in of_set.mistakes).values()) == {1}


def test_a_change_whose_text_is_not_there_is_told() -> None:
    assert changed("a b a", [Change(old="a", new="c", times=2)], "two") == "c b c"
    with pytest.raises(BuildingError, match="two: wanted 'a' in 1 places, got 2"):
        changed("a b a", [Change(old="a", new="c")], "two")


def test_a_kernel_is_made_anew_for_each_mistake() -> None:
    one, other = (type(built("kernel", (), "one", precision="float64")) for _ in range(2))
    assert one is not other


def test_a_file_is_read_as_it_was_written_in_the_order_of_the_sets(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(text_of(FOUND, seed=1, draws=2000), encoding="utf-8")
    assert read(path, seed=1) == FOUND
    assert read(path, seed=2) == {}
    idents = [mistake.ident for mistake in SETS["a"].mistakes]
    assert [*read(path, seed=1)["a"]] == sorted(FOUND["a"], key=idents.index)


def test_a_share_counts_what_the_catalogue_and_so_many_draws_notice() -> None:
    found = FOUND["a"].values()
    assert [share(found, draws) for draws in (0, 8, 9, 618, 619)] == [25, 25, 50, 50, 75]
    assert share(found, 9, cases=False) == 25
    assert (reach(found), reach(found, cases=False)) == (2000, 300)
    assert shares(found) == ["25 %", "50 %", "50 %", "75 %", "25 %"]


def test_a_share_that_is_not_known_is_not_told() -> None:
    found = [Noticed(case=None, after=None, tried=250)]
    assert shares(found) == ["0 %", "0 %", "", "", ""]


def test_the_command_measures_two_mistakes_writes_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["unseen", "--sets", "partial", "--only", "p0[12]*", "--results", str(tmp_path), "--draws"]
    assert main([*asked, "5"]) == 0
    report = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    found = by_set(report)["partial"]
    assert report["draws"] == 5
    assert [*found] == ["p01-half-weights", "p02-logistic-clamped"]
    assert all(one.case is not None and one.tried <= 5 for one in found.values())
    assert "1/2 partial p01-half-weights: lstm-one-step, after 1 draw\n" in capsys.readouterr().out

    measured: list[str] = []

    def noticed(_set: MistakeSet, mistake: Mistake, **_options: int) -> Noticed:
        measured.append(mistake.ident)
        return LATE

    monkeypatch.setattr(unseen_command, "noticed", noticed)
    assert main([*asked, "5"]) == 0
    assert measured == []
    assert main([*asked, "6"]) == 0
    assert measured == [ident for ident, one in found.items() if one.after is None]
    measured.clear()
    assert main([*asked, "5", "--again"]) == 0
    assert measured == [*found]
    assert read(tmp_path / FILE, seed=report["seed"])["partial"] == dict.fromkeys(found, LATE)


def test_a_set_that_is_unknown_and_a_file_of_another_schema_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["unseen", "--sets", "a,z"])
    assert "--sets: wanted some of a, b, c, d, e, partial, got z" in capsys.readouterr().err
    (tmp_path / FILE).write_text('{"schema": 0}', encoding="utf-8")
    assert main(["unseen", "--results", str(tmp_path)]) == 2
    assert "unseen.json: wanted schema 1, got 0" in capsys.readouterr().err
