"""A judged trial becomes a row: the figures of its worst field, and all that explains a failure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnspec import PRECISIONS, Outcome, Problem
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.deviations import Deviation
from rnnspec_conformance.judging import expectation_of
from rnnspec_conformance.results import load, write
from rnnspec_conformance.trial import Result, Subject

from .made_runs import run_of, schema_validator
from .wrong_adapters import MergedBias, Raising, RefusingAll

BY_ID = {case.id: case for case in CASES}


class OneMore(ReferenceAdapter):
    """Adds 1 to one output."""

    def compute(self, problem: Problem) -> Outcome:
        outcome = super().compute(problem)
        y = outcome.y.copy()
        y[1, 2, 3] += 1
        return replace(outcome, y=y)


class NoNumber(ReferenceAdapter):
    """Returns NaN."""

    def compute(self, problem: Problem) -> Outcome:
        outcome = super().compute(problem)
        return replace(outcome, y=np.nan * outcome.y)


def judged(adapter: type[ReferenceAdapter], case: str, *deviations: Deviation) -> Result:
    subject = Subject(
        given="some.module:Adapter",
        adapter=adapter,
        device="cpu",
        precisions=("float32",),
        modes=("default",),
        patterns=(case,),
        deviations=deviations,
    )
    (trial,) = subject.trials()
    return trial.run()


def test_the_figures_are_those_of_the_worst_field() -> None:
    row = judged(OneMore, "lstm-forward").row
    tolerances = expectation_of(BY_ID["lstm-forward"].problem(PRECISIONS["float32"]), PRECISIONS["float32"]).tolerances
    assert (row.verdict, row.field) == ("differs", "y")
    assert row.tolerance == pytest.approx(tolerances["y"])
    assert row.error == pytest.approx(1, rel=1e-4)
    assert row.ratio == pytest.approx(1 / tolerances["y"], rel=1e-4)


def test_what_passes_has_its_figures_too_and_no_message() -> None:
    row = judged(ReferenceAdapter, "lstm-gradients").row
    assert (row.verdict, row.message) == ("passed", "")
    assert row.error is not None
    assert row.tolerance is not None
    assert row.error > 0
    assert row.ratio == pytest.approx(row.error / row.tolerance)


def test_a_probe_of_a_layout_is_measured() -> None:
    row = judged(ReferenceAdapter, "lstm-layout-probe").row
    assert row.error is not None
    assert row.tolerance is not None
    assert row.ratio == pytest.approx(row.error / row.tolerance)


def test_what_no_number_says_has_an_tolerance_alone(tmp_path: Path) -> None:
    row = judged(NoNumber, "lstm-forward").row
    assert (row.ratio, row.error) == (np.inf, None)
    assert row.tolerance is not None
    path, _ = write(run_of(row), tmp_path)
    assert load(path).rows[0].ratio == np.inf


@pytest.mark.parametrize("adapter, case", [(MergedBias, "gru-lengths"), (Raising, "lstm-one-step")])
def test_a_wrong_row_carries_its_whole_message(adapter: type[ReferenceAdapter], case: str) -> None:
    result = judged(adapter, case)
    assert result.row.message == result.message()
    assert result.row.message.endswith(f"--precision float32 --mode default --case {case}")


def test_a_recorded_deviation_has_figures_and_no_message() -> None:
    known = Deviation(cases=("lstm-forward",), kind="differs", reason="adds 1", link="https://example.org", since="1")
    row = judged(OneMore, "lstm-forward", known).row
    assert (row.verdict, row.message) == ("deviates", "")
    assert row.error == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("adapter", [ReferenceAdapter, RefusingAll])
def test_an_outdated_row_follows_the_schema(adapter: type[ReferenceAdapter], tmp_path: Path) -> None:
    known = Deviation(cases=("lstm-forward",), kind="differs", reason="adds 1", link="https://example.org", since="1")
    result = judged(adapter, "lstm-forward", known)
    assert (result.row.verdict, result.row.message) == ("outdated", result.message())
    plain = json.loads(run_of(result.row).dump())
    schema_validator().validate(plain)
    path, _ = write(run_of(result.row), tmp_path)
    assert load(path).rows[0].verdict == "outdated"
    (row,) = plain["results"]["float32"]["default"]
    for missing in ("message", "reason"):
        (changed,) = plain["results"]["float32"]["default"] = [{name: row[name] for name in row if name != missing}]
        assert not schema_validator().is_valid(plain), changed


@pytest.mark.parametrize("adapter", [ReferenceAdapter, OneMore, NoNumber, MergedBias, Raising, RefusingAll])
@pytest.mark.parametrize("case", ["lstm-forward", "gru-lengths", "lstm-one-step", "lstm-layout-identity"])
def test_every_row_follows_the_schema(adapter: type[ReferenceAdapter], case: str) -> None:
    row = judged(adapter, case).row
    schema_validator().validate(json.loads(run_of(row).dump()))
