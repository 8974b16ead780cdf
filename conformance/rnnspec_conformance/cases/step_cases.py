"""Forward passes: one step and several of every cell, and one letter at a time."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM, RNN
from rnnspec_conformance.cases.case import Case, declare
from rnnspec_conformance.cases.case_cells import BASIC, PLAIN


def cases() -> Iterator[Case]:
    """All cases of this family."""
    yield from _steps()
    yield from _parameters()


def _steps() -> Iterator[Case]:
    """One step, and several."""
    for position, (name, (cell, rules, catches, sentence)) in enumerate(BASIC.items()):
        yield declare(
            f"{name}-one-step", rules, sentence, catches, cells=(cell,), seed=100 + position, T=1, cotangents="none"
        )
        yield declare(
            f"{name}-forward", rules, sentence, catches, cells=(cell,), seed=120 + position, cotangents="none"
        )
    for position, (name, bare) in enumerate(
        {
            "rnn": RNN(bias=False),
            "lstm": LSTM(bias=False),
            "gru-after": GRU(bias=False),
            "gru-before": GRU(reset="before", bias=False),
        }.items()
    ):
        kind = name.split("-")[0]
        yield declare(
            f"{name}-without-bias",
            ("PAR-5", "PAR-3"),
            "without biases a layer equals one whose biases are zero, and its gradients name none",
            (f"{kind}-recurrent-matrix-transposed", "gradient-of-W-missing"),
            cells=(bare,),
            seed=140 + position,
        )


def _parameters() -> Iterator[Case]:
    """One letter at a time, where each has the largest say."""
    for position, (name, cell) in enumerate(PLAIN.items()):
        yield declare(
            f"{name}-many-inputs",
            ("PAR-1", "PAR-3"),
            "W x sums over the inputs, one row of W for each unit",
            (f"{name}-inputs-reversed",),
            cells=(cell,),
            seed=160 + position,
            I=7,
            H=2,
        )
        yield declare(
            f"{name}-large-bias",
            ("PAR-2",),
            "each gate has one bias, added once",
            (f"{name}-bias-dropped", f"{name}-bias-doubled"),
            cells=(cell,),
            seed=170 + position,
            offset=1.0,
        )
