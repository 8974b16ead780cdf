"""Named arrays: parameters and states, and their gradients, which have the same names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rnnspec.errors import ProblemError

Array = NDArray[Any]
"""A NumPy array of real or complex floating point numbers."""


class Record(Mapping[str, Array]):
    """A read-only mapping from the letters of the text to arrays.

    A name is read as an attribute or as a key: ``record.W_i is record["W_i"]``.

    Raises
    ------
    ProblemError
        When a value is not a plain `numpy.ndarray`.
    """

    __slots__ = ("_arrays",)
    _arrays: dict[str, Array]

    def __init__(self, **arrays: Array) -> None:
        for name, array in arrays.items():
            check_plain_array(name, array, rule="PAR-1")
        object.__setattr__(self, "_arrays", arrays)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __getattr__(self, name: str) -> Array:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._arrays[name]
        except KeyError:
            known = ", ".join(self._arrays)
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {known}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is read-only; use replace({name}=...)")

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self), self._arrays))

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {array.dtype}{list(array.shape)}" for name, array in self.items())
        return f"{type(self).__name__}({shapes})"

    def replace(self, **arrays: Array) -> Self:
        """A copy in which the named arrays are other ones."""
        return type(self)(**{**self._arrays, **arrays})

    def map(self, change: Callable[[Array], Array]) -> Self:
        """The same names with other arrays: `change` of each."""
        return type(self)(**{name: change(array) for name, array in self.items()})


class Parameters(Record):
    """The parameters of one direction of one layer, by the letters of the text: ``W_i``, ``R_i``, ``b_i``, ``p_i`` ..

    `cell.parameter_shapes(I, H)` lists the names and shapes. A gradient with respect to parameters is a
    `Parameters` too.
    """

    __slots__ = ()


class State(Record):
    """The state of one direction of one layer: ``h``, and ``c`` for an LSTM, each of shape [B, H]."""

    __slots__ = ()


def _restore(kind: type[Record], arrays: dict[str, Array]) -> Record:
    return kind(**arrays)


def check_plain_array(field: str, value: object, *, rule: str) -> None:
    """Raise `ProblemError` unless `value` is a `numpy.ndarray` and no subclass of it."""
    if type(value) is not np.ndarray:
        raise ProblemError(
            field=field,
            wanted="a numpy.ndarray",
            came=f"{type(value).__module__}.{type(value).__qualname__}",
            rule=rule,
        )


def check_array(field: str, value: object, shape: tuple[int, ...], *, rule: str) -> None:
    """Raise `ProblemError` unless `value` is a float64 or complex128 `numpy.ndarray` of that shape."""
    check_plain_array(field, value, rule=rule)
    assert isinstance(value, np.ndarray)
    if value.dtype not in (np.float64, np.complex128):
        raise ProblemError(field=field, wanted="dtype float64 or complex128", came=str(value.dtype), rule=rule)
    if value.shape != shape:
        raise ProblemError(field=field, wanted=f"shape {list(shape)}", came=str(list(value.shape)), rule=rule)
