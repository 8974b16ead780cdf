"""What a mistake is: a kernel, some text of which is replaced, and a problem that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rnnspec import Problem

Calls = Problem | Iterable[Problem]
"""One problem, or the problems of several calls. Their arrays may be changed from call to call."""


class Change(NamedTuple):
    """A replacement in the source of a kernel, where `old` stands exactly `times` times."""

    old: str
    new: str
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One wrong implementation.

    Attributes
    ----------
    ident
        Its name in its set. The letter in front says what is wrong: ``f`` outputs, ``g`` gradients only, ``s`` what
        depends on structure, sizes or calls, ``p`` something of the partial kernel.
    kind
        One or two words for mistakes of its kind.
    sentence
        What is wrong, in words.
    changes
        The replacements that make it.
    example
        Makes calls that show it.
    """

    ident: str
    kind: str
    sentence: str
    changes: tuple[Change, ...]
    example: Callable[[], Calls]


@dataclass(frozen=True, kw_only=True)
class MistakeSet:
    """Mistakes that were written together.

    Attributes
    ----------
    name
        What it is called on the command line.
    kernel
        The kernel in which they are made: a name of `building.KERNELS`.
    precision
        The one in which they are judged.
    mistakes
        The mistakes in the order in which they were written.
    """

    name: str
    kernel: str
    precision: str
    mistakes: tuple[Mistake, ...]
