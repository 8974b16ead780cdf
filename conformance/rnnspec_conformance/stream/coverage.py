"""What was tried together: traits, pairs and triples of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations

from rnnspec_conformance.stream.structure import Structure
from rnnspec_conformance.stream.traits import AXES, Trait, traits_of

Tuple = tuple[Trait, ...]


@dataclass(frozen=True)
class Coverage:
    """How often each trait was tried, and which pairs and triples were."""

    traits: Counter[Trait] = field(default_factory=Counter)
    pairs: set[Tuple] = field(default_factory=set)
    triples: set[Tuple] = field(default_factory=set)

    def add(self, structure: Structure) -> None:
        """Count one structure that was judged."""
        traits = sorted(traits_of(structure))
        self.traits.update(traits)
        self.pairs.update(combinations(traits, 2))
        self.triples.update(combinations(traits, 3))

    def by_axis(self) -> dict[str, dict[str, int]]:
        """How often each trait was tried, by its axis."""
        return {
            axis: {trait.value: count for trait, count in sorted(self.traits.items()) if trait.axis == axis}
            for axis in AXES
        }

    def together(self) -> dict[tuple[str, str], tuple[int, int]]:
        """By two axes: how many pairs of their traits were tried, of how many that there are among those reached."""
        tried = Counter((one.axis, other.axis) for one, other in self.pairs)
        values = Counter(trait.axis for trait in self.traits)
        return {
            (one, other): (tried[one, other], values[one] * values[other])
            for one, other in combinations(sorted(AXES), 2)
        }
