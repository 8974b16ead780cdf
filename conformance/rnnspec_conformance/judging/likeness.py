"""What a difference looks like: which kinds of arrays are wrong, where in them, and what the error could be.

None of it decides a verdict. It says where to look first. Everything here is a few passes over arrays that are at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rnnspec import PRECISIONS, Array, Precision, Problem
from rnnspec_conformance.judging.evidence import Evidence
from rnnspec_conformance.judging.tolerance import largest

INDEXED = re.compile(r"\[(\d+)\]\[(\d+)\]")
LONGEST_KIND = 80
"""The most characters of a kind: a name may come from an implementation."""
LEAST = 3
"""An array of fewer numbers looks like anything."""
ABOVE, FORWARD, REVERSE = "layers above the first", "the forward direction", "the reverse direction"
ROUNDING = ("rounding", "numbers of")
"""How the looks of rounding begin."""
AS_IF = "as if "
"""How what an error looks like begins where it is the outcome of a known mistake."""
SMALL = 0.05
"""A larger error, as a share of the numbers, is none of rounding."""
ROUNDED_LIKE = 4.0
"""By what factor an error may differ from that of a precision, and look like it still."""
PILED_UP = 512.0
"""Up to so many times the error of the reference in its own precision, an error may be of its rounding."""
NAMES = {
    "float32": "rounding to float32",
    "tf32": "rounding as in TF32 or float16",
    "float16": "rounding as in TF32 or float16",
    "bfloat16": "rounding to bfloat16",
}
"""What the error of a precision is called. TF32 and float16 have significands of the same length."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """What a difference looks like.

    Attributes
    ----------
    wrong
        The kinds of arrays that differ, as ``y``, ``final.h``, ``gradients.R_i``, in the order of an outcome.
    where
        What all of the error lies in, where that is not all of the arrays: ``the reverse direction``, ``layer 1``.
    looks
        What the error looks like: ``a factor of 2``; empty where it looks like nothing known.
    """

    wrong: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    looks: str = ""


def kind_of(field: str) -> str:
    """The kind of an array, whatever its layer and direction: ``gradients.W_i`` for ``gradients.layers[0][1].W_i``."""
    kind = re.sub(r"\[.*?\]", "", field).replace("gradients.layers.", "gradients.")[:LONGEST_KIND]
    return "".join(c if c.isprintable() else "?" for c in kind)


def is_forward(kind: str) -> bool:
    """Whether it is one of outputs and final states."""
    return kind == "y" or kind.startswith("final.")


def deciding(kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds that a mistake shows in first: a wrong output has wrong gradients, and not the other way round."""
    return tuple(kind for kind in kinds if is_forward(kind)) or tuple(kinds)


