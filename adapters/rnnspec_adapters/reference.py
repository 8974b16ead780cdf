"""The reference itself behind the contract of an adapter: it must pass its own suite in every arithmetic.

It has a layout of its own, so that the cases about layouts are tried on something whose layout is known to be right.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

import rnnspec
from rnnspec import ARITHMETICS, Cell, Outcome, Problem
from rnnspec_adapters import layout
from rnnspec_adapters.base import Native, Unsupported
from rnnspec_adapters.layout import AXES, Block, Layout, Placement, Tensor


def layout_of(cell: Cell) -> Layout:
    """One tensor a letter, gates in the order of the text; each bias is split in two, as in many frameworks."""
    names = list(cell.parameter_shapes(1, 1))
    tensors = []
    for letter in AXES:
        of_letter = [name for name in names if name.split("_")[0] == letter and name != "b_Rn"]
        axes = "gate " + AXES[letter]
        if letter == "b":
            for half, share in (("b_W", 0.75), ("b_R", 0.25)):
                blocks = tuple(Block(name=name, share=share) for name in of_letter)
                tensors.append(Tensor(name=half, axes=axes, blocks=blocks))
        else:
            tensors.append(Tensor(name=letter, axes=axes, blocks=tuple(Block(name=name) for name in of_letter)))
    if "b_Rn" in names:
        tensors.append(Tensor(name="b_Rn", axes="gate H", blocks=(Block(name="b_Rn"),)))
    return Layout(name="rnnspec", tensors=tuple(tensor for tensor in tensors if tensor.blocks))


class ReferenceAdapter:
    """`rnnspec.solve` in any of its arithmetics."""

    name: ClassVar[str] = "reference"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, *, device: str = "cpu", dtype: str = "float64", mode: str = "default") -> None:
        if device != "cpu":
            raise ValueError(f"device: wanted 'cpu', got {device!r}")
        if dtype not in ARITHMETICS:
            raise ValueError(f"dtype: wanted one of {', '.join(ARITHMETICS)}, got {dtype!r}")
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        self.arithmetic = ARITHMETICS[dtype]

    def provenance(self) -> Mapping[str, str]:
        return {"rnnspec": rnnspec.__version__, "numpy": np.__version__, "python": platform.python_version()}

    def supports(self, problem: Problem) -> Unsupported | None:
        return None

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            Placement(
                layer=position, direction=direction, layout=layout_of(layer.cell), prefix=f"{position}.{direction}."
            )
            for position, layer in enumerate(problem.layers)
            for direction in range(layer.directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._pack(problem).items()}

    def solve(self, problem: Problem) -> Outcome:
        return self.solve_native(problem, self._pack(problem))

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        parameters = layout.unpack(native, self.placements(problem))
        layers = tuple(
            replace(layer, parameters=of_layer) for layer, of_layer in zip(problem.layers, parameters, strict=True)
        )
        return self.compute(replace(problem, layers=layers))

    def compute(self, problem: Problem) -> Outcome:
        """The outcome of a problem whose parameters have gone through the layout and back."""
        return rnnspec.solve(problem, arithmetic=self.arithmetic)

    def _pack(self, problem: Problem) -> Native:
        return layout.pack(problem.layers, self.placements(problem), self.arithmetic.dtype)
