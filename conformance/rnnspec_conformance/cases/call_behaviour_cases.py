"""Cases about what an implementation does besides computing, by solving the same problem more than once."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_conformance.cases.case import Case, declare

CELLS: dict[str, tuple[Cell, str]] = {
    "rnn": (RNN(), "RNN-2"),
    "lstm": (LSTM(), "LSTM-4"),
    "peephole": (LSTM(peephole="new"), "PEEP-3"),
    "gru": (GRU(), "GRU-3"),
}
"""Name: the cell, and the rule of its step, which stands last in a case: a first answer that is wrong speaks of it."""


def cases() -> Iterator[Case]:
    """All cases of this family."""
    for position, (name, (cell, step)) in enumerate(CELLS.items()):
        seed = 9000 + 10 * position
        yield declare(
            f"{name}-twice",
            ("COND-3", "COND-1", "COND-2", step),
            "the same problem has the same outcome, whatever was solved before and whatever generators are seeded with",
            (
                "call-state-of-the-call-before",
                "call-global-random-numbers",
                "call-output-in-a-buffer-used-again",
                "call-problem-overwritten",
                "call-final-state-is-a-view",
            ),
            kind="twice",
            cells=(cell,),
            seed=seed,
            initial=False,
        )
        yield declare(
            f"{name}-twice-initial",
            ("COND-3", "COND-1", "COND-2", step),
            "the same problem with initial states and lengths has the same outcome again",
            (
                "call-global-random-numbers",
                "call-output-in-a-buffer-used-again",
                "call-initial-state-advanced-in-place",
            ),
            kind="twice",
            cells=(cell,),
            seed=seed + 2,
            lengths=(2, 5, 3),
        )
    for position, name in enumerate(("lstm", "gru")):
        yield declare(
            f"{name}-memory",
            ("COND-4",),
            "memory does not grow with the number of calls",
            ("call-outcomes-kept",),
            kind="memory",
            cells=(CELLS[name][0],),
            seed=9100 + 10 * position,
            T=4,
            B=2,
            I=3,
            H=5,
        )
