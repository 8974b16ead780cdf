"""Options beside each other (VAR-9): with the other cases, every pair of options that has a meaning is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_conformance.cases.case import Case, declare

CELL_CLIP, PROJECTION_CLIP, PREACTIVATION_CLIP = 0.4, 0.4, 0.5

LSTMS: tuple[LSTM, ...] = (
    LSTM(
        peephole="old",
        output_gate=False,
        coupling="input",
        gate_activation="hard_sigmoid",
        candidate_activation="softsign",
        output_activation="identity",
        projection=3,
        output_projection=2,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="new",
        input_gate=False,
        forget_gate=False,
        relevance_gate=True,
        gate_activation="hard_sigmoid",
        candidate_activation="softsign",
        output_activation="identity",
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="new",
        input_gate=False,
        forget_gate=False,
        gate_activation="hard_sigmoid",
        projection=3,
        output_projection=2,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        clip_derivative="straight-through",
    ),
    LSTM(
        output_gate=False,
        coupling="forget",
        gate_activation="hard_sigmoid",
        candidate_activation="softsign",
        projection=3,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        preactivation_clip=PREACTIVATION_CLIP,
        bias=False,
    ),
    LSTM(
        gate_recurrence=True,
        gate_activation="hard_sigmoid",
        candidate_activation="softsign",
        output_activation="identity",
        projection=3,
        output_projection=2,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="old",
        output_gate=False,
        coupling="forget",
        relevance_gate=True,
        gate_activation="hard_sigmoid",
        output_activation="identity",
        cell_clip=CELL_CLIP,
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="old",
        input_gate=False,
        output_gate=False,
        gate_activation="hard_sigmoid",
        projection=3,
        output_projection=2,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
    ),
    LSTM(
        peephole="new",
        forget_gate=False,
        output_gate=False,
        gate_activation="hard_sigmoid",
        output_activation="identity",
        projection=3,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
    ),
    LSTM(
        peephole="old",
        gate_recurrence=True,
        gate_activation="hard_sigmoid",
        output_activation="identity",
        projection=3,
        output_projection=2,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        clip_derivative="straight-through",
    ),
    LSTM(
        output_gate=False,
        coupling="input",
        relevance_gate=True,
        gate_activation="hard_sigmoid",
        output_activation="identity",
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="old",
        output_gate=False,
        coupling="forget",
        candidate_activation="softsign",
        projection=3,
        output_projection=2,
        projection_bias=True,
        cell_clip=CELL_CLIP,
        projection_clip=PROJECTION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    LSTM(
        peephole="old",
        forget_gate=False,
        output_gate=False,
        gate_activation="hard_sigmoid",
        projection=3,
        output_projection=2,
        cell_clip=CELL_CLIP,
        bias=False,
    ),
    LSTM(
        peephole="new",
        relevance_gate=True,
        gate_recurrence=True,
        candidate_activation="softsign",
        output_activation="identity",
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
)

GRUS: tuple[GRU, ...] = (
    GRU(
        reset="before",
        update="take",
        minimal=True,
        gate_activation="hard_sigmoid",
        candidate_activation="softsign",
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
        bias=False,
    ),
    GRU(
        reset="none",
        candidate_activation="softsign",
        preactivation_clip=PREACTIVATION_CLIP,
        clip_derivative="straight-through",
    ),
    GRU(
        reset="none",
        update="take",
        gate_activation="hard_sigmoid",
        preactivation_clip=PREACTIVATION_CLIP,
        bias=False,
    ),
    GRU(reset="before", preactivation_clip=PREACTIVATION_CLIP),
    GRU(preactivation_clip=PREACTIVATION_CLIP, clip_derivative="straight-through"),
)

RNNS: tuple[RNN, ...] = (
    RNN(activation="relu", preactivation_clip=PREACTIVATION_CLIP, clip_derivative="straight-through", bias=False),
    RNN(activation="softsign", preactivation_clip=PREACTIVATION_CLIP, bias=False),
    RNN(activation="softsign", preactivation_clip=PREACTIVATION_CLIP, clip_derivative="straight-through"),
)

RULES = {
    "peephole": "PEEP-1",
    "input_gate": "VAR-1",
    "forget_gate": "VAR-2",
    "output_gate": "VAR-3",
    "coupling": "VAR-4",
    "relevance_gate": "VAR-6",
    "gate_recurrence": "VAR-7",
    "gate_activation": "ACT-1",
    "candidate_activation": "ACT-1",
    "output_activation": "ACT-1",
    "activation": "ACT-1",
    "projection": "PROJ-1",
    "output_projection": "PROJ-3",
    "projection_bias": "PROJ-2",
    "cell_clip": "CLIP-1",
    "projection_clip": "CLIP-2",
    "preactivation_clip": "CLIP-3",
    "clip_derivative": "CLIP-5",
    "reset": "GRU-4",
    "update": "GRU-6",
    "minimal": "GRU-9",
    "bias": "PAR-5",
}
"""The rule that brings each option."""


def cases() -> Iterator[Case]:
    """A case for each of these cells, in both directions, with padding; all of them clip something."""
    kinds: tuple[tuple[Cell, ...], ...] = (LSTMS, GRUS, RNNS)
    for cells in kinds:
        for number, cell in enumerate(cells, start=1):
            yield _case(number, cell)


def _case(number: int, cell: Cell) -> Case:
    given = [field.name for field in fields(cell) if getattr(cell, field.name) != getattr(type(cell)(), field.name)]
    kind = type(cell).__name__.lower()
    derivative = "true" if cell.clip_derivative == "straight-through" else "straight-through"
    return declare(
        f"{kind}-combination-{number}",
        ("VAR-9", *(RULES[option] for option in given), "CLIP-4"),
        f"options keep their meaning beside each other: {', '.join(given)}",
        (f"{kind}-clip-derivative-{derivative}",),
        cells=(cell,),
        T=7,
        B=6,
        direction="bidirectional",
        lengths=(3, 5, 2, 4, 7, 1),
    )
