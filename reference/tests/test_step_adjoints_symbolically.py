"""The adjoint of one step of every variant is what SymPy derives from the equations of the text.

The derivatives are taken symbolically and evaluated with 30 digits at a few rational points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import mpmath
import numpy as np
import pytest
import sympy as sp  # type: ignore[import-untyped]  # it publishes no types

from rnnspec import (
    GRU,
    LSTM,
    RNN,
    Activation,
    Array,
    Cell,
    Cotangents,
    Layer,
    Parameters,
    Problem,
    State,
    named_arrays,
    solve,
)
from rnnspec_workshop.independent_reading import read
from rnnspec_workshop.independent_reading.digits import Digits
from rnnspec_workshop.independent_reading.symbols import Symbols

from .all_variants import chosen, clips, one_by_one
from .independent import plain_cell
from .random_problems import name_of

SQUASH = Activation(name="scaled_tanh", alpha=1.7, beta=0.6)
LINE = Activation(name="affine", alpha=0.6, beta=-0.3)

BESIDE_EACH_OTHER: tuple[Cell, ...] = (
    LSTM(peephole="new", input_gate=False),
    LSTM(peephole="old", forget_gate=False),
    LSTM(peephole="new", output_gate=False),
    LSTM(input_gate=False, forget_gate=False, output_gate=False),
    LSTM(peephole="new", coupling="forget"),
    LSTM(peephole="old", coupling="input"),
    LSTM(relevance_gate=True, peephole="new", coupling="input"),
    LSTM(gate_recurrence=True, peephole="new", bias=False),
    LSTM(gate_activation=LINE, candidate_activation="softsign", output_activation="identity"),
    LSTM(gate_activation="tanh", candidate_activation=SQUASH, output_activation="softplus"),
    LSTM(projection=1),
    LSTM(projection=3, projection_bias=True),
    LSTM(projection=2, output_projection=1),
    LSTM(projection=1, output_projection=2, projection_bias=True, peephole="new", coupling="forget"),
    LSTM(projection=1, gate_recurrence=True, bias=False),
    *(
        LSTM(peephole=peephole, cell_clip=0.5, preactivation_clip=1.0, clip_derivative=derivative)
        for peephole in ("new", "old")
        for derivative in ("true", "straight-through")
    ),
    *(
        LSTM(projection=3, output_projection=2, projection_bias=True, projection_clip=0.25, clip_derivative=derivative)
        for derivative in ("true", "straight-through")
    ),
    LSTM(coupling="input", relevance_gate=True, preactivation_clip=0.5, clip_derivative="straight-through"),
    *(
        GRU(reset=reset, update=update, minimal=minimal)
        for reset in ("after", "before", "none")
        for update in ("keep", "take")
        for minimal in (False, True)
        if not (minimal and reset == "none")
    ),
    GRU(reset="before", bias=False),
    GRU(gate_activation=LINE, candidate_activation=SQUASH),
    GRU(reset="before", gate_activation="tanh", candidate_activation="softplus"),
    *(
        GRU(reset=reset, minimal=minimal, preactivation_clip=0.75, clip_derivative=derivative)
        for reset in ("after", "before")
        for minimal in (False, True)
        for derivative in ("true", "straight-through")
    ),
    RNN(activation="softplus"),
    RNN(activation=SQUASH),
    RNN(preactivation_clip=0.5),
    RNN(preactivation_clip=0.5, clip_derivative="straight-through"),
)
ALONE = tuple(cell for kind in get_args(Cell) for cell in one_by_one(kind, ({}, *chosen(kind))))
CELLS: tuple[Cell, ...] = tuple(dict.fromkeys((*ALONE, *BESIDE_EACH_OTHER)))
POINTS = 4
RELATIVE = 1e-13
"""Of the largest of all derivatives of a step: a single one may be what two large terms leave of each other."""


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Different numbers of both signs, none larger than 1: odd multiples of a 64th, which floats hold exactly."""
    rng = np.random.default_rng(seed)
    return (2.0 * rng.permutation(64)[: int(np.prod(shape))] - 63).reshape(shape) / 64


def symbols(name: str, shape: tuple[int, ...]) -> Any:
    """An array of symbols. That they are real spares SymPy much thought."""
    names = [f"{name}_{k}" for k in range(int(np.prod(shape)))]
    return np.array([sp.Symbol(name, real=True) for name in names]).reshape(shape)


