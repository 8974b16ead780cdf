"""How much a case asks for, and what it has that others have not: what a failure may hang on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from rnnspec import Cell
from rnnspec_conformance.cases.case import Case

SIZES = {"T": (20, "steps"), "B": (32, "sequences"), "I": (128, "inputs"), "H": (32, "units")}
"""Sizes beyond which a case is about that size, and what is counted."""


def difficulty(case: Case) -> tuple[int, ...]:
    """A key by which cases are sorted, the simplest first.

    What is asked beyond one solution, layers, directions, sizes, options, lengths, gradients, states and steps, in this
    order.
    """
    recipe = case.recipe
    directions = [recipe.direction] if isinstance(recipe.direction, str) else list(recipe.direction)
    return (
        int(case.kind != "outcome"),
        len(recipe.cells),
        max(("forward", "reverse", "bidirectional").index(direction) for direction in directions),
        sum(not trait.endswith("one step") for trait in _large_sizes(case)),
        sum(len(list(_options(cell))) for cell in recipe.cells),
        int(recipe.lengths is not None),
        int(recipe.cotangents != "none"),
        sum(len(cell.states) for cell in recipe.cells),
        recipe.T,
    )


def traits(case: Case) -> tuple[str, ...]:
    """What a case has, in words that end the sentence *it fails only with ..*."""
    return tuple(dict.fromkeys(_traits(case)))


def _traits(case: Case) -> Iterator[str]:
    recipe = case.recipe
    if len(recipe.cells) > 1:
        yield "several layers"
    if "bidirectional" in recipe.direction:
        yield "two directions"
    if recipe.direction != "forward":
        yield "a reverse direction"
    if recipe.lengths is not None:
        yield "lengths"
        if 0 in recipe.lengths:
            yield "an empty sequence"
    if not recipe.initial:
        yield "no initial states"
    yield from _large_sizes(case)
    names = {type(cell).__name__ for cell in recipe.cells}
    if len(names) == 1:
        yield f"{names.pop()} cells"
    for cell in recipe.cells:
        for option, value in _options(cell):
            yield f"{option}={value!r}"


def _large_sizes(case: Case) -> Iterator[str]:
    """The sizes that a case is about."""
    for name, (ordinary, counted) in SIZES.items():
        size = getattr(case.recipe, name)
        if (max(size) if isinstance(size, tuple) else size) > ordinary:
            yield f"more than {ordinary} {counted}"
    if case.recipe.T > 1:
        yield "more than one step"


def _options(cell: Cell) -> Iterator[tuple[str, object]]:
    """The options of a cell that are not the default."""
    for field in fields(cell):
        value = getattr(cell, field.name)
        if value != field.default:
            yield field.name, value
