"""Records: named arrays that are read by attribute or key and never change."""

from __future__ import annotations

import copy
import pickle
from operator import setitem
from typing import Any, cast

import numpy as np
import pytest

from rnnspec import Parameters, Record, State

from .random_problems import assert_identical

H = np.arange(6.0).reshape(2, 3)
C = -H


def test_a_name_is_an_attribute_and_a_key() -> None:
    state = State(h=H, c=C)
    assert state.h is state["h"] is H
    assert list(state) == ["h", "c"]
    assert len(state) == 2
    assert "c" in state
    assert "k" not in state


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="State has no 'k'; it has h, c"):
        _ = State(h=H, c=C).k
    with pytest.raises(KeyError):
        State(h=H)["c"]
    assert not hasattr(State(h=H), "__array__")


def test_a_record_is_read_only() -> None:
    state = State(h=H)
    with pytest.raises(AttributeError, match=r"State is read-only; use replace\(h=\.\.\.\)"):
        state.h = C
    with pytest.raises(AttributeError, match="read-only"):
        state.k = C
    with pytest.raises(TypeError):
        setitem(cast("Any", state), "h", C)
    with pytest.raises(AttributeError):
        del state.h
    assert state.h is H


def test_replace_makes_a_copy_of_the_same_kind_and_order() -> None:
    state = State(h=H, c=C)
    other = state.replace(h=C)
    assert type(other) is State
    assert list(other) == ["h", "c"]
    assert other.h is C
    assert other.c is C
    assert state.h is H


def test_map_changes_every_array_and_keeps_kind_and_names() -> None:
    state = State(h=H, c=C).map(lambda array: array.astype(np.float32))
    assert type(state) is State
    assert {name: array.dtype.name for name, array in state.items()} == {"h": "float32", "c": "float32"}


@pytest.mark.parametrize("kind", [Record, Parameters, State])
def test_a_record_survives_pickling_and_copying(kind: type[Record]) -> None:
    record = kind(h=H, c=C)
    for other in (pickle.loads(pickle.dumps(record)), copy.copy(record), copy.deepcopy(record)):
        assert type(other) is kind
        assert_identical(other, record)


def test_records_are_equal_where_kind_names_and_arrays_are() -> None:
    state = State(h=H, c=C)
    assert state == state.replace(h=H.copy())
    assert state == State(c=C, h=H)
    for other in (state.replace(h=C), State(h=H), Record(h=H, c=C), state.replace(h=H[:1]), {"h": H, "c": C}, None):
        assert state != other
        assert other != state
    assert (state,) == (State(h=H, c=C),)


def test_a_record_shows_names_dtypes_and_shapes() -> None:
    assert repr(State(h=H, c=C)) == "State(h: float64[2, 3], c: float64[2, 3])"
