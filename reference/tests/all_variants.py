"""The cells and layers of the tests, listed systematically: every option alone, and every pair that has a meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from itertools import combinations
from typing import Any, Literal, get_args, get_origin, get_type_hints

from rnnspec import GRU, LSTM, RNN, Activation, Cell, ProblemError

from .random_problems import Spec, Stack

# One of each, with constants of its own where it has some.
ACTIVATIONS: tuple[str | Activation, ...] = (
    "sigmoid",
    "tanh",
    "relu",
    "identity",
    "softsign",
    "softplus",
    "leaky_relu",
    "thresholded_relu",
    "hard_sigmoid",
    "elu",
    "affine",
    "scaled_tanh",
    Activation(name="affine", alpha=0.6, beta=-0.3),
    Activation(name="leaky_relu", alpha=0.3),
    Activation(name="thresholded_relu", alpha=0.2),
    Activation(name="scaled_tanh", alpha=1.7, beta=0.6),
    Activation(name="hard_sigmoid", alpha=1 / 6),
    Activation(name="elu", alpha=0.7),
)


def made(kind: type[Cell], options: Mapping[str, Any]) -> Iterator[Cell]:
    """The cell with these options, or nothing where it has no meaning (VAR-9, GRU-9, CLIP-5)."""
    try:
        yield kind(**options)
    except ProblemError as error:
        if error.rule not in ("VAR-9", "GRU-9", "CLIP-5"):
            raise


def choices(kind: type[Cell]) -> dict[str, tuple[Any, ...]]:
    """By option that is one of a few values: those values, as its type has them."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if hint is bool or get_origin(hint) is Literal}
    return {name: (True, False) if hint is bool else get_args(hint) for name, hint in hints.items()}


def chosen(kind: type[Cell]) -> tuple[dict[str, Any], ...]:
    """Every option that is one of a few values, at each of them but the default, where that has a meaning alone."""
    defaults = {option.name: option.default for option in fields(kind)}
    others = ({name: value} for name, values in choices(kind).items() for value in values if value != defaults[name])
    return tuple(options for options in others if any(made(kind, options)))


# The bounds are such that random problems are clipped in some places and not in others.
LSTM_OPTIONS: tuple[dict[str, Any], ...] = (
    *chosen(LSTM),
    {"gate_activation": "hard_sigmoid"},
    {"candidate_activation": "softsign"},
    {"output_activation": "identity"},
    {"projection": 3},
    {"projection": 5, "output_projection": 2},
    {"projection": 3, "projection_bias": True},
    {"projection": 3, "output_projection": 2, "projection_bias": True, "projection_clip": 0.3},
    {"projection": 2, "projection_clip": 0.3},
    {"cell_clip": 0.6},
    {"preactivation_clip": 0.9},
    {"cell_clip": 0.6, "preactivation_clip": 0.9, "clip_derivative": "straight-through"},
)
GRU_OPTIONS: tuple[dict[str, Any], ...] = (
    *chosen(GRU),
    {"gate_activation": "hard_sigmoid"},
    {"candidate_activation": "softsign"},
    {"preactivation_clip": 0.9},
    {"preactivation_clip": 0.9, "clip_derivative": "straight-through"},
)
RNN_OPTIONS: tuple[dict[str, Any], ...] = (
    *chosen(RNN),
    {"preactivation_clip": 0.9},
    {"preactivation_clip": 0.9, "clip_derivative": "straight-through"},
)


def one_by_one(kind: type[Cell], options: tuple[dict[str, Any], ...]) -> tuple[Cell, ...]:
    return tuple(cell for chosen in options for cell in made(kind, chosen))


def in_pairs(kind: type[Cell], options: tuple[dict[str, Any], ...]) -> tuple[Cell, ...]:
    """Every pair of options that set different things."""
    return tuple(
        cell
        for one, other in combinations(options, 2)
        if not set(one) & set(other)
        for cell in made(kind, {**one, **other})
    )


SINGLE_OPTIONS: tuple[Cell, ...] = (
    *one_by_one(LSTM, LSTM_OPTIONS),
    LSTM(input_gate=False, forget_gate=False, output_gate=False),
    LSTM(peephole="new", coupling="forget", projection=3, output_projection=2, cell_clip=0.6, preactivation_clip=0.9),
    LSTM(peephole="old", gate_recurrence=True, relevance_gate=True, cell_clip=0.6, preactivation_clip=0.9),
    *one_by_one(GRU, GRU_OPTIONS),
    GRU(minimal=True, reset="before", update="take"),
    *one_by_one(RNN, RNN_OPTIONS),
)
PAIRS_OF_OPTIONS: tuple[Cell, ...] = (
    *in_pairs(LSTM, LSTM_OPTIONS),
    *in_pairs(GRU, GRU_OPTIONS),
    *in_pairs(RNN, RNN_OPTIONS),
)
# A threshold of 1 leaves too little of a gate, or of an output, for a gradient.
_NOT_EVERYWHERE = ("thresholded_relu",)
WITH_ACTIVATIONS: tuple[Cell, ...] = tuple(
    cell
    for activation in ACTIVATIONS
    for cell in (
        RNN(activation=activation),
        LSTM(candidate_activation=activation),
        GRU(candidate_activation=activation),
        *(
            ()
            if activation in _NOT_EVERYWHERE
            else (
                LSTM(gate_activation=activation),
                LSTM(output_activation=activation),
                GRU(gate_activation=activation),
            )
        ),
    )
)
VARIANTS: tuple[Cell, ...] = tuple(dict.fromkeys((*SINGLE_OPTIONS, *PAIRS_OF_OPTIONS, *WITH_ACTIVATIONS)))

# Every way to read, merge and order the outputs, with cells whose outputs have other features than their cells.
_TWO = LSTM(peephole="new", projection=3, output_projection=2)
SEQUENCE_OPTIONS: tuple[Spec, ...] = (
    Spec(_TWO),
    Spec(_TWO, "reverse"),
    Spec(_TWO, "reverse", "concat", "processing"),
    *(
        Spec(cell, "bidirectional", merge, order)
        for cell in (_TWO, GRU())
        for merge in ("concat", "sum", "mean", "product", "none")
        for order in ("time", "processing")
    ),
)
VARIED_STACKS: tuple[Stack, ...] = (
    (Spec(LSTM(projection=3), "bidirectional", "product"), Spec(GRU(minimal=True), "bidirectional", "none")),
    (Spec(_TWO, "reverse", "concat", "processing"), Spec(LSTM(gate_recurrence=True), "forward")),
    (
        Spec(RNN(activation="softplus"), "bidirectional", "mean", "processing"),
        Spec(LSTM(coupling="input", cell_clip=0.6), "bidirectional", "sum"),
        Spec(_TWO, "bidirectional", "product", "processing"),
    ),
)


def clips(cell: Cell) -> bool:
    """Whether the cell clips anything."""
    return any(value is not None for option, value in vars(cell).items() if option.endswith("_clip"))


def with_options(cell: Cell, **options: Any) -> Cell:
    """`cell` with other options."""
    return replace(cell, **options)


def straight_through(cell: Cell) -> bool:
    """Whether the derivative of the cell's clips is not the true one."""
    return clips(cell) and cell.clip_derivative == "straight-through"
