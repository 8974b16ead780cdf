"""Adapters of ONNX Runtime that are wrong on purpose: each breaks one rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from rnnspec import GRU, LSTM, Outcome, Problem
from rnnspec_adapters import Native
from rnnspec_adapters.layout import Block, Layout
from rnnspec_adapters.onnx.runtime import OnnxRuntimeAdapter
from rnnspec_adapters.plan import LayerPlan


class SwappedGates(OnnxRuntimeAdapter):
    """Takes ``W[iofc]`` for i f c o, as it stands in other frameworks: LAY-1."""

    name: ClassVar[str] = "onnx-swapped-gates"

    def layout_of(self, layer: LayerPlan) -> Layout:
        own = super().layout_of(layer)
        if not isinstance(layer.cell, LSTM) or not layer.cell.bias:
            return own
        W, R, B, *others = own.tensors
        swapped = (replace(tensor, blocks=tuple(exchanged(tensor.blocks))) for tensor in (W, R, B))
        return replace(own, tensors=(*swapped, *others))


def exchanged(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Blocks in the order i f c o, four at a time."""
    for first in range(0, len(blocks), 4):
        i, o, f, c = blocks[first : first + 4]
        yield from (i, f, c, o)


class ForgottenSign(OnnxRuntimeAdapter):
    """Packs an update gate that takes as one that keeps: GRU-6."""

    name: ClassVar[str] = "onnx-forgotten-sign"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return super().layout_of(
            replace(layer, cell=replace(layer.cell, update="keep")) if isinstance(layer.cell, GRU) else layer
        )


class MergedBias(OnnxRuntimeAdapter):
    """Adds ``Rb`` of the GRU's candidate to ``Wb``, outside the reset product: GRU-3."""

    name: ClassVar[str] = "onnx-merged-bias"

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        merged = {name: tensor.copy() for name, tensor in native.items()}
        for place in self.placements(problem):
            if isinstance(problem.layers[place.layer].cell, GRU) and len(place.names()) > 2:
                B = merged[place.names()[2]]
                H = B.shape[1] // 6
                B[:, 2 * H : 3 * H] += B[:, 5 * H :]
                B[:, 5 * H :] = 0
        return super().solve_native(problem, merged)


class IgnoredLengths(OnnxRuntimeAdapter):
    """Leaves ``sequence_lens`` out: SEQ-9."""

    name: ClassVar[str] = "onnx-ignored-lengths"

    def solve(self, problem: Problem) -> Outcome:
        return super().solve(replace(problem, lengths=None))


class ExchangedDirections(OnnxRuntimeAdapter):
    """Stacks the parameters of two directions the wrong way round: SEQ-7."""

    name: ClassVar[str] = "onnx-exchanged-directions"

    def solve(self, problem: Problem) -> Outcome:
        layers = tuple(replace(layer, parameters=layer.parameters[::-1]) for layer in problem.layers)
        return self.solve_native(problem, self.pack(replace(problem, layers=layers)))
