"""Numerical edges: saturated, large, tiny and zero weights; sizes of one and many steps; inputs below the normal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnspec import PRECISIONS, RNN, Cell
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import BASIC, PLAIN

EDGED: dict[str, Cell] = PLAIN | {name: BASIC[name][0] for name in ("peephole-new", "gru-before-keep")}

NOT_FLOAT16 = tuple(name for name in PRECISIONS if name != "float16")
"""Precisions that hold a million, and a trillionth, as a normal number."""

SIZES_OF_ONE: dict[str, tuple[str, dict[str, Any]]] = {
    "one-hidden-unit": ("a single unit", {"H": 1}),
    "one-input": ("a single input", {"I": 1}),
    "one-sequence": ("a single sequence", {"B": 1}),
}

REMAINDERS: dict[str, dict[str, Any]] = {
    "four-by-five": {"T": 6, "B": 4, "I": 3, "H": 5},
    "nine-by-seventeen": {"B": 9, "I": 7, "H": 17},
    "two-by-thirty-one": {"B": 2, "I": 33, "H": 31},
    "eight-by-sixteen": {"B": 8, "I": 24, "H": 16},
}
"""Sequences by units: sizes that leave a remainder of vectors and tiles of 4, 8, 16 and 32 numbers, or none."""

OVERFLOWS = {"softplus": "softplus-overflows", "elu": "elu-derivative-overflows"}
"""Activations that have an exponential function and no upper bound, and the reading that overflows in it."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _overflows()
    for position, (name, cell) in enumerate(PLAIN.items()):
        yield from _plain(name, cell, seed=400 + 10 * position)
    for name, cell in EDGED.items():
        yield from _weights(name, cell)
        yield from _sizes(name, cell)


def _plain(name: str, cell: Cell, seed: int) -> Iterator[Case]:
    overflow = {"lstm": "lstm-sigmoid-overflows", "gru": "gru-sigmoid-overflows", "rnn": "rnn-bias-dropped"}
    gates = "pre-activations of several thousands give finite outcomes"
    yield declare(
        f"{name}-saturated",
        ("NUM-1",),
        gates if name != "rnn" else "a large pre-activation gives 1 or -1",
        (overflow[name],),
        cells=(cell,),
        seed=seed,
        scale=3000.0,
        cotangents="none",
    )
    yield declare(
        f"{name}-small-weights",
        ("NUM-2",),
        "small weights are not rounded away",
        ("less-precise",),
        cells=(cell,),
        seed=seed + 1,
        scale=1e-3,
    )
    yield declare(
        f"{name}-one-unit",
        ("PAR-1", "NUM-3"),
        "one unit, one input and one sequence are no special case",
        ("other-dtype",),
        cells=(cell,),
        seed=seed + 2,
        B=1,
        I=1,
        H=1,
    )
    yield declare(
        f"{name}-fifty-steps",
        ("NUM-2", "SEQ-1"),
        "rounding does not pile up beyond the tolerance in fifty steps",
        ("less-precise", "time-reversed"),
        cells=(cell,),
        seed=seed + 3,
        T=50,
        scale=0.6,
    )


def _overflows() -> Iterator[Case]:
    for position, (name, mutant) in enumerate(OVERFLOWS.items()):
        yield declare(
            f"{name}-overflow",
            ("NUM-1", "ACT-1", "ACT-3"),
            f"{name} and its derivative are finite where the exponential function is not",
            (mutant,),
            cells=(RNN(activation=name),),
            seed=480 + position,
            T=1,
            scale=3000.0,
        )


def _weights(name: str, cell: Cell) -> Iterator[Case]:
    bias_dropped = f"{type(cell).__name__.lower()}-bias-dropped"
    yield declare(
        f"{name}-tiny-weights",
        ("NUM-2",),
        "weights and biases of a trillionth are not taken for zero",
        ("tiny-numbers-taken-for-zero",),
        cells=(cell,),
        scale=1e-12,
        initial=False,
        precisions=NOT_FLOAT16,
        in_default=name in PLAIN,
    )
    yield declare(
        f"{name}-large-weights",
        ("NUM-1",),
        "pre-activations of millions give finite outcomes and gradients",
        (bias_dropped,),
        cells=(cell,),
        scale=1e6,
        precisions=NOT_FLOAT16,
        in_default=False,
    )
    yield declare(
        f"{name}-zero-weights",
        ("PAR-3", "GRAD-7"),
        "weights of zero have gradients all the same",
        ("gradient-of-W-missing",),
        cells=(cell,),
        scale=0.0,
        in_default=False,
    )


def _sizes(name: str, cell: Cell) -> Iterator[Case]:
    bias_dropped = f"{type(cell).__name__.lower()}-bias-dropped"
    for id, (words, size) in SIZES_OF_ONE.items():
        yield declare(
            f"{name}-{id}",
            ("PAR-1", "SEQ-1"),
            f"{words} is no special case",
            (bias_dropped,),
            cells=(cell,),
            in_default=False,
            **size,
        )
    for id, size in REMAINDERS.items():
        yield declare(
            f"{name}-{id}",
            ("PAR-1", "PAR-3"),
            "no size is special, whatever the vectors and tiles of a machine are",
            (f"{type(cell).__name__.lower()}-recurrent-matrix-transposed",),
            cells=(cell,),
            in_default=False,
            **size,
        )
    yield declare(
        f"{name}-two-thousand-steps",
        ("SEQ-1", "NUM-2"),
        "two thousand steps are two thousand steps",
        ("steps-beyond-a-thousand-ignored",),
        cells=(cell,),
        T=2000,
        B=2,
        I=1,
        H=3,
        scale=0.6,
        cotangents="both" if name == "lstm" else "none",
        in_default=name == "rnn",
    )
    yield declare(
        f"{name}-subnormal-inputs",
        ("NUM-1", "NUM-2"),
        "inputs too small to be normal do no harm",
        ("inputs-divided-by-the-largest",),
        cells=(cell,),
        inputs=None,
        in_default=name in PLAIN,
    )
