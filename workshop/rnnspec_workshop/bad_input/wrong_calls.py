"""What can be wrong with a call of a recurrent layer, in words of no framework.

A mistake is made in one field, by the role that this has in any layer: x the input, h and c the initial state, lengths,
mask, W, R and b the parameters, p a peephole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rnnspec_workshop.bad_input.fields import (
    WRONG_B,
    WRONG_H,
    WRONG_I,
    WRONG_T,
    Array,
    B,
    Field,
    H,
    I,
    Sizes,
    T,
    shape_of,
)

Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""What was wanted and what came, each in all the ways in which a message may write it."""

NO_PAIR: Pair = ((), ())

FLOATS = ("float", "float32")
"""How messages write the type of the parameters."""
INTEGERS = ("int64", "int32", "long", "int")
DOUBLES = ("float64", "double")
BOOLEANS = ("bool", "boolean", "booleans")

Change = Callable[[Field, Sizes], tuple[Array | None, Pair] | None]
"""From a right field to a wrong one, or to none at all, and what disagrees; None where it cannot be wrong so."""


def sizes(wanted: int, came: int) -> Pair:
    """The pair of two sizes."""
    return ((str(wanted),), (str(came),))


def resized(letter: str, *, by: int = 0, to: int | None = None) -> Change:
    """The axis of `letter` is longer by `by`, or has the size `to`."""

    def change(field: Field, right: Sizes) -> tuple[Array, Pair] | None:
        position = field.position(letter)
        if position is None:
            return None
        shape = shape_of(field.axes, right)
        wanted = shape[position]
        came = wanted + by if to is None else to
        return field.filled((*shape[:position], came, *shape[position + 1 :]), right), sizes(wanted, came)

    return change


def with_an_axis(field: Field, right: Sizes) -> tuple[Array, Pair]:
    """One more axis, of size 1, before all others."""
    shape = shape_of(field.axes, right)
    wanted, came = len(shape), len(shape) + 1
    ways = [tuple(pattern.format(number) for pattern in ("{}", "{}D", "{}-D")) for number in (wanted, came)]
    return field.filled((1, *shape), right), (ways[0], ways[1])


def typed(dtype: str, pair: Pair, *, add: float = 0) -> Change:
    """Another type, and all values more by `add`."""

    def change(field: Field, right: Sizes) -> tuple[Array, Pair]:
        return (field.right(right) + add).astype(dtype), pair

    return change


def with_first(value: int, pair: Pair) -> Change:
    """Another first element."""

    def change(field: Field, right: Sizes) -> tuple[Array, Pair]:
        made = field.right(right)
        made[(0,) * made.ndim] = value
        return made, pair

    return change


def emptied(letter: str) -> Change:
    """What is right: the size of `letter` is 0 in all fields alike."""

    def change(field: Field, right: Sizes) -> tuple[Array, Pair] | None:
        return None if field.position(letter) is None else (field.right(right), NO_PAIR)

    return change


