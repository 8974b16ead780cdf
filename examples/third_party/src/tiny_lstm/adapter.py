"""The adapter: problems of rnnspec in the shapes of the layer, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

import rnnspec
from rnnspec import Outcome, Problem, State
from rnnspec_adapters import Block, Layout, Native, Placement, Tensor, Unsupported
from rnnspec_adapters.layout import pack
from tiny_lstm import __version__, lstm


def _blocks(letter: str) -> tuple[Block, ...]:
    return tuple(Block(name=f"{letter}_{gate}") for gate in "ifgo")


LAYOUT = Layout(
    name="tiny_lstm.lstm",
    tensors=(
        Tensor(name="kernel", axes="(gate H) I", blocks=_blocks("W")),
        Tensor(name="recurrent", axes="(gate H) J", blocks=_blocks("R")),
        Tensor(name="bias", axes="(gate H)", blocks=_blocks("b")),
    ),
)


class TinyAdapter:
    """Forward layers of `tiny_lstm.lstm`, without gradients."""

    name: ClassVar[str] = "tiny-lstm"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None:
        if device != "cpu":
            raise ValueError(f"device: wanted 'cpu', got {device!r}")
        self.dtype = rnnspec.PRECISIONS[precision].dtype

    def provenance(self) -> Mapping[str, str]:
        return {"tiny-lstm": __version__, "numpy": np.__version__}

    def supports(self, problem: Problem) -> Unsupported | None:
        if problem.cotangents is not None:
            return Unsupported(reason="tiny-lstm computes no gradients")
        if problem.padded_outputs != "zero":
            return Unsupported(reason="tiny-lstm returns zeros in the padding")
        for layer in problem.layers:
            if layer.cell != rnnspec.LSTM():
                return Unsupported(reason="tiny-lstm has the plain LSTM only")
            if layer.direction != "forward":
                return Unsupported(reason="tiny-lstm reads forward only")
        return None

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(layer=position, direction=0, layout=LAYOUT, prefix=f"{position}.")
            for position in range(len(problem.layers))
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._pack(problem).items()}

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self._pack(problem))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        T, B, _ = problem.x.shape
        lengths = np.full(B, T) if problem.lengths is None else problem.lengths
        y, final = problem.x.astype(self.dtype), []
        for position, layer in enumerate(problem.layers):
            zeros = np.zeros((B, layer.hidden_size))
            initial = State(h=zeros, c=zeros) if problem.initial is None else problem.initial[position][0]
            state = [initial[name].astype(self.dtype) for name in "hc"]
            weights = [native[f"{position}.{tensor.name}"] for tensor in LAYOUT.tensors]
            y, h, c = lstm(y, lengths, weights, state)
            final.append((State(h=h, c=c),))
        return Outcome(y=y, final=tuple(final))

    def _pack(self, problem: Problem) -> Native:
        return pack(problem.layers, self.placements(problem), self.dtype)
