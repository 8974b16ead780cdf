"""A function of tensors is judged with the gradients of TensorFlow."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from rnnspec_adapters.functions import from_function
from rnnspec_conformance import judge
from rnnspec_conformance.cases import CASES


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


CASE = next(case for case in CASES if case.id == "rnn-tanh-gradients")
LIKE: dict[str, Any] = {"like": "tf.compat.v1.nn.rnn_cell.BasicRNNCell", "batch_first": True}


def test_a_function_of_tensors_has_gradients() -> None:
    adapter = from_function(rnn, **LIKE)
    assert adapter.arrays == "tensorflow"
    assert judge(CASE, adapter(precision="float64"), "float64").verdict == "passed"


def test_a_gradient_that_is_missing_is_noticed() -> None:
    judgement = judge(CASE, from_function(stopped, **LIKE)(precision="float64"), "float64")
    assert (judgement.verdict, judgement.field) == ("differs", "gradients.layers[0][0].b")
