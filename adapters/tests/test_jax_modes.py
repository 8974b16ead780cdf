"""The adapters of JAX libraries in other modes: eager, without loops, and with optimized cells."""

from __future__ import annotations

from typing import Any

import pytest

for needed in ("jax", "flax", "equinox", "haiku"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

from rnnspec import GRU, LSTM, RNN, solve  # noqa: E402 - after the skip
from rnnspec_adapters.jax.eager import (  # noqa: E402 - after the skip
    EquinoxEager,
    HaikuEager,
    LinenEager,
    LstmRefEager,
    NnxEager,
)
from rnnspec_adapters.jax.flax_linen import LinenOptimized  # noqa: E402 - after the skip
from rnnspec_adapters.jax.flax_nnx import NnxOptimized  # noqa: E402 - after the skip
from rnnspec_adapters.jax.haiku_cores import HaikuStatic  # noqa: E402 - after the skip
from rnnspec_adapters.jax.jax_adapter import JaxAdapter, Stepwise  # noqa: E402 - after the skip

from .jax_problems import problem_for  # noqa: E402 - after the skip
from .problems import assert_close  # noqa: E402 - after the skip

EAGER: tuple[type[JaxAdapter], ...] = (LinenEager, NnxEager, EquinoxEager, HaikuEager, LstmRefEager)

every_adapter = pytest.mark.parametrize(
    "kind", [*EAGER, HaikuStatic, LinenOptimized, NnxOptimized], ids=lambda kind: kind.name
)


@every_adapter
def test_a_stack_is_computed_as_by_the_reference(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind, LSTM(), LSTM())
    assert_close(kind().solve(problem), solve(problem), relative=1e-12)


@every_adapter
def test_without_initial_states_it_starts_from_zeros(kind: type[JaxAdapter]) -> None:
    problem = problem_for(kind, initial=False, cotangents=False)
    assert_close(kind().solve(problem), solve(problem), relative=1e-12)


@pytest.mark.parametrize("kind", EAGER, ids=lambda kind: kind.name)
def test_nothing_is_compiled_as_a_whole_and_nothing_is_traced_twice(kind: type[JaxAdapter]) -> None:
    adapter = kind()
    for seed in (1, 2):
        adapter.solve(problem_for(kind, seed=seed, cotangents=False))
    program: Any
    (program,) = adapter._made.values()
    assert isinstance(program, Stepwise)
    assert len(program._traced) == 1


@pytest.mark.parametrize("kind", [LinenOptimized, NnxOptimized])
def test_the_optimized_lstm_reads_in_reverse_as_well_and_no_other_cell_is_optimized(kind: type[JaxAdapter]) -> None:
    adapter = kind()
    problem = problem_for(kind, direction="reverse")
    assert_close(adapter.solve(problem), solve(problem), relative=1e-12)
    refusal = adapter.supports(problem_for(kind, RNN()))
    assert refusal is not None
    assert refusal.reason.endswith("has an optimized cell for the LSTM only")


def test_haiku_unrolls_forward_only() -> None:
    adapter = HaikuStatic()
    assert adapter.supports(problem_for(HaikuStatic, GRU(reset="before"))) is None
    refusal = adapter.supports(problem_for(HaikuStatic, direction="bidirectional"))
    assert refusal is not None
    assert refusal.reason == "haiku.static_unroll reads forward only"
