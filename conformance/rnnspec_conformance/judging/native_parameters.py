"""Cases about layouts: what an implementation says of its native parameters, and one block of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnspec import Array, Precision, Problem
from rnnspec_adapters import DeclaresLayout, layout
from rnnspec_conformance.judging.compare import Comparison, Difference, comparison_of


def layout_names(adapter: DeclaresLayout, problem: Problem) -> Comparison:
    """The names and shapes that the layout declares, beside those that the implementation reports (LAY-3)."""
    native = adapter.native_shapes(problem)
    packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
    differences = []
    for name in sorted(packed.keys() | native.keys()):
        declared = list(packed[name].shape) if name in packed else "nothing"
        reported = list(native[name]) if name in native else "nothing"
        if declared != reported:
            what = f"the layout declares {declared}, the implementation reports {reported}"
            differences.append(Difference(field=name, ratio=np.inf, what=what, rule="LAY-3"))
    return comparison_of(differences)


def layout_identity(adapter: DeclaresLayout, problem: Problem, precision: Precision) -> Comparison:
    """What was packed, unpacked again (LAY-4)."""
    placements = adapter.placements(problem)
    unpacked = layout.unpack(layout.pack(problem.layers, placements, precision.dtype), placements)
    constants = {
        (place.layer, place.direction, block.name): abs(block.added)
        for place in placements
        for tensor in place.layout.tensors
        for block in tensor.blocks
        if block.added
    }
    differences = []
    for position, layer in enumerate(problem.layers):
        for direction, parameters in enumerate(layer.parameters):
            field = f"layers[{position}].parameters[{direction}]"
            back = unpacked[position][direction]
            if set(back) != set(parameters):
                what = f"wanted {', '.join(parameters)}, got {', '.join(back)}"
                differences.append(Difference(field=field, ratio=np.inf, what=what, rule="LAY-4"))
                continue
            differences += [
                Difference(field=f"{field}.{name}", ratio=np.inf, what="not what was packed", rule="LAY-4")
                for name, array in parameters.items()
                if not _is_back(array, back[name], constants.get((position, direction, name)), precision)
            ]
    return comparison_of(differences)


def _is_back(packed: Array, unpacked: Array, constant: float | None, precision: Precision) -> bool:
    """Whether two arrays are the same, up to the rounding of an added constant where there is one (LAY-4)."""
    if constant is None:
        return np.array_equal(packed, unpacked)
    return bool((np.abs(packed - unpacked) <= precision.eps * (np.abs(packed) + constant)).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """A problem in which one native block is another than in the case: its name, its letters, and all tensors."""

    block: str
    letter: str
    problem: Problem
    native: dict[str, Array]


def probes(adapter: DeclaresLayout, problem: Problem, precision: Precision) -> Iterator[Probe]:
    """One probe for each native block."""
    placements = adapter.placements(problem)
    native = layout.pack(problem.layers, placements, precision.dtype)
    rng = np.random.default_rng(0)
    for place in placements:
        for name, tensor in zip(place.names(), place.layout.tensors, strict=True):
            for position, block in enumerate(tensor.blocks):
                parts = tensor.part(native[name].copy())
                step = rng.uniform(0.25, 0.5, size=parts[position].shape)
                parts[position] = (parts[position] + step).astype(native[name].dtype)
                changed = {**native, name: tensor.join(parts)}
                yield Probe(
                    block=f"{name}[{block.name}]",
                    letter=block.name,
                    problem=problem.with_parameters(layout.unpack(changed, placements)),
                    native=changed,
                )
