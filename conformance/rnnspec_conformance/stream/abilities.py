"""What an implementation can do: found out before the first draw, and kept to by every draw.

Each trait is tried by itself, on the simplest problem that is supported. A draw loses the traits that are refused; what
is refused still, because some things are not possible together, is brought back axis by axis.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice, product
from typing import Any

from rnnspec import GRU, LSTM, RNN, Direction
from rnnspec_conformance.stream.drawing import COMMON, OPTIONS, with_option
from rnnspec_conformance.stream.neighbours import COSTS, LAYER_COSTS, SIMPLE_CELLS, neighbours, weight_of
from rnnspec_conformance.stream.structure import LayerDraft, Structure, changed, fitted
from rnnspec_conformance.stream.traits import AXES, SIZES, Trait, traits_of

Refusal = Callable[[Structure], str | None]
"""Why a structure is refused; None where it is supported."""

TRIES = 400
"""The most structures that are tried to bring one back."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What an implementation can do.

    Attributes
    ----------
    refusal
        Asks the implementation.
    base
        The simplest structure that is supported; None where none was found.
    refused
        The traits that were refused by themselves, with the reason.
    example
        A structure that is refused, where there is one.
    """

    refusal: Refusal
    base: Structure | None
    refused: dict[Trait, str] = field(default_factory=dict)
    example: Structure | None = None

    @staticmethod
    def explore(refusal: Refusal) -> Abilities:
        """Ask about every trait by itself."""
        base = next((structure for structure in _bases() if refusal(structure) is None), None)
        if base is None:
            return Abilities(refusal=refusal, base=None)
        refused: dict[Trait, str] = {}
        supported = set(traits_of(base))
        example = None
        for structure in _variations(base):
            new = traits_of(structure) - supported
            if not new:
                continue
            if new & refused.keys():
                continue  # it is refused for what is known already
            reason = refusal(structure)
            if reason is None:
                supported |= new
            else:
                example = example or structure
                refused[min(new, key=lambda trait: (AXES.index(trait.axis), trait.value))] = reason
        return Abilities(refusal=refusal, base=base, refused=refused, example=example)

    def brought_back(self, structure: Structure) -> Structure | None:
        """`structure` where it is supported, else one that is, near it; None where none was found."""
        if self.base is None:
            return None
        structure = self._without_refused(structure)
        if self.refusal(structure) is None:
            return structure
        for tried, other in enumerate(neighbours(structure)):
            if tried >= TRIES:
                break
            if (
                not self._has_refused(other)
                and weight_of(other) <= weight_of(structure)
                and self.refusal(other) is None
            ):
                return other
        return self._towards_base(structure)

    def _has_refused(self, structure: Structure) -> bool:
        return bool(self.refused.keys() & traits_of(structure))

    def _without_refused(self, structure: Structure) -> Structure:
        """`structure` without the traits that are refused: each step takes one away at least."""
        rng = random.Random(repr(structure))
        while True:
            bad = self.refused.keys() & traits_of(structure)
            if not bad:
                return structure
            better = (
                other for other in neighbours(structure) if len(self.refused.keys() & traits_of(other)) < len(bad)
            )
            some = list(islice(better, LEAST))
            if not some:
                return structure
            structure = rng.choice(some)

    def _towards_base(self, structure: Structure) -> Structure | None:
        """`structure` with one field after the other as in the base, until it is supported; then as few as possible."""
        assert self.base is not None
        current, taken = structure, []
        for name in FIELDS:
            given_up = changed(current, **{name: getattr(self.base, name)})
            if given_up != current:
                current = given_up
                taken.append(name)
            if self.refusal(current) is None:
                break
        else:
            return self.base
        for name in reversed(taken):
            restored = changed(current, **{name: getattr(structure, name)})
            if restored != current and self.refusal(restored) is None:
                current = restored
        return current


LEAST = 12
"""From so many of the next structures without a refused trait one is chosen, so that draws stay different."""

FIELDS = (
    "derivative",
    "between",
    "call",
    "poison",
    "padding",
    "memory",
    "values",
    "lengths_type",
    "padded_outputs",
    "cotangents",
    "lengths",
    "initial",
    "layers",
    "T",
    "B",
    "I",
)
"""The fields of a structure, in the order in which they are given up."""


@cache
def all_traits() -> frozenset[Trait]:
    """Every trait that is drawn."""
    base = next(_bases())
    sizes = {Trait(axis, size) for axis in ("T", "B", "I", "H") for size in SIZES}
    return traits_of(base).union(sizes, *map(traits_of, _variations(base)))


def _bases() -> Iterator[Structure]:
    """The structures that are tried as the base: the simplest cells first, each with what others need."""
    directions: tuple[Direction, ...] = ("forward", "bidirectional", "reverse")
    for cell, direction, initial, cotangents, lengths in product(
        (LSTM(), GRU(), RNN(), *SIMPLE_CELLS), directions, (False, True), ("both", "none", "y"), (None, (3, 3))
    ):
        yield fitted(
            Structure(
                layers=(LayerDraft(cell=cell, H=6, direction=direction),),
                T=3,
                B=2,
                I=2,
                initial=initial,
                cotangents=cotangents,  # type: ignore[arg-type]
                lengths=lengths,
            )
        )


def _variations(base: Structure) -> Iterator[Structure]:
    """The base with one trait more, and with what that trait needs: traits that others need come first."""

    def varied(**changes: Any) -> Structure:
        return changed(base, **changes)

    (layer,) = base.layers
    for name in ("initial", "cotangents", "call", "memory", "values"):
        yield from (varied(**{name: value}) for value in COSTS[name])
    yield varied(initial=True, values="zero states")
    yield varied(layers=(layer, layer), values="tied")
    yield from (varied(poison=poison, initial=True) for poison in COSTS["poison"])
    yield from (varied(lengths=lengths) for lengths in ((3, 3), (3, 2), (2, 1), (0, 3), (1, 0), (0, 0)))
    for name in ("lengths_type", "padding", "padded_outputs"):
        yield from (varied(lengths=(3, 2), **{name: value}) for value in COSTS[name])
    for derivative in ("jvp", "hvp"):
        yield from (varied(derivative=derivative, wrt=wrt, initial=True) for wrt in COSTS["wrt"])
    yield from (varied(layers=(layer,) * count) for count in (2, 3, 4))
    for other in _other_layers(layer):
        yield varied(layers=(other,))
        yield varied(layers=(other, layer))
    yield from (varied(**{name: 1}) for name in ("T", "B", "I"))


def _other_layers(layer: LayerDraft) -> Iterator[LayerDraft]:
    """The layer with one trait more."""
    directions: tuple[Direction, ...] = ("forward", "reverse", "bidirectional")
    for direction in directions:
        yield replace(layer, direction=direction)
        if direction != "forward":
            yield replace(layer, direction=direction, reverse_outputs="processing")
    for merge in LAYER_COSTS["merge"]:
        yield replace(layer, direction="bidirectional", merge=merge)
    for cell in COMMON:
        yield replace(layer, cell=cell)
    for kind, options in OPTIONS.items():
        for name, values in options.items():
            yield from (replace(layer, cell=with_option(kind(), name, value)) for value in values)
    yield from (replace(layer, H=size) for size in (1, 2))
