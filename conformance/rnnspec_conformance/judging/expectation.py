"""What is expected of a problem, and where nothing is allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from rnnspec import Array, Precision, Problem, Tangents, named_arrays, solve
from rnnspec_conformance.cases.case import Wrt
from rnnspec_conformance.judging import kept_expectations
from rnnspec_conformance.judging.compare import Comparison, Difference, Exact, compare
from rnnspec_conformance.judging.jvp_hvp import derivative, direction_of
from rnnspec_conformance.judging.kept_expectations import Kept
from rnnspec_conformance.judging.tolerance import tolerances

Chosen = Callable[[str], bool]
"""Whether a field is compared."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Expectation:
    """The arrays of the reference, their tolerances, and where nothing is allowed: in the padding."""

    arrays: Mapping[str, Array]
    tolerances: Mapping[str, float]
    exact: Mapping[str, Exact]

    def restricted(self, chosen: Chosen) -> Expectation:
        """The same of some fields only."""
        return replace(self, arrays={name: array for name, array in self.arrays.items() if chosen(name)})

    def compared_with(self, actual: Mapping[str, object], precision: Precision) -> Comparison:
        """`actual` held against this."""
        comparison = compare(self.arrays, actual, self.tolerances, precision.dtype, self.exact)
        finer = None if precision.keeps_all else _finer(actual, precision)
        if finer is None:
            return comparison
        differences = (finer, *comparison.differences)
        return replace(comparison, differences=differences, ratio=np.inf, field=finer.field)


def _finer(actual: Mapping[str, object], precision: Precision) -> Difference | None:
    """The first field that holds numbers which the precision has not, though the type of its arrays has (NUM-3).

    The gradients of parameters are left out: a layout may have put them together from two that the precision has.
    """
    for name, array in actual.items():
        if name.startswith("gradients.layers"):
            continue
        if isinstance(array, np.ndarray) and array.dtype == precision.dtype:
            foreign = array[(precision.nearest(array) != array) & ~np.isnan(array)]
            if foreign.size:
                what = f"wanted numbers of {precision.name}, got {foreign[0]:.9g}"
                return Difference(field=name, ratio=np.inf, what=what, rule="NUM-3")
    return None


_EXPECTATIONS: dict[bytes, Expectation] = {}


def expectation_of(problem: Problem, precision: Precision) -> Expectation:
    """What is expected of `problem`: computed in float64, allowed as `precision` needs. Remembered by content."""

    def compute() -> Kept:
        expected = named_arrays(solve(problem))
        return expected, tolerances(problem, expected, precision)

    return _remembered(problem, "outcome", precision, compute)


def derivative_of(problem: Problem, kind: str, wrt: Wrt, precision: Precision) -> tuple[Expectation, Tangents]:
    """What is expected of a derivative along tangents, and the direction. Remembered as well."""
    tangents = direction_of(problem, wrt, precision)
    what = f"{kind} {wrt}"
    return _remembered(problem, what, precision, lambda: derivative(kind, problem, tangents, precision)), tangents


def _remembered(problem: Problem, what: str, precision: Precision, compute: Callable[[], Kept]) -> Expectation:
    """What was computed before of `problem`, in this process or, where expectations are kept on disk, in another."""
    key = hashlib.blake2b(fingerprint_of(problem) + f"{what}, {precision.name}".encode(), digest_size=16).digest()
    if key not in _EXPECTATIONS:
        kept = kept_expectations.loaded(key)
        arrays, allowed = kept or compute()
        if kept is None:
            kept_expectations.keep(key, arrays, allowed)
        _EXPECTATIONS[key] = Expectation(arrays=arrays, tolerances=allowed, exact=padding_of(problem))
    return _EXPECTATIONS[key]


def forget() -> None:
    """Forget what was expected so far: for runs over many more problems than the cases have."""
    _EXPECTATIONS.clear()


def padding_of(problem: Problem) -> dict[str, Exact]:
    """Where nothing is allowed in the fields of `problem`."""
    if problem.lengths is None:
        return {}
    padded = (np.arange(problem.x.shape[0])[:, None] >= problem.lengths)[:, :, None]
    exact = {"gradients.x": Exact(where=padded, rule="GRAD-11")}
    if problem.padded_outputs == "zero":
        where = padded if problem.layers[-1].merge != "none" else padded[..., None]
        exact["y"] = Exact(where=where, rule="SEQ-4")
    return exact


def fingerprint_of(problem: Problem) -> bytes:
    """The same for two problems only if all their numbers and options are."""
    told: list[object] = [problem.padded_outputs]
    told += [(layer.cell, layer.direction, layer.merge, layer.reverse_outputs) for layer in problem.layers]
    arrays = problem.named()
    if problem.lengths is not None:
        arrays["lengths"] = problem.lengths.astype(np.int64)
    told += [(name, array.shape) for name, array in arrays.items()]
    digest = hashlib.blake2b(repr(told).encode(), digest_size=16)
    for array in arrays.values():
        digest.update(array.tobytes())
    return digest.digest()
