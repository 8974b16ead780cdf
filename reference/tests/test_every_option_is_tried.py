"""The lists of cells that the tests go through have every option of every cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import get_args

import pytest

from rnnspec import Cell

from .all_variants import VARIANTS
from .test_step_adjoints_symbolically import CELLS


def missing(cells: Iterable[Cell]) -> set[str]:
    """The options that have their default in all of `cells`."""
    found = set(cells)
    return {
        f"{kind.__name__}.{option.name}"
        for kind in get_args(Cell)
        for option in fields(kind)
        if not any(isinstance(cell, kind) and getattr(cell, option.name) != option.default for cell in found)
    }


@pytest.mark.parametrize("cells", [VARIANTS, CELLS], ids=["variants", "symbolic"])
def test_every_option_is_tried(cells: tuple[Cell, ...]) -> None:
    assert missing(cells) == set()


def test_an_option_that_is_missing_is_named() -> None:
    assert missing(cell for cell in VARIANTS if getattr(cell, "peephole", "none") == "none") == {"LSTM.peephole"}
