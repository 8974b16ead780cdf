"""Is my function right? A function, and what it is like, to a verdict."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from rnnspec import PRECISIONS
from rnnspec_adapters.functions import FunctionAdapter, from_function
from rnnspec_conformance.other_conventions import right_under
from rnnspec_conformance.reports import terminal
from rnnspec_conformance.results import Run
from rnnspec_conformance.validation import validate

DRAWS = 100
"""How many problems are drawn after the cases."""

WIDTH = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What came of a check; `str` gives the table and the verdict.

    Attributes
    ----------
    run
        The rows, as `rnnspec_conformance.validate` gives them.
    hint
        Under which other convention the function is right; empty where it is right as it is, or under none.
    """

    run: Run
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether something was judged, and nothing differs."""
        return terminal.succeeded(self.run.rows, self.run.stream)

    def __str__(self) -> str:
        text = io.StringIO()
        terminal.show(self.run, Console(file=text, width=WIDTH))
        wrong = [row.message for row in self.run.rows if row.message][:1]
        lines = [*wrong, text.getvalue().strip("\n"), *([self.hint] if self.hint else [])]
        return "\n".join([*lines, terminal.verdict_of(self.run.rows, self.run.stream)])


def check(
    function: Callable[..., Any],
    *,
    like: str,
    cell: str | None = None,
    takes: str | None = None,
    gives: str | None = None,
    batch_first: bool = False,
    arrays: str | None = None,
    precisions: tuple[str, ...] | None = None,
    draws: int = DRAWS,
) -> Report:
    """Judge a function of one layer, forward: its outputs and, where its framework differentiates, all gradients.

    Parameters
    ----------
    function, like, cell, takes, gives, batch_first, arrays
        As `rnnspec_adapters.functions.from_function` has them.
    precisions
        Some of `rnnspec.PRECISIONS`; float64 and float32 where None.
    draws
        How many problems are drawn after the cases.

    Raises
    ------
    ValueError
        When the words mean nothing; the message says what would.
    """
    options = {"cell": cell, "takes": takes, "gives": gives, "batch_first": batch_first, "arrays": arrays}
    adapter = from_function(function, like=like, **options)  # type: ignore[arg-type]
    run = validate(adapter, precisions=precisions, selection=selection_of(adapter), draws=draws)
    right = terminal.succeeded(run.rows, run.stream)
    return Report(run=run, hint="" if right else hint_of(adapter, run.precisions[0]))


def selection_of(adapter: type[FunctionAdapter]) -> str:
    """The cases by which a function is judged: those without gradients where it has none."""
    return "forward" if adapter.arrays == "numpy" else "default"


def hint_of(adapter: type[FunctionAdapter], precision: str) -> str:
    """Under which other convention the function is right, as a sentence; empty where it is under none that is known."""
    other = right_under(adapter, PRECISIONS[precision])
    return f"{adapter.name} is right if {other.words}" if other is not None else ""
