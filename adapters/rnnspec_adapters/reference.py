"""The reference itself behind the contract of an adapter: it must pass its own suite in every precision.

It has a layout of its own, so that the cases about layouts are tried on something whose layout is known to be right.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

import rnnspec
from rnnspec import PRECISIONS, Cell, Gradients, Outcome, Problem, Tangents
from rnnspec_adapters import layout
from rnnspec_adapters.base import Native, Unsupported
from rnnspec_adapters.layout import AXES, Block, Layout, Placement, Tensor


def layout_of(cell: Cell) -> Layout:
    """One tensor a letter, gates in the order of the text; each bias is split in two, as in many frameworks."""
    tensors = []
    gates = set(cell.gates)
    for letter in ("W", "R", "b", "p"):
        of_letter = [name for name in cell.parameter_axes if _is_of_gate(name, letter, gates)]
        axes = "gate " + AXES[letter]
        halves = (("b_W", 0.75), ("b_R", 0.25)) if letter == "b" else ((letter, 1.0),)
        for name, share in halves:
            blocks = tuple(Block(name=block, share=share) for block in of_letter)
            tensors.append(Tensor(name=name, axes=axes, blocks=blocks))
    packed = {block.name for tensor in tensors for block in tensor.blocks}
    for name, axes in cell.parameter_axes.items():
        if name not in packed:
            own = "rows columns" if " " in axes else "rows"
            tensors.append(Tensor(name=name, axes=f"gate {own}", blocks=(Block(name=name),), letter_axes=own))
    return Layout(name="rnnspec", tensors=tuple(tensor for tensor in tensors if tensor.blocks))


def _is_of_gate(name: str, letter: str, gates: set[str]) -> bool:
    """Whether `name` is the array called `letter` of one of the gates."""
    first, _, gate = name.partition("_")
    return first == letter and gate in gates


class ReferenceAdapter:
    """`rnnspec.solve` in any of its precisions."""

    name: ClassVar[str] = "reference"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None:
        if device != "cpu":
            raise ValueError(f"device: wanted 'cpu', got {device!r}")
        if precision not in PRECISIONS:
            raise ValueError(f"precision: wanted one of {', '.join(PRECISIONS)}, got {precision!r}")
        if mode not in self.modes:
            raise ValueError(f"mode: wanted one of {', '.join(self.modes)}, got {mode!r}")
        self.precision = PRECISIONS[precision]

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
        return rnnspec.solve(problem, precision=self.precision)

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """Computed in float64, rounded to the precision."""
        return rnnspec.jvp(problem, tangents).map(self.precision.nearest)

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """Computed in float64, rounded to the precision."""
        return rnnspec.hvp(problem, tangents).map(self.precision.nearest)

    def _pack(self, problem: Problem) -> Native:
        return layout.pack(problem.layers, self.placements(problem), self.precision.dtype)
