"""Adapters that are wrong where no case of the catalogue looked: the kinds of mistakes that the stream is there for."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from rnnspec import LSTM, Array, Layer, Outcome, Parameters, Problem, State, solve
from rnnspec.records import map_arrays
from rnnspec_adapters import Unsupported
from rnnspec_adapters.reference import ReferenceAdapter


class Wrong(ReferenceAdapter):
    """The reference, some problems of which are changed, or the outcomes of some."""

    name: ClassVar[str] = "wrong"

    def solve(self, problem: Problem) -> Outcome:
        return self.changed(problem, solve(self.misread(problem), precision=self.precision))

    def misread(self, problem: Problem) -> Problem:
        """The problem as this implementation takes it."""
        return problem

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        """The outcome as this implementation gives it."""
        return outcome


def _with_y(outcome: Outcome, factor: float) -> Outcome:
    return replace(outcome, y=outcome.y * outcome.y.dtype.type(factor))


class ThreeBidirectionalLayers(Wrong):
    """The gradient of x is wrong below three bidirectional layers (apache/mxnet 17898)."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        three = sum(layer.directions == 2 for layer in problem.layers) >= 3
        if not three or outcome.gradients is None:
            return outcome
        return replace(outcome, gradients=replace(outcome.gradients, x=outcome.gradients.x[..., ::-1].copy()))


class ForwardHalf(Wrong):
    """Upper layers read the forward half only; lengths are refused (pytorch 89357)."""

    def supports(self, problem: Problem) -> Unsupported | None:
        return None if problem.lengths is None else Unsupported(reason="the kernel has no lengths")

    def misread(self, problem: Problem) -> Problem:
        below: Layer | None = None
        layers = []
        for layer in problem.layers:
            halved = below is not None and below.directions == 2 and below.merge == "concat"
            layers.append(replace(layer, parameters=tuple(map(_halved, layer.parameters))) if halved else layer)
            below = layer
        return replace(problem, layers=tuple(layers))


