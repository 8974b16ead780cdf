"""The traits of a structure: where it stands on each axis, in words. They say what was tried and what fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

from rnnspec import Cell
from rnnspec_conformance.stream.structure import LARGEST, LayerDraft, Structure


class Trait(NamedTuple):
    """An axis, and where a structure stands on it."""

    axis: str
    value: str


AXES = (
    "cell",
    "option",
    "layers",
    "stack",
    "direction",
    "merge",
    "order of reverse outputs",
    "lengths",
    "type of lengths",
    "padded outputs",
    "in the padding",
    "initial states",
    "cotangents",
    "derivative",
    "T",
    "B",
    "I",
    "H",
    "values",
    "memory",
    "poisoned sequence",
    "calls",
)
"""The axes, in the order in which they are told."""


def traits_of(structure: Structure) -> frozenset[Trait]:
    """Every trait of a structure. Layers may give it several on one axis."""
    return frozenset(Trait(axis, value) for axis, value in _traits(structure))


def sizes_of(structure: Structure) -> frozenset[Trait]:
    """The sizes of a structure themselves, which a recorded deviation may need: ``B: 4``."""
    sizes = {(name, getattr(structure, name)) for name in ("T", "B", "I")}
    sizes |= {("H", layer.H) for layer in structure.layers}
    return frozenset(Trait(name, str(size)) for name, size in sizes)


def _traits(structure: Structure) -> Iterator[tuple[str, str]]:
    layers = structure.layers
    yield "layers", str(len(layers)) if len(layers) < 4 else "4 or more"
    yield from _of_stack(layers)
    for layer in layers:
        yield "cell", type(layer.cell).__name__
        for option, value in options_of(layer.cell).items():
            yield "option", f"{type(layer.cell).__name__}.{option}={word(value)}"
        yield "direction", layer.direction
        if layer.directions == 2:
            yield "merge", layer.merge
        if layer.direction != "forward":
            yield "order of reverse outputs", layer.reverse_outputs
    yield "lengths", pattern_of(structure)
    if structure.lengths is not None:
        yield "type of lengths", structure.lengths_type
    if structure.is_padded:
        yield "padded outputs", structure.padded_outputs
        yield "in the padding", structure.padding
    yield "initial states", "given" if structure.initial else "absent"
    yield "cotangents", structure.cotangents
    for name, size in (("T", structure.T), ("B", structure.B), ("I", structure.I)):
        yield name, _size(size)
    for layer in layers:
        yield "H", _size(layer.H)
    yield "values", structure.values
    yield "memory", structure.memory
    yield "poisoned sequence", structure.poison
    yield "calls", structure.call
    along = "" if structure.derivative == "none" else f" along {structure.wrt}"
    yield "derivative", structure.derivative + along


def _of_stack(layers: tuple[LayerDraft, ...]) -> Iterator[tuple[str, str]]:
    if len(layers) == 1:
        return
    if len(set(layers)) == 1:
        yield "stack", "alike"
    for what, kinds in (
        ("cells", {layer.cell for layer in layers}),
        ("sizes", {layer.H for layer in layers}),
        ("directions", {layer.direction for layer in layers}),
    ):
        if len(kinds) > 1:
            yield "stack", f"different {what}"


SIZES = {"1": 1, "2 to 12": 12, "13 to 63": 63, "64 to 255": 255, "256 or more": 2**63}
"""Classes of sizes, and the largest size of each."""


def _size(size: int) -> str:
    return next(name for name, largest in SIZES.items() if size <= largest)


def options_of(cell: Cell) -> dict[str, Any]:
    """The options of a cell that its kind does not have by default."""
    plain = _plain_options(type(cell))
    return {name: value for name, default in plain.items() if (value := getattr(cell, name)) != default}


@cache
def _plain_options(kind: type[Cell]) -> dict[str, Any]:
    """The options that a kind of cell has by default."""
    plain = kind()
    return {field.name: getattr(plain, field.name) for field in fields(plain)}


def word(value: Any) -> str:
    """The value of an option, in a word."""
    constants = [str(value.alpha)] if getattr(value, "alpha", None) is not None else []
    return " ".join([str(getattr(value, "name", value)), *constants])


def pattern_of(structure: Structure) -> str:
    """What the lengths of a structure are like."""
    lengths, T = structure.lengths, structure.T
    if lengths is None:
        return "none"
    if min(lengths) == T:
        return "all T"
    if max(lengths) == 0:
        return "all empty"
    if 0 in lengths:
        return "empty among full" if set(lengths) == {0, T} else "some empty"
    return "some short" if T in lengths else "all short"


NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


def sentence_of(structure: Structure) -> str:
    """What a structure has that the simplest has not: a list in words, from its layers to its calls."""
    return ", ".join(_needs(structure))


WORDS: dict[str, dict[Any, str]] = {
    "lengths_type": {name: f"lengths of type {name}" for name in LARGEST if name != "int64"},
    "padded_outputs": {"repeat": "repeated outputs in the padding"},
    "padding": {"nan": "NaN in the padding", "infinity": "infinities in the padding"},
    "initial": {True: "initial states", False: "no initial states"},
    "cotangents": {
        "none": "no gradients",
        "y": "cotangents of y alone",
        "final": "cotangents of the final states alone",
        "both": "cotangents of y and of the final states",
        "some": "cotangents that are partly zero",
    },
    "values": {
        "large": "large inputs",
        "zero rows": "rows of zeros",
        "saturating": "large weights",
        "zero states": "initial states that are zero",
        "large biases": "large biases",
        "tied": "layers and directions that share their parameters",
    },
    "memory": {
        "read-only": "arrays that are read-only",
        "gaps": "arrays with gaps",
        "window": "arrays that are windows into larger ones",
        "reversed": "arrays that are reversed in memory",
        "fortran": "arrays in Fortran order",
    },
    "poison": {
        "input": "NaN and infinity in another sequence",
        "state": "NaN and infinity in the initial states of another sequence",
    },
    "call": {
        "again": "solved twice",
        "another between": "solved again after another problem",
        "changed in place": "solved again after its arrays were changed in place",
        "one array changed in place": "solved again after one of its arrays was changed in place",
        "rows moved in place": "solved again after rows of one of its arrays were moved in place",
        "after a refusal": "solved after a refusal",
        "after an error": "solved after an error",
    },
}
"""By field of a structure, how its values are said; those that go without saying are not here."""


def _needs(structure: Structure) -> Iterator[str]:
    layers, lengths = structure.layers, structure.lengths
    if len(layers) == 1:
        yield _said(layers[0])
    else:
        count = NUMBERS.get(len(layers), str(len(layers)))
        alike = len(set(layers)) == 1
        yield f"{count} layers, " + (f"each {_said(layers[0])}" if alike else ", above it ".join(map(_said, layers)))
    for name, size in (("step", structure.T), ("sequence", structure.B), ("input", structure.I)):
        yield f"{size} {name}s" if size > 1 else f"one {name}"
    if lengths is not None:
        yield f"lengths {', '.join(map(str, lengths))}" if len(lengths) <= 8 else f"lengths ({pattern_of(structure)})"
    if structure.derivative != "none":
        yield f"the {structure.derivative} along {structure.wrt}"
    for name, words in WORDS.items():
        if getattr(structure, name) in words:
            yield words[getattr(structure, name)]
    if structure.between is not None:
        layer, name, value = structure.between
        where = "" if layer is None or len(structure.layers) == 1 else f" in layer {layer}"
        yield f"which has the same parameters and {name.replace('_', ' ')} {word(value)}{where}"


def _said(layer: LayerDraft) -> str:
    options = [f"{name}={word(value)}" for name, value in options_of(layer.cell).items()]
    kind = type(layer.cell).__name__
    words = [str(layer.direction)] if layer.direction != "forward" else []
    words = [*words, kind, f"of {layer.H} unit{'s' if layer.H > 1 else ''}"]
    options += [f"merge={layer.merge}"] if layer.merge != "concat" else []
    options += ["outputs in the order of processing"] if layer.reverse_outputs != "time" else []
    article = "an" if words[0][0] in "RL" else "a"
    return f"{article} {' '.join(words)}" + (f" with {', '.join(options)}" if options else "")
