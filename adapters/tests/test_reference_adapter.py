"""The reference behind the contract of an adapter."""

from __future__ import annotations

import numpy as np
import pytest

import rnnspec
from rnnspec import GRU, LSTM, PRECISIONS, Cell, named_arrays, solve
from rnnspec_adapters import Adapter, DeclaresLayout, layout
from rnnspec_adapters.reference import ReferenceAdapter

from .problems import CELLS, LENGTHS, assert_identical, make_problem


def test_it_follows_the_contract() -> None:
    adapter: Adapter = ReferenceAdapter()
    assert isinstance(adapter, DeclaresLayout)


@pytest.mark.parametrize("precision", ["float64", "float32", "tf32"])
@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_its_outcome_is_that_of_the_reference(cell: Cell, precision: str) -> None:
    problem = make_problem([cell, cell], direction="bidirectional", lengths=LENGTHS)
    actual = ReferenceAdapter(precision=precision).solve(problem)
    assert_identical(actual, solve(problem, precision=PRECISIONS[precision]))
    assert {array.dtype for array in named_arrays(actual).values()} == {np.dtype(PRECISIONS[precision].dtype)}


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_it_declares_the_layout_that_it_reports(cell: Cell) -> None:
    problem = make_problem([cell], direction="bidirectional")
    adapter = ReferenceAdapter()
    packed = layout.pack(problem.layers, adapter.placements(problem), np.float64)
    assert adapter.native_shapes(problem) == {name: tensor.shape for name, tensor in packed.items()}


def test_it_solves_with_the_native_parameters_that_it_is_given() -> None:
    problem, other = make_problem([GRU(), LSTM()], seed=1), make_problem([GRU(), LSTM()], seed=2)
    adapter = ReferenceAdapter()
    native = layout.pack(other.layers, adapter.placements(other), np.float64)
    actual = adapter.solve_native(problem, native)
    assert_identical(actual, solve(rnnspec.Problem(**{**vars(problem), "layers": other.layers})))


def test_it_supports_everything() -> None:
    for cell in CELLS:
        assert ReferenceAdapter().supports(make_problem([cell], direction="reverse", lengths=(0, 6, 1, 2))) is None


def test_it_names_the_versions_of_what_takes_part() -> None:
    provenance = ReferenceAdapter().provenance()
    assert provenance["rnnspec"] == rnnspec.__version__
    assert provenance["numpy"] == np.__version__


@pytest.mark.parametrize("options", [{"device": "cuda"}, {"precision": "float99"}, {"mode": "fast"}])
def test_unknown_options_are_refused(options: dict[str, str]) -> None:
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name}: wanted .*, got '{options[name]}'$"):
        ReferenceAdapter(**options)
