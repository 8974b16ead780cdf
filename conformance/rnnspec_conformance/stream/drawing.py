"""The grammar of structures: what is drawn, and how often.

Choices come from a seed and the number of a draw, so that a draw is the same with every version of everything that is
installed. A framework of property tests does not promise that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from rnnspec import GRU, LSTM, RNN, Activation, Cell, Direction, ProblemError
from rnnspec_conformance.stream.structure import (
    LARGEST,
    Change,
    Derivative,
    LayerDraft,
    Structure,
    changed,
    fitted,
    with_change,
)

Option = TypeVar("Option")


@dataclass(frozen=True)
class Chooser:
    """A source of choices."""

    random: random.Random

    def one_of(self, options: Sequence[Option], weights: Sequence[int] | None = None) -> Option:
        """One of `options`, each as often as its weight says."""
        if weights is None:
            return options[self.random.randrange(len(options))]
        return self.random.choices(options, weights)[0]


def structure_of(seed: int, number: int) -> Structure:
    """The structure of a draw."""
    return draw(Chooser(random.Random(f"rnnspec {seed} {number}")), THEMES[number % len(THEMES)])


THEMES = ("any", "plain", "options", "edge", "any", "plain", "production", "options", "edge", "stack")
"""What the draws are about in turn, so that a hundred of them have seen each often.