def _halved(parameters: Parameters) -> Parameters:
    def half(array: Array) -> Array:
        array = array.copy()
        array[:, array.shape[1] // 2 :] = 0
        return array

    return parameters.replace(**{name: half(array) for name, array in parameters.items() if name.startswith("W")})


class StaleWeights(Wrong):
    """Weights are packed once for each array, and an array that was changed in place is not packed again."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.packed: dict[int, tuple[Array, Array]] = {}

    def misread(self, problem: Problem) -> Problem:
        def pack(array: Array) -> Array:
            if id(array) not in self.packed:
                self.packed[id(array)] = array, array.copy()
            return self.packed[id(array)][1]

        layers = tuple(
            replace(layer, parameters=tuple(parameters.map(pack) for parameters in layer.parameters))
            for layer in problem.layers
        )
        return replace(problem, layers=layers)


class StampOfHeads(StaleWeights):
    """Weights are packed again where the first number of an array is another one."""

    def misread(self, problem: Problem) -> Problem:
        parameters = (record for layer in problem.layers for record in layer.parameters)
        for array in (array for record in parameters for array in record.values()):
            if id(array) in self.packed and array.flat[0] != self.packed[id(array)][1].flat[0]:
                del self.packed[id(array)]
        return super().misread(problem)


class ManySequences(Wrong):
    """Wrong beyond a hundred sequences (pytorch 177834)."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        if problem.x.shape[1] <= 100:
            return outcome
        y = outcome.y.copy()
        y[:, 100:] = y[:, :1]
        return replace(outcome, y=y)


class WideTiles(Wrong):
    """The outputs are off by a hundredth where a tile of 32 sequences ends."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        return _with_y(outcome, 1.01) if problem.x.shape[1] >= 33 else outcome


class LargeLayers(Wrong):
    """The outputs are off by a hundredth where a layer has 256 units or more."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        return _with_y(outcome, 1.01) if max(layer.hidden_size for layer in problem.layers) >= 256 else outcome


class EmptyAmongFull(Wrong):
    """An empty sequence among full ones is an error (tensorflow 36139)."""

    def misread(self, problem: Problem) -> Problem:
        if problem.lengths is not None and set(problem.lengths.tolist()) == {0, len(problem.x)}:
            raise RuntimeError("a mask of no steps is not right-padded")
        return problem


class FullLengths(Wrong):
    """The packed path is wrong where all lengths are T (pytorch 95118)."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        full = problem.lengths is not None and (problem.lengths == len(problem.x)).all()
        return replace(outcome, y=np.roll(outcome.y, 1, axis=1)) if full else outcome


class DefaultStates(Wrong):
    """Without initial states, every direction after the first starts from ones."""

    def misread(self, problem: Problem) -> Problem:
        if problem.initial is not None:
            return problem
        B = problem.x.shape[1]
        initial = tuple(
            tuple(
                State(
                    **{
                        name: np.full((B, size), float(k + d > 0))
                        for name, size in layer.cell.state_sizes(layer.hidden_size).items()
                    }
                )
                for d in range(layer.directions)
            )
            for k, layer in enumerate(problem.layers)
        )
        return replace(problem, initial=initial)

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        if outcome.gradients is None or problem.initial is not None:
            return outcome
        return replace(outcome, gradients=replace(outcome.gradients, initial=None))


class Strides(Wrong):
    """Initial states are read as if their elements lay one behind the other (pytorch 345)."""

    def misread(self, problem: Problem) -> Problem:
        if problem.initial is None:
            return problem
        return replace(problem, initial=map_arrays(problem.initial, _from_memory))


class ParameterStrides(Wrong):
    """Matrices are read as if they were in C order, whatever order they are in."""

    def misread(self, problem: Problem) -> Problem:
        layers = tuple(
            replace(layer, parameters=tuple(parameters.map(_from_memory) for parameters in layer.parameters))
            for layer in problem.layers
        )
        return replace(problem, layers=layers)


def _from_memory(array: Array) -> Array:
    """The elements from the first one on, as they lie in memory."""
    base = array.base if isinstance(array.base, np.ndarray) else array
    flat = np.asarray(base).ravel(order="K")
    return np.nan_to_num(np.resize(flat, array.shape))


class LengthsInOrder(Wrong):
    """Lengths are read one after the other from the first one on, whatever lies between them."""

    def misread(self, problem: Problem) -> Problem:
        if problem.lengths is None:
            return problem
        lengths = _from_memory(problem.lengths).astype(np.int64)
        return replace(problem, lengths=np.minimum(lengths, len(problem.x)))


class NarrowLengths(Wrong):
    """Lengths of a type other than int64 are read as bytes."""

    def misread(self, problem: Problem) -> Problem:
        if problem.lengths is None or problem.lengths.dtype.itemsize == 8:
            return problem
        lengths = np.resize(problem.lengths.view(np.uint8), problem.lengths.shape).astype(np.int64)
        return replace(problem, lengths=np.minimum(lengths // 2, len(problem.x)))


class MixedDirections(Wrong):
    """A forward layer above a bidirectional one is read in reverse."""

    def misread(self, problem: Problem) -> Problem:
        pairs = zip((None, *problem.layers), problem.layers, strict=False)
        layers = tuple(
            replace(layer, direction="reverse")
            if below is not None and below.directions == 2 and layer.direction == "forward"
            else layer
            for below, layer in pairs
        )
        return replace(problem, layers=layers)


class AfterAnError(Wrong):
    """After an error, the next outputs are those of a half-filled buffer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failed = False

    def solve(self, problem: Problem) -> Outcome:
        failed, self.failed = self.failed, True
        outcome = super().solve(problem)
        self.failed = False
        return _with_y(outcome, 0.5) if failed else outcome


class SpoiledNeighbour(Wrong):
    """Sequences are multiplied by their masks, so that NaN of one reaches the others' sums."""

    def changed(self, problem: Problem, outcome: Outcome) -> Outcome:
        poison = problem.x[-1, -1].sum() * 0
        return replace(outcome, y=outcome.y + outcome.y.dtype.type(poison))


class ForwardOnly(Wrong):
    """Right, and little: one forward LSTM, without lengths and gradients."""

    def supports(self, problem: Problem) -> Unsupported | None:
        if len(problem.layers) > 1 or problem.layers[0].direction != "forward":
            return Unsupported(reason="the kernel has one layer, forward")
        if problem.layers[0].cell != LSTM():
            return Unsupported(reason="the kernel has the plain LSTM")
        if problem.lengths is not None or problem.cotangents is not None:
            return Unsupported(reason="the kernel has no lengths and no gradients")
        return None


class RefusesAll(Wrong):
    """Supports nothing."""

    def supports(self, problem: Problem) -> Unsupported | None:
        return Unsupported(reason="nothing is implemented yet")


class Crashing(Wrong):
    """Ends its process where there are lengths."""

    def misread(self, problem: Problem) -> Problem:
        if problem.lengths is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return problem
