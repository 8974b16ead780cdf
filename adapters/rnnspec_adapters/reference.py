"""The reference itself behind the contract of an adapter: it must pass its own suite in every precision.

It has a layout of its own, so that the cases about layouts are tried on something whose layout is known to be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import ClassVar, get_args

import rnnspec
from rnnspec import Cell, Gradients, Layer, Outcome, Problem, Tangents
from rnnspec_adapters import layout
from rnnspec_adapters.base import NativeAdapter
from rnnspec_adapters.contract import Native
from rnnspec_adapters.layout import AXES, Block, Layout, Tensor, blocks_of
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table


def layout_of(cell: Cell) -> Layout:
    """One tensor a letter, gates in the order of the text; each bias is split in two, as in many frameworks."""
    left = dict(cell.parameter_axes)
    tensors: list[Tensor] = []
    for letter in ("W", "R", "b", "p"):
        gates = [gate for gate in cell.gates if left.pop(f"{letter}_{gate}" if gate else letter, None)]
        halves = (("b_W", 0.75), ("b_R", 0.25)) if letter == "b" else ((letter, 1.0),)
        for name, share in halves if gates else ():
            blocks = blocks_of(letter, gates, share=share)
            tensors.append(Tensor(name=name, axes=f"gate {AXES[letter]}", blocks=blocks))
    for name, axes in left.items():
        own = "rows columns" if " " in axes else "rows"
        tensors.append(Tensor(name=name, axes=f"gate {own}", blocks=(Block(name=name),), letter_axes=own))
    return Layout(name="rnnspec", tensors=tuple(tensors))


class ReferenceAdapter(NativeAdapter):
    """`rnnspec.solve` in any of its precisions."""

    name: ClassVar[str] = "reference"
    expresses: ClassVar[Table] = {
        record: {field.name: ANY for field in fields(record)} for record in (Problem, Layer, *get_args(Cell))
    }
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("0.",), "reverse": ("0.",), "bidirectional": ("0.", "1.")
    }  # fmt: skip

    def provenance(self) -> Mapping[str, str]:
        return {"rnnspec": rnnspec.__version__, **super().provenance()}

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layout_of(layer.cell)

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
