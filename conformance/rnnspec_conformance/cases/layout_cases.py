"""What an implementation says of its parameters, and what its blocks do."""

from __future__ import annotations

from collections.abc import Iterator

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_conformance.cases.case import Case, declare


def cases() -> Iterator[Case]:
    """All cases of this family."""
    cells: dict[str, tuple[Cell, tuple[str, ...]]] = {
        "rnn": (RNN(), ()),
        "lstm": (LSTM(), ("lstm-gates-ofgi",)),
        "peephole": (LSTM(peephole="new"), ("peephole-gates-fio",)),
        "gru": (GRU(), ("gru-gates-zrn", "gru-b-rn-outside-the-reset-product")),
        "gru-take": (GRU(update="take"), ("layout-sign-forgotten",)),
    }
    for position, (name, (cell, catches)) in enumerate(cells.items()):
        seed = 500 + 10 * position
        yield declare(
            f"{name}-layout-names",
            ("LAY-3",),
            "the declared native names and shapes are those that the implementation reports",
            ("layout-names-other", "layout-shapes-other"),
            kind="layout-names",
            cells=(cell, cell),
            seed=seed,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-layout-identity",
            ("LAY-4",),
            "unpacking what was packed gives it back, bit for bit",
            ("layout-unpacks-something-else",),
            kind="layout-identity",
            cells=(cell, cell),
            seed=seed + 1,
            direction="bidirectional",
        )
        yield declare(
            f"{name}-layout-probe",
            ("LAY-1", "LAY-2", "LAY-5", "LAY-6"),
            "a change of one native block changes the outcome exactly as the reference says",
            ("layout-native-axes-exchanged", "layout-second-bias-ignored", "layout-shares-forgotten", *catches),
            kind="layout-probe",
            cells=(cell,),
            seed=seed + 2,
            T=2,
            I=5,
            cotangents="none",
        )
