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

FLOATS = "dtype float64 or complex128"
ONE_EACH = "a tuple of Parameters, one for each direction (1)"
FIRST = "parameters[0]"


def missing(cell: Cell, name: str) -> Row:
    return f"no {name}", lacking(cell, name), f"{FIRST}.{name}", "an array", "nothing", "PAR-1"


def unwanted(cell: Cell, name: str) -> Row:
    make = changed(cell, **{name: np.zeros(H)})
    return f"{name} in {cell}", make, f"{FIRST}.{name}", "no such array", "one of shape [5]", "PAR-1"


def other_names(cell: Cell, *names: str) -> Callable[[], Layer]:
    return lambda: Layer(cell=cell, parameters=(Parameters(**{name: np.zeros((H, I)) for name in names}),))


LAYOUT = "its layout is another, LAY-1 to LAY-3"
NAMES: list[Row] = [
    missing(LSTM(), "b_o"),
    missing(LSTM(), "W_i"),
    missing(LSTM(peephole="old"), "p_f"),
    missing(GRU(), "b_Rn"),
    unwanted(LSTM(bias=False), "b_i"),
    unwanted(LSTM(), "p_i"),
    unwanted(LSTM(peephole="new"), "p_g"),
    unwanted(GRU(reset="before"), "b_Rn"),
    unwanted(GRU(bias=False), "b_Rn"),
    unwanted(RNN(), "V"),
    (
        "two unknown names",
        changed(RNN(), V=np.zeros((H, I)), U=np.zeros(H)),
        f"{FIRST}.V",
        "no such array",
        "one of shape [5, 4], and U",
        "PAR-1",
    ),
    (
        "no parameters",
        layer(parameters=(Parameters(),)),
        f"{FIRST}.W_i",
        "an array",
        "nothing, nor W_f, nor W_g, nor W_o, ...",
        "PAR-1",
    ),
    (
        "a slip of the pen",
        lambda: Layer(cell=RNN(), parameters=(Parameters(W=np.zeros((H, I)), r=np.zeros((H, H)), b=np.zeros(H)),)),
        f"{FIRST}.R",
        "an array",
        "nothing, but r",
        "PAR-1",
    ),
    (
        "parameters of another cell",
        lambda: Layer(cell=RNN(), parameters=(parameters_of(LSTM()),)),
        f"{FIRST}.W",
        "an array",
        "nothing, nor R, nor b, but W_i, W_f, W_g, W_o, ...",
        "PAR-1",
    ),
    *(
        (
            f"names of {owner}",
            other_names(RNN(), *names),
            f"{FIRST}.W",
            "an array",
            f"nothing, nor R, nor b, but {', '.join(names)} (names of {owner}: {LAYOUT})",
            "PAR-1",
        )
        for owner, names in (
            ("PyTorch", ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")),
            ("Keras", ("kernel", "recurrent_kernel", "bias")),
            ("Flax", ("ii", "if", "ig", "io")),
        )
    ),
    (
        "names of ONNX",
        other_names(LSTM(), "W", "R", "B", "P"),
        f"{FIRST}.W_i",
        "an array",
        f"nothing, nor W_f, nor W_g, nor W_o, ..., but W, R, B, P (names of ONNX: {LAYOUT})",
        "PAR-1",
    ),
]


def transposed(cell: Cell, *names: str) -> Callable[[], Layer]:
    return changed(cell, **{name: np.zeros(cell.parameter_shapes(I, H)[name][::-1]) for name in names})


TURNED = "[4, 5] (transposed?)"
PROJECTED = LSTM(projection=3, bias=False)
W_NAMES = ("W_i", "W_f", "W_g", "W_o")
SHAPES: list[Row] = [
    ("W of no rows", changed(RNN(), W=np.zeros((0, I))), f"{FIRST}.W", "shape [5, I]", "[0, 4]", "PAR-1"),
    ("W of no columns", changed(RNN(), W=np.zeros((H, 0))), f"{FIRST}.W", "shape [5, I]", "[5, 0]", "PAR-1"),
    ("W of rank 1", changed(RNN(), W=np.zeros(I)), f"{FIRST}.W", "shape [5, I]", "[4]", "PAR-1"),
    ("W of rank 3", changed(RNN(), W=np.zeros((H, I, 1))), f"{FIRST}.W", "shape [5, I]", "[5, 4, 1]", "PAR-1"),
    ("a scalar W", changed(RNN(), W=np.array(1.0)), f"{FIRST}.W", "shape [5, I]", "[]", "PAR-1"),
    (
        "scalars alone",
        changed(RNN(bias=False), W=np.array(1.0), R=np.array(1.0)),
        f"{FIRST}.W",
        "shape [H, I]",
        "[]",
        "PAR-1",
    ),
    ("W_i of other units", changed(LSTM(), W_i=np.zeros((6, I))), f"{FIRST}.W_i", "shape [5, 4]", "[6, 4]", "PAR-1"),
    ("W of other units", changed(RNN(), W=np.zeros((6, I))), f"{FIRST}.W", "shape [5, I]", "[6, 4]", "PAR-1"),
    ("W_i of other inputs", changed(GRU(), W_r=np.zeros((H, 6))), f"{FIRST}.W_r", "shape [5, 4]", "[5, 6]", "PAR-1"),
    ("a transposed W", transposed(RNN(), "W"), f"{FIRST}.W", "shape [5, 4]", TURNED, "PAR-1"),
    ("a transposed W_i", transposed(LSTM(), "W_i"), f"{FIRST}.W_i", "shape [5, 4]", TURNED, "PAR-1"),
    ("a transposed W_f", transposed(LSTM(), "W_f"), f"{FIRST}.W_f", "shape [5, 4]", TURNED, "PAR-1"),
    ("all W transposed", transposed(LSTM(), *W_NAMES), f"{FIRST}.W_i", "shape [5, 4]", TURNED, "PAR-1"),
    ("all W transposed, no b", transposed(LSTM(bias=False), *W_NAMES), f"{FIRST}.W_i", "shape [5, 4]", TURNED, "PAR-1"),
    ("all W transposed, h projected", transposed(PROJECTED, *W_NAMES), f"{FIRST}.W_i", "shape [5, 4]", TURNED, "PAR-1"),
    (
        "R_f transposed, h projected",
        transposed(PROJECTED, "R_f"),
        f"{FIRST}.R_f",
        "shape [5, 3]",
        "[3, 5] (transposed?)",
        "PAR-1",
    ),
    ("P_h transposed", transposed(PROJECTED, "P_h"), f"{FIRST}.P_h", "shape [3, 5]", "[5, 3] (transposed?)", "PAR-1"),
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
    (
        "nothing but a reverse direction of other inputs",
        layer(direction="bidirectional", parameters=(parameters_of(LSTM()), parameters_of(LSTM(), inputs=6))),
        "parameters[1].W_i",
        "shape [5, 4]",
        "[5, 6]",
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
    """The odd one out is named, whichever it is; of a layer with one W, that W alone says how many inputs there are."""
    for name, shape in cell.parameter_shapes(I, H).items():
        for wrong in ((*shape[:-1], 1), (1, *shape[1:]), (*shape, 1), ()):
            if wrong == shape or (name, wrong) == ("W", (H, 1)):
                continue
            with pytest.raises(ProblemError) as caught:
                changed(cell, **{name: np.zeros(wrong)})()
            assert caught.value.field == f"{FIRST}.{name}"


@pytest.mark.parametrize("cell", WITH_BIAS, ids=name_of)
@pytest.mark.parametrize("letter", ["W", "P"])
def test_transposed_matrices_are_blamed_and_called_transposed(cell: Cell, letter: str) -> None:
    shapes = cell.parameter_shapes(I, H)
    names = [name for name, shape in shapes.items() if name.split("_")[0] == letter and shape != shape[::-1]]
    for wrong in (*([name] for name in names), names):
        if wrong:
            with pytest.raises(ProblemError, match=r"\(transposed\?\) \[PAR-1\]$") as caught:
                transposed(cell, *wrong)()
            assert caught.value.field == f"{FIRST}.{wrong[0]}"


@pytest.mark.parametrize("size", [0, -1, 1.5, "a", None, True])
@pytest.mark.parametrize("cell", [LSTM(projection=2), GRU(), RNN()], ids=name_of)
def test_a_size_that_is_no_integer_of_at_least_1_is_refused(cell: Cell, size: Any) -> None:
    wanted = "an integer of at least 1"
    refuse(("", lambda: cell.parameter_shapes(size, H), "I", wanted, repr(size), "PAR-1"))
    refuse(("", lambda: cell.parameter_shapes(I, size), "H", wanted, repr(size), "PAR-1"))


def test_an_error_survives_pickling_and_copying() -> None:
    error = ProblemError(field="x", wanted="shape [1]", came="[2]", rule="SEQ-1")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is ProblemError
        assert vars(other) == vars(error)
        assert str(other) == str(error) == "x: wanted shape [1], got [2] [SEQ-1]"


def test_an_error_is_a_value_error() -> None:
    assert issubclass(ProblemError, ValueError)
