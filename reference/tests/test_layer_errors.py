"""Every way in which a cell, a record or a layer can be wrong is refused, by field, wanted, came and rule."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Layer, Parameters, ProblemError, State

from .random_problems import WITH_BIAS, name_of, random_parameters

I, H = 4, 5
PEEPHOLES = "one of 'none', 'new', 'old'"
ACTIVATIONS = (
    "one of 'sigmoid', 'tanh', 'relu', 'identity', 'affine', 'leaky_relu', 'thresholded_relu', 'scaled_tanh', "
    "'hard_sigmoid', 'elu', 'softsign', 'softplus'"
)
PLAIN = "a numpy.ndarray"
RESETS = "one of 'after', 'before', 'none'"
BOOLS = "one of True, False"

Row = tuple[str, Callable[[], object], str, str, str, str]


def parameters_of(cell: Cell, inputs: int = I, units: int = H) -> Parameters:
    return random_parameters(np.random.default_rng(11), cell, inputs, units)


def refuse(row: Row) -> None:
    """Check the error of one row of a table: sentence, what is made, field, wanted, came, rule."""
    _, make, field, wanted, came, rule = row
    with pytest.raises(ProblemError) as caught:
        make()
    error = caught.value
    assert (error.field, error.wanted, error.came, error.rule) == (field, wanted, came, rule)
    assert str(error) == f"{field}: wanted {wanted}, got {came} [{rule}]"


def kind(of: type) -> str:
    """A type with the module that this version of NumPy says it is from."""
    return f"{of.__module__}.{of.__qualname__}"


def rows(table: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", table, ids=[row[0] for row in table])


def changed(cell: Cell, **arrays: Any) -> Callable[[], Layer]:
    """A layer of `cell` in which some parameters are other values."""
    return lambda: Layer(cell=cell, parameters=(parameters_of(cell).replace(**arrays),))


def lacking(cell: Cell, name: str) -> Callable[[], Layer]:
    """A layer of `cell` without one of its parameters."""
    kept = {key: array for key, array in parameters_of(cell).items() if key != name}
    return lambda: Layer(cell=cell, parameters=(Parameters(**kept),))


def layer(**wrong: Any) -> Callable[[], Layer]:
    return lambda: Layer(**{"cell": LSTM(), "parameters": (parameters_of(LSTM()),), **wrong})


def call(kind: Callable[..., object], **wrong: Any) -> Callable[[], object]:
    return partial(kind, **wrong)


OPTIONS: list[Row] = [
    ("an unknown peephole", call(LSTM, peephole="newer"), "LSTM.peephole", PEEPHOLES, "'newer'", "PEEP-3"),
    ("a peephole of None", call(LSTM, peephole=None), "LSTM.peephole", PEEPHOLES, "None", "PEEP-3"),
    ("a peephole of False", call(LSTM, peephole=False), "LSTM.peephole", PEEPHOLES, "False", "PEEP-3"),
    ("a peephole in capitals", call(LSTM, peephole="NEW"), "LSTM.peephole", PEEPHOLES, "'NEW'", "PEEP-3"),
    ("a bias of 1", call(LSTM, bias=1), "LSTM.bias", BOOLS, "1", "PAR-5"),
    ("a bias of 0", call(GRU, bias=0), "GRU.bias", BOOLS, "0", "PAR-5"),
    ("a bias of 1.0", call(RNN, bias=1.0), "RNN.bias", BOOLS, "1.0", "PAR-5"),
    ("a bias of None", call(RNN, bias=None), "RNN.bias", BOOLS, "None", "PAR-5"),
    ("a NumPy bool", call(LSTM, bias=np.True_), "LSTM.bias", BOOLS, repr(np.True_), "PAR-5"),
    ("a bias in words", call(GRU, bias="False"), "GRU.bias", BOOLS, "'False'", "PAR-5"),
    ("an unknown reset", call(GRU, reset="behind"), "GRU.reset", RESETS, "'behind'", "GRU-3"),
    ("a reset of True", call(GRU, reset=True), "GRU.reset", RESETS, "True", "GRU-3"),
    ("an unknown update", call(GRU, update="hold"), "GRU.update", "one of 'keep', 'take'", "'hold'", "GRU-5"),
    (
        "an unknown activation",
        call(RNN, activation="gelu"),
        "RNN.activation",
        ACTIVATIONS,
        "'gelu'",
        "ACT-1",
    ),
    (
        "a function as activation",
        call(RNN, activation=len),
        "RNN.activation",
        ACTIVATIONS,
        repr(len),
        "ACT-1",
    ),
    (
        "an array as activation",
        call(RNN, activation=np.array(["tanh", "relu"])),
        "RNN.activation",
        ACTIVATIONS,
        "array(['tanh', 'relu'], dtype='<U4')",
        "ACT-1",
    ),
]

RECORDS: list[Row] = [
    ("a list", call(Parameters, W=[[1.0]]), "W", PLAIN, "builtins.list", "PAR-1"),
    ("a number", call(State, h=1.0), "h", PLAIN, "builtins.float", "PAR-1"),
    ("None", call(State, h=None), "h", PLAIN, "builtins.NoneType", "PAR-1"),
    ("a NumPy number", call(State, h=np.float64(1)), "h", PLAIN, "numpy.float64", "PAR-1"),
    ("a masked array", call(State, h=np.ma.zeros((2, 2))), "h", PLAIN, kind(np.ma.MaskedArray), "PAR-1"),
    (
        "a record array",
        lambda: State(h=np.zeros(2).view(np.recarray)),
        "h",
        PLAIN,
        kind(np.recarray),
        "PAR-1",
    ),
    ("a list in replace", changed(LSTM(), b_f=[0.0] * H), "b_f", PLAIN, "builtins.list", "PAR-1"),
]

LSTM_NAMES = "W_i, W_f, W_g, W_o, R_i, R_f, R_g, R_o, b_i, b_f, b_g, b_o"
LSTM_PLAIN = "W_i, W_f, W_g, W_o, R_i, R_f, R_g, R_o"
GRU_BEFORE = "W_r, W_z, W_n, R_r, R_z, R_n, b_r, b_z, b_n"
GRU_AFTER = f"{GRU_BEFORE}, b_Rn"
FLOATS = "dtype float64 or complex128"
ONE_EACH = "a tuple of Parameters, one for each direction (1)"
FIRST = "parameters[0]"

NAMES: list[Row] = [
    ("a missing bias", lacking(LSTM(), "b_o"), FIRST, LSTM_NAMES, LSTM_NAMES[:-5], "PAR-1"),
    ("a missing first matrix", lacking(LSTM(), "W_i"), f"{FIRST}.W_i", "shape [H, I]", "nothing", "PAR-1"),
    ("no parameters", layer(parameters=(Parameters(),)), f"{FIRST}.W_i", "shape [H, I]", "nothing", "PAR-1"),
    ("an unwanted bias", changed(LSTM(bias=False), b_i=np.zeros(H)), FIRST, LSTM_PLAIN, f"{LSTM_PLAIN}, b_i", "PAR-1"),
    ("an unwanted peephole", changed(LSTM(), p_i=np.zeros(H)), FIRST, LSTM_NAMES, f"{LSTM_NAMES}, p_i", "PAR-1"),
    (
        "a missing peephole",
        lacking(LSTM(peephole="old"), "p_f"),
        FIRST,
        f"{LSTM_NAMES}, p_i, p_f, p_o",
        f"{LSTM_NAMES}, p_i, p_o",
        "PAR-1",
    ),
    (
        "a peephole of the candidate",
        changed(LSTM(peephole="new"), p_g=np.zeros(H)),
        FIRST,
        f"{LSTM_NAMES}, p_i, p_f, p_o",
        f"{LSTM_NAMES}, p_i, p_f, p_o, p_g",
        "PAR-1",
    ),
    ("a missing b_Rn", lacking(GRU(), "b_Rn"), FIRST, GRU_AFTER, GRU_BEFORE, "PAR-1"),
    ("an unwanted b_Rn", changed(GRU(reset="before"), b_Rn=np.zeros(H)), FIRST, GRU_BEFORE, GRU_AFTER, "PAR-1"),
    (
        "b_Rn without biases",
        changed(GRU(bias=False), b_Rn=np.zeros(H)),
        FIRST,
        "W_r, W_z, W_n, R_r, R_z, R_n",
        "W_r, W_z, W_n, R_r, R_z, R_n, b_Rn",
        "PAR-1",
    ),
    ("an unknown name", changed(RNN(), V=np.zeros(H)), FIRST, "W, R, b", "W, R, b, V", "PAR-1"),
    (
        "parameters of another cell",
        lambda: Layer(cell=RNN(), parameters=(parameters_of(LSTM()),)),
        f"{FIRST}.W",
        "shape [H, I]",
        "nothing",
        "PAR-1",
    ),
]

SHAPES: list[Row] = [
    ("W of no rows", changed(RNN(), W=np.zeros((0, I))), f"{FIRST}.W", "shape [H, I]", "shape [0, 4]", "PAR-1"),
    ("W of no columns", changed(RNN(), W=np.zeros((H, 0))), f"{FIRST}.W", "shape [H, I]", "shape [5, 0]", "PAR-1"),
    ("W of rank 1", changed(RNN(), W=np.zeros(I)), f"{FIRST}.W", "shape [H, I]", "shape [4]", "PAR-1"),
    ("W of rank 3", changed(RNN(), W=np.zeros((H, I, 1))), f"{FIRST}.W", "shape [H, I]", "shape [5, 4, 1]", "PAR-1"),
    ("a scalar W", changed(RNN(), W=np.array(1.0)), f"{FIRST}.W", "shape [H, I]", "shape []", "PAR-1"),
    ("a transposed W_f", changed(LSTM(), W_f=np.zeros((I, H))), f"{FIRST}.W_f", "shape [5, 4]", "[4, 5]", "PAR-1"),
    ("a column for W_f", changed(LSTM(), W_f=np.zeros((H, 1))), f"{FIRST}.W_f", "shape [5, 4]", "[5, 1]", "PAR-1"),
    ("a row for R", changed(RNN(), R=np.zeros((1, H))), f"{FIRST}.R", "shape [5, 5]", "[1, 5]", "PAR-1"),
    ("a column for R", changed(RNN(), R=np.zeros((H, 1))), f"{FIRST}.R", "shape [5, 5]", "[5, 1]", "PAR-1"),
    ("R that reads x", changed(GRU(), R_n=np.zeros((H, I))), f"{FIRST}.R_n", "shape [5, 5]", "[5, 4]", "PAR-1"),
    ("a scalar R", changed(RNN(), R=np.array(1.0)), f"{FIRST}.R", "shape [5, 5]", "[]", "PAR-1"),
    ("a bias of size 1", changed(RNN(), b=np.zeros(1)), f"{FIRST}.b", "shape [5]", "[1]", "PAR-1"),
    ("a scalar bias", changed(RNN(), b=np.array(0.5)), f"{FIRST}.b", "shape [5]", "[]", "PAR-1"),
    ("a bias of rank 2", changed(RNN(), b=np.zeros((1, H))), f"{FIRST}.b", "shape [5]", "[1, 5]", "PAR-1"),
    ("b_Rn of size 1", changed(GRU(), b_Rn=np.zeros(1)), f"{FIRST}.b_Rn", "shape [5]", "[1]", "PAR-1"),
    (
        "a full peephole matrix",
        changed(LSTM(peephole="new"), p_o=np.zeros((H, H))),
        f"{FIRST}.p_o",
        "shape [5]",
        "[5, 5]",
        "PAR-1",
    ),
    (
        "a peephole of size 1",
        changed(LSTM(peephole="old"), p_f=np.zeros(1)),
        f"{FIRST}.p_f",
        "shape [5]",
        "[1]",
        "PAR-1",
    ),
    (
        "two directions of different sizes",
        layer(direction="bidirectional", parameters=(parameters_of(LSTM()), parameters_of(LSTM(), units=6))),
        "parameters[1].W_i",
        "shape [5, 4]",
        "[6, 4]",
        "PAR-1",
    ),
]

DTYPES: list[Row] = [
    (
        f"parameters of {dtype}",
        changed(GRU(), R_z=np.zeros((H, H)).astype(dtype)),
        f"{FIRST}.R_z",
        FLOATS,
        dtype,
        "PAR-1",
    )
    for dtype in ("float16", "float32", "longdouble", "complex64", "int64", "bool", "object", ">f8")
    if np.dtype(dtype) != np.float64  # what longdouble is on some machines
]
DTYPES = [(*row[:4], str(np.dtype(row[4])), row[5]) for row in DTYPES]

LAYERS: list[Row] = [
    ("a cell by name", layer(cell="LSTM"), "cell", "an LSTM, a GRU or an RNN", "'LSTM'", "PAR-1"),
    ("the class of a cell", layer(cell=LSTM), "cell", "an LSTM, a GRU or an RNN", repr(LSTM), "PAR-1"),
    ("no cell", layer(cell=None), "cell", "an LSTM, a GRU or an RNN", "None", "PAR-1"),
    (
        "an unknown direction",
        layer(direction="backward"),
        "direction",
        "one of 'forward', 'reverse', 'bidirectional'",
        "'backward'",
        "SEQ-5",
    ),
    (
        "a direction of 2",
        layer(direction=2),
        "direction",
        "one of 'forward', 'reverse', 'bidirectional'",
        "2",
        "SEQ-5",
    ),
    (
        "bare parameters",
        layer(parameters=parameters_of(LSTM())),
        "parameters",
        ONE_EACH,
        "Parameters",
        "SEQ-7",
    ),
    (
        "a list of parameters",
        layer(parameters=[parameters_of(LSTM())]),
        "parameters",
        ONE_EACH,
        "list",
        "SEQ-7",
    ),
    ("an empty tuple", layer(parameters=()), "parameters", ONE_EACH, "0", "SEQ-7"),
    (
        "two parameters for one direction",
        layer(parameters=(parameters_of(LSTM()),) * 2),
        "parameters",
        ONE_EACH,
        "2",
        "SEQ-7",
    ),
    (
        "one for two directions",
        layer(direction="bidirectional"),
        "parameters",
        ONE_EACH.replace("1", "2"),
        "1",
        "SEQ-7",
    ),
    ("a dict of parameters", layer(parameters=(dict(parameters_of(LSTM())),)), FIRST, "Parameters", "dict", "SEQ-7"),
    ("a state as parameters", layer(parameters=(State(h=np.zeros(1)),)), FIRST, "Parameters", "State", "SEQ-7"),
]


@rows(OPTIONS)
def test_a_wrong_option_is_refused(row: Row) -> None:
    refuse(row)


@rows(RECORDS)
def test_a_record_refuses_what_is_no_plain_array(row: Row) -> None:
    refuse(row)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_record_refuses_a_matrix() -> None:
    refuse(("a matrix", changed(RNN(), W=np.matrix(np.zeros((H, I)))), "W", PLAIN, kind(np.matrix), "PAR-1"))


@rows(NAMES)
def test_wrong_names_of_parameters_are_refused(row: Row) -> None:
    refuse(row)


@rows(SHAPES)
def test_a_wrong_shape_of_a_parameter_is_refused(row: Row) -> None:
    refuse(row)


@rows(DTYPES)
def test_a_wrong_dtype_of_a_parameter_is_refused(row: Row) -> None:
    refuse(row)


@rows(LAYERS)
def test_a_wrong_layer_is_refused(row: Row) -> None:
    refuse(row)


@pytest.mark.parametrize("cell", WITH_BIAS, ids=name_of)
def test_a_wrong_shape_of_any_parameter_is_refused(cell: Cell) -> None:
    """The first matrix defines the sizes; any other array that disagrees with it is named."""
    shapes = cell.parameter_shapes(I, H)
    for name in list(shapes)[1:]:
        with pytest.raises(ProblemError) as caught:
            changed(cell, **{name: np.zeros((*shapes[name][:-1], 1))})()
        assert caught.value.field == f"{FIRST}.{name}"


def test_an_error_survives_pickling_and_copying() -> None:
    error = ProblemError(field="x", wanted="shape [1]", came="[2]", rule="SEQ-1")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is ProblemError
        assert vars(other) == vars(error)
        assert str(other) == str(error) == "x: wanted shape [1], got [2] [SEQ-1]"


def test_an_error_is_a_value_error() -> None:
    assert issubclass(ProblemError, ValueError)
