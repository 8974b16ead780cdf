"""Checks of records: their places, names and shapes. What is wrong is named alone, and with what may have happened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from rnnspec.cells import Cell
from rnnspec.errors import ProblemError
from rnnspec.records import Array, Parameters, check_array

FOREIGN = {
    "PyTorch": r"(weight|bias)_(ih|hh|hr)(_l\d+(_reverse)?)?",
    "Keras": r"(recurrent_)?kernel(:0)?|bias(:0)?",
    "ONNX": "[WRBP]",
    "Flax": "[ih][ifgornz]|hn",
}
"""What others call parameters, which lie there in another layout (LAY-1 to LAY-3)."""


def agreed_sizes(cell: Cell, parameters: Sequence[Parameters]) -> dict[str, int]:
    """The sizes of the axes of parameters on which most of these agree, so that the odd one out is blamed.

    A transposed matrix says as much of its sizes as another. A size of which none says anything is not there.
    """
    sizes = dict(cell.fixed_sizes)
    called = {"J": "H"} if "J" not in sizes else {}
    letters = {name: [called.get(axis, axis) for axis in axes.split()] for name, axes in cell.parameter_axes.items()}
    shapes = Counter((name, record[name].shape) for record in parameters for name in letters)
    for axis in ("H", "I"):
        votes: Counter[int] = Counter()
        for (name, shape), count in shapes.items():
            for letter, size in _fitted(letters[name], shape, sizes):
                if letter == axis:
                    votes[size] += count
        if votes:
            sizes[axis] = votes.most_common(1)[0][0]
    return ({"J": sizes["H"]} if "H" in sizes else {}) | sizes


def _fitted(letters: list[str], shape: tuple[int, ...], sizes: dict[str, int]) -> list[tuple[str, int]]:
    """Letters and sizes of a shape, or of the transposed one, that fits what is known; nothing where neither does."""
    if len(shape) == len(letters) and 0 not in shape:
        for turned in (shape, shape[::-1]):
            pairs = list(zip(letters, turned, strict=True))
            if all(sizes.get(letter, size) == size for letter, size in pairs):
                return pairs
    return []


def check_tuple(field: str, value: object, kind: type, *, count: int | None, wanted: str, rule: str) -> None:
    """Raise `ProblemError` unless `value` is a tuple of `kind` with `count` entries, or some where that is None."""
    amount = "" if count is None else f" ({count})"
    full = f"a tuple of {kind.__name__}, {wanted}{amount}"
    if not isinstance(value, tuple):
        raise ProblemError(field=field, wanted=full, came=type(value).__name__, rule=rule)
    for position, entry in enumerate(value):
        if not isinstance(entry, kind):
            raise ProblemError(field=f"{field}[{position}]", wanted=kind.__name__, came=type(entry).__name__, rule=rule)
    if len(value) != count if count is not None else not value:
        raise ProblemError(field=field, wanted=full, came=f"{len(value)}", rule=rule)


def check_names(field: str, record: Mapping[str, Array], names: Sequence[str], *, rule: str) -> None:
    """Raise `ProblemError` unless `record` has exactly these names. What is missing or too much is named alone."""
    missing = [name for name in names if name not in record]
    extra = [name for name in record if name not in names]
    if missing:
        came = "nothing" + "".join(f", nor {name}" for name in missing[1:4]) + ", ..." * (len(missing) > 4)
        if extra:
            came += f", but {', '.join(extra[:4])}" + ", ..." * (len(extra) > 4) + _foreign(extra)
        raise ProblemError(field=f"{field}.{missing[0]}", wanted="an array", came=came, rule=rule)
    if extra:
        came = f"one of shape {list(record[extra[0]].shape)}" + "".join(f", and {name}" for name in extra[1:])
        raise ProblemError(field=f"{field}.{extra[0]}", wanted="no such array", came=came, rule=rule)


def _foreign(names: Sequence[str]) -> str:
    """Whose names these are, where they are those of a framework."""
    owners = [owner for owner, pattern in FOREIGN.items() if all(re.fullmatch(pattern, name) for name in names)]
    return f" (names of {owners[0]}: its layout is another, LAY-1 to LAY-3)" if owners else ""


def check_record(field: str, record: Mapping[str, Array], shapes: dict[str, tuple[int, ...]], *, rule: str) -> None:
    """Raise `ProblemError` unless `record` has exactly these names, with these shapes."""
    check_names(field, record, tuple(shapes), rule=rule)
    for name, shape in shapes.items():
        check_array(f"{field}.{name}", record[name], shape, rule=rule)


def check_not_packed(field: str, states: object, rule: str) -> None:
    """Raise `ProblemError` where an array, such as the packed states of PyTorch, stands in the place of records."""
    for array in states if isinstance(states, tuple) else (states,):
        if isinstance(array, np.ndarray):
            hint = " (packed [L * D, B, H]? its entry k is of layer k // D, direction k % D)" * (array.ndim == 3)
            wanted = "a tuple for each layer of a State for each direction"
            raise ProblemError(field=field, wanted=wanted, came=f"an array {list(array.shape)}{hint}", rule=rule)
