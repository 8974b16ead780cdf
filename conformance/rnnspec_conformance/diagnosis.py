"""Why an outcome differs: which known wrong reading it is equal to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnspec import FLOAT64, Arithmetic, Array, Problem, ProblemError, named_arrays
from rnnspec_conformance.compare import compare
from rnnspec_conformance.mutants import MUTANTS, Mutant


def diagnose(
    problem: Problem,
    expected: Mapping[str, Array],
    actual: Mapping[str, object],
    allowances: Mapping[str, float],
    arithmetic: Arithmetic,
) -> Mutant | None:
    """The mutant whose outcome `actual` is, within the allowances, and the expected one is not; None when none is.

    Where outputs or final states differ, they alone decide; else all fields do.
    """
    forward = {name for name in expected if not name.startswith("gradients.")}
    wrong = {d.field for d in compare(expected, actual, allowances, arithmetic.dtype).differences}
    fields = forward if wrong & forward else set(expected)
    for mutant in MUTANTS:
        if mutant.reading is None:
            continue
        try:
            with np.errstate(all="ignore"):
                arrays = named_arrays(mutant.reading(problem, FLOAT64))
        except ProblemError:
            continue  # a reading that makes no sense of this problem explains nothing
        if any(arrays[name].shape != expected[name].shape for name in fields if name in arrays):
            continue
        if not all(np.isfinite(arrays[name]).all() for name in fields):
            continue
        if _agree(arrays, expected, allowances, fields, np.float64):
            continue
        if _agree(arrays, actual, allowances, fields, arithmetic.dtype):
            return mutant
    return None


def _agree(
    wanted: Mapping[str, Array],
    actual: Mapping[str, object],
    allowances: Mapping[str, float],
    fields: set[str],
    dtype: object,
) -> bool:
    """Whether `actual` is `wanted` in these fields, with some room, since allowances are those of the right outcome."""
    room = {name: 4 * allowances[name] for name in fields}
    return not compare(
        {name: wanted[name] for name in fields},
        {name: actual[name] for name in fields if name in actual},
        room,
        np.dtype(dtype),  # type: ignore[call-overload]
    ).differences
