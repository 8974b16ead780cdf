"""A claim, and what was found about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

Verdict = Literal["holds", "holds with a condition", "does not hold as said"]

Numbers = dict[str, Any]
"""Names to numbers, booleans, lists of them, or further such dictionaries."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Lines of a figure over common places on the horizontal axis.

    Attributes
    ----------
    title, horizontal, vertical
        What the figure shows, and what its axes count.
    at
        The places, at most 200.
    lines
        The values by the name of the line, one for each place.
    logarithmic
        Whether the vertical axis is better drawn logarithmically.
    """

    title: str
    horizontal: str
    vertical: str
    at: Sequence[float]
    lines: dict[str, Sequence[float]]
    logarithmic: bool = False

    def __post_init__(self) -> None:
        assert len(self.at) <= 200, self.title
        assert all(len(line) == len(self.at) for line in self.lines.values()), self.title


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was computed: numbers by name, and lines for figures by name."""

    numbers: Numbers
    series: dict[str, Series] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """Something that lectures say about these cells, and whether it is so.

    Attributes
    ----------
    id
        ``C1`` to ``C13``.
    sentence
        The claim.
    verdict
        Whether it is so.
    because
        The condition under which it is so, or what is so instead, in one sentence.
    rules
        The rules of the text that say what is computed.
    compute
        Computes the numbers by `rnnspec`.
    """

    id: str
    sentence: str
    verdict: Verdict
    because: str
    rules: tuple[str, ...]
    compute: Callable[[], Findings]

    def __post_init__(self) -> None:
        assert self.verdict in get_args(Verdict), self.id

    @cached_property
    def findings(self) -> Findings:
        """What was found, computed once."""
        return self.compute()

    @property
    def numbers(self) -> Numbers:
        """The numbers that were found."""
        return self.findings.numbers