def plain_step(cell: Cell, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """A problem of one step and one sequence, as the independent reading sees it."""
    layer = {"cell": plain_cell(cell), "direction": "forward", "merge": "concat", "reverse_outputs": "time"}
    state = {name: [arrays[name].tolist()] for name in cell.states}
    return {
        "layers": [layer | {"parameters": [{name: arrays[name].tolist() for name in cell.parameter_axes}]}],
        "x": [[arrays["x"].tolist()]],
        "initial": [[state]],
        "lengths": None,
        "padded_outputs": "zero",
    }


class Step:
    """One step of a cell with `I` inputs and `H` units: its arrays, and every derivative of L as an expression."""

    def __init__(self, cell: Cell, I: int, H: int) -> None:
        self.cell = cell
        sizes = {name: (size,) for name, size in cell.state_sizes(H).items()}
        self.shapes: dict[str, tuple[int, ...]] = {"x": (I,), **sizes, **cell.parameter_shapes(I, H)}
        inputs = {name: symbols(name, shape) for name, shape in self.shapes.items()}
        decided = Symbols()
        found = read(plain_step(cell, inputs), decided)
        outputs = {"d_y": found["y"][0][0]} | {f"d_{name}": rows[0] for name, rows in found["final"][0][0].items()}
        self.asked = {name: (len(output),) for name, output in outputs.items()}
        cotangents = {name: symbols(name, shape) for name, shape in self.asked.items()}
        L = sum((cotangents[name] * outputs[name]).sum() for name in outputs)
        unknown = [symbol for array in (inputs | cotangents).values() for symbol in array.flat]
        gradients = [sp.diff(L, symbol) for array in inputs.values() for symbol in array.flat]
        self.derivatives = sp.lambdify([*unknown, *decided.sides, *decided.added], gradients, "mpmath", cse=True)
        self.sides: list[bool] = []

    def gradients(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Every derivative of L at these values, with 30 digits, rounded once."""
        digits = Digits()
        with mpmath.workdps(30):
            exact = {name: np.vectorize(mpmath.mpf, otypes=[object])(array) for name, array in values.items()}
            read(plain_step(self.cell, exact), digits)
            numbers = [number for array in exact.values() for number in array.flat]
            found = self.derivatives(*numbers, *digits.sides, *digits.added)
            rounded = iter([float(number) for number in found])
        self.sides += digits.sides
        return {
            name: np.array([next(rounded) for _ in range(int(np.prod(shape)))]).reshape(shape)
            for name, shape in self.shapes.items()
        }


def one_step(cell: Cell, values: Mapping[str, Array]) -> dict[str, Array]:
    """The gradients of one step by the reference, under the names of the inputs."""

    def state(prefix: str) -> State:
        return State(**{name: values[f"{prefix}{name}"][None] for name in cell.states})

    parameters = Parameters(**{name: values[name] for name in cell.parameter_axes})
    problem = Problem(
        layers=(Layer(cell=cell, parameters=(parameters,)),),
        x=values["x"][None, None],
        initial=((state(""),),),
        cotangents=Cotangents(y=values["d_y"][None, None], final=((state("d_"),),)),
    )
    found = {name.split(".")[-1]: a for name, a in named_arrays(solve(problem)).items() if name.startswith("gradients")}
    return {name: array.reshape(values[name].shape) for name, array in found.items()}


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_the_adjoint_of_a_step_is_the_derivative_of_its_equations(cell: Cell, units: int) -> None:
    step = Step(cell, I=3 - units, H=units)
    seen = set()
    for point in range(POINTS):
        values = {name: numbers(shape, 200 * point + 7 + k) for k, (name, shape) in enumerate(step.shapes.items())}
        values |= {name: numbers(shape, 200 * point + 107 + k) for k, (name, shape) in enumerate(step.asked.items())}
        expected = step.gradients(values)
        actual = one_step(cell, values)
        assert list(actual) == list(expected)
        largest = max(np.abs(array).max() for array in expected.values())
        for name, array in actual.items():
            assert np.abs(array - expected[name]).max() <= RELATIVE * largest, name
        seen |= {name for name, array in expected.items() if array.any()}
    assert seen == set(step.shapes), "a gradient that is zero at every point shows nothing"
    if clips(cell):  # it compares with either bound
        assert 0 < step.sides.count(True) < len(step.sides) / 2, "a clip is active at some points only"