``plain`` has cells and stacks as frameworks have them; ``options`` many options of few layers; ``edge`` a size on
either side of a power of two; ``production`` a large H or B; ``stack`` three or more layers.
"""

EDGES = tuple(power + more for power in (16, 32, 64, 128, 256) for more in (-1, 0, 1))
PRODUCTION = ((256, 16), (512, 4), (1024, 1))
"""H of production, and how often each comes."""

WORK = 4e7
"""The most multiplications of a draw: some seconds for the 17 evaluations of its tolerance."""

ACTIVATIONS: tuple[str | Activation, ...] = (
    "tanh",
    "sigmoid",
    "relu",
    "identity",
    "softsign",
    "softplus",
    "hard_sigmoid",
    "elu",
    "leaky_relu",
    "thresholded_relu",
    Activation(name="scaled_tanh", alpha=1.7159, beta=0.6667),
    Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5),
    Activation(name="leaky_relu", alpha=0.2),
    Activation(name="leaky_relu", alpha=1.5),
    Activation(name="elu", alpha=2.0),
    Activation(name="thresholded_relu", alpha=0.3),
    Activation(name="affine", alpha=0.5, beta=0.25),
)
GATES = ("sigmoid", "hard_sigmoid", Activation(name="hard_sigmoid", alpha=1 / 6, beta=0.5), "tanh", "softsign", "relu")
CLIPS = (None, 0.5, 1.0, 3.0)

OPTIONS: dict[type[Cell], dict[str, tuple[Any, ...]]] = {
    LSTM: {
        "peephole": ("none", "new", "old"),
        "bias": (True, False),
        "coupling": ("none", "forget", "input"),
        "projection": (0, 1, 2, 3, 5),
        "cell_clip": CLIPS,
        "input_gate": (True, False),
        "forget_gate": (True, False),
        "output_gate": (True, False),
        "relevance_gate": (False, True),
        "gate_recurrence": (False, True),
        "gate_activation": GATES,
        "candidate_activation": ACTIVATIONS,
        "output_activation": ACTIVATIONS,
        "output_projection": (0, 1, 2, 4),
        "projection_bias": (False, True),
        "projection_clip": CLIPS,
        "preactivation_clip": CLIPS,
        "clip_derivative": ("true", "straight-through"),
    },
    GRU: {
        "reset": ("after", "before", "none"),
        "update": ("keep", "take"),
        "bias": (True, False),
        "minimal": (False, True),
        "gate_activation": GATES,
        "candidate_activation": ACTIVATIONS,
        "preactivation_clip": CLIPS,
        "clip_derivative": ("true", "straight-through"),
    },
    RNN: {
        "activation": ACTIVATIONS,
        "bias": (True, False),
        "preactivation_clip": CLIPS,
        "clip_derivative": ("true", "straight-through"),
    },
}
"""By kind, the options of cells and the values that are drawn, the simplest first."""

COMMON: tuple[Cell, ...] = (
    LSTM(),
    GRU(),
    RNN(),
    LSTM(peephole="new"),
    GRU(reset="before"),
    RNN(activation="relu"),
    GRU(update="take"),
    GRU(reset="before", update="take"),
    LSTM(bias=False),
    GRU(bias=False),
    RNN(bias=False),
    LSTM(peephole="old"),
    LSTM(projection=2),
    LSTM(cell_clip=1.0),
    LSTM(coupling="forget"),
    LSTM(gate_activation="hard_sigmoid"),
)
COMMON_WEIGHTS = (10, 7, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1)


def draw(choose: Chooser, theme: str = "any") -> Structure:
    """A structure, all parts of which are drawn independently, where they have a meaning together."""
    T = choose.one_of((1, 2, 3, 4, 5, 6, 7, 9, 12), (2, 2, 4, 4, 4, 3, 3, 1, 1))
    B = choose.one_of((1, 2, 3, 4, 5, 7), (2, 3, 4, 3, 2, 1))
    I = choose.one_of((1, 2, 3, 4, 5, 6), (2, 4, 4, 3, 2, 1))
    layers = _layers(choose, theme)
    if theme == "edge":
        for _ in range(choose.one_of((1, 2))):
            size = choose.one_of(EDGES)
            match choose.one_of(("H", "B", "I", "T")):
                case "H":
                    k = choose.one_of(range(len(layers)))
                    layers = (*layers[:k], replace(layers[k], H=size), *layers[k + 1 :])
                case "B":
                    B = size
                case "I":
                    I = size
                case _:
                    T = size
    if theme == "production":
        T, k = choose.one_of((1, 2, 3)), choose.one_of(range(len(layers[:2])))
        H = choose.one_of(tuple(H for H, _ in PRODUCTION), tuple(weight for _, weight in PRODUCTION))
        B = choose.one_of((1, 2, 8, 64), (2, 2, 1, 1))
        I = choose.one_of((3, 8, 64, 256), (3, 2, 1, 1))
        layers = (*layers[:k], replace(layers[k], H=H), *layers[k + 1 : 2])
    lengths = _lengths(choose, T, B)
    derivatives: tuple[Derivative, ...] = ("none", "jvp", "hvp")
    structure = Structure(
        layers=layers,
        T=T,
        B=B,
        I=I,
        lengths=lengths,
        lengths_type=choose.one_of(tuple(LARGEST)) if choose.one_of((False, True)) else "int64",
        initial=choose.one_of((False, True), (2, 3)),
        cotangents=choose.one_of(("none", "both", "y", "final", "some"), (2, 6, 4, 3, 2)),
        padded_outputs=choose.one_of(("zero", "repeat"), (4, 1)),
        values=choose.one_of(
            ("tame", "large", "zero rows", "saturating", "zero states", "large biases", "tied"), (16, 1, 2, 2, 2, 2, 2)
        ),
        memory=choose.one_of(("plain", "gaps", "window", "reversed", "fortran", "read-only"), (9, 1, 1, 1, 1, 1)),
        padding=choose.one_of(("finite", "nan", "infinity"), (5, 1, 1)),
        poison=choose.one_of(("none", "input", "state"), (16, 1, 1)),
        call=choose.one_of(
            (
                "once",
                "again",
                "another between",
                "changed in place",
                "one array changed in place",
                "rows moved in place",
                "after a refusal",
                "after an error",
            ),
            (20, 1, 4, 2, 2, 1, 1, 1),
        ),
        derivative=choose.one_of(derivatives, (20, 1, 1)),
        wrt=choose.one_of(("everything", "x", "initial", "parameters")),
    )
    structure = affordable(fitted(structure))
    if structure.call == "another between" and choose.one_of((True, False), (3, 1)):
        changes = list(changes_of(structure))
        if changes:
            structure = changed(structure, between=choose.one_of(changes))
    return structure


def _layers(choose: Chooser, theme: str) -> tuple[LayerDraft, ...]:
    if theme == "options":
        return _with_options(choose)
    counts = {"stack": ((3, 4, 5), (6, 2, 1)), "production": ((1, 2), (3, 1)), "edge": ((1, 2, 3), (4, 3, 1))}
    count = choose.one_of(*counts.get(theme, ((1, 2, 3, 4), (6, 7, 4, 1))))
    alike = choose.one_of((True, False), (5, 2) if theme in ("plain", "stack") else (2, 3))
    plain = theme == "plain" or choose.one_of((True, False), (1, 1))
    first = _layer(choose, plain=plain)
    layers = [first, *(first if alike else _changed(choose, first, plain=plain) for _ in range(count - 1))]
    top = layers[-1]
    if top.direction == "bidirectional" and not plain:
        layers[-1] = replace(top, merge=choose.one_of(("concat", "sum", "mean", "product", "none"), (3, 1, 1, 1, 1)))
    return tuple(layers)


def _with_options(choose: Chooser) -> tuple[LayerDraft, ...]:
    """One layer or two alike, whose cell has many options, now and then of a size where tiles end."""
    layer = _layer(choose, plain=False)
    kinds: tuple[type[Cell], ...] = (LSTM, GRU, RNN)
    cell = choose.one_of(kinds, (6, 3, 1))()
    options = OPTIONS[type(cell)]
    for _ in range(choose.one_of((4, 6, 8))):
        name = choose.one_of(tuple(options))
        cell = with_option(cell, name, choose.one_of(options[name][1:]))
    size = choose.one_of(EDGES[:6]) if choose.one_of((True, False), (1, 3)) else layer.H
    return (replace(layer, cell=cell, H=size),) * choose.one_of((1, 2), (3, 1))


def _layer(choose: Chooser, *, plain: bool) -> LayerDraft:
    directions: tuple[Direction, ...] = ("forward", "bidirectional", "reverse")
    return LayerDraft(
        cell=_cell(choose, plain=plain),
        H=choose.one_of((1, 2, 3, 4, 5, 6, 7), (1, 3, 4, 4, 3, 2, 1)),
        direction=choose.one_of(directions, (6, 4, 1) if plain else (4, 4, 2)),
        merge="concat" if plain else choose.one_of(("concat", "sum", "mean", "product"), (5, 1, 1, 1)),
        reverse_outputs="time" if plain else choose.one_of(("time", "processing"), (4, 1)),
    )


def _changed(choose: Chooser, below: LayerDraft, *, plain: bool) -> LayerDraft:
    """A layer that has some things from the one below, and others of its own."""
    own = _layer(choose, plain=plain)
    kept = {
        name: getattr(below, name)
        for name in ("cell", "H", "direction", "merge", "reverse_outputs")
        if choose.one_of((True, False))
    }
    return replace(own, **kept)


def _cell(choose: Chooser, *, plain: bool) -> Cell:
    cell = choose.one_of(COMMON, COMMON_WEIGHTS)
    if plain:
        return cell
    options = OPTIONS[type(cell)]
    for _ in range(choose.one_of((0, 1, 2, 3, 5), (2, 3, 2, 1, 1))):
        name = choose.one_of(tuple(options))
        cell = with_option(cell, name, choose.one_of(options[name]))
    return cell


def with_option(cell: Cell, name: str, value: Any) -> Cell:
    """`cell` with an option, or as it is where that has no meaning beside its others (VAR-9)."""
    changed = {name: value}
    if name in ("output_projection", "projection_bias", "projection_clip") and not getattr(cell, "projection", 1):
        changed["projection"] = 2
    if name == "clip_derivative" and value != "true":
        clips = [getattr(cell, clip, None) for clip in ("cell_clip", "projection_clip", "preactivation_clip")]
        if clips == [None] * 3:
            changed["preactivation_clip"] = 1.0
    try:
        return replace(cell, **changed)
    except ProblemError:
        return cell


def changes_of(structure: Structure) -> Iterator[Change]:
    """What another problem with the same parameters may have of its own, the simplest first."""
    for change in _changes(structure):
        if with_change(structure, change) is not None:
            yield change


def _changes(structure: Structure) -> Iterator[Change]:
    T, B = structure.T, structure.B
    for name, values in (
        ("initial", (not structure.initial,)),
        ("lengths", (None, (T,) * B, (1,) * B, (*(T,) * (B - 1), max(T - 1, 0)))),
        ("cotangents", ("none", "y", "both", "final")),
        ("T", (1, T + 1)),
        ("B", (1, B + 1)),
        ("padded_outputs", ("repeat", "zero")),
    ):
        yield from (Change(None, name, value) for value in values)
    directions: tuple[Direction, ...] = ("forward", "reverse")
    for k, layer in enumerate(structure.layers):
        yield from (Change(k, "direction", value) for value in directions)
        yield from (Change(k, "reverse_outputs", value) for value in ("time", "processing"))
        yield from (Change(k, "merge", value) for value in ("concat", "sum", "mean", "product"))
        for name, options in OPTIONS[type(layer.cell)].items():
            for value in options:
                given = getattr(with_option(layer.cell, name, value), name)
                yield Change(k, name, given)


def _lengths(choose: Chooser, T: int, B: int) -> tuple[int, ...] | None:
    pattern = choose.one_of(
        ("none", "any", "all T", "one empty", "first empty", "last empty", "empty among full", "all empty", "sorted",
         "all short", "ones"),
        (10, 5, 3, 2, 1, 1, 2, 1, 1, 1, 1),
    )  # fmt: skip
    if pattern == "none":
        return None
    lengths = [choose.one_of(range(T + 1)) for _ in range(min(B, 8))]
    lengths = [lengths[k % len(lengths)] for k in range(B)]
    match pattern:
        case "all T":
            lengths = [T] * B
        case "one empty":
            lengths[choose.one_of(range(B))] = 0
        case "first empty":
            lengths = [0, *([max(length, 1) for length in lengths[1:]])]
        case "last empty":
            lengths = [*(max(length, 1) for length in lengths[:-1]), 0]
        case "empty among full":
            lengths = [T] * B
            lengths[choose.one_of(range(B))] = 0
        case "all empty":
            lengths = [0] * B
        case "sorted":
            lengths = sorted((max(length, 1) for length in lengths), reverse=True)
            lengths[0] = T
        case "all short":
            lengths = [max(1, min(length, T - 1)) for length in lengths]
        case "ones":
            lengths = [1] * B
    return tuple(lengths)


def work(structure: Structure) -> float:
    """The multiplications of the forward pass, and those of what is done with the parameters alone."""
    total, size = 0.0, structure.I
    for layer in structure.layers:
        parameters = sum(
            rows * columns
            for rows, columns in (
                (shape[0], shape[1] if len(shape) > 1 else 1)
                for shape in layer.cell.parameter_shapes(size, layer.H).values()
            )
        )
        total += layer.directions * parameters * (4 + structure.T * structure.B)
        size = layer.features
    return total


def affordable(structure: Structure) -> Structure:
    """`structure` with fewer steps and sequences, and then fewer inputs, where it would take too long."""
    while work(structure) > WORK:
        if structure.T * structure.B > 1:
            name = "T" if structure.T >= structure.B else "B"
        elif structure.I > 1:
            name = "I"
        else:
            break
        structure = changed(structure, **{name: (getattr(structure, name) + 1) // 2})
    return structure
