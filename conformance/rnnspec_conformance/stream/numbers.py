"""The numbers of a draw: from a seed, apart from its structure, and exact in the precision of the run (NUM-2).

Each array has a generator of its own, seeded by its name. So a structure that is made smaller keeps the numbers of what
is left of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnspec import Array, Cotangents, Layer, Parameters, Precision, Problem, State, States
from rnnspec.records import map_arrays
from rnnspec_conformance.stream.structure import Memory, Structure

NOT_FINITE = {"nan": (np.nan,), "infinity": (np.inf, -np.inf)}
POISONS = (np.nan, np.inf, -np.inf)

BIASED = 12.0
"""How much larger the biases of a draw with ``large biases`` are."""

LARGE = 30.0
"""How much larger the inputs of a draw with ``large`` values are. They saturate gates, and fit in float16."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Where the numbers of a problem come from.

    Attributes
    ----------
    seed
        Of all of them.
    precision
        In which they are exact.
    quiet
        What weights are divided by: some cells have no bounds, and grow beyond what can be compared.
    """

    seed: int
    precision: Precision
    quiet: float = 1.0

    def problem(self, structure: Structure) -> Problem:
        """The problem of a structure."""
        parameters = self._layers(structure)
        features = structure.layers[-1].features
        shape: tuple[int, ...] = (features,)
        if structure.layers[-1].merge == "none":
            shape = (2, features)
        given = structure.cotangents
        x = self._input(structure)
        cotangents = None
        if given != "none":
            y = None if given == "final" else self._draw("cotangents.y", (structure.T, structure.B, *shape))
            final = None if given == "y" else self._states("cotangents.final", structure)
            if given == "some":
                assert y is not None
                y[:, :: 2 if structure.B > 1 else 1][: structure.T // 2] = 0.0
                final = None if final is None else _some(final)
            cotangents = Cotangents(y=y, final=final)
        problem = Problem(
            layers=parameters,
            x=x,
            initial=self._initial(structure) if structure.initial else None,
            lengths=None if structure.lengths is None else np.array(structure.lengths, dtype=structure.lengths_type),
            cotangents=cotangents,
            padded_outputs=structure.padded_outputs,
        )
        return with_poison(structure, with_padding(structure, problem))

    def _layers(self, structure: Structure) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        size, is_tied = structure.I, structure.values == "tied"
        for k, draft in enumerate(structure.layers):
            parameters = tuple(
                Parameters(
                    **{
                        name: self._weights(structure, f"layers{'' if is_tied else f'[{k}][{d}]'}.{name}", shape)
                        for name, shape in draft.cell.parameter_shapes(size, draft.H).items()
                    }
                )
                for d in range(draft.directions)
            )
            layers.append(
                Layer(
                    cell=draft.cell,
                    parameters=parameters,
                    direction=draft.direction,
                    merge=draft.merge,
                    reverse_outputs=draft.reverse_outputs,
                )
            )
            size = draft.features
        return tuple(layers)

    def _weights(self, structure: Structure, name: str, shape: tuple[int, ...]) -> Array:
        """Matrices are the smaller the more they sum; saturating ones are four times as large."""
        fan_in = shape[1] if len(shape) == 2 else 1
        scale = 0.9 * min(1.0, 2.0 / np.sqrt(fan_in)) / self.quiet
        if structure.values == "saturating":
            scale *= 4
        if structure.values == "large biases" and name.rpartition(".")[2].startswith("b"):
            scale *= BIASED
        return self._draw(name, shape, scale)

    def _input(self, structure: Structure) -> Array:
        x = self._draw("x", (structure.T, structure.B, structure.I), 1.5)
        if structure.values == "large":
            x = self.precision.nearest(x * LARGE).astype(np.float64)
        if structure.values == "zero rows":
            rng = self._generator("zeros")
            x[rng.uniform(size=x.shape[:2]) < 0.4] = 0.0
        return x

    def _initial(self, structure: Structure) -> States:
        states = self._states("initial", structure)
        if structure.values != "zero states":
            return states
        rng = self._generator("zeros")
        letter = ("h", "c", "hc")[rng.integers(3)]
        some = rng.uniform(size=structure.B) < (1.0, 0.5)[rng.integers(2)]
        some[rng.integers(structure.B)] = True  # all sequences, or some of them

        def zeros(state: State) -> State:
            changed = {name: array.copy() for name, array in state.items() if name in letter or len(state) == 1}
            for array in changed.values():
                array[some] = 0.0
            return state.replace(**changed)

        return tuple(tuple(map(zeros, layer)) for layer in states)

    def _states(self, name: str, structure: Structure) -> States:
        return tuple(
            tuple(
                State(
                    **{
                        letter: self._draw(f"{name}[{k}][{d}].{letter}", (structure.B, size), 1.0)
                        for letter, size in draft.cell.state_sizes(draft.H).items()
                    }
                )
                for d in range(draft.directions)
            )
            for k, draft in enumerate(structure.layers)
        )

    def _generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng((self.seed, zlib.crc32(name.encode())))

    def _draw(self, name: str, shape: tuple[int, ...], scale: float = 1.0) -> Array:
        """Uniform with a gap around zero, so that nothing is too small to be seen."""
        rng = self._generator(name)
        values = rng.uniform(0.15, 1.0, size=shape) * (2 * rng.integers(0, 2, size=shape) - 1) * scale
        return self.precision.nearest(values).astype(np.float64)


def _some(states: States) -> States:
    """Zeros in the first array of every other layer, and in every other sequence of the last."""

    def changed(k: int, state: State) -> State:
        name = next(iter(state)) if k % 2 == 0 else list(state)[-1]
        array = state[name].copy()
        array[:: 1 if k % 2 == 0 else 2] = 0.0
        return state.replace(**{name: array})

    return tuple(tuple(changed(k + d, state) for d, state in enumerate(layer)) for k, layer in enumerate(states))


def with_padding(structure: Structure, problem: Problem) -> Problem:
    """`problem` with what is not finite in the padding of the input and, where it counts for nothing, of cotangents."""
    if structure.padding == "finite" or problem.lengths is None:
        return problem
    padded = np.arange(structure.T)[:, None] >= problem.lengths.astype(np.int64)
    filling = np.array(NOT_FINITE[structure.padding])

    def filled(array: Array) -> Array:
        array = array.copy()
        array[padded] = np.resize(filling, array[padded].shape)
        return array

    cotangents = problem.cotangents
    if cotangents is not None and cotangents.y is not None and structure.padded_outputs == "zero":
        cotangents = replace(cotangents, y=filled(cotangents.y))  # GRAD-11
    return replace(problem, x=filled(problem.x), cotangents=cotangents)


def with_poison(structure: Structure, problem: Problem) -> Problem:
    """`problem` with NaN and infinities in the input or the initial states of one sequence."""
    if structure.poison == "none":
        return problem
    k = structure.B - 1

    def poisoned(array: Array) -> Array:
        array = array.copy()
        array[k] = np.resize(POISONS, array[k].shape)
        return array

    if structure.poison == "state":
        assert problem.initial is not None
        return replace(problem, initial=map_arrays(problem.initial, poisoned))
    x = problem.x.copy()
    x[:, k] = np.resize(POISONS, x[:, k].shape)
    return replace(problem, x=x)


def laid_out(problem: Problem, memory: Memory, known: dict[tuple[Any, ...], Array] | None = None) -> Problem:
    """`problem` with the same numbers in other places of memory.

    Parameters
    ----------
    known
        Arrays that are there already, by their type, shape and numbers: such an array is used again, and those that
        are new are added.
    """

    def placed(array: Array) -> Array:
        if known is None:
            return LAYOUTS[memory](array)
        key = (array.dtype, array.shape, array.tobytes())
        if key not in known:
            known[key] = LAYOUTS[memory](array)
        return known[key]

    lengths = None if problem.lengths is None else placed(problem.lengths)
    return replace(problem.map(placed), lengths=lengths)


def _filled(shape: tuple[int, ...], array: Array) -> Array:
    """An array of the type of `array` that is full of NaN, or of ones where it is of integers: who reads it is seen."""
    return np.full(shape, np.nan if array.dtype.kind == "f" else 1, dtype=array.dtype)


def _with_gaps(array: Array) -> Array:
    """Every other element of a larger array."""
    larger = _filled(tuple(2 * size for size in array.shape), array)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def _window(array: Array) -> Array:
    """Contiguous, behind other numbers of a larger array, and before others."""
    larger = _filled((array.size + 6,), array)
    view = larger[3:-3].reshape(array.shape)
    view[...] = array
    return view


def _reversed(array: Array) -> Array:
    """Stored from the last element to the first."""
    backwards = tuple(slice(None, None, -1) for _ in array.shape)
    return array[backwards].copy()[backwards]


def _read_only(array: Array) -> Array:
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array


LAYOUTS: dict[Memory, Callable[[Array], Array]] = {
    "plain": np.ascontiguousarray,
    "gaps": _with_gaps,
    "window": _window,
    "reversed": _reversed,
    "fortran": np.asfortranarray,
    "read-only": _read_only,
}
"""By the name of the memory order: the same numbers in it."""


def not_finite(problem: Problem) -> tuple[int, ...]:
    """The sequences that hold what is not finite in valid steps or in their initial states."""
    T, B, _ = problem.x.shape
    lengths = np.full(B, T) if problem.lengths is None else problem.lengths.astype(np.int64)
    valid = np.arange(T)[:, None] < lengths
    bad = (~np.isfinite(problem.x).all(axis=2) & valid).any(axis=0)
    for states in problem.initial or ():
        for state in states:
            for array in state.values():
                bad |= ~np.isfinite(array).all(axis=1)
    return tuple(np.flatnonzero(bad).tolist())
