"""Every two values of two options that have a meaning beside each other stand in a case."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations, product
from typing import Any, get_args

import pytest

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec.errors import ProblemError
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.cases.combinations import WORDS
from rnnspec_conformance.stream.drawing import OPTIONS as DRAWN

OPTIONS: dict[type[Cell], dict[str, tuple[Any, ...]]] = {
    kind: {
        option.name: (option.default, *(value for name, value, _ in WORDS.values() if name == option.name))
        for option in fields(kind)
    }
    for kind in get_args(Cell)
}
"""The options of each cell and, of each, the values that differ in kind: whether there is a clip, not where it is."""

COMPANIONS: dict[str, tuple[Any, ...]] = {"projection": (0, 3), "preactivation_clip": (None, 0.5)}
"""What other options want beside them."""

Pair = frozenset[tuple[str, Any]]


def has_meaning(kind: type[Cell], pair: dict[str, Any]) -> bool:
    """Whether some cell has these values of two options."""
    others = {name: values for name, values in COMPANIONS.items() if name in OPTIONS[kind] and name not in pair}
    for companions in product(*others.values()):
        try:
            kind(**dict(zip(others, companions, strict=True)), **pair)
        except ProblemError:
            continue
        return True
    return False


def kind_of(cell: Cell, option: str) -> Any:
    """The value of `OPTIONS` that the value of `cell` is of the kind of: any other activation is one."""
    values, value = OPTIONS[type(cell)][option], getattr(cell, option)
    return value if value in values else values[-1]


def pairs_of(cell: Cell) -> set[Pair]:
    """The pairs of values that stand in a cell."""
    return {frozenset({(a, kind_of(cell, a)), (b, kind_of(cell, b))}) for a, b in combinations(OPTIONS[type(cell)], 2)}


def missing(kind: type[Cell], cases: tuple[Case, ...]) -> list[dict[str, Any]]:
    """The pairs with a meaning that stand in none of the cases with gradients."""
    with_gradients = [case for case in cases if case.kind == "outcome" and case.recipe.cotangents != "none"]
    cells = {cell for case in with_gradients for cell in case.recipe.cells if isinstance(cell, kind)}
    tried = set().union(*map(pairs_of, cells))
    every = (
        {a: first, b: second}
        for a, b in combinations(OPTIONS[kind], 2)
        for first, second in product(OPTIONS[kind][a], OPTIONS[kind][b])
    )
    return [pair for pair in every if frozenset(pair.items()) not in tried and has_meaning(kind, pair)]


def test_every_option_has_a_word() -> None:
    for options in OPTIONS.values():
        assert [name for name, values in options.items() if len(values) == 1] == []


def test_every_option_is_drawn() -> None:
    for kind, options in OPTIONS.items():
        assert set(DRAWN[kind]) == set(options)


@pytest.mark.parametrize("kind", OPTIONS)
def test_every_pair_of_options_stands_in_a_case(kind: type[Cell]) -> None:
    assert missing(kind, SELECTIONS["default"]) == []


def test_a_pair_that_no_case_has_is_missed() -> None:
    """Without what is in `cases/combinations.py` this fails."""
    others = tuple(case for case in SELECTIONS["default"] if "-combination-" not in case.id)
    assert {"reset": "before", "preactivation_clip": 0.5} in missing(GRU, others)
    assert {"preactivation_clip": 0.5, "clip_derivative": "true"} in missing(RNN, others)


def test_what_has_no_meaning_is_asked_of_the_cell() -> None:
    assert not has_meaning(LSTM, {"coupling": "forget", "input_gate": False})
    assert not has_meaning(LSTM, {"relevance_gate": True, "projection": 3})
    assert has_meaning(LSTM, {"projection_clip": 0.4, "clip_derivative": "straight-through"})
