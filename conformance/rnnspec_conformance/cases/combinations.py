"""Options beside each other (VAR-9): with the other cases, every pair of options that has a meaning is tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_conformance.cases.case import Case, declare

WORDS: dict[str, tuple[str, Any, str]] = {
    "new": ("peephole", "new", "PEEP-3"),
    "old": ("peephole", "old", "PEEP-4"),
    "no-i": ("input_gate", False, "VAR-1"),
    "no-f": ("forget_gate", False, "VAR-2"),
    "no-o": ("output_gate", False, "VAR-3"),
    "coupled-f": ("coupling", "forget", "VAR-4"),
    "coupled-i": ("coupling", "input", "VAR-5"),
    "relevance": ("relevance_gate", True, "VAR-6"),
    "recurrence": ("gate_recurrence", True, "VAR-7"),
    "before": ("reset", "before", "GRU-4"),
    "no-reset": ("reset", "none", "GRU-8"),
    "take": ("update", "take", "GRU-6"),
    "minimal": ("minimal", True, "GRU-9"),
    "relu": ("activation", "relu", "ACT-1"),
    "softsign": ("activation", "softsign", "ACT-1"),
    "hard": ("gate_activation", "hard_sigmoid", "ACT-1"),
    "softsign-g": ("candidate_activation", "softsign", "ACT-1"),
    "identity-k": ("output_activation", "identity", "ACT-1"),
    "proj-h": ("projection", 3, "PROJ-1"),
    "proj-q": ("output_projection", 2, "PROJ-3"),
    "proj-b": ("projection_bias", True, "PROJ-2"),
    "clip-c": ("cell_clip", 0.4, "CLIP-1"),
    "clip-h": ("projection_clip", 0.4, "CLIP-2"),
    "clip-a": ("preactivation_clip", 0.5, "CLIP-3"),
    "straight": ("clip_derivative", "straight-through", "CLIP-5"),
    "no-b": ("bias", False, "PAR-5"),
}
"""What the cells below are called by: an option, its value, and the rule that brings it."""

CELLS: dict[type[Cell], tuple[str, ...]] = {
    LSTM: (
        "old no-o coupled-i hard softsign-g identity-k proj-h proj-q proj-b clip-c clip-h clip-a straight no-b",
        "new no-i no-f relevance hard softsign-g identity-k clip-a straight no-b",
        "new no-i no-f hard proj-h proj-q proj-b clip-c clip-h straight",
        "no-o coupled-f hard softsign-g proj-h proj-b clip-c clip-h clip-a no-b",
        "recurrence hard softsign-g identity-k proj-h proj-q clip-c clip-h clip-a straight no-b",
        "old no-o coupled-f relevance hard identity-k clip-c clip-a straight no-b",
        "old no-i no-o hard proj-h proj-q clip-c clip-h",
        "new no-f no-o hard identity-k proj-h proj-b clip-c clip-h",
        "old recurrence hard identity-k proj-h proj-q proj-b clip-c clip-h straight",
        "no-o coupled-i relevance hard identity-k clip-a straight no-b",
        "old no-o coupled-f softsign-g proj-h proj-q proj-b clip-c clip-h straight no-b",
        "old no-f no-o hard proj-h proj-q clip-c no-b",
        "new relevance recurrence softsign-g identity-k clip-a straight no-b",
    ),
    GRU: (
        "before take minimal hard softsign-g clip-a straight no-b",
        "no-reset softsign-g clip-a straight",
        "no-reset take hard clip-a no-b",
        "before clip-a",
        "clip-a straight",
    ),
    RNN: (
        "relu clip-a straight no-b",
        "softsign clip-a no-b",
        "softsign clip-a straight",
    ),
}
"""Found greedily: each has as many pairs as a cell can that no other case has. All of them clip something."""


def cases() -> Iterator[Case]:
    """A case for each of these cells, in both directions and with padding."""
    for kind, every in CELLS.items():
        for number, words in enumerate(every, start=1):
            yield _case(kind, number, [WORDS[word] for word in words.split()])


def _case(kind: type[Cell], number: int, options: list[tuple[str, Any, str]]) -> Case:
    cell = kind(**{option: value for option, value, _ in options})
    name = kind.__name__.lower()
    derivative = "true" if cell.clip_derivative == "straight-through" else "straight-through"
    return declare(
        f"{name}-combination-{number}",
        ("VAR-9", *(rule for _, _, rule in options), "CLIP-4"),
        f"options keep their meaning beside each other: {', '.join(option for option, _, _ in options)}",
        (f"{name}-clip-derivative-{derivative}",),
        cells=(cell,),
        T=7,
        B=6,
        direction="bidirectional",
        lengths=(3, 5, 2, 4, 7, 1),
    )
