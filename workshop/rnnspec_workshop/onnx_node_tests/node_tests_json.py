"""What the node tests catch, as it is written to ``onnx-node-tests.json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from rnnspec import Cell
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.mutants import MUTANTS, Mutant
from rnnspec_conformance.rules import sort_key
from rnnspec_workshop.kill_matrix.classes import CLASSES, class_of
from rnnspec_workshop.onnx_node_tests.catching import PRECISION, caught_by, cells_of, passes, reach_of
from rnnspec_workshop.onnx_node_tests.loading import VERSION, node_tests
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest

SCHEMA = 1
SOURCE = "onnx/backend/test/case/node/{}.py"
"""Where ``onnx`` makes the node tests of an operator."""


def report(
    console: Console | None = None, *, tests: Sequence[NodeTest] = (), mutants: Sequence[Mutant] = MUTANTS
) -> dict[str, Any]:
    """Run the reference and `mutants` on `tests`, by default on all that ``onnx`` ships.

    Parameters
    ----------
    console
        Where to draw the progress; None for nowhere.

    Returns
    -------
    dict
        The versions, what came of each test, and of each mutant: its class, where it could show, and the tests that
        catch it. By class, then by rule.
    """
    tests = tests or node_tests()
    reference = ReferenceAdapter(precision=PRECISION)
    shown = track(mutants, "running node tests", console=console, transient=True) if console else mutants
    cells = cells_of(tests)
    entries = [_of_mutant(mutant, tests, cells) for mutant in shown]
    catches = Counter(name for entry in entries for name in entry["caught_by"])
    names = [of_class.name for of_class in CLASSES]
    entries.sort(key=lambda entry: (names.index(entry["class"]), sort_key(entry["rule"]), entry["id"]))
    return {
        "schema": SCHEMA,
        "provenance": {"onnx": VERSION, "numpy": np.__version__},
        "tests": [_of_test(test, reference, catches[test.name]) for test in tests],
        "mutants": entries,
    }


def _of_mutant(mutant: Mutant, tests: Sequence[NodeTest], cells: Collection[Cell]) -> dict[str, Any]:
    caught = caught_by(mutant, tests)
    return {
        "id": mutant.id,
        "rule": mutant.rule,
        "class": class_of(mutant),
        "reach": "tested" if caught else reach_of(mutant, cells),
        "caught_by": caught,
    }


def _of_test(test: NodeTest, reference: ReferenceAdapter, catches: int) -> dict[str, Any]:
    return {
        "id": test.name,
        "operator": test.operator,
        "source": SOURCE.format(test.operator.lower()),
        "inputs": list(test.inputs),
        "attributes": {name: value for name, value in test.attributes.items() if name != "hidden_size"},
        "compares": list(test.outputs),
        "rtol": test.rtol,
        "atol": test.atol,
        "reference_passes": passes(test, reference),
        "catches": catches,
    }
