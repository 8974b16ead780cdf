"""What `rnnspec` shows of itself: its names, its help, and its objects on one line."""

from __future__ import annotations

import pydoc

import numpy as np
import pytest

import rnnspec
from rnnspec import GRU, LSTM, PRECISIONS, RNN, Activation, Cotangents, Layer, Parameters, Problem, Tangents, solve

CELL = LSTM(peephole="new", projection=3)
SHAPES = CELL.parameter_shapes(4, 5)
LAYER = Layer(
    cell=CELL, parameters=(Parameters.of_shapes(SHAPES), Parameters.of_shapes(SHAPES)), direction="bidirectional"
)
PROBLEM = Problem(
    layers=(LAYER,), x=np.zeros((7, 2, 4)), lengths=np.array([7, 3]), cotangents=Cotangents(y=np.zeros((7, 2, 6)))
)
LAYER_SHOWN = "Layer(cell=LSTM(peephole='new', projection=3), direction='bidirectional', I=4, H=5)"
PROBLEM_SHOWN = (
    f"Problem(layers=({LAYER_SHOWN},), x=float64[7, 2, 4], lengths=int64[2], cotangents=Cotangents(y=float64[7, 2, 6]))"
)
STATE_SHOWN = "State(h: float64[2, 3], c: float64[2, 5])"
OUTCOME_SHOWN = (
    f"Outcome(y=float64[7, 2, 6], final=(({STATE_SHOWN}, {STATE_SHOWN}),), gradients=Gradients("
    "x=float64[7, 2, 4], layers=((Parameters(W_i .. P_h), Parameters(W_i .. P_h)),)))"
)


def test_dir_shows_the_interface_and_nothing_else() -> None:
    assert dir(rnnspec) == sorted(["__version__", *rnnspec.__all__])
    assert all(hasattr(rnnspec, name) for name in dir(rnnspec))


@pytest.mark.parametrize("name", rnnspec.__all__)
def test_nothing_shows_itself_by_its_address(name: str) -> None:
    public = getattr(rnnspec, name)
    shown = repr(public) if not callable(public) else ""
    if getattr(public, "__module__", "").startswith("rnnspec"):  # an alias of NumPy's types has their help
        shown += pydoc.plain(pydoc.render_doc(public))
    assert " at 0x" not in shown


@pytest.mark.parametrize(
    "public, shown",
    [
        (LSTM(), "LSTM()"),
        (CELL, "LSTM(peephole='new', projection=3)"),
        (GRU(reset="before", bias=False), "GRU(reset='before', bias=False)"),
        (RNN(activation=Activation(name="elu")), "RNN(activation=Activation(name='elu', alpha=1.0))"),
        (LAYER, LAYER_SHOWN),
        (Cotangents(), "Cotangents()"),
        (
            PROBLEM,
            PROBLEM_SHOWN,
        ),
        (Tangents(x=np.zeros((7, 2, 4))), "Tangents(x=float64[7, 2, 4])"),
        (
            solve(PROBLEM),
            OUTCOME_SHOWN,
        ),
        (PRECISIONS["float64"], "Precision(name='float64', dtype=float64)"),
        (PRECISIONS["tf32"], "Precision(name='tf32', dtype=float32, operand=Rounding(bits=13))"),
        (
            PRECISIONS["bfloat16"],
            "Precision(name='bfloat16', dtype=float32, store=Rounding(bits=16), spacing=0.0078125)",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_public_object_shows_itself_on_one_line(public: object, shown: str) -> None:
    assert repr(public) == shown


@pytest.mark.parametrize("cell", [CELL, GRU(minimal=True), RNN(activation="relu", preactivation_clip=1.5)])
def test_a_cell_is_what_it_shows(cell: rnnspec.Cell) -> None:
    assert eval(repr(cell), vars(rnnspec)) == cell


def test_the_help_of_solve_names_the_precision() -> None:
    shown = pydoc.plain(pydoc.render_doc(solve))
    assert "precision: 'Precision' = Precision(name='float64', dtype=float64)" in shown
