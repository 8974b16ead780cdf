"""The comparison of two outcomes: every field that differs, by how many times its tolerance, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from rnnspec import Array


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that is not as expected.

    Attributes
    ----------
    field
        The expression that reads it on an outcome, e.g. ``gradients.layers[0][1].W_i``.
    ratio
        The error in units of the tolerance; infinite where no number can say it.
    what
        A sentence: where, what was expected, what came.
    rule
        A rule of its own, where the difference tells it: a missing gradient (GRAD-1), the dtype (NUM-3), a number in
        the padding (SEQ-4, GRAD-11), the layout (LAY-3, LAY-4).
    block
        The letters of the native block that was changed, in a probe of a layout.
    """

    field: str
    ratio: float
    what: str
    rule: str | None = None
    block: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """Where a field must be equal to the last bit (booleans that broadcast to it), and the rule that says so."""

    where: Array
    rule: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All differences, worst first, and the largest ratio of error to tolerance of any field, within it or not.

    Attributes
    ----------
    differences
        Every field that differs.
    ratio
        The largest ratio.
    field
        Where it is.
    error
        The measured error there; None where no number says it.
    tolerance
        What is allowed there; None where nothing is, or nothing was measured.
    """

    differences: tuple[Difference, ...]
    ratio: float
    field: str
    error: float | None = None
    tolerance: float | None = None


class Measured(NamedTuple):
    """The largest ratio within a field, and the error and the tolerance that it is the ratio of."""

    ratio: float
    error: float | None = None
    tolerance: float | None = None


BEYOND_NUMBERS = Measured(ratio=np.inf)
"""What is said of a field that is missing, unexpected, or not of the wanted kind."""


def compare(
    expected: Mapping[str, Array],
    actual: Mapping[str, object],
    tolerances: Mapping[str, float],
    dtype: DTypeLike,
    exact: Mapping[str, Exact] | None = None,
) -> Comparison:
    """Compare named arrays. Missing and unexpected fields, other dtypes and shapes, and NaN are differences.

    `exact` says of some fields where nothing is allowed.
    """
    differences = [
        Difference(field=name, ratio=np.inf, what="wanted nothing of this name")
        for name in sorted(actual.keys() - expected.keys())
    ]
    measured: dict[str, Measured] = {}
    for name, wanted in expected.items():
        if name not in actual:
            rule = "GRAD-1" if name.startswith("gradients.") else None
            differences.append(Difference(field=name, ratio=np.inf, what="missing", rule=rule))
            continue
        difference, measured[name] = _compare_field(
            name, wanted, actual[name], tolerance=tolerances[name], dtype=dtype, exact=(exact or {}).get(name)
        )
        if difference is not None:
            differences.append(difference)
    differences.sort(key=lambda difference: -difference.ratio)
    if differences:
        worst = differences[0].field
    else:
        worst = max(measured, key=lambda name: measured[name].ratio, default="")
    figures = measured.get(worst, BEYOND_NUMBERS if differences else Measured(ratio=0.0))
    return Comparison(
        differences=tuple(differences),
        ratio=figures.ratio,
        field=worst,
        error=figures.error,
        tolerance=figures.tolerance,
    )


def _compare_field(
    name: str, expected: Array, actual: object, *, tolerance: float, dtype: DTypeLike, exact: Exact | None
) -> tuple[Difference | None, Measured]:
    def differs(what: str, figures: Measured = BEYOND_NUMBERS, rule: str | None = None) -> tuple[Difference, Measured]:
        return Difference(field=name, ratio=figures.ratio, what=what, rule=rule), figures

    if type(actual) is not np.ndarray:  # a subclass, as a masked array, compares in its own way
        return differs(f"wanted a numpy.ndarray, got {type(actual).__name__}")
    if actual.dtype != dtype:
        return differs(f"wanted dtype {np.dtype(dtype)}, got {actual.dtype}", rule="NUM-3")
    if actual.shape != expected.shape:
        return differs(f"wanted shape {list(expected.shape)}, got {list(actual.shape)}")
    error = np.abs(actual.astype(np.float64) - expected)
    error[~np.isfinite(error)] = np.inf  # expected values are finite
    allowed = np.full(error.shape, tolerance)
    where = np.broadcast_to(False if exact is None else exact.where, error.shape)
    allowed[where] = 0.0
    ratios = np.divide(error, allowed, out=np.full(error.shape, np.inf), where=allowed > 0)
    ratios[error == 0.0] = 0.0
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(ratios)), error.shape))
    figures = Measured(
        ratio=float(ratios[index]),
        error=float(error[index]) if np.isfinite(error[index]) else None,
        tolerance=float(allowed[index]) or None,
    )
    if figures.ratio <= 1:
        return None, figures
    rule = exact.rule if exact is not None and (ratios[~where] <= 1).all() else None
    return differs(f"at {list(index)}: wanted {expected[index]:.9g}, got {actual[index]:.9g}", figures, rule)


def comparison_of(differences: list[Difference]) -> Comparison:
    """The comparison that found `differences`, none of which is a number, or nothing."""
    first = differences[0] if differences else None
    return Comparison(
        differences=tuple(differences), ratio=first.ratio if first else 0.0, field=first.field if first else ""
    )