def likeness(evidence: Evidence, wrong_fields: Sequence[str], *, closely: bool) -> Likeness:
    """What the difference between what was expected and what came looks like, which is in `wrong_fields`.

    With `closely` it is compared with what rounding to other precisions does, which takes a few solutions.
    """
    expected, actual = evidence.expected, evidence.actual
    known = [name for name in expected if name in set(wrong_fields)]
    fields = known + [name for name in wrong_fields if name not in expected]
    wrong = tuple(dict.fromkeys(map(kind_of, fields)))
    first = set(deciding(wrong))
    pairs = [
        _Pair(name=name, expected=expected[name], actual=array, allowed=evidence.tolerances[name])
        for name in known
        if kind_of(name) in first
        for array in (actual.get(name),)
        if type(array) is np.ndarray and array.dtype.kind == "f" and array.size and expected[name].size
    ]
    where = tuple(_places(fields, list(expected), pairs, evidence.problem))
    looks = _look(pairs, expected) or _rounding(pairs, evidence, closely=closely)
    return Likeness(wrong=wrong, where=where, looks=looks)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """An array as it was expected and as it came, and the error that is allowed."""

    name: str
    expected: Array
    actual: Array
    allowed: float

    @property
    def same_shape(self) -> bool:
        return self.expected.shape == self.actual.shape

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Where what came is not what was expected; NaN is not."""
        return ~(np.abs(self.actual.astype(np.float64) - self.expected) <= self.allowed)

    def agrees(self, other: Array) -> bool:
        """Whether what came is `other`, with some room."""
        if other.shape != self.actual.shape:
            return False
        return bool(np.all(np.abs(self.actual.astype(np.float64) - other) <= 4 * self.allowed))


def _look(pairs: Sequence[_Pair], expected: Mapping[str, Array]) -> str:
    """The first look that all pairs have; else, where most have one, that of the first of them."""
    for pair in pairs:
        if not np.isfinite(pair.actual).all():
            return "NaN" if np.isnan(pair.actual).any() else "infinities"
    pairs = [pair for pair in pairs if pair.expected.size >= LEAST]
    looks = [list(_looks_of(pair)) for pair in pairs]
    for look in looks[0] if looks else ():
        if all(look in others for others in looks[1:]):
            return look
    if exchanged := _exchanged(pairs, expected):
        return exchanged
    if 2 * sum(map(bool, looks)) <= len(looks):
        return ""
    return next(f"{found[0]} in {kind_of(pair.name)}" for pair, found in zip(pairs, looks, strict=True) if found)


def _looks_of(pair: _Pair) -> Iterator[str]:
    """What a single array looks like, the plainest first."""
    wanted, came = pair.expected, pair.actual.astype(np.float64)
    if not pair.same_shape:
        if sorted(wanted.shape) == sorted(came.shape) and wanted.ndim > 1:
            yield "axes exchanged"
        return
    if not came.any():
        yield "zeros"
        return
    yield from _multiple(pair, wanted, came)
    if pair.name in ("y", "gradients.x") and len(wanted) > 1:
        yield from _in_time(pair, wanted)
    if wanted.ndim == 2:
        others = (wanted.T, wanted.T.reshape(wanted.shape), wanted.reshape(wanted.shape[::-1]).T)
        if any(map(pair.agrees, others)):
            yield "a transposition"
    yield from _permuted(pair, wanted, came)
    offset = came - wanted
    if abs(offset.mean()) > pair.allowed and largest(offset - offset.mean()) <= 4 * pair.allowed:
        yield f"{offset.mean():.3g} added"


def _multiple(pair: _Pair, wanted: Array, came: Array) -> Iterator[str]:
    wanted, came = wanted[pair.wrong], came[pair.wrong]
    square = float(np.sum(wanted * wanted))
    if len(wanted) < LEAST or not square:
        return
    times = float(np.sum(wanted * came)) / square
    room = 4 * pair.allowed * max(1.0, abs(times))
    if not largest(came - times * wanted) <= room or abs(times - 1) * largest(wanted) <= 2 * room:
        return
    if abs(times + 1) < 1e-3:
        yield "the other sign"
        return
    near = Fraction(times).limit_denominator(300)
    plain = abs(float(near) - times) <= 1e-4 * abs(times) and (near.numerator in (1, -1) or near.denominator == 1)
    yield f"a factor of {near if plain else format(times, '.4g')}"


def _in_time(pair: _Pair, wanted: Array) -> Iterator[str]:
    came = pair.actual.astype(np.float64)
    room = 4 * pair.allowed
    if len(wanted) > 1 and largest(wanted[1:] - wanted[:-1]) > room:
        late, early = largest(came[1:] - wanted[:-1]), largest(came[:-1] - wanted[1:])
        if min(late, early) <= room:
            yield "one step off in time"
    if pair.agrees(wanted[::-1]):
        yield "the steps in the opposite order"


AXES = {"y": ("steps", "sequences", "units"), "gradients.x": ("steps", "sequences", "inputs")}


def _axes(name: str, array: Array) -> tuple[str, ...]:
    """What each axis of a field counts."""
    if name in AXES:
        return (*AXES[name], *("units" for _ in range(array.ndim - 3)))
    if name.startswith(("final", "gradients.initial")):
        return ("sequences", "units")
    return ("units", "columns")[: array.ndim]


def _permuted(pair: _Pair, wanted: Array, came: Array) -> Iterator[str]:
    """Where slices of one axis stand in another order."""
    for axis, counted in enumerate(_axes(pair.name, wanted)):
        length = wanted.shape[axis]
        if not 1 < length <= 64 or wanted.size // length < LEAST:
            continue
        a, e = (np.moveaxis(array, axis, 0).reshape(length, -1) for array in (came, wanted))
        distances = np.max(np.abs(a[:, None, :] - e[None, :, :]), axis=2)
        order = np.argmin(distances, axis=1)
        is_order = sorted(order.tolist()) == list(range(length)) != order.tolist()
        if is_order and distances.min(axis=1).max() <= 4 * pair.allowed:
            yield f"{counted} in another order"


def _exchanged(pairs: Sequence[_Pair], expected: Mapping[str, Array]) -> str:
    """Where each array is the expected one of another name: gates, layers or directions are exchanged."""
    taken = {}
    for pair in pairs:
        others = (name for name, array in expected.items() if name != pair.name and pair.agrees(array))
        taken[pair.name] = next(others, None)
    if None in taken.values() or len(set(taken.values())) < len(taken) or len(taken) < 2:
        return ""
    names = [kind_of(name).removeprefix("gradients.") for name in taken]
    if len(set(names)) < len(names):
        return "layers or directions in another order"
    return "a permutation of gates" if all("_" in name for name in names) else "states in another order"


def _rounding(pairs: Sequence[_Pair], evidence: Evidence, *, closely: bool) -> str:
    """The precision whose rounding is as large as the error; nothing where the error is none of rounding."""
    precision = evidence.precision
    pairs = [pair for pair in pairs if pair.same_shape and pair.expected.any()]
    if not pairs or not all(_is_small_everywhere(pair) for pair in pairs):
        return ""
    for name in ("bfloat16", "float16", "float32"):
        other = PRECISIONS[name]
        if other.eps > precision.eps and all(_is_of(pair.actual, other) for pair in pairs):
            return f"numbers of {name}"
    if not closely:
        return ""
    errors = {pair.name: _share(pair.actual, pair.expected) for pair in pairs}
    nearest: tuple[float, str] | None = None
    for other in (precision, *PRECISIONS.values()):
        if other is not precision and other.eps * 8 < precision.eps:
            continue
        given = evidence.in_precision(other)
        own = [max(_share(given[pair.name], pair.expected), other.eps / 4) for pair in pairs if pair.name in given]
        found = [error for error in errors.values() if error]
        if not own or not found:
            continue
        ratio = float(np.exp(np.mean(np.log(found)) - np.mean(np.log(own))))
        if other is precision:
            if 1 < ratio <= PILED_UP:
                return f"rounding that piles up ({ratio:.0f} times that of {precision.name})"
        elif other.eps > precision.eps or other.name == "tf32":
            off = max(ratio, 1 / ratio)
            if off <= ROUNDED_LIKE and (nearest is None or off < nearest[0]):
                nearest = off, NAMES[other.name]
    return nearest[1] if nearest else ""


def _is_small_everywhere(pair: _Pair) -> bool:
    """Whether nearly all numbers are off by little, as rounding lets them be, and none by much."""
    off = np.abs(pair.actual.astype(np.float64) - pair.expected)
    touched = np.mean(off[pair.expected != 0] > pair.allowed / 64)
    return bool(touched > 0.5) and _share(pair.actual, pair.expected) <= SMALL


def _share(array: Array, expected: Array) -> float:
    """The root mean square of the error, as a share of that of the numbers."""
    with np.errstate(all="ignore"):
        error = array.astype(np.float64) - expected
        return float(np.sqrt(np.mean(error * error)) / np.sqrt(np.mean(expected * expected)))


def _is_of(array: Array, precision: Precision) -> bool:
    return bool(np.all(precision.nearest(array).astype(array.dtype) == array))


def _places(fields: Sequence[str], every: Sequence[str], pairs: Sequence[_Pair], problem: Problem) -> Iterator[str]:
    """What part of the arrays holds all of the error, where that is not the whole of them."""
    first = set(deciding(list(dict.fromkeys(map(kind_of, fields)))))
    own = [name for name in fields if kind_of(name) in first]
    layers, directions = _indices(own, 1), _indices(own, 2)
    top = len(problem.layers) - 1
    reached = layers | ({top} if "y" in own else set())
    if layers and top and reached == set(range(1, top + 1)):
        yield ABOVE
    elif layers and top and len(reached) == 1:
        yield f"layer {min(reached)}"
    halves = {direction for pair in pairs if pair.name == "y" for direction in _halves(pair, problem)}
    of_directions = directions | halves
    if len(of_directions) == 1 and _indices(every, 2) == {0, 1} and ("y" not in own or halves):
        yield (FORWARD, REVERSE)[min(of_directions)]
    masks = [pair for pair in pairs if pair.same_shape]
    for counted in ("sequences", "steps", "units", "inputs"):
        yield from _part(counted, masks, problem)


def _indices(names: Sequence[str], group: int) -> set[int]:
    return {int(found[group]) for name in names for found in (INDEXED.search(name),) if found}


def _halves(pair: _Pair, problem: Problem) -> set[int]:
    """In which directions of a concatenated output something is wrong."""
    layer = problem.layers[-1]
    if layer.directions == 1 or layer.merge not in ("concat", "none") or not pair.same_shape:
        return set()
    wrong = pair.wrong
    if layer.merge == "none":
        return {k for k in range(2) if wrong[..., k, :].any()}
    half = wrong.shape[-1] // 2
    return {k for k in range(2) if wrong[..., k * half : (k + 1) * half].any()}


def _part(counted: str, pairs: Sequence[_Pair], problem: Problem) -> Iterator[str]:
    """Which of the steps, sequences or units are wrong, where the same of them are right in all arrays."""
    found: list[tuple[set[int], int]] = []
    for pair in pairs:
        axes = _axes(pair.name, pair.expected)
        if counted not in axes or (counted == "units" and pair.name == "y" and problem.layers[-1].directions == 2):
            continue
        axis = len(axes) - 1 - axes[::-1].index(counted) if pair.name == "y" else axes.index(counted)
        wrong = np.moveaxis(pair.wrong, axis, 0).reshape(pair.expected.shape[axis], -1)
        found.append((set(np.flatnonzero(wrong.any(axis=1)).tolist()), len(wrong)))
    if not found:
        return
    wrong_ones = set.union(*(ones for ones, _ in found))
    length = max(length for _, length in found)
    if not wrong_ones or len(wrong_ones) == length:
        return
    one = {"sequences": "sequence", "steps": "step", "units": "unit", "inputs": "input"}[counted]
    if counted == "sequences" and problem.lengths is not None:
        short = {b for b, T in enumerate(problem.lengths) if problem.x.shape[0] > T}
        if wrong_ones == short:
            yield "the sequences that end early"
            return
    low = min(wrong_ones)
    if low == length - 1:
        yield f"the last {one}"
    elif len(wrong_ones) == 1:
        yield f"{one} {low}"
    elif wrong_ones == set(range(low, length)) and low:
        yield f"{counted} from {low} on"
