"""A case: a sentence about recurrent layers, and a problem on which it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rnnspec import Arithmetic, Problem
from rnnspec_conformance.cases.recipe import Recipe

Kind = Literal["outcome", "chunks", "jvp", "hvp", "layout-names", "layout-identity", "layout-probe", "twice", "memory"]


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
        Wrong readings that it is made to catch (ids of mutants); that it does is checked.
    recipe
        The problem.
    kind
        ``outcome``: solve and compare every array. ``chunks``: solve the first and the last steps one after the other,
        and compare with the whole. ``jvp``, ``hvp``: derivatives along a direction. ``layout-names``: the declared
        native names and shapes are those that the implementation reports. ``layout-identity``: unpacking what was
        packed gives it back. ``layout-probe``: each native block is changed by itself, and the outcome must change as
        the reference says. ``twice``: solve again, after another problem and with other seeds. ``memory``: solve again
        and again, with a larger batch, and measure.
    in_default
        Whether it belongs to the default selection; all cases belong to the selection called ``all``.
    """

    id: str
    rules: tuple[str, ...]
    sentence: str
    catches: tuple[str, ...]
    recipe: Recipe
    kind: Kind = "outcome"
    in_default: bool = True

    @property
    def chapter(self) -> str:
        """The prefix of the first rule, e.g. ``LSTM``."""
        return self.rules[0].split("-")[0]

    def problem(self, arithmetic: Arithmetic) -> Problem:
        """The problem of this case, exact in `arithmetic`."""
        return self.recipe.problem(arithmetic)


def declare(
    id: str,
    rules: tuple[str, ...],
    sentence: str,
    catches: tuple[str, ...],
    *,
    kind: Kind = "outcome",
    in_default: bool = True,
    **recipe: Any,
) -> Case:
    """A case whose recipe is given by the remaining keyword arguments."""
    made = Recipe(**recipe)
    return Case(id=id, rules=rules, sentence=sentence, catches=catches, kind=kind, in_default=in_default, recipe=made)
