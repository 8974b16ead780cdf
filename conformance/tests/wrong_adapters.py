"""Adapters that are wrong on purpose, as a third party would write them: each breaks one rule."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rnnspec import Outcome, Parameters, Problem
from rnnspec_adapters import NOT_RUN, Native, Unsupported
from rnnspec_adapters.reference import ReferenceAdapter


class SwappedGates(ReferenceAdapter):
    """Reads the packed gates of an LSTM as o f g i, and declares them as i f g o: LAY-1."""

    name: ClassVar[str] = "swapped-gates"

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        read = {name: tensor[[3, 1, 2, 0]] if len(tensor) == 4 else tensor for name, tensor in native.items()}
        return super().solve_native(problem, read)


class MergedBias(ReferenceAdapter):
    """Adds the recurrent bias of the GRU's candidate to the other one, outside the reset product: GRU-3."""

    name: ClassVar[str] = "merged-bias"

    def compute(self, problem: Problem) -> Outcome:
        layers = tuple(replace(layer, parameters=tuple(map(_merged, layer.parameters))) for layer in problem.layers)
        return super().compute(replace(problem, layers=layers))


def _merged(parameters: Parameters) -> Parameters:
    if "b_Rn" not in parameters:
        return parameters
    return parameters.replace(b_n=parameters.b_n + parameters.b_Rn, b_Rn=0 * parameters.b_Rn)


class PaddedState(ReferenceAdapter):
    """Returns the state after step T - 1, which a short sequence reaches through its padding: SEQ-3."""

    name: ClassVar[str] = "padded-state"

    def compute(self, problem: Problem) -> Outcome:
        padded = super().compute(replace(problem, lengths=None, cotangents=None))
        return replace(super().compute(problem), final=padded.final)


class Raising(ReferenceAdapter):
    """Raises where a sequence has one step."""

    name: ClassVar[str] = "raising"

    def compute(self, problem: Problem) -> Outcome:
        if len(problem.x) == 1:
            raise RuntimeError("this kernel wants two steps")
        return super().compute(problem)


class RefusingAll(ReferenceAdapter):
    """Supports nothing."""

    name: ClassVar[str] = "refusing-all"

    def supports(self, problem: Problem) -> Unsupported | None:
        return Unsupported(reason="nothing is implemented yet")


class WithoutDevice(ReferenceAdapter):
    """Would run on a device that this machine lacks."""

    name: ClassVar[str] = "without-device"

    def supports(self, problem: Problem) -> Unsupported | None:
        return Unsupported(reason=f"{NOT_RUN}wanted a CUDA device, got a machine without one")
