"""A function of JAX arrays, with the gradients of JAX."""

from __future__ import annotations

from typing import Any

import pytest

jax = pytest.importorskip("jax", reason="jax is not installed")

from rnnspec import RNN, solve  # noqa: E402 - after the skip
from rnnspec_adapters.functions import from_function  # noqa: E402 - after the skip

from .problems import assert_close, make_problem  # noqa: E402 - after the skip


def rnn(x: Any, h: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """A simple recurrent layer, by a scan."""

    def step(h: Any, x: Any) -> Any:
        h = jax.numpy.tanh(x @ kernel + h @ recurrent + bias)
        return h, h

    h, y = jax.lax.scan(step, h, x)
    return h, y


def halved(x: Any, *given: Any) -> Any:
    """Right outputs, and half the gradient of x."""
    return rnn(x / 2 + jax.lax.stop_gradient(x / 2), *given)


LIKE: dict[str, Any] = {"like": "RNN: columns, one bias", "gives": "h y"}


def test_a_function_of_jax_has_gradients() -> None:
    adapter, problem = from_function(rnn, **LIKE), make_problem([RNN()])
    assert adapter.arrays == "jax"
    assert_close(adapter(precision="float64").solve(problem), solve(problem), relative=1e-12)


def test_a_gradient_that_is_wrong_is_noticed() -> None:
    problem = make_problem([RNN()])
    outcome = from_function(halved, **LIKE)(precision="float64").solve(problem)
    with pytest.raises(AssertionError, match=r"x"):
        assert_close(outcome, solve(problem), relative=1e-12)
