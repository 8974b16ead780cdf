"""The memory of a run with gradients grows linearly with the number of steps."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from rnnspec import GRU, LSTM, RNN, Cell, Problem, solve

from .random_problems import make_problem, name_of

B, I, H = 8, 16, 32
STEPS = (32, 64, 128, 256)


def peak_of(problem: Problem) -> int:
    """The most bytes that one run held at a time, without what was there before."""
    solve(problem)  # what is made once, and kept, is made here
    tracemalloc.start()
    try:
        solve(problem)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("lengths", [False, True], ids=["whole", "lengths"])
@pytest.mark.parametrize(
    "cell",
    [LSTM(), LSTM(peephole="new", projection=24), LSTM(gate_recurrence=True), GRU(), GRU(reset="before"), RNN()],
    ids=name_of,
)
def test_each_further_step_takes_as_much_memory_as_those_before(cell: Cell, lengths: bool) -> None:
    peaks = []
    for T in STEPS:
        of_sequences = np.linspace(1, T, B).astype(np.int64) if lengths else None
        peaks.append(peak_of(make_problem([(cell, "forward")], sizes=(T, B, I, H), lengths=of_sequences)))
    further = [
        (after - before) / (T - S) for (S, T), (before, after) in zip(pairwise(STEPS), pairwise(peaks), strict=True)
    ]
    for before, after in pairwise(further):
        assert after == pytest.approx(before, rel=0.05)
    # A step holds some numbers of each unit and sequence: no matrix of H times H, and nothing of the other steps.
    assert further[-1] / (8 * B * H) < 40
