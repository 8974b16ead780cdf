"""The stream notices what the catalogue does not, makes it small, and says what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnspec import PRECISIONS, RNN
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.stream.mistakes import Judge, Stream
from rnnspec_conformance.stream.respondents import LocalRespondent, Place, Respondent
from rnnspec_conformance.stream.shrinking import shrunk
from rnnspec_conformance.stream.structure import LayerDraft, Structure
from rnnspec_conformance.stream.telling import as_json, left_out, message_of, write
from rnnspec_conformance.stream.traits import AXES

from . import stream_adapters as wrong

NOTICED: dict[type[ReferenceAdapter], str] = {
    wrong.ThreeBidirectionalLayers: "three layers, each a bidirectional RNN of 1 unit",
    wrong.ForwardHalf: "two layers, a bidirectional RNN of 1 unit, above it an RNN of 1 unit",
    wrong.StaleWeights: "solved again after its arrays were changed in place",
    wrong.ManySequences: "101 sequences",
    wrong.WideTiles: "33 sequences",
    wrong.LargeLayers: "an RNN of 256 units",
    wrong.EmptyAmongFull: "lengths 1, 0",
    wrong.FullLengths: "lengths 1, 1",
    wrong.DefaultStates: "two layers, each an RNN of 1 unit, one step, one sequence, one input, no initial states",
    wrong.Strides: "arrays with gaps",
    wrong.ParameterStrides: "arrays with gaps",
    wrong.StampOfHeads: "solved again after one of its arrays was changed in place",
    wrong.LengthsInOrder: "arrays with gaps",
    wrong.NarrowLengths: "lengths of type",
    wrong.MixedDirections: "two layers, a bidirectional RNN of 1 unit, above it an RNN of 1 unit, 2 steps",
    wrong.AfterAnError: "solved after an error",
    wrong.SpoiledNeighbour: "NaN in the padding",
}
"""What is wrong, and what the smallest problem needs that shows it."""


def judged(adapter: type[ReferenceAdapter], draws: int = 100, *, until: str | None = None, **options: Any) -> Stream:
    """What comes of the draws of the default seed; no more of them than until a mistake needs `until`."""
    respondents: dict[Place, Respondent] = {
        (precision, "default"): LocalRespondent(adapter=adapter(precision=precision), precision=precision)
        for precision in ("float64", "float32")
    }
    judge = Judge(respondents, **options)
    for number in range(draws):
        judge.judge(number)
        if until is not None and any(until in mistake.sentence for mistake in judge.stream.mistakes):
            break
    return judge.stream


@pytest.mark.parametrize("adapter", NOTICED, ids=lambda adapter: adapter.__name__)
def test_a_hundred_draws_notice_it_and_say_what_it_needs(adapter: type[ReferenceAdapter]) -> None:
    stream = judged(adapter, until=NOTICED[adapter], quick=True)
    assert any(NOTICED[adapter] in mistake.sentence for mistake in stream.mistakes), [
        mistake.sentence for mistake in stream.mistakes
    ]


@pytest.fixture(scope="module")
def stale() -> Stream:
    """The draws of an implementation that keeps packed weights."""
    return judged(wrong.StaleWeights, 100, quick=True)


def test_the_failures_of_one_mistake_are_one_report(stale: Stream) -> None:
    (mistake,) = stale.mistakes
    assert len(mistake.draws) == stale.failures > 3


def test_a_mistake_of_calls_breaks_the_rule_of_calls(stale: Stream) -> None:
    assert stale.mistakes[0].kind == "COND-3"
    assert stale.mistakes[0].judgement.rule == "COND-3"


def test_the_smallest_problem_has_one_of_everything(stale: Stream) -> None:
    structure = stale.mistakes[0].structure
    assert (len(structure.layers), structure.T, structure.B, structure.I, structure.layers[0].H) == (1, 1, 1, 1, 1)
    assert stale.mistakes[0].is_smallest


def test_the_lines_of_python_show_the_mistake(stale: Stream, tmp_path: Path) -> None:
    given = f"{wrong.__name__.rpartition('.')[2]}:StaleWeights"
    (path,) = write(stale.mistakes, tmp_path, given)
    lines = message_of(stale.mistakes[0], given, path)
    assert any("see again" in line and str(path) in line for line in lines)
    start = next(k for k, line in enumerate(lines) if "in Python" in line)
    code = "\n".join(line[13:] for line in lines[start:])
    done = run(["-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "'y': 0.0" not in done.stdout


def test_the_file_of_a_mistake_fails_again_and_not_for_the_reference(stale: Stream, tmp_path: Path) -> None:
    (path,) = write(stale.mistakes, tmp_path, "stale")
    precision = stale.mistakes[0].precision
    assert LocalRespondent(adapter=wrong.StaleWeights(precision=precision), precision=precision).replay(path).is_wrong
    assert not LocalRespondent(adapter=ReferenceAdapter(precision=precision), precision=precision).replay(path).is_wrong


def test_a_long_sequence_is_made_short_with_its_padding() -> None:
    structure = Structure(layers=(LayerDraft(cell=RNN(), H=1),), T=62, B=1, I=1, lengths=(61,), padding="nan")

    def fails(structure: Structure, _: int) -> str | None:
        return "wrong" if structure.padding == "nan" and structure.is_padded and max(structure.lengths or ()) else None

    small = shrunk(structure, 0, "wrong", fails, seconds=30).structure
    assert (small.T, small.lengths) == (2, (1,))


def test_two_mistakes_are_two_reports() -> None:
    stream = judged(wrong.DefaultStates, 60, quick=True)
    assert len(stream.mistakes) == 2
    assert {"layers", "direction"} <= {trait.axis for mistake in stream.mistakes for trait in mistake.needs}


def test_the_reference_gives_no_alarm_in_any_precision() -> None:
    respondents: dict[Place, Respondent] = {
        (precision, "default"): LocalRespondent(adapter=ReferenceAdapter(precision=precision), precision=precision)
        for precision in PRECISIONS
    }
    judge = Judge(respondents, quick=True)
    for number in range(60):
        judge.judge(number)
    assert (judge.stream.judged, judge.stream.failures, judge.stream.outside) == (60, 0, 0)
    assert judge.stream.refused == {}


def test_an_implementation_of_little_is_judged_by_as_many_draws() -> None:
    stream = judged(wrong.ForwardOnly, 40, quick=True)
    assert (stream.judged, stream.outside, stream.failures) == (40, 0, 0)
    refused = {trait.axis for trait in stream.refused}
    assert {"lengths", "direction", "cotangents", "layers", "cell"} <= refused
    tried = stream.coverage.by_axis()
    assert set(tried["cell"]) == {"LSTM"}
    assert set(tried["cotangents"]) == {"none"}


def test_what_refuses_everything_is_judged_by_nothing() -> None:
    stream = judged(wrong.RefusesAll, 5)
    assert (stream.judged, stream.outside) == (0, 5)


def test_the_section_of_the_results_is_small_and_says_everything(stale: Stream) -> None:
    section = json.loads(json.dumps(as_json(stale)))
    assert len(json.dumps(section)) < 40_000
    assert section["draws"] == section["judged"] == 100
    assert section["mistakes"][0]["draws"] == stale.mistakes[0].draws
    assert set(section["reached"]) == set(AXES)


def test_an_axis_that_was_never_reached_is_said() -> None:
    lines = "\n".join(left_out(as_json(judged(ReferenceAdapter, 2, quick=True))))
    assert "never reached: " in lines
    assert "merge" in lines


def test_fuzz_keeps_failures_and_tries_them_first(tmp_path: Path) -> None:
    given = ["--adapter", "stream_adapters:StaleWeights", "--first", "36", "--draws", "1"]
    first = run(["-m", "rnnspec_conformance.cli", "fuzz", *given], tmp_path)
    assert first.returncode == 1, first.stderr
    assert "mistake 1 of 1: COND-3" in first.stdout
    again = run(["-m", "rnnspec_conformance.cli", "fuzz", *given, "--first", "0"], tmp_path)
    assert "fails still" in again.stdout.splitlines()[0]


def test_fuzz_says_that_nothing_differs(tmp_path: Path) -> None:
    done = run(["-m", "rnnspec_conformance.cli", "fuzz", "--adapter", "reference", "--draws", "5"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Nothing differs in 5 draws"


def test_fuzz_wants_an_adapter_that_is_there(tmp_path: Path) -> None:
    done = run(["-m", "rnnspec_conformance.cli", "fuzz", "--adapter", "nowhere", "--draws", "5"], tmp_path)
    assert done.returncode == 4
    assert "nowhere" in done.stderr


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder`, where the wrong adapters can be imported."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
