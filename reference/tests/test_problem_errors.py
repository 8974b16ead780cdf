"""Every way in which a problem can be wrong is refused, by field, wanted, came and rule; nothing is broadcast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnspec import GRU, LSTM, Cotangents, Layer, Parameters, Problem, State, solve

from .random_problems import make_problem
from .test_layer_errors import Row, kind, refuse, rows

T, B, I, H = 3, 2, 4, 5
ONE_LAYER = make_problem([(LSTM(), "forward")], sizes=(T, B, I, H))
STACK = make_problem([(LSTM(), "bidirectional"), (GRU(), "forward")], sizes=(T, B, I, H))

FLOATS = "dtype float64 or complex128"
PLAIN = "a numpy.ndarray"
RANGE = f"0 <= length <= T = {T}"
X_SHAPE = "shape [T, B, I], none of them 0"


def problem(**wrong: Any) -> Callable[[], Problem]:
    """A problem of one LSTM layer in which some fields are other values."""
    return lambda: replace(ONE_LAYER, **wrong)


def initial(*states: Any) -> Callable[[], Problem]:
    return problem(initial=(tuple(states),))


def final(*states: Any) -> Callable[[], Problem]:
    return problem(cotangents=Cotangents(final=(tuple(states),)))


def state(h: Any = None, c: Any = None) -> State:
    return State(h=np.zeros((B, H)) if h is None else h, c=np.zeros((B, H)) if c is None else c)


def cotangent(y: Any) -> Callable[[], Problem]:
    return problem(cotangents=Cotangents(y=y))


def layer(inputs: int) -> Layer:
    shapes = LSTM().parameter_shapes(inputs, H)
    return Layer(cell=LSTM(), parameters=(Parameters(**{name: np.zeros(shape) for name, shape in shapes.items()}),))


def lengths(*values: Any, dtype: Any = None) -> Callable[[], Problem]:
    return problem(lengths=np.array(values, dtype=dtype))


LAYERS: list[Row] = [
    ("no layers", problem(layers=()), "layers", "a tuple of Layer, at least one layer", "0", "SEQ-8"),
    ("a bare layer", problem(layers=layer(I)), "layers", "a tuple of Layer, at least one layer", "Layer", "SEQ-8"),
    ("a list of layers", problem(layers=[layer(I)]), "layers", "a tuple of Layer, at least one layer", "list", "SEQ-8"),
    ("a cell as layer", problem(layers=(layer(I), LSTM())), "layers[1]", "Layer", "LSTM", "SEQ-8"),
    ("layers that do not fit", problem(layers=(layer(I), layer(I))), "layers[1]", "input size 5", "4", "SEQ-8"),
    (
        "a layer that reads one of two directions",
        lambda: replace(STACK, layers=(STACK.layers[0], layer(H))),
        "layers[1]",
        "input size 10",
        "5",
        "SEQ-8",
    ),
]

X: list[Row] = [
    ("a list", problem(x=np.zeros((T, B, I)).tolist()), "x", PLAIN, "builtins.list", "SEQ-1"),
    ("None", problem(x=None), "x", PLAIN, "builtins.NoneType", "SEQ-1"),
    ("a masked array", problem(x=np.ma.zeros((T, B, I))), "x", PLAIN, kind(np.ma.MaskedArray), "SEQ-1"),
    ("rank 2", problem(x=np.zeros((T, I))), "x", X_SHAPE, "[3, 4]", "SEQ-1"),
    ("rank 4", problem(x=np.zeros((T, B, I, 1))), "x", X_SHAPE, "[3, 2, 4, 1]", "SEQ-1"),
    ("a scalar", problem(x=np.array(1.0)), "x", X_SHAPE, "[]", "SEQ-1"),
    ("no steps", problem(x=np.zeros((0, B, I))), "x", X_SHAPE, "[0, 2, 4]", "SEQ-1"),
    ("no sequences", problem(x=np.zeros((T, 0, I))), "x", X_SHAPE, "[3, 0, 4]", "SEQ-1"),
    ("no inputs", problem(x=np.zeros((T, B, 0))), "x", X_SHAPE, "[3, 2, 0]", "SEQ-1"),
    ("inputs of size 1", problem(x=np.zeros((T, B, 1))), "x", "shape [3, 2, 4]", "[3, 2, 1]", "SEQ-1"),
    ("too many inputs", problem(x=np.zeros((T, B, I + 1))), "x", "shape [3, 2, 4]", "[3, 2, 5]", "SEQ-1"),
    *[
        (f"dtype {dtype}", problem(x=np.zeros((T, B, I)).astype(dtype)), "x", FLOATS, str(np.dtype(dtype)), "SEQ-1")
        for dtype in ("float16", "float32", "int64", "bool", "object", "complex64", ">f8")
    ],
]

LENGTHS: list[Row] = [
    ("a list", problem(lengths=[T, T]), "lengths", PLAIN, "builtins.list", "SEQ-9"),
    ("a number", problem(lengths=T), "lengths", PLAIN, "builtins.int", "SEQ-9"),
    ("a masked array", problem(lengths=np.ma.array([1, 2])), "lengths", PLAIN, kind(np.ma.MaskedArray), "SEQ-9"),
    ("a negative length", lengths(T, -1), "lengths[1]", RANGE, "-1", "SEQ-9"),
    ("a length above T", lengths(T + 1, 0), "lengths[0]", RANGE, "4", "SEQ-9"),
    ("a huge unsigned length", lengths(0, 2**64 - 1, dtype=np.uint64), "lengths[1]", RANGE, str(2**64 - 1), "SEQ-9"),
    ("floats", lengths(1.0, 2.0), "lengths", "integers", "float64", "SEQ-9"),
    ("floats with NaN", lengths(1.0, np.nan), "lengths", "integers", "float64 with NaN", "SEQ-9"),
    ("complex numbers with NaN", lengths(1j, np.nan), "lengths", "integers", "complex128 with NaN", "SEQ-9"),
    ("bools", lengths(True, False), "lengths", "integers", "bool", "SEQ-9"),
    ("objects", lengths(1, 2, dtype=object), "lengths", "integers", "object", "SEQ-9"),
    ("words", lengths("1", "2"), "lengths", "integers", "<U1", "SEQ-9"),
    ("spans of time", lengths(1, 2, dtype="m8[s]"), "lengths", "integers", "timedelta64[s]", "SEQ-9"),
    ("a scalar", problem(lengths=np.array(T)), "lengths", "shape [2]", "[]", "SEQ-9"),
    ("one length for all", lengths(T), "lengths", "shape [2]", "[1]", "SEQ-9"),
    ("too many lengths", lengths(1, 2, 3), "lengths", "shape [2]", "[3]", "SEQ-9"),
    ("no lengths", lengths(dtype=np.int64), "lengths", "shape [2]", "[0]", "SEQ-9"),
    ("a column of lengths", problem(lengths=np.ones((B, 1), dtype=int)), "lengths", "shape [2]", "[2, 1]", "SEQ-9"),
]

STATE_EACH = "a tuple for each layer of a State for each direction"
PACKED = "(packed [L * D, B, H]? its entry k is of layer k // D, direction k % D)"
BY_LAYER = "a tuple of tuple, one for each layer (1)"
BY_DIRECTION = "a tuple of State, one for each direction (1)"
H_SHAPE = "shape [2, 5]"


def wrong_states(field: str, place: Callable[..., Callable[[], Problem]], whole: Any, rule: str) -> list[Row]:
    """The rows that initial states and cotangents of the final states have in common."""
    first = f"{field}[0][0]"
    return [
        (f"{field}: an array", whole(np.zeros((B, H))), field, STATE_EACH, "an array [2, 5]", rule),
        (f"{field}: packed", whole(np.zeros((1, B, H))), field, STATE_EACH, f"an array [1, 2, 5] {PACKED}", rule),
        (
            f"{field}: h and c packed",
            whole((np.zeros((1, B, H)), np.zeros((1, B, H)))),
            field,
            STATE_EACH,
            f"an array [1, 2, 5] {PACKED}",
            rule,
        ),
        (f"{field}: a number", whole(1), field, BY_LAYER, "int", rule),
        (f"{field}: a bare state", whole(state()), field, BY_LAYER, "State", rule),
        (f"{field}: not by direction", whole((state(),)), f"{field}[0]", "tuple", "State", rule),
        (f"{field}: a list by layer", whole([(state(),)]), field, BY_LAYER, "list", rule),
        (f"{field}: a list by direction", whole(([state()],)), f"{field}[0]", "tuple", "list", rule),
        (f"{field}: no layer", whole(()), field, BY_LAYER, "0", rule),
        (f"{field}: a layer too many", whole(((state(),), (state(),))), field, BY_LAYER, "2", rule),
        (f"{field}: no direction", place(), f"{field}[0]", BY_DIRECTION, "0", rule),
        (f"{field}: a direction too many", place(state(), state()), f"{field}[0]", BY_DIRECTION, "2", rule),
        (f"{field}: a dict", place({"h": 1, "c": 2}), first, "State", "dict", rule),
        (f"{field}: None in a direction", place(None), first, "State", "NoneType", rule),
        (f"{field}: no c", place(State(h=np.zeros((B, H)))), f"{first}.c", "an array", "nothing", rule),
        (f"{field}: no h", place(State(c=np.zeros((B, H)))), f"{first}.h", "an array", "nothing", rule),
        (f"{field}: no names", place(State()), f"{first}.h", "an array", "nothing, nor c", rule),
        (
            f"{field}: a name too many",
            place(State(**state(), k=np.zeros(1))),
            f"{first}.k",
            "no such array",
            "one of shape [1]",
            rule,
        ),
        (f"{field}: one sequence", place(state(h=np.zeros((1, H)))), f"{first}.h", H_SHAPE, "[1, 5]", rule),
        (f"{field}: one unit", place(state(c=np.zeros((B, 1)))), f"{first}.c", H_SHAPE, "[2, 1]", rule),
        (f"{field}: no batch axis", place(state(h=np.zeros(H))), f"{first}.h", H_SHAPE, "[5]", rule),
        (f"{field}: a scalar", place(state(c=np.array(0.0))), f"{first}.c", H_SHAPE, "[]", rule),
        (f"{field}: a leading axis", place(state(h=np.zeros((1, B, H)))), f"{first}.h", H_SHAPE, "[1, 2, 5]", rule),
        (
            f"{field}: axes swapped",
            place(state(h=np.zeros((H, B)))),
            f"{first}.h",
            H_SHAPE,
            "[5, 2] (transposed?)",
            rule,
        ),
        (f"{field}: float32", place(state(h=np.zeros((B, H), np.float32))), f"{first}.h", FLOATS, "float32", rule),
        (f"{field}: integers", place(state(c=np.zeros((B, H), np.int64))), f"{first}.c", FLOATS, "int64", rule),
    ]


STATES: list[Row] = [
    *wrong_states("initial", initial, lambda value: problem(initial=value), "SEQ-2"),
    *wrong_states("cotangents.final", final, lambda value: problem(cotangents=Cotangents(final=value)), "GRAD-10"),
    (
        "a c for a GRU",
        lambda: replace(STACK, initial=((state(), state()), (State(h=np.zeros((B, 7)), c=np.zeros((B, 7))),))),
        "initial[1][0].c",
        "no such array",
        "one of shape [2, 7]",
        "SEQ-2",
    ),
    (
        "one direction of a bidirectional layer",
        lambda: replace(STACK, initial=((state(),), (State(h=np.zeros((B, 7))),))),
        "initial[0]",
        "a tuple of State, one for each direction (2)",
        "1",
        "SEQ-2",
    ),
    (
        "a wrong state of the reverse direction",
        lambda: replace(STACK, initial=((state(), state(c=np.zeros((B, 1)))), (State(h=np.zeros((B, 7))),))),
        "initial[0][1].c",
        H_SHAPE,
        "[2, 1]",
        "SEQ-2",
    ),
]

Y_SHAPE = "shape [3, 2, 5]"
COTANGENTS: list[Row] = [
    ("an array", problem(cotangents=np.zeros(1)), "cotangents", "Cotangents or None", "ndarray", "GRAD-1"),
    ("a dict", problem(cotangents={"y": None}), "cotangents", "Cotangents or None", "dict", "GRAD-1"),
    ("False", problem(cotangents=False), "cotangents", "Cotangents or None", "bool", "GRAD-1"),
    ("a list as y", cotangent([1.0]), "cotangents.y", PLAIN, "builtins.list", "GRAD-1"),
    ("a number as y", cotangent(1.0), "cotangents.y", PLAIN, "builtins.float", "GRAD-1"),
    ("a masked y", cotangent(np.ma.zeros((T, B, H))), "cotangents.y", PLAIN, kind(np.ma.MaskedArray), "GRAD-1"),
    ("a scalar y", cotangent(np.array(1.0)), "cotangents.y", Y_SHAPE, "[]", "GRAD-1"),
    ("y of one step", cotangent(np.zeros((1, B, H))), "cotangents.y", Y_SHAPE, "[1, 2, 5]", "GRAD-1"),
    ("y of one sequence", cotangent(np.zeros((T, 1, H))), "cotangents.y", Y_SHAPE, "[3, 1, 5]", "GRAD-1"),
    ("y of one unit", cotangent(np.zeros((T, B, 1))), "cotangents.y", Y_SHAPE, "[3, 2, 1]", "GRAD-1"),
    ("y of rank 2", cotangent(np.zeros((B, H))), "cotangents.y", Y_SHAPE, "[2, 5]", "GRAD-1"),
    ("y of x's shape", cotangent(np.zeros((T, B, I))), "cotangents.y", Y_SHAPE, "[3, 2, 4]", "GRAD-1"),
    ("y in float32", cotangent(np.zeros((T, B, H), np.float32)), "cotangents.y", FLOATS, "float32", "GRAD-1"),
    ("y in integers", cotangent(np.zeros((T, B, H), np.int64)), "cotangents.y", FLOATS, "int64", "GRAD-1"),
    ("y of objects", cotangent(np.zeros((T, B, H), object)), "cotangents.y", FLOATS, "object", "GRAD-1"),
    (
        "y of the first layer",
        lambda: replace(STACK, cotangents=Cotangents(y=np.zeros((T, B, 2 * H)))),
        "cotangents.y",
        "shape [3, 2, 7]",
        "[3, 2, 10]",
        "GRAD-1",
    ),
]


@rows(LAYERS)
def test_wrong_layers_are_refused(row: Row) -> None:
    refuse(row)


@rows(X)
def test_a_wrong_input_is_refused(row: Row) -> None:
    refuse(row)


@rows(LENGTHS)
def test_wrong_lengths_are_refused(row: Row) -> None:
    refuse(row)


@rows(STATES)
def test_wrong_states_are_refused(row: Row) -> None:
    refuse(row)


@rows(COTANGENTS)
def test_wrong_cotangents_are_refused(row: Row) -> None:
    refuse(row)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_is_refused() -> None:
    refuse(("a matrix", problem(x=np.matrix(np.zeros((T, I)))), "x", PLAIN, kind(np.matrix), "SEQ-1"))


@pytest.mark.parametrize("wrong", [None, ONE_LAYER.layers[0], {"x": 1}, "problem"], ids=lambda w: type(w).__name__)
def test_solve_refuses_what_is_no_problem(wrong: Any) -> None:
    refuse(("", lambda: solve(wrong), "problem", "a Problem", type(wrong).__name__, "SEQ-1"))


def test_the_problems_of_these_tables_are_right_before_they_are_made_wrong() -> None:
    for right in (ONE_LAYER, STACK):
        assert solve(right).gradients is not None
