"""Which node tests catch a mutant, and whether a node test could."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np

from rnnspec import FLOAT32, Array, Cell, Outcome, Problem, named_arrays
from rnnspec_adapters import Adapter
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.cases import SELECTIONS
from rnnspec_conformance.mutants import Mutant
from rnnspec_workshop.onnx_node_tests.loading import similar
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest
from rnnspec_workshop.onnx_node_tests.translation import expressible, outputs_of, problems_of

PRECISION = FLOAT32.name
"""The precision of all node tests."""

Reach = Literal["tested", "untested", "none"]
"""Where a mutant shows: in a node with a cell that some node test has, only in one with another cell, or in none."""


def passes(test: NodeTest, adapter: Adapter) -> bool:
    """Whether `adapter` passes `test` in every form of its problem."""
    return all(similar(test, outputs_of(test, adapter.solve(problem))) for problem in problems_of(test))


def caught_by(mutant: Mutant, tests: Iterable[NodeTest]) -> list[str]:
    """The names of the tests that `mutant` fails.

    No mutant refuses a problem without cotangents. One that raised would end the run: it would be caught by an
    accident, not by a comparison.
    """
    adapter = mutant.adapter(precision=PRECISION)
    return [test.name for test in tests if not passes(test, adapter)]


def cells_of(tests: Iterable[NodeTest]) -> set[Cell]:
    """The cells that the nodes of `tests` have."""
    return {problem.layers[0].cell for test in tests for problem in problems_of(test)}


def reach_of(mutant: Mutant, cells: Collection[Cell]) -> Reach:
    """Whether a node test could catch `mutant`: it changes an output or a final state that a node has.

    Asked of the cases of the suite that one node can state, without cotangents, to the last bit. The padding of the
    outputs does not count, since ONNX says nothing of it.

    Parameters
    ----------
    cells
        Those of the node tests there are.
    """
    adapter = mutant.adapter(precision=PRECISION)
    reach: Reach = "none"
    for problem, right in _node_problems():
        tested = replace(problem.layers[0].cell, bias=True) in cells
        # A copy, since a mutant may spoil the problem that it is given.
        if (tested or reach == "none") and _differ(right, _stated(problem, adapter.solve(deepcopy(problem)))):
            if tested:
                return "tested"
            reach = "untested"
    return reach


@cache
def _node_problems() -> tuple[tuple[Problem, dict[str, Array]], ...]:
    reference = ReferenceAdapter(precision=PRECISION)
    problems = [
        replace(problem, cotangents=None)
        for case in SELECTIONS["default"]
        if case.kind == "outcome" and expressible(problem := case.problem(FLOAT32))
    ]
    return tuple((problem, _stated(problem, reference.solve(problem))) for problem in problems)


def _stated(problem: Problem, outcome: Outcome) -> dict[str, Array]:
    """The arrays of `outcome` that ONNX speaks of: outputs at valid steps, and final states."""
    arrays = named_arrays(outcome)
    if problem.lengths is not None:
        arrays["y"] = outcome.y[np.arange(len(outcome.y))[:, None] < problem.lengths]
    return arrays


def _differ(right: dict[str, Array], other: dict[str, Array]) -> bool:
    return any(
        array.dtype != other[name].dtype or not np.array_equal(array, other[name], equal_nan=True)
        for name, array in right.items()
    )