def forgotten(field: Field, _right: Sizes) -> tuple[None, Pair] | None:
    """Nothing, where one argument holds h and c."""
    return (None, NO_PAIR) if field.beside_h else None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing that is wrong.

    Attributes
    ----------
    sentence
        What is wrong.
    role
        The role of the field in which it is.
    change
        Makes it.
    sizes
        Sizes that are unlike the right ones in all fields.
    directions
        How many directions the layer has.
    names
        What messages may call it, besides the names of the field.
    """

    sentence: str
    role: str
    change: Change
    sizes: Mapping[str, int] = field(default_factory=dict)
    directions: int = 1
    names: tuple[str, ...] = ()


MISTAKES = {
    "input-size": Mistake(
        sentence=f"the input has {WRONG_I} features instead of {I}", role="x", change=resized("I", by=WRONG_I - I)
    ),
    "input-axes": Mistake(sentence="the input has an axis too many", role="x", change=with_an_axis),
    "input-integers": Mistake(sentence="the input is integers", role="x", change=typed("int64", (FLOATS, INTEGERS))),
    "input-float64": Mistake(
        sentence="the input is float64, the parameters are float32",
        role="x",
        change=typed("float64", (FLOATS, DOUBLES)),
    ),
    "no-sequences": Mistake(
        sentence="the batch has no sequences",
        role="x",
        change=emptied("B"),
        sizes={"B": 0},
        names=("batch", "batch_size"),
    ),
    "no-steps": Mistake(
        sentence="the sequences have no steps",
        role="x",
        change=emptied("T"),
        sizes={"T": 0},
        names=("sequence", "length", "seq_length", "timesteps"),
    ),
    "state-units": Mistake(
        sentence=f"the initial state h has {WRONG_H} units instead of {H}",
        role="h",
        change=resized("H", by=WRONG_H - H),
    ),
    "state-one-unit": Mistake(
        sentence=f"the initial state h has one unit instead of {H}", role="h", change=resized("H", to=1)
    ),
    "cell-units": Mistake(
        sentence=f"the initial cell state c has {WRONG_H} units instead of {H}",
        role="c",
        change=resized("H", by=WRONG_H - H),
    ),
    "cell-one-unit": Mistake(
        sentence=f"the initial cell state c has one unit instead of {H}", role="c", change=resized("H", to=1)
    ),
    "state-batch": Mistake(
        sentence=f"the initial state h is for {WRONG_B} sequences instead of {B}",
        role="h",
        change=resized("B", to=WRONG_B),
    ),
    "state-one-sequence": Mistake(
        sentence=f"the initial state h is for one sequence instead of {B}", role="h", change=resized("B", to=1)
    ),
    "cell-one-sequence": Mistake(
        sentence=f"the initial cell state c is for one sequence instead of {B}", role="c", change=resized("B", to=1)
    ),
    "cell-forgotten": Mistake(sentence="the initial state is h without c", role="c", change=forgotten),
    "state-directions": Mistake(
        sentence="the initial state h is for one direction instead of two",
        role="h",
        change=resized("D", to=1),
        directions=2,
    ),
    "length-above-T": Mistake(
        sentence=f"a length is {WRONG_T} where there are {T} steps",
        role="lengths",
        change=with_first(WRONG_T, sizes(T, WRONG_T)),
    ),
    "length-negative": Mistake(sentence="a length is -3", role="lengths", change=with_first(-3, NO_PAIR)),
    "lengths-too-few": Mistake(
        sentence=f"there are lengths for {B - 1} sequences instead of {B}",
        role="lengths",
        change=resized("B", by=-1),
    ),
    "lengths-fractions": Mistake(
        sentence="the lengths are fractions",
        role="lengths",
        change=typed("float32", (INTEGERS, FLOATS), add=-0.5),
    ),
    "mask-steps": Mistake(
        sentence=f"the mask is for {WRONG_T} steps instead of {T}", role="mask", change=resized("T", to=WRONG_T)
    ),
    "mask-sequences": Mistake(
        sentence=f"the mask is for {WRONG_B} sequences instead of {B}",
        role="mask",
        change=resized("B", to=WRONG_B),
    ),
    "mask-one-sequence": Mistake(
        sentence=f"the mask is for one sequence instead of {B}", role="mask", change=resized("B", to=1)
    ),
    "mask-numbers": Mistake(
        sentence="the mask is numbers between 0 and 1",
        role="mask",
        change=typed("float32", (BOOLEANS, FLOATS), add=-0.5),
    ),
    "input-weights-rows": Mistake(
        sentence="the input weights lack one output of a gate", role="W", change=resized("G", by=-1)
    ),
    "input-weights-columns": Mistake(
        sentence=f"the input weights are for {WRONG_I} features instead of {I}",
        role="W",
        change=resized("I", by=WRONG_I - I),
    ),
    "recurrent-weights-columns": Mistake(
        sentence=f"the recurrent weights are for {WRONG_H} units instead of {H}",
        role="R",
        change=resized("H", by=WRONG_H - H),
    ),
    "bias-too-short": Mistake(sentence="the bias lacks an element", role="b", change=resized("G", by=-1)),
    "bias-one-element": Mistake(sentence="the bias is one element for all units", role="b", change=resized("G", to=1)),
    "next-batch": Mistake(
        sentence=f"a layer that keeps its state is given {WRONG_B} sequences after {B}",
        role="next x",
        change=resized("B", to=WRONG_B),
    ),
    "next-one-sequence": Mistake(
        sentence=f"a layer that keeps its state is given one sequence after {B}",
        role="next x",
        change=resized("B", to=1),
    ),
    "peephole-too-short": Mistake(sentence="a peephole lacks an element", role="p", change=resized("H", by=-1)),
}
"""By name. Not every implementation can be given each."""
