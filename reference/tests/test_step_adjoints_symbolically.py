"""The adjoint of one step of every variant is what SymPy derives from the equations of the text.

The derivatives are taken symbolically and evaluated with 30 digits at a few rational points.
"""

from __future__ import annotations

from typing import Any

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

from .random_problems import name_of
from .reading import plain_options
from .symbolic_steps import STEPS, Clips

SQUASH = Activation(name="scaled_tanh", alpha=1.7, beta=0.6)
LINE = Activation(name="affine", alpha=0.6, beta=-0.3)

CELLS: tuple[Cell, ...] = (
    LSTM(),
    LSTM(bias=False),
    LSTM(peephole="new"),
    LSTM(peephole="old"),
    LSTM(peephole="new", input_gate=False),
    LSTM(peephole="old", forget_gate=False),
    LSTM(peephole="new", output_gate=False),
    LSTM(input_gate=False, forget_gate=False, output_gate=False),
    LSTM(peephole="new", coupling="forget"),
    LSTM(peephole="old", coupling="input"),
    LSTM(relevance_gate=True),
    LSTM(relevance_gate=True, peephole="new", coupling="input"),
    LSTM(gate_recurrence=True),
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
    GRU(bias=False),
    GRU(reset="before", bias=False),
    GRU(gate_activation=LINE, candidate_activation=SQUASH),
    GRU(reset="before", gate_activation="tanh", candidate_activation="softplus"),
    *(
        GRU(reset=reset, minimal=minimal, preactivation_clip=0.75, clip_derivative=derivative)
        for reset in ("after", "before")
        for minimal in (False, True)
        for derivative in ("true", "straight-through")
    ),
    RNN(),
    RNN(bias=False),
    RNN(activation="softplus"),
    RNN(activation=SQUASH),
    RNN(preactivation_clip=0.5),
    RNN(preactivation_clip=0.5, clip_derivative="straight-through"),
)
POINTS = 4
RELATIVE = 1e-13
"""Of the largest of all derivatives of a step: a single one may be what two large terms leave of each other."""


def rational(shape: tuple[int, ...], seed: int) -> list[sp.Rational]:
    """Different numbers of both signs, none larger than 1: odd multiples of a 64th, which floats hold exactly."""
    rng = np.random.default_rng(seed)
    return [sp.Rational(int(k), 64) for k in 2 * rng.permutation(64)[: int(np.prod(shape))] - 63]


def symbols(name: str, shape: tuple[int, ...]) -> Any:
    """A matrix, or a column, of symbols. That they are real spares SymPy much thought."""
    rows, columns = shape if len(shape) == 2 else (*shape, 1)
    return sp.Matrix(rows, columns, lambda j, k: sp.Symbol(f"{name}_{j}{k}", real=True))


