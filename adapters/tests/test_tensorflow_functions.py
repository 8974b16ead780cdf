"""A function of tensors, with the gradients of TensorFlow."""

from __future__ import annotations

from typing import Any

import pytest

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")

from rnnspec import RNN, solve  # noqa: E402 - after the skip
from rnnspec_adapters.functions import from_function  # noqa: E402 - after the skip

from .problems import assert_close, make_problem  # noqa: E402 - after the skip


def rnn(x: Any, h: Any, kernel: Any, bias: Any) -> Any:
    """As BasicRNNCell over a batch that comes first: one matrix for x and h."""
    y = []
    for step in tf.unstack(x, axis=1):
        h = tf.tanh(tf.concat([step, h], axis=1) @ kernel + bias)
        y.append(h)
    return tf.stack(y, axis=1), h


def stopped(x: Any, h: Any, kernel: Any, bias: Any) -> Any:
    """Right outputs, and no gradient of the bias."""
    return rnn(x, h, kernel, tf.stop_gradient(bias))


LIKE: dict[str, Any] = {"like": "tf.compat.v1.nn.rnn_cell.BasicRNNCell", "batch_first": True}


def test_a_function_of_tensors_has_gradients() -> None:
    adapter, problem = from_function(rnn, **LIKE), make_problem([RNN()])
    assert adapter.arrays == "tensorflow"
    assert_close(adapter(precision="float64").solve(problem), solve(problem), relative=1e-12)


def test_a_gradient_that_is_missing_is_noticed() -> None:
    problem = make_problem([RNN()])
    outcome = from_function(stopped, **LIKE)(precision="float64").solve(problem)
    with pytest.raises(AssertionError, match="layers"):
        assert_close(outcome, solve(problem), relative=1e-12)
