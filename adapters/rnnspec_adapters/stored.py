"""What an implementation stores, where a layout declares parts of it: ``kernel[:I]`` and ``kernel[I:]``, ``bias[0]``.

The names of parts say how: rows of one matrix, which are joined, or entries of an axis in front, which are stacked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnnspec_adapters.layout import LOWER, UPPER, Array, Layout, einops_axes


class Part(NamedTuple):
    """A tensor of a layout within what is stored.

    Attributes
    ----------
    stored
        The name of what is stored.
    place
        Where the tensor stands in it: `UPPER`, `LOWER`, a position such as ``[0]``, or nothing where it is all of it.
    """

    stored: str
    place: str


def parts(layout: Layout) -> tuple[Part, ...]:
    """Where each tensor of `layout` stands, in the first layer, forward."""
    names = layout.native_names()
    return tuple(Part(*re.fullmatch(r"(.*?)((?:\[(?::I|I:|\d+)\])?)", name).groups()) for name in names)  # type: ignore[union-attr]


def joined(
    layout: Layout,
    tensors: Iterable[Any],
    *,
    concatenate: Callable[[list[Any]], Any] = np.concatenate,
    stack: Callable[[list[Any]], Any] = np.stack,
) -> dict[str, Any]:
    """What is stored, by name, from the tensors of `layout` in their order.

    Parameters
    ----------
    concatenate, stack
        Where the tensors are those of a framework: its functions that join them along their first axis, or a new one.
    """
    pieces: dict[str, list[tuple[str, Any]]] = {}
    for part, tensor in zip(parts(layout), tensors, strict=True):
        pieces.setdefault(part.stored, []).append((part.place, tensor))
    found = {}
    for name, of_name in pieces.items():
        places = dict(of_name)
        if UPPER in places:
            found[name] = concatenate([places[UPPER], places[LOWER]])
        else:
            found[name] = places[""] if "" in places else stack([places[f"[{k}]"] for k in range(len(places))])
    return found


def taken_apart(layout: Layout, stored: Mapping[str, Array]) -> list[Array]:
    """The tensors of `layout`, in their order: the inverse of `joined`.

    Raises
    ------
    ValueError
        When something that is stored is not there; the message names it (LAY-3).
    """
    found = []
    for part in parts(layout):
        if part.stored not in stored:
            raise ValueError(f"{layout.name}: wanted {part.stored}, got {', '.join(sorted(stored))} [LAY-3]")
        array = stored[part.stored]
        if part.place in (UPPER, LOWER):
            counting, axis, divisor = counting_h(layout)
            inputs = array.shape[0] - stored[counting].shape[axis] // divisor
            array = array[:inputs] if part.place == UPPER else array[inputs:]
        elif part.place:
            array = array[int(part.place[1:-1])]
        found.append(array)
    return found


def counting_h(layout: Layout) -> tuple[str, int, int]:
    """What tells how many rows of a joined matrix multiply h: what is stored, an axis of it, and what divides its size.

    These rows are J, the features of a projection where there is one, or else H.
    """
    places = list(zip(layout.tensors, parts(layout), strict=True))
    for tensor, part in places:
        if tensor.blocks[0].name == "P_h":
            axes = [" ".join(names) for names in einops_axes(tensor.axes)]
            return part.stored, axes.index("gate J"), 1
    lower, part = next((tensor, part) for tensor, part in places if part.place == LOWER)
    return part.stored, 1, len(lower.blocks)
