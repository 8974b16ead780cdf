"""A vector before it is computed: options, sizes and names; and the problem that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal
from zlib import crc32

from rnnspec_workshop.independent_reading.cell_equations import state_sizes
from rnnspec_workshop.vectors.cell_options import Cell, parameter_shapes

Shape = tuple[int, ...]

FINE = 128
"""Numbers of problems are multiples of 1 / FINE, those of directions of 1 / COARSE: exact, and short to write."""
COARSE = 16
FAR = 1024
"""By how much the input is larger in the padding, so that whoever reads it there gives himself away."""


@dataclass(frozen=True, kw_only=True)
class LayerDeclaration:
    """One layer without its parameters."""

    cell: Cell
    H: int = 2
    direction: Literal["forward", "reverse", "bidirectional"] = "forward"
    merge: str = "concat"
    reverse_outputs: str = "time"

    @property
    def directions(self) -> int:
        """1, or 2 when the layer is bidirectional."""
        return 2 if self.direction == "bidirectional" else 1

    @property
    def states(self) -> dict[str, int]:
        """The names and features of the state."""
        return state_sizes(self.cell, self.H)

    @property
    def output_shape(self) -> Shape:
        """The axes of the output behind [T, B]."""
        features = self.states["h"] + self.cell.get("output_projection", 0)
        if self.merge == "none":
            return (2, features)
        return (features * self.directions if self.merge == "concat" else features,)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One vector.

    Attributes
    ----------
    id, family, sentence
        What it is called, the file it is in, and what it shows.
    subject
        The rules it is about; those that its options bring into play are added by `options.rules_of`.
    layers, T, B, I, lengths, padded_outputs
        As in a problem.
    initial
        Whether initial states are given.
    cotangents
        Of what: outputs, final states, both, or none.
    held
        Whether derivatives are those of the side of each kink that the rules choose (`reading.digits.Digits`).
    jvp_hvp
        Whether derivatives along tangents, jvp and hvp, are taken too.
    like
        The id of a vector whose numbers it shares, name by name; its own id where that is empty.
    salt
        Other numbers, where those of 0 are badly conditioned: a derivative that is a small difference of large terms.
    given
        Arrays that are not random, by path: ``x``, ``initial[0][0].h``, ``layers[0][0].W_i``.
    """

    id: str
    family: str
    sentence: str
    subject: tuple[str, ...]
    layers: tuple[LayerDeclaration, ...]
    T: int = 3
    B: int = 2
    I: int = 3
    lengths: tuple[int, ...] | None = None
    initial: bool = True
    cotangents: Literal["y", "final", "both", "none"] = "both"
    padded_outputs: str = "zero"
    held: bool = False
    jvp_hvp: bool = True
    like: str = ""
    salt: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)


def problem_of(declaration: Declaration, attempt: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem of a declaration, and the direction of its derivatives; another one for each attempt."""
    d = declaration
    seed = f"{d.like or d.id}/{attempt + 1000 * d.salt}"

    def numbers(path: str, shape: Shape, unit: int = FINE) -> Any:
        if path in d.given:
            return d.given[path]
        return random_array(f"{seed}/{path}", shape, unit)

    def states(name: str, unit: int = FINE) -> list[Any]:
        return [
            [
                {key: numbers(f"{name}[{l}][{k}].{key}", (d.B, size), unit) for key, size in layer.states.items()}
                for k in range(layer.directions)
            ]
            for l, layer in enumerate(d.layers)
        ]

    def parameters(name: str, unit: int = FINE) -> list[Any]:
        by_layer, I = [], d.I
        for l, layer in enumerate(d.layers):
            shapes = parameter_shapes(layer.cell, I, layer.H)
            by_layer.append(
                [
                    {key: numbers(f"{name}[{l}][{k}].{key}", shape, unit) for key, shape in shapes.items()}
                    for k in range(layer.directions)
                ]
            )
            I = layer.output_shape[-1]
        return by_layer

    x = numbers("x", (d.T, d.B, d.I))
    for b, length in enumerate(d.lengths or () if "x" not in d.given else ()):
        for t in range(length, d.T):
            x[t][b] = [FAR * number for number in x[t][b]]  # SEQ-10
    problem = {
        "layers": [
            {
                "cell": layer.cell,
                "direction": layer.direction,
                "merge": layer.merge,
                "reverse_outputs": layer.reverse_outputs,
                "parameters": of_layer,
            }
            for layer, of_layer in zip(d.layers, parameters("layers"), strict=True)
        ],
        "x": x,
        "initial": states("initial") if d.initial else None,
        "lengths": list(d.lengths) if d.lengths else None,
        "padded_outputs": d.padded_outputs,
        "cotangents": None
        if d.cotangents == "none"
        else {
            "y": None if d.cotangents == "final" else numbers("cotangents.y", (d.T, d.B, *d.layers[-1].output_shape)),
            "final": None if d.cotangents == "y" else states("cotangents.final"),
        },
    }
    direction = {
        "x": numbers("direction.x", (d.T, d.B, d.I), COARSE),
        "initial": states("direction.initial", COARSE) if d.initial else None,
        "layers": parameters("direction.layers", COARSE),
    }
    return problem, direction


def random_array(seed: str, shape: Shape, unit: int) -> Any:
    """Nested lists of pairwise distinct multiples of 1 / unit, not 0, between -1.25 and 1.25."""
    random = Random(crc32(seed.encode()))
    count, bound = 1, unit + unit // 4
    for size in shape:
        count *= size
    seen: set[int] = set()
    flat: list[float] = []
    while len(flat) < count:
        k = int(random.random() * (2 * bound + 1)) - bound
        if k and (k not in seen or len(seen) >= 2 * bound):
            seen.add(k)
            flat.append(k / unit)

    def nested(axes: Shape) -> Any:
        if not axes:
            return flat.pop(0)
        return [nested(axes[1:]) for _ in range(axes[0])]

    return nested(shape)
