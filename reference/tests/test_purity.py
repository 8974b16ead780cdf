"""The reference changes nothing that it is given, keeps nothing, and depends on NumPy alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnspec import Array, Cell, Problem, named_arrays, solve

from .all_variants import SEQUENCE_OPTIONS, SINGLE_OPTIONS, VARIED_STACKS
from .random_problems import (
    CELLS,
    DIRECTIONS,
    LENGTHS,
    STACKS,
    WHICH_LENGTHS,
    Stack,
    assert_identical,
    make_problem,
    name_of,
)

ROOT = Path(__file__).parents[2]
LAYERS_AND_STACKS: tuple[Stack, ...] = (
    *(((cell, d),) for cell in CELLS for d in DIRECTIONS),
    *STACKS,
    *(((cell, "bidirectional"),) for cell in SINGLE_OPTIONS),
    *((spec,) for spec in SEQUENCE_OPTIONS),
    *VARIED_STACKS,
)

on_every_problem = pytest.mark.parametrize(
    "problem",
    [
        pytest.param(
            make_problem(stack, lengths=None if lengths is None else lengths.copy()),
            id=f"{name_of(stack)}-{name_of(lengths) if lengths is None else lengths.tolist()}",
        )
        for stack in LAYERS_AND_STACKS
        for lengths in (*WHICH_LENGTHS, np.zeros_like(LENGTHS))
    ],
)


def all_arrays(problem: Problem) -> list[NDArray[Any]]:
    lengths = [] if problem.lengths is None else [problem.lengths]
    return [*problem.named().values(), *lengths]


@on_every_problem
def test_inputs_are_never_modified(problem: Problem) -> None:
    arrays = all_arrays(problem)
    before = [array.tobytes() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    solve(problem)
    assert [array.tobytes() for array in arrays] == before


@on_every_problem
def test_solving_twice_gives_the_same_bytes(problem: Problem) -> None:
    first = named_arrays(solve(problem))
    kept = {name: array.copy() for name, array in first.items()}
    assert_identical(named_arrays(solve(problem)), kept)
    assert_identical(first, kept)


@on_every_problem
def test_an_outcome_shares_no_memory_with_its_problem_nor_within_itself(problem: Problem) -> None:
    arrays = named_arrays(solve(problem))
    for name, array in arrays.items():
        assert not any(np.shares_memory(array, given) for given in all_arrays(problem)), name
        others = (other for other_name, other in arrays.items() if other_name != name)
        assert not any(np.shares_memory(array, other) for other in others), name


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("cell", [*CELLS, *SINGLE_OPTIONS], ids=name_of)
def test_the_layout_of_the_inputs_in_memory_has_no_influence_on_the_result(cell: Cell, order: str) -> None:
    def laid_out(array: Array) -> Array:
        spread = np.full((*array.shape, 2), np.nan, order="F" if order == "F" else "C")
        spread[..., 0] = array
        return spread[..., 0]

    problem = make_problem([(cell, "bidirectional")])
    arrays = named_arrays(solve(problem))
    spread = Problem(
        layers=problem.layers, x=laid_out(problem.x), initial=problem.initial, cotangents=problem.cotangents
    )
    assert_identical(named_arrays(solve(spread)), arrays)


WHAT_IS_IMPORTED = """
import json, sys
before = set(sys.modules)
import rnnspec
new = {name.partition(".")[0] for name in set(sys.modules) - before}
from importlib.metadata import packages_distributions
owners = packages_distributions()
print(json.dumps({name: owners.get(name, [name]) for name in new if name not in sys.stdlib_module_names}))
"""


def test_importing_rnnspec_imports_numpy_and_the_standard_library_alone() -> None:
    found = subprocess.run([sys.executable, "-c", WHAT_IS_IMPORTED], check=True, capture_output=True, text=True)
    owners = json.loads(found.stdout)
    assert "numpy" in owners
    strangers = {
        name: owner
        for name, owner in owners.items()
        if not name.startswith("_sysconfigdata") and not set(owner) <= {"numpy", "rnnspec"}
    }
    assert not strangers


def imported_by(source: str) -> Iterator[str]:
    """The first part of every module that `source` names in an import, or in a call that imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "importorskip", "__import__"):
                yield str(node.args[0].value).partition(".")[0]


@pytest.mark.parametrize(
    "source",
    [
        "import a.b",
        "import x, a as c",
        "from a.b import c",
        "def f():\n    import a",
        "importlib.import_module('a.b')",
        "__import__('a')",
    ],
)
def test_the_scan_sees_every_form_of_import(source: str) -> None:
    assert "a" in set(imported_by(source))


@pytest.mark.parametrize(
    "folder, forbidden",
    [
        ("reference", {"rnnspec_adapters", "rnnspec_conformance", "rnnspec_workshop"}),
        ("adapters", {"rnnspec_conformance", "rnnspec_workshop"}),
        ("conformance", {"rnnspec_workshop"}),
    ],
    ids=["reference", "adapters", "conformance"],
)
def test_dependencies_point_one_way(folder: str, forbidden: set[str]) -> None:
    """Tests are not installed: they may use the workshop, where the independent reading is."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    wrong = {
        str(file.relative_to(ROOT)): set(imported_by(file.read_text("utf-8")))
        & (forbidden - {"rnnspec_workshop"} if file.parent == ROOT / folder / "tests" else forbidden)
        for file in files
    }
    assert not {file: modules for file, modules in wrong.items() if modules}


def imports_of(root: Path) -> dict[str, set[str]]:
    """The modules below `root` by name, and those of them that each imports, whether to run or for types alone."""
    files = {".".join(file.relative_to(root).with_suffix("").parts): file for file in root.rglob("*.py")}
    files = {name.removesuffix(".__init__"): file for name, file in files.items()}
    found: dict[str, set[str]] = {name: set() for name in files}
    for name, file in files.items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names} & set(files)
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= (inner & set(files)) or ({node.module} & set(files))
    return found


@pytest.mark.parametrize("folder", ["reference", "adapters", "conformance", "workshop"])
def test_no_two_modules_import_each_other(folder: str) -> None:
    tuple(TopologicalSorter(imports_of(ROOT / folder)).static_order())


def test_modules_that_import_each_other_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    from b import g\n")
    (tmp_path / "b.py").write_text("if TYPE_CHECKING:\n    import a\n")
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(imports_of(tmp_path)).static_order())


def test_the_package_names_no_module_but_its_own_numpy_and_the_standard_library() -> None:
    allowed = {"rnnspec", "numpy", *sys.stdlib_module_names}
    for file in sorted((ROOT / "reference" / "rnnspec").rglob("*.py")):
        assert set(imported_by(file.read_text("utf-8"))) <= allowed, file.name
