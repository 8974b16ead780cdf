"""Shards are made the run again that was never cut, to the last byte, or it is told why not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rnnspec
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.results import ResultsError, Row, Run, load, merge, write

from .made_runs import row, run_of

JUDGED_IN, MODES = ("float64", "float32"), ("slow", "fast")
Cut = Callable[[Sequence[Row], int], list[list[Row]]]


def whole(selection: str = "default") -> Run:
    """A run of a whole selection, with another figure in each row."""
    trials = [(precision, mode, case) for precision in JUDGED_IN for mode in MODES for case in SELECTIONS[selection]]
    rows = [
        row(
            case.id,
            "passed",
            precision=precision,
            mode=mode,
            ratio=k / len(trials),
        )
        for k, (precision, mode, case) in enumerate(trials)
    ]
    changes = {"specification": rnnspec.__version__, "modes": MODES, "selection": selection}
    return run_of(*rows, **changes)


def interleaved(rows: Sequence[Row], count: int) -> list[list[Row]]:
    return [list(rows[k::count]) for k in range(count)]


def in_blocks(rows: Sequence[Row], count: int) -> list[list[Row]]:
    size = -(-len(rows) // count)
    return [list(rows[k * size : (k + 1) * size]) for k in range(count)]


def at_random(rows: Sequence[Row], count: int) -> list[list[Row]]:
    shuffled = list(rows)
    random.Random(5).shuffle(shuffled)
    return interleaved(shuffled, count)


def shards(run: Run, count: int, cut: Cut = interleaved) -> dict[str, Run]:
    """The shards of `run` by the name of their files."""
    parts = cut(run.rows, count)
    return {f"{k}.json": replace(run, rows=part, shard=(k, count)) for k, part in enumerate(parts, start=1)}


@pytest.mark.parametrize("selection", list(SELECTIONS))
@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("cut", [interleaved, in_blocks, at_random])
def test_shards_make_the_run_that_was_never_cut(selection: str, count: int, cut: Cut, tmp_path: Path) -> None:
    run = whole(selection)
    read = {str(path): load(path) for path, _ in (write(s, tmp_path) for s in shards(run, count, cut).values())}
    assert len(read) == count
    merged = merge(dict(reversed(read.items())))
    assert merged.dump() == run.dump()


def test_cases_that_an_precision_cannot_hold_are_not_missed() -> None:
    run = whole()
    held = {case.id for case in SELECTIONS["default"] if "float16" in case.precisions}
    assert len(held) < len(SELECTIONS["default"])
    rows = [replace(row, precision="float16") for row in run.rows if row.precision == JUDGED_IN[0] and row.case in held]
    in_float16 = replace(run, precisions=("float16",), rows=rows)
    assert merge(shards(in_float16, 3)).dump() == in_float16.dump()


def test_an_empty_shard_is_one() -> None:
    run = whole()
    parts = {**shards(run, 1), "2.json": replace(run, rows=[], shard=(2, 2))}
    parts["1.json"] = replace(parts["1.json"], shard=(1, 2))
    assert merge(parts).dump() == run.dump()


def test_shards_may_be_of_several_processors() -> None:
    run = whole()
    parts = shards(run, 3)
    for name, processor in {"1.json": "x86_64 AVX2", "2.json": "aarch64 NEON", "3.json": "x86_64 AVX2"}.items():
        parts[name] = replace(parts[name], provenance={**run.provenance, "processor": processor})
    assert merge(parts).provenance == {**run.provenance, "processor": "x86_64 AVX2, aarch64 NEON"}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"adapter": "other"}, "2.json: adapter: wanted 'some' as in 1.json, got 'other'"),
        ({"device": "cuda"}, "2.json: device: wanted 'cpu' as in 1.json, got 'cuda'"),
        ({"specification": "0.0.1"}, "2.json: specification: wanted '"),
        ({"selection": "all"}, "2.json: selection: wanted 'default' as in 1.json, got 'all'"),
        ({"provenance": {"some": "2"}}, "2.json: provenance: wanted {'some': '1.0', 'numpy': '2'} as in 1.json, got {"),
        ({"modes": ("slow",), "rows": ()}, "2.json: modes: wanted ['slow', 'fast'] as in 1.json, got ['slow']"),
        (
            {"precisions": ("float64",), "rows": ()},
            "2.json: precisions: wanted ['float64', 'float32'] as in 1.json, got ['float64']",
        ),
        ({"shard": None}, "2.json: shard: wanted one, got a whole run"),
        ({"shard": (2, 4)}, "2.json: shard: wanted one of 3, got one of 4"),
        ({"shard": (1, 3)}, "2.json: shard: wanted each once, got 1 of 3 also in 1.json"),
    ],
)
def test_what_is_no_shard_of_this_run_is_refused(changes: dict[str, Any], message: str) -> None:
    parts = shards(whole(), 3)
    parts["2.json"] = replace(parts["2.json"], **changes)
    with pytest.raises(ResultsError) as caught:
        merge(parts)
    assert str(caught.value).startswith(message)


def test_every_shard_is_wanted() -> None:
    parts = shards(whole(), 5)
    del parts["2.json"], parts["4.json"]
    with pytest.raises(ResultsError, match="shards: wanted all 5, got no 2, 4"):
        merge(parts)
    with pytest.raises(ResultsError, match="shards: wanted at least one, got none"):
        merge({})


def test_a_missing_trial_is_told() -> None:
    parts = shards(whole(), 2)
    lost = parts["1.json"].rows[3]
    parts["1.json"] = replace(parts["1.json"], rows=[r for r in parts["1.json"].rows if r is not lost])
    with pytest.raises(ResultsError, match=rf"results: wanted every trial, got none for {lost.trial}$"):
        merge(parts)


def test_many_missing_trials_are_told_in_one_line() -> None:
    parts = shards(whole(), 2)
    count = len(parts["2.json"].rows)
    parts["2.json"] = replace(parts["2.json"], rows=[])
    with pytest.raises(ResultsError, match=rf"wanted every trial, got none for .* and {count - 5} more$"):
        merge(parts)


def test_a_trial_in_two_shards_is_told() -> None:
    parts = shards(whole(), 2)
    twice = parts["1.json"].rows[3]
    parts["2.json"] = replace(parts["2.json"], rows=[*parts["2.json"].rows, twice])
    with pytest.raises(ResultsError, match=rf"results: wanted every trial once, got several times {twice.trial}$"):
        merge(parts)


def test_a_trial_of_no_known_case_is_told() -> None:
    parts = shards(whole(), 2)
    strange = replace(parts["1.json"].rows[0], case="nobody")
    parts["2.json"] = replace(parts["2.json"], rows=[*parts["2.json"].rows, strange])
    with pytest.raises(ResultsError, match=rf"wanted trials of this selection only, got also {strange.trial}$"):
        merge(parts)


def test_only_the_cases_that_are_installed_can_be_put_in_order() -> None:
    parts = shards(replace(whole(), specification="0.0.1"), 2)
    with pytest.raises(ResultsError, match=r"specification: wanted .*, whose cases are installed here, got 0\.0\.1"):
        merge(parts)
    parts = shards(replace(whole(), selection="some"), 2)
    with pytest.raises(ResultsError, match="selection: wanted one of default, all, forward, got 'some'"):
        merge(parts)
