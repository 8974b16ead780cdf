"""Derivatives of the reading, by differences of close numbers in a precision that can afford it.

With 120 digits and steps of 1e-30 a second difference keeps about 60 digits. Everything is computed with two steps,
and the two results must agree; what is returned is far more exact than the float64 that it is rounded to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

from rnnspec_workshop.independent_reading import read
from rnnspec_workshop.independent_reading.digits import Digits
from rnnspec_workshop.independent_reading.kinds_of_number import Number

DIGITS = 120
STEPS = ("1e-30", "3e-31")
KINK_MARGIN = mpf(2) ** -20
"""Two-sided differences are taken only where the nearest kink is farther away than this."""
AGREEMENT = mpf(10) ** -45
"""By how much of the largest number of an array, or of 1, the results of the two steps may differ."""
NOTHING = mpf(10) ** -40
"""A number below this, beside the largest of its array or 1, is zero and some rounding."""
SMALL = mpf(10) ** -25
"""A number between the two would have lost too many digits."""


class TooNearError(Exception):
    """A number of a problem is too near a kink, or too small to be told from zero."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """All that a vector says of its problem. Arrays are nested lists; `error` is the largest disagreement."""

    outcome: dict[str, Any]
    gradients: dict[str, Any] | None
    jvp: dict[str, Any] | None
    hvp: dict[str, Any] | None
    nearest_kink: Number
    error: Number


def answer(problem: dict[str, Any], tangents: dict[str, Any], *, held: bool = False) -> Answer:
    """Outputs, final states, gradients, and first and second derivatives along `tangents`.

    With `held` every evaluation stays on the side of each kink that the problem itself is on (`Digits`): what the rules
    define at kinks and for straight-through clips.
    """
    with mp.workdps(DIGITS):
        problem, tangents = exact(problem), exact(tangents)
        digits = Digits()
        outcome = read(problem, digits)
        if not held and digits.nearest < KINK_MARGIN:
            raise TooNearError(f"{mp.nstr(digits.nearest, 3)} from a kink")
        if problem["cotangents"] is None:
            nothing = mp.zero
            return Answer(
                outcome=rounded(outcome), gradients=None, jvp=None, hvp=None, nearest_kink=digits.nearest, error=nothing
            )
        derivatives = Derivatives(problem, tangents, digits if held else None)
        first, second = (derivatives.all(mpf(step)) for step in STEPS)
        error = max(agreement(a, b) for a, b in zip(arrays(first), arrays(second), strict=True))
        if error > AGREEMENT:
            raise TooNearError(f"two steps differ by {mp.nstr(error, 3)}")
        return Answer(
            outcome=rounded(outcome),
            gradients=rounded(first["gradients"]),
            jvp=rounded(first["jvp"]),
            hvp=rounded(first["hvp"]),
            nearest_kink=digits.nearest,
            error=error,
        )


class Derivatives:
    """Differences around a problem, held to the sides of `digits` where these are given."""

    def __init__(self, problem: dict[str, Any], tangents: dict[str, Any], digits: Digits | None) -> None:
        self.problem, self.tangents, self.digits = problem, tangents, digits

    def all(self, step: Number) -> dict[str, Any]:
        """Gradients, jvp and hvp by differences of that step."""
        problem = self.problem
        ahead, behind = (self._moved(step * sign) for sign in (1, -1))
        # Values move as they do, clipped ones not at all (SEC-1); gradients are those of either point (CLIP-5, SEC-2).
        digits = [self.digits.same_sides() if self.digits else Digits() for _ in range(2)]
        jvp = _map(lambda u, v: (u - v) / (2 * step), read(ahead, digits[0]), read(behind, digits[1]))
        gradients = {name: _map(lambda _: mp.zero, part) for name, part in inputs(problem).items()}
        hvp = {name: _map(lambda _: mp.zero, part) for name, part in inputs(problem).items()}
        here, there = list(places(inputs(ahead))), list(places(inputs(behind)))
        into, also_into = list(places(gradients)), list(places(hvp))
        for (u, k), (v, _), (gradient, _), (product, _) in zip(here, there, into, also_into, strict=True):
            corners = []
            for at, values, of_point in ((ahead, u, digits[0]), (behind, v, digits[1])):
                value = values[k]
                for sign in (1, -1):
                    values[k] = value + sign * step
                    corners.append(scalar(at, of_point.held() if self.digits else Digits()))
                values[k] = value
            up_ahead, down_ahead, up_behind, down_behind = corners
            # The mean over both points along the tangents differs from the gradient between them by a step squared.
            gradient[k] = (up_ahead - down_ahead + up_behind - down_behind) / (4 * step)
            product[k] = (up_ahead - down_ahead - up_behind + down_behind) / (4 * step * step)
        return {"gradients": gradients, "jvp": jvp, "hvp": hvp}

    def _moved(self, amount: Number) -> dict[str, Any]:
        """A copy of the problem, moved along the tangents."""
        problem = self.problem
        moved = _map(lambda q, v: q + amount * v, inputs(problem), self.tangents)
        layers = [
            layer | {"parameters": parameters}
            for layer, parameters in zip(problem["layers"], moved["layers"], strict=True)
        ]
        return problem | {"x": moved["x"], "initial": moved["initial"], "layers": layers}


def scalar(problem: dict[str, Any], digits: Digits) -> Number:
    """L = <y, cotangents of y> + <final, cotangents of final> (GRAD-1)."""
    outcome, cotangents = read(problem, digits), problem["cotangents"]
    total = mp.zero
    for name in ("y", "final"):
        if cotangents[name] is not None:
            pairs = zip(places(outcome[name]), places(cotangents[name]), strict=True)
            total += mp.fsum(u[k] * v[k] for (u, k), (v, _) in pairs)
    return total


def inputs(problem: dict[str, Any]) -> dict[str, Any]:
    """Whatever a problem has derivatives with respect to."""
    parameters = [layer["parameters"] for layer in problem["layers"]]
    return {"x": problem["x"], "initial": problem["initial"], "layers": parameters}


def exact(tree: Any) -> Any:
    """The same tree with every float as the exactly equal `mpmath` number; integers, words and truths stay."""
    return _map(lambda leaf: mpf(leaf) if isinstance(leaf, float) else leaf, tree)


def rounded(tree: Any) -> Any:
    """The same tree with every number rounded to the nearest float64."""
    return _map_arrays(_rounded, tree)


def _rounded(array: Any) -> Any:
    size = max([abs(values[k]) for values, k in places([array])] + [mp.one])

    def nearest(value: Number) -> float:
        if abs(value) < NOTHING * size:
            return 0.0
        if abs(value) < SMALL * size:
            raise TooNearError(f"{mp.nstr(value, 3)} beside {mp.nstr(size, 3)}")
        with mp.workprec(53):
            return float(+value)

    return _map(nearest, array)


def agreement(a: Any, b: Any) -> Number:
    """The largest difference of two arrays, in units of their largest number or of 1."""
    pairs = [(u[k], v[k]) for (u, k), (v, _) in zip(places([a]), places([b]), strict=True)]
    return max(abs(u - v) for u, v in pairs) / max([abs(u) for u, _ in pairs] + [mp.one])


def places(tree: Any) -> Iterator[tuple[list[Any], int]]:
    """Where the numbers of a tree stand: the innermost lists, and positions in them."""
    if isinstance(tree, dict):
        for part in tree.values():
            yield from places(part)
    elif isinstance(tree, list):
        for k, part in enumerate(tree):
            if isinstance(part, (dict, list)):
                yield from places(part)
            elif part is not None:
                yield tree, k


def arrays(tree: Any) -> Iterator[Any]:
    """The arrays of a tree: lists that hold numbers, or lists of them."""
    if _is_array(tree):
        yield tree
    elif isinstance(tree, (dict, list)):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from arrays(part)


def _is_array(tree: Any) -> bool:
    while isinstance(tree, list) and tree:
        tree = tree[0]
    return not isinstance(tree, (dict, list)) and tree is not None


def _map_arrays(change: Callable[[Any], Any], tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _map_arrays(change, part) for name, part in tree.items()}
    if isinstance(tree, list) and not _is_array(tree):
        return [_map_arrays(change, part) for part in tree]
    return None if tree is None else change(tree)


def _map(change: Callable[..., Any], *trees: Any) -> Any:
    first = trees[0]
    if isinstance(first, dict):
        return {name: _map(change, *(tree[name] for tree in trees)) for name in first}
    if isinstance(first, list):
        return [_map(change, *parts) for parts in zip(*trees, strict=True)]
    return None if first is None else change(*trees)
