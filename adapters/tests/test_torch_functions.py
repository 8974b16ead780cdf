"""A function of tensors, with the gradients of PyTorch."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from rnnspec import GRU, solve  # noqa: E402 - after the skip
from rnnspec_adapters.functions import from_function  # noqa: E402 - after the skip

from .problems import assert_close, make_problem  # noqa: E402 - after the skip


def gru(x: Any, h: Any, W: Any, R: Any, b: Any, b_R: Any) -> Any:  # noqa: PLR0917 - as its author wrote it
    """As torch.nn.GRU."""
    y = []
    for step in x.unbind(0):
        (a_r, a_z, a_n), (u_r, u_z, u_n) = (step @ W.T + b).chunk(3, -1), (h @ R.T + b_R).chunk(3, -1)
        r, z = torch.sigmoid(a_r + u_r), torch.sigmoid(a_z + u_z)
        h = z * h + (1 - z) * torch.tanh(a_n + r * u_n)
        y.append(h)
    return torch.stack(y), h


def detached(x: Any, h: Any, *parameters: Any) -> Any:
    """Right outputs, and no gradient through the initial state."""
    return gru(x, h.detach(), *parameters)


def test_a_function_of_tensors_has_gradients() -> None:
    adapter, problem = from_function(gru, like="torch.nn.GRU"), make_problem([GRU()])
    assert adapter.arrays == "torch"
    assert_close(adapter(precision="float64").solve(problem), solve(problem), relative=1e-12)


def test_a_gradient_that_is_missing_is_noticed() -> None:
    problem = make_problem([GRU()])
    outcome = from_function(detached, like="torch.nn.GRU")(precision="float64").solve(problem)
    with pytest.raises(AssertionError, match=r"initial"):
        assert_close(outcome, solve(problem), relative=1e-12)
