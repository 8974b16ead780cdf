"""Functions from a cell to its layout: they refuse what the layer has no place for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from rnnspec import Cell
from rnnspec_adapters.layout import Layout

Function = TypeVar("Function", bound=Callable[..., Layout])


def for_cell(function: Function) -> Function:
    """`function`, whose first argument is a cell, with a check that the layout has the parameters of that cell.

    What it gives back raises `ValueError` where they differ: the message names the layer, the cell, and what the one
    has and the other has not (LAY-4).
    """

    @wraps(function)
    def checked(cell: Cell, *given: Any, **options: Any) -> Layout:
        layout = function(cell, *given, **options)
        wanted, names = set(cell.parameter_axes), layout.names()
        if names != wanted:
            apart = [f"it has no {name}" for name in sorted(wanted - names)]
            apart += [f"it has {name}" for name in sorted(names - wanted)]
            raise ValueError(
                f"{layout.name}: wanted a cell with its parameters, got {cell}: {', '.join(apart)} [LAY-4]"
            )
        return layout

    return cast(Function, checked)
