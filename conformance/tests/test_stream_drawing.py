"""What the stream draws: the same for a seed and a number, and everything that the text can express."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnnspec import LSTM, PRECISIONS, Problem, named_arrays, solve
from rnnspec_conformance.defaults import SEED
from rnnspec_conformance.stream.abilities import all_traits
from rnnspec_conformance.stream.drawing import EDGES, WORK, structure_of, work
from rnnspec_conformance.stream.numbers import Numbers, laid_out, not_finite
from rnnspec_conformance.stream.question import Question, QuestionError, question_of, read
from rnnspec_conformance.stream.structure import LayerDraft, Structure, changed, fitted
from rnnspec_conformance.stream.traits import AXES, traits_of

FLOAT64, FLOAT32 = PRECISIONS["float64"], PRECISIONS["float32"]
DRAWN = [structure_of(1, number) for number in range(300)]


def test_a_draw_is_what_it_was_in_the_version_that_drew_it_first() -> None:
    drawn = [structure_of(SEED, number) for number in range(10)]
    assert [len(structure.layers) for structure in drawn] == [1, 3, 1, 2, 2, 1, 1, 1, 2, 3]
    assert [structure.T for structure in drawn] == [5, 4, 3, 6, 3, 7, 2, 7, 12, 3]


def test_other_seeds_and_other_numbers_give_other_draws() -> None:
    assert len({structure_of(seed, number) for seed in (1, 2) for number in range(50)}) > 98


def test_a_structure_comes_back_from_its_plain_values() -> None:
    for structure in DRAWN:
        assert Structure.from_json(json.loads(json.dumps(structure.as_json()))) == structure


def test_a_draw_has_no_part_without_a_meaning() -> None:
    for structure in DRAWN:
        assert fitted(structure) == structure


def test_no_draw_takes_more_work_than_it_may() -> None:
    for structure in DRAWN:
        assert work(structure) <= WORK or (structure.T, structure.B, structure.I) == (1, 1, 1)


def test_every_axis_is_drawn() -> None:
    assert {trait.axis for trait in all_traits()} == set(AXES)


def test_every_trait_that_is_told_is_drawn() -> None:
    drawn = set().union(*(traits_of(structure_of(SEED, number)) for number in range(4000)))
    assert all_traits() - drawn == set()


@pytest.mark.parametrize("size", [*EDGES, 512, 1024])
def test_sizes_on_either_side_of_a_power_of_two_are_drawn(size: int) -> None:
    drawn = (structure_of(1, number) for number in range(3000))
    assert any(size in (s.T, s.B, s.I, *(layer.H for layer in s.layers)) for s in drawn)


def test_a_hundred_draws_have_layers_of_their_own() -> None:
    stacks = [s.layers for s in DRAWN[:100] if len(s.layers) > 1]
    assert any(len({layer.H for layer in layers}) > 1 for layers in stacks)
    assert any(len({layer.direction for layer in layers}) > 1 for layers in stacks)
    assert any(len({type(layer.cell) for layer in layers}) > 1 for layers in stacks)
    assert any(layers[0].directions == 2 and layers[1].directions == 1 for layers in stacks)


def test_numbers_are_exact_in_the_precision() -> None:
    for structure in DRAWN[:40]:
        problem = Numbers(seed=3, precision=FLOAT32).problem(structure)
        for array in problem.named().values():
            assert array.dtype == np.float64
            assert ((array == array.astype(np.float32)) | ~np.isfinite(array)).all()


def test_a_smaller_structure_keeps_the_numbers_of_what_is_left() -> None:
    structure = _structure()
    numbers = Numbers(seed=3, precision=FLOAT64)
    larger = numbers.problem(fitted(Structure(**{**vars(structure), "layers": structure.layers * 2})))
    assert (numbers.problem(structure).x == larger.x).all()


@pytest.mark.parametrize("memory", ["gaps", "reversed", "fortran"])
def test_another_order_of_memory_has_the_same_numbers(memory: str) -> None:
    problem = Numbers(seed=3, precision=FLOAT64).problem(_structure(lengths=(3, 1), lengths_type="uint8"))
    other = laid_out(problem, memory)  # type: ignore[arg-type]
    assert other.lengths is not None
    assert (str(other.lengths.dtype), other.lengths.tolist()) == ("uint8", [3, 1])
    assert other.lengths.flags.c_contiguous == (memory == "fortran")
    assert [array.tobytes() for array in problem.named().values()] == [
        array.tobytes() for array in other.named().values()
    ]
    assert other.x.strides != problem.x.strides


def test_poison_is_in_one_sequence() -> None:
    structure = _structure(poison="input", B=3)
    assert not_finite(Numbers(seed=3, precision=FLOAT64).problem(structure)) == (2,)


def test_what_is_not_finite_in_the_padding_is_no_poison() -> None:
    structure = _structure(lengths=(3, 1), padding="nan")
    problem = Numbers(seed=3, precision=FLOAT64).problem(structure)
    assert np.isnan(problem.x).any()
    assert not_finite(problem) == ()
    assert all(np.isfinite(array).all() for array in named_arrays(solve(problem)).values())


def test_a_question_comes_back_from_its_file() -> None:
    for structure in DRAWN[:30]:
        if max(structure.I, *(layer.H for layer in structure.layers)) > 20:
            continue
        question = question_of(structure, 5, FLOAT32)
        assert question is not None
        again = Question.from_json(json.loads(json.dumps(question.as_json())))
        assert _bytes(again.problem) == _bytes(question.problem)
        for name in ("call", "memory", "derivative", "wrt", "precision"):
            assert getattr(again, name) == getattr(question, name)


def _bytes(problem: Problem) -> list[bytes]:
    lengths = [] if problem.lengths is None else [problem.lengths.tobytes()]
    return [array.tobytes() for array in problem.named().values()] + lengths


@pytest.mark.parametrize(
    "change, said",
    [
        ({"schema": 7}, "schema: wanted 1, got 7"),
        ({"call": "twice"}, "call: wanted one of once"),
        ({"problem": None}, "problem: wanted one, got null"),
        ({"problem": {"layers": 3}}, "problem: wanted one in the form of the exact vectors"),
    ],
)
def test_a_file_that_holds_no_question_says_why(change: dict[str, object], said: str) -> None:
    question = question_of(_structure(), 5, FLOAT64)
    assert question is not None
    with pytest.raises(QuestionError, match=said):
        Question.from_json(question.as_json() | change)


def test_a_file_that_is_none_says_why(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("files") / "none.json"
    with pytest.raises(QuestionError, match="wanted a problem, got: No such file"):
        read(path)
    path.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(QuestionError, match="wanted an object, got list"):
        read(path)


def _structure(**changes: object) -> Structure:
    plain = Structure(layers=(LayerDraft(cell=LSTM(), H=3),), T=3, B=2, I=3, initial=True, cotangents="both")
    return changed(plain, **changes)
