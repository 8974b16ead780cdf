"""A probe: one mistake, made in one layer of one framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnspec_workshop.bad_input.wrong_calls import MISTAKES, NO_PAIR, Pair

Shapes = dict[str, list[int]]
"""The shapes of what a call returned, by name."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One call of a framework that is wrong in one thing.

    Attributes
    ----------
    layer
        The framework's own name of what is called, e.g. ``torch.nn.LSTM``.
    mistake
        A key of `MISTAKES`.
    call
        Makes the call, in a process of its own, to which it is sent: the shapes of what it returned.
    names
        What the framework calls the argument or parameter that is wrong.
    pair
        The two sizes or types that disagree; nothing where there are no such two.
    """

    layer: str
    mistake: str
    call: Callable[[], Shapes]
    names: tuple[str, ...]
    pair: Pair = NO_PAIR

    def __post_init__(self) -> None:
        if self.mistake not in MISTAKES:
            raise ValueError(f"mistake: wanted one of {', '.join(MISTAKES)}, got {self.mistake!r}")
        if not self.names:
            raise ValueError(f"names: wanted what {self.layer} calls the thing that is wrong, got nothing")

    @property
    def id(self) -> str:
        """E.g. ``torch.nn.LSTM:input-size``."""
        return f"{self.layer}:{self.mistake}"
