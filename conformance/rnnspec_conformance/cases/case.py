"""A case: a sentence about recurrent layers, and a problem on which it can fail."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any, Literal

from rnnspec import PRECISIONS, Precision, Problem
from rnnspec_conformance.cases.recipe import Recipe

Kind = Literal[
    "outcome",
    "chunks",
    "sequences-in-another-order",
    "sequences-one-by-one",
    "poisoned-neighbour",
    "poisoned-padding",
    "longer-padding",
    "zero-states",
    "mirrored",
    "cotangents-apart",
    "jvp",
    "hvp",
    "layout-names",
    "layout-identity",
    "layout-probe",
    "twice",
    "memory",
]
Wrt = Literal["everything", "x", "initial", "parameters"]


SALT = 13
"""Goes into the seeds that come from ids: the first number for which no case is degenerate."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case.

    Attributes
    ----------
    id
        Stable; words joined by hyphens.
    rules
        The rules it exercises; the first is the one it is about.
    sentence
        What holds.
    catches
        Misreadings that it is made to catch (ids of mutants); that it does is checked.
    recipe
        The problem.
    kind
        ``outcome``: solve and compare every array. ``jvp``, ``hvp``: derivatives along tangents. ``layout-names``:
        the declared native names and shapes are those that the implementation reports. ``layout-identity``: unpacking
        what was packed gives it back. ``layout-probe``: each native block is changed by itself, and the outcome must
        change as the reference says. ``twice``: solve again, after another problem and with other seeds. ``memory``:
        solve again and again, with a larger batch, and measure. The others are laws
        (`rnnspec_conformance.judging.laws`).
    fields
        A regular expression of the fields that are compared.
    wrt
        What moves in a derivative along tangents.
    precisions
        The precisions in which the numbers of the problem, and those of its outcome, can be written.
    family
        The module that declares it.
    in_default
        Whether it belongs to the default selection; all cases belong to the selection called ``all``.
    """

    id: str
    rules: tuple[str, ...]
    sentence: str
    catches: tuple[str, ...]
    recipe: Recipe
    kind: Kind = "outcome"
    fields: str = ".*"
    wrt: Wrt = "everything"
    precisions: tuple[str, ...] = tuple(PRECISIONS)
    family: str = ""
    in_default: bool = True

    @property
    def chapter(self) -> str:
        """The prefix of the first rule, e.g. ``LSTM``."""
        return self.rules[0].split("-")[0]

    def problem(self, precision: Precision) -> Problem:
        """The problem of this case, exact in `precision`."""
        return self.recipe.problem(precision)

    def compares(self, field: str) -> bool:
        """Whether a field of the outcome is compared."""
        return re.fullmatch(self.fields, field) is not None


def declare(
    id: str,
    rules: tuple[str, ...],
    sentence: str,
    catches: tuple[str, ...],
    *,
    kind: Kind = "outcome",
    fields: str = ".*",
    wrt: Wrt = "everything",
    precisions: tuple[str, ...] = tuple(PRECISIONS),
    in_default: bool = True,
    seed: int | None = None,
    **recipe: Any,
) -> Case:
    """A case whose recipe is given by the remaining keyword arguments; its seed, if none is given, by its id."""
    return Case(
        id=id,
        rules=tuple(dict.fromkeys(rules)),
        sentence=sentence,
        catches=catches,
        kind=kind,
        fields=fields,
        wrt=wrt,
        precisions=precisions,
        in_default=in_default,
        recipe=Recipe(seed=zlib.crc32(f"{id} {SALT}".encode()) if seed is None else seed, **recipe),
    )
