"""What a layer is given, by the names of its framework, and the sizes with which it is tried.

All sizes differ, also from the wrong ones, so that a message that has two of them speaks of the mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

T, B, I, H = 11, 7, 13, 17
"""Steps, sequences, inputs, units."""

WRONG_T, WRONG_B, WRONG_I, WRONG_H = 31, 29, 19, 23
"""What comes where those are wanted."""

Array = NDArray[Any]

Given = dict[str, Array]
"""What a layer is given, by the names of its framework."""

Sizes = Mapping[str, int]
"""By letter: T, B, I, H; D directions; O outputs of all directions; G outputs of the gates of one matrix."""


def sizes_of(gates: int, directions: int) -> dict[str, int]:
    """The right sizes of a layer whose matrices have so many gates."""
    return {"T": T, "B": B, "I": I, "H": H, "D": directions, "O": directions * H, "G": gates * H}


def shape_of(axes: str, sizes: Sizes) -> tuple[int, ...]:
    """The shape of axes that are written as ``T B I``; ``I+H`` is one axis of both, ``2`` one of that size."""
    return tuple(
        int(axis) if axis.isdecimal() else sum(sizes[letter] for letter in axis.split("+")) for axis in axes.split()
    )


@dataclass(frozen=True, kw_only=True)
class Field:
    """One argument or parameter of a layer.

    Attributes
    ----------
    name
        What the framework calls it, and the key under which a call finds it.
    axes
        Its axes by the letters of `Sizes`, e.g. ``T B I``; none for a number.
    other_names
        What messages of the framework may call it as well.
    dtype, fill
        The type and the value of all its elements: a number, or the letter of a size.
    optional
        Whether it is left out of calls in which nothing of its kind is wrong.
    beside_h
        Whether it is the c of an argument that holds h and c, so that it can be forgotten.
    """

    name: str
    axes: str
    other_names: tuple[str, ...] = ()
    dtype: str = "float32"
    fill: int | str = 0
    optional: bool = False
    beside_h: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called."""
        return (self.name, *self.other_names)

    def position(self, letter: str) -> int | None:
        """The axis that has `letter`; None where none has."""
        found = [number for number, axis in enumerate(self.axes.split()) if letter in axis.split("+")]
        return found[0] if found else None

    def right(self, sizes: Sizes) -> Array:
        """What is right where these sizes are."""
        return self.filled(shape_of(self.axes, sizes), sizes)

    def filled(self, shape: tuple[int, ...], sizes: Sizes) -> Array:
        """The same in another shape."""
        value = sizes[self.fill] if isinstance(self.fill, str) else self.fill
        return np.full(shape, value, self.dtype)


def by_direction(*states: Array | None) -> list[tuple[Array, ...]]:
    """The states [D, B, H] that there are, for each direction beside each other; as many as each has directions."""
    return list(zip(*(state for state in states if state is not None), strict=False))