class Step:
    """One step of a cell with `I` inputs and `H` units: its symbols, and every derivative of L as an expression."""

    def __init__(self, cell: Cell, I: int, H: int) -> None:
        self.cell = cell
        self.shapes: dict[str, tuple[int, ...]] = {"x": (I,)}
        self.shapes |= {name: (size,) for name, size in cell.state_sizes(H).items()}
        self.shapes |= cell.parameter_shapes(I, H)
        self.symbols = {name: symbols(name, shape) for name, shape in self.shapes.items()}
        options = plain_options(cell)
        plain = {name: value[0] if isinstance(value, tuple) else value for name, value in options.items()}
        self.clips = Clips(bounds=options)
        self.beyond: set[bool] = set()
        y, state = STEPS[type(cell).__name__](plain, self.symbols, self.clips)
        self.outputs = {"y": y, **state}
        self.weights = {name: symbols(f"d_{name}", (len(column),)) for name, column in self.outputs.items()}
        L = sum(weight.dot(self.outputs[name]) for name, weight in self.weights.items())
        entries = [symbol for matrix in self.symbols.values() for symbol in matrix]
        unknown = [*entries, *(s for weight in self.weights.values() for s in weight)]
        unknown += [symbol for _, shift, slope, _ in self.clips.clipped for symbol in (shift, slope)]
        self.derivatives = sp.lambdify(unknown, [sp.diff(L, entry) for entry in entries], "mpmath", cse=True)
        self.clipped = sp.lambdify(unknown, [a for a, *_ in self.clips.clipped], "mpmath", cse=True)

    def gradients(self, values: dict[str, list[sp.Rational]]) -> dict[str, Array]:
        """Every derivative of L at these values, with 30 digits, rounded once."""
        with mpmath.workdps(30):
            numbers = [mpmath.mpf(v.p) / v.q for name in (*self.symbols, *self._weight_names()) for v in values[name]]
            results = iter(self.derivatives(*numbers, *self._shifts_and_slopes(numbers)))
            return {
                name: np.array([float(next(results)) for _ in range(int(np.prod(shape)))]).reshape(shape)
                for name, shape in self.shapes.items()
            }

    def _weight_names(self) -> list[str]:
        return [f"d_{name}" for name in self.weights]

    def _shifts_and_slopes(self, numbers: list[Any]) -> list[Any]:
        """What makes ``slope a + shift`` the clipped a, with the slope that the cell asks for; later see earlier."""
        straight = self.cell.clip_derivative == "straight-through"
        found: list[Any] = [mpmath.mpf(0), mpmath.mpf(1)] * len(self.clips.clipped)
        for k, (_, _, _, bound) in enumerate(self.clips.clipped):
            a = self.clipped(*numbers, *found)[k]
            self.beyond.add(bool(abs(a) > bound))
            value = min(max(a, -mpmath.mpf(bound)), mpmath.mpf(bound))
            slope = mpmath.mpf(1 if straight or abs(a) <= bound else 0)
            found[2 * k : 2 * k + 2] = [value - slope * a, slope]
        return found


def one_step(step: Step, values: dict[str, list[sp.Rational]]) -> dict[str, Array]:
    """The gradients of one step by the reference, under the names of the symbols."""
    cell = step.cell

    def array(name: str, shape: tuple[int, ...]) -> Array:
        return np.array([float(v) for v in values[name]]).reshape(shape)

    def state(prefix: str) -> State:
        return State(**{name: array(f"{prefix}{name}", (1, len(values[f"{prefix}{name}"]))) for name in cell.states})

    parameters = Parameters(**{name: array(name, step.shapes[name]) for name in cell.parameter_axes})
    problem = Problem(
        layers=(Layer(cell=cell, parameters=(parameters,)),),
        x=array("x", (1, 1, *step.shapes["x"])),
        initial=((state(""),),),
        cotangents=Cotangents(y=array("d_y", (1, 1, len(values["d_y"]))), final=((state("d_"),),)),
    )
    found = {name.split(".")[-1]: a for name, a in named_arrays(solve(problem)).items() if name.startswith("gradients")}
    return {name: found[name].reshape(shape) for name, shape in step.shapes.items()}


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("cell", CELLS, ids=name_of)
def test_the_adjoint_of_a_step_is_the_derivative_of_its_equations(cell: Cell, units: int) -> None:
    step = Step(cell, I=3 - units, H=units)
    seen = set()
    for point in range(POINTS):
        values = {name: rational(shape, 200 * point + 7 + k) for k, (name, shape) in enumerate(step.shapes.items())}
        values |= {
            f"d_{name}": rational((len(column),), 200 * point + 107 + k)
            for k, (name, column) in enumerate(step.outputs.items())
        }
        expected = step.gradients(values)
        largest = max(np.abs(array).max() for array in expected.values())
        for name, array in one_step(step, values).items():
            assert np.abs(array - expected[name]).max() <= RELATIVE * largest, name
        seen |= {name for name, array in expected.items() if array.any()}
    assert seen == set(step.shapes), "a gradient that is zero at every point shows nothing"
    assert step.beyond == ({True, False} if step.clips.clipped else set()), "a clip is active at some points only"
