"""Named arrays: parameters and states, and their gradients, which have the same names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from rnnspec.errors import ProblemError
from rnnspec.readable import Readable, shown

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
        shapes = ", ".join(f"{name}: {shown(array)}" for name, array in self.items())
        return f"{type(self).__name__}({shapes})"

    def __eq__(self, other: object) -> bool:
        """Whether `other` is of the same kind, with the same names in any order and equal arrays."""
        if not isinstance(other, Record) or type(self) is not type(other):
            return NotImplemented
        return set(self) == set(other) and all(np.array_equal(array, other[name]) for name, array in self.items())

    __hash__ = None  # type: ignore[assignment]

    def replace(self, **arrays: Array) -> Self:
        """A copy in which the named arrays are other ones."""
        return type(self)(**{**self._arrays, **arrays})

    def map(self, change: Callable[..., Array], *others: Mapping[str, Array]) -> Self:
        """The same names with other arrays: `change` of each, and of those of the same name in `others`."""
        return type(self)(**{name: change(array, *(o[name] for o in others)) for name, array in self.items()})

    @classmethod
    def of_shapes(
        cls, shapes: Mapping[str, tuple[int, ...]], make: Callable[[tuple[int, ...]], Array] = np.zeros
    ) -> Self:
        """The record with an array of each of these shapes: `make` of it, zeros by default."""
        return cls(**{name: make(shape) for name, shape in shapes.items()})


class Parameters(Record):
    """The parameters of one direction of one layer, by the letters of the text: ``W_i``, ``R_i``, ``b_i``, ``p_i`` ..

    `cell.parameter_shapes(I, H)` lists the names and shapes. A gradient with respect to parameters is a
    `Parameters` too.
    """

    __slots__ = ()


class State(Record):
    """The state of one direction of one layer: ``h``, and ``c`` for an LSTM, each of shape [B, H]."""

    __slots__ = ()


R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Record)
ByLayer = tuple[tuple[R, ...], ...]
"""Records by layer, then by direction: ``records[0][1]`` is that of the reverse direction of the first layer."""

States = ByLayer[State]
"""States by layer, then by direction."""


def map_records(records: ByLayer[R], change: Callable[..., S], *others: ByLayer[Any]) -> ByLayer[S]:
    """`change` of each record, and of those of the same layer and direction in `others`."""
    return tuple(
        tuple(change(*of_direction) for of_direction in zip(*of_layer, strict=True))
        for of_layer in zip(records, *others, strict=True)
    )


@overload
def map_arrays(records: None, change: Callable[..., Array], *others: ByLayer[Any]) -> None: ...
@overload
def map_arrays(records: ByLayer[R], change: Callable[..., Array], *others: ByLayer[Any]) -> ByLayer[R]: ...
def map_arrays(records: ByLayer[R] | None, change: Callable[..., Array], *others: ByLayer[Any]) -> ByLayer[R] | None:
    """The same names with other arrays: `change` of each, and of those of the same place in `others`; None of None."""
    return None if records is None else map_records(records, lambda record, *of: record.map(change, *of), *others)


class Arrays(Readable):
    """A frozen dataclass of arrays, and of records, tuples and others of its kind that hold arrays.

    Attributes
    ----------
    holds
        The fields with arrays.
    called
        What it is called in the names of its arrays; nothing where these are read on itself.
    """

    holds: ClassVar[tuple[str, ...]]
    called: ClassVar[str] = ""

    def map(self, change: Callable[[Array], Array]) -> Self:
        """The same with other arrays: `change` of each."""
        kept: Any = self
        changed: Self = replace(kept, **{name: _mapped(getattr(self, name), change) for name in self.holds})
        return changed

    def named(self, place: str | None = None) -> dict[str, Array]:
        """Every array under the expression that reads it on `place`, e.g. ``final[0][1].h`` where that is empty."""
        found: dict[str, Array] = {}
        for name in self.holds:
            value = getattr(self, name)
            may_be_none = hasattr(type(self), name)  # its default is None
            if value is not None or not may_be_none:
                found |= _named(f"{self.called if place is None else place}.{name}".removeprefix("."), value)
        return found


def _mapped(value: Any, change: Callable[[Array], Array]) -> Any:
    if isinstance(value, tuple):
        return tuple(_mapped(part, change) for part in value)
    if isinstance(value, Arrays | Record):
        return value.map(change)
    return None if value is None else change(value)


def _named(place: str, value: Any) -> dict[str, Array]:
    if isinstance(value, Arrays):
        return value.named(place)
    if isinstance(value, Record):
        return {f"{place}.{name}": array for name, array in value.items()}
    if isinstance(value, tuple):
        parts = (_named(f"{place}[{position}]", part) for position, part in enumerate(value))
        return {name: array for part in parts for name, array in part.items()}
    return {place: value}


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


def check_array(field: str, value: object, shape: tuple[int | str, ...], *, rule: str) -> None:
    """Raise `ProblemError` unless `value` is a float64 or complex128 `numpy.ndarray` of that shape.

    A letter in `shape` stands for a size that is not known.
    """
    check_plain_array(field, value, rule=rule)
    assert isinstance(value, np.ndarray)
    if value.dtype not in (np.float64, np.complex128):
        raise ProblemError(field=field, wanted="dtype float64 or complex128", came=str(value.dtype), rule=rule)
    if value.shape != shape:
        wanted = f"shape [{', '.join(map(str, shape))}]"
        hint = " (transposed?)" if value.ndim == 2 and value.shape[::-1] == shape else ""
        raise ProblemError(field=field, wanted=wanted, came=f"{list(value.shape)}{hint}", rule=rule)
