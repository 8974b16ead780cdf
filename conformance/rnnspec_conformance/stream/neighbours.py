"""Simpler structures, axis by axis.

What an implementation refuses is brought back along the axes until it is supported, and what fails is made smaller
along them while it fails: one list of axes serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from typing import Any

from rnnspec import Cell, ProblemError
from rnnspec_conformance.stream.drawing import COMMON, OPTIONS, changes_of
from rnnspec_conformance.stream.structure import LARGEST, LayerDraft, Structure, changed
from rnnspec_conformance.stream.traits import options_of

COSTS: Mapping[str, Mapping[Any, float]] = {
    "derivative": {"none": 0, "jvp": 8, "hvp": 9},
    "call": {
        "once": 0,
        "after an error": 8,
        "after a refusal": 8,
        "again": 9,
        "another between": 10,
        "changed in place": 11,
        "one array changed in place": 12,
        "rows moved in place": 13,
    },
    "poison": {"none": 0, "input": 6, "state": 7},
    "padding": {"finite": 0, "nan": 6, "infinity": 7},
    "memory": {"plain": 0, "read-only": 6, "window": 6, "gaps": 6, "fortran": 7, "reversed": 8},
    "values": {
        "tame": 0,
        "zero states": 6,
        "zero rows": 6,
        "tied": 6,
        "large biases": 7,
        "saturating": 7,
        "large": 8,
    },
    "lengths_type": {name: 6.0 * (name != "int64") for name in ("int64", *LARGEST)},
    "padded_outputs": {"zero": 0, "repeat": 6},
    "cotangents": {"none": 0, "y": 2, "final": 3, "both": 4, "some": 6},
    "initial": {False: 0, True: 2},
    "wrt": {"x": 0, "parameters": 1, "initial": 2, "everything": 3},
}
"""By field of a structure, what its values cost, the simplest first."""

LAYER_COSTS: Mapping[str, Mapping[Any, float]] = {
    "reverse_outputs": {"time": 0, "processing": 3},
    "merge": {"concat": 0, "sum": 3, "mean": 4, "product": 4, "none": 4},
    "direction": {"forward": 0, "reverse": 4, "bidirectional": 6},
}
"""The same by field of a layer."""

KINDS = {"RNN": 0, "GRU": 1, "LSTM": 2}

Others = Callable[[Structure], Iterator[Structure]]


def weight_of(structure: Structure) -> float:
    """How far a structure is from the simplest one."""
    layers, lengths = structure.layers, structure.lengths
    weight = 10.0 * len(layers) + 5 * len(set(layers)) + (structure.T + structure.B + structure.I) / 2
    weight += sum(costs[getattr(structure, name)] for name, costs in COSTS.items())
    weight += sum(costs[getattr(layer, name)] for name, costs in LAYER_COSTS.items() for layer in layers)
    weight += sum(_weight_of_cell(layer.cell) + layer.H / 2 for layer in layers)
    if structure.between is not None:
        weight += 1 + 0.01 * len(str(structure.between.value))
    if lengths is not None:
        weight += 4 + sum((length < structure.T) + 0.01 * (structure.T - length) for length in lengths)
    return weight


def _weight_of_cell(cell: Cell) -> float:
    options = options_of(cell)
    ranks = 0
    for name, value in options.items():
        values = OPTIONS[type(cell)].get(name, ())
        ranks += values.index(value) if value in values else len(values)
    return KINDS[type(cell).__name__] + 4 * len(options) + 0.01 * ranks


def _field(name: str, costs: Mapping[Any, float]) -> Others:
    def others(structure: Structure) -> Iterator[Structure]:
        for value in costs:
            yield changed(structure, **{name: value})

    return others


def _layer_field(name: str, costs: Mapping[Any, float]) -> Others:
    """All layers are changed at once, then each by itself."""

    def others(structure: Structure) -> Iterator[Structure]:
        for value in costs:
            yield _with_layers(structure, (replace(layer, **{name: value}) for layer in structure.layers))
        for k, layer in enumerate(structure.layers):
            for value in costs:
                yield _with_layer(structure, k, replace(layer, **{name: value}))

    return others


def _with_layers(structure: Structure, layers: Iterator[LayerDraft]) -> Structure:
    return changed(structure, layers=tuple(layers))


def _with_layer(structure: Structure, k: int, layer: LayerDraft) -> Structure:
    return changed(structure, layers=(*structure.layers[:k], layer, *structure.layers[k + 1 :]))


def _other_layers(structure: Structure) -> Iterator[Structure]:
    layers = structure.layers
    for kept in (1, *range(2, len(layers))):
        for some in combinations(layers, kept):
            yield changed(structure, layers=some)
    for layer in dict.fromkeys(layers):
        yield changed(structure, layers=(layer,) * len(layers))


def _other_options(structure: Structure) -> Iterator[Structure]:
    layers = structure.layers
    yield _with_layers(structure, (replace(layer, cell=type(layer.cell)()) for layer in layers))
    for name in dict.fromkeys(name for layer in layers for name in options_of(layer.cell)):
        yield _with_layers(structure, (replace(layer, cell=_without(layer.cell, name)) for layer in layers))
    for k, layer in enumerate(layers):
        for cell in _simpler_cells(layer.cell):
            yield _with_layer(structure, k, replace(layer, cell=cell))


def _simpler_cells(cell: Cell) -> Iterator[Cell]:
    """Cells with one option or two less, or with a simpler value of one."""
    options = options_of(cell)
    for name in options:
        yield _without(cell, name)
    for pair in combinations(options, 2):
        yield _without(cell, *pair)
    for name, given in options.items():
        for value in OPTIONS[type(cell)].get(name, ()):
            if value == given:
                break
            with suppress(ProblemError):
                yield replace(cell, **{name: value})


def _without(cell: Cell, *names: str) -> Cell:
    """`cell` without some of its options; as it is where the others need them."""
    plain, options = type(cell)(), options_of(cell)
    with suppress(ProblemError):
        return replace(cell, **{name: getattr(plain, name) for name in names if name in options})
    return cell


SIMPLE_CELLS = sorted(COMMON, key=_weight_of_cell)


def _other_cells(structure: Structure) -> Iterator[Structure]:
    for cell in SIMPLE_CELLS:
        yield _with_layers(structure, (replace(layer, cell=cell) for layer in structure.layers))
    for k, layer in enumerate(structure.layers if len(structure.layers) > 1 else ()):
        for cell in SIMPLE_CELLS:
            yield _with_layer(structure, k, replace(layer, cell=cell))


def _size(name: str) -> Others:
    """Other sizes. Where there are fewer steps, sequences keep as many valid ones as they can, or as much padding."""

    def others(structure: Structure) -> Iterator[Structure]:
        for size in _sizes(getattr(structure, name)):
            yield changed(structure, **{name: size})
            if name == "T" and structure.is_padded:
                assert structure.lengths is not None
                lengths = tuple(max(0, size - structure.T + length) for length in structure.lengths)
                yield changed(structure, T=size, lengths=lengths)

    return others


def _sizes(size: int) -> Iterator[int]:
    """Smaller sizes, the simplest first, and somewhat larger ones for what wants more than one."""
    yield from dict.fromkeys(n for n in (1, 2, 3, size // 2, 3 * size // 4, 7 * size // 8, size - 1) if 0 < n < size)
    yield from (n for n in (2, 3, 4) if n > size)


def _other_units(structure: Structure) -> Iterator[Structure]:
    for size in _sizes(max(layer.H for layer in structure.layers)):
        yield _with_layers(structure, (replace(layer, H=min(layer.H, size)) for layer in structure.layers))
    for k, layer in enumerate(structure.layers):
        for size in _sizes(layer.H):
            yield _with_layer(structure, k, replace(layer, H=size))


def _other_lengths(structure: Structure) -> Iterator[Structure]:
    T, B, given = structure.T, structure.B, structure.lengths
    yield changed(structure, lengths=None)
    patterns = [(T,) * B]
    if given is not None:
        for k, length in enumerate(given[:16]):
            patterns += [(*given[:k], other, *given[k + 1 :]) for other in (T, 0, 1, length + 1) if 0 <= other <= T]
            patterns.append((*given[:k], *given[k + 1 :], T))
        patterns += [tuple(max(length, 1) for length in given), tuple(sorted(given, reverse=True))]
        patterns.append(tuple(T if length == max(given) else length for length in given))
    for lengths in patterns:
        yield changed(structure, lengths=lengths)


def _fewer_sequences(structure: Structure) -> Iterator[Structure]:
    """Without one of the sequences, which takes its length with it."""
    given = structure.lengths
    for k in range(structure.B if given is not None and 1 < structure.B <= 16 else 0):
        assert given is not None
        yield changed(structure, B=structure.B - 1, lengths=(*given[:k], *given[k + 1 :]))


def _other_changes(structure: Structure) -> Iterator[Structure]:
    """With another problem between, or that problem alone."""
    if structure.other is not None:
        yield structure.other
    if structure.call == "another between":
        for change in (None, *changes_of(structure)):
            yield changed(structure, between=change)


AXES: Mapping[str, Others] = {
    "between": _other_changes,
    **{name: _field(name, COSTS[name]) for name in COSTS if name not in ("cotangents", "initial", "wrt")},
    **{name: _layer_field(name, costs) for name, costs in LAYER_COSTS.items()},
    "options": _other_options,
    "layers": _other_layers,
    "cell": _other_cells,
    "cotangents": _field("cotangents", COSTS["cotangents"]),
    "initial": _field("initial", COSTS["initial"]),
    "lengths": _other_lengths,
    "wrt": _field("wrt", COSTS["wrt"]),
    "T": _size("T"),
    "B": _size("B"),
    "sequences": _fewer_sequences,
    "H": _other_units,
    "I": _size("I"),
}
"""By name: the same structure elsewhere on that axis, the simplest first.

They stand in the order in which a refused structure is brought back: what few implementations have comes first.
"""

FIRST = ("between", "layers", "T", "B", "H", "I", "lengths", "sequences", "cell", "options")
"""The axes along which a failure is made smaller first, since that makes all the rest cheaper."""


def neighbours(structure: Structure, axes: tuple[str, ...] = tuple(AXES)) -> Iterator[Structure]:
    """Every other structure one step along one axis, in the order of `axes`."""
    seen = {structure}
    for axis in axes:
        for other in AXES[axis](structure):
            if other not in seen:
                seen.add(other)
                yield other


def simpler(structure: Structure) -> Iterator[Structure]:
    """Every structure that is simpler by one step along one axis, the steps that save most first."""
    weight = weight_of(structure)
    axes = (*FIRST, *(axis for axis in AXES if axis not in FIRST))
    return (other for other in neighbours(structure, axes) if weight_of(other) < weight)
