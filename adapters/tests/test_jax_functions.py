"""A function of JAX arrays is judged with the gradients of JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from rnnspec_adapters.functions import from_function
from rnnspec_conformance import judge
from rnnspec_conformance.cases import CASES


def rnn(x: Any, h: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """A simple recurrent layer, by a scan."""

    def step(h: Any, x: Any) -> Any:
        h = jnp.tanh(x @ kernel + h @ recurrent + bias)
        return h, h

    h, y = jax.lax.scan(step, h, x)
    return h, y


def halved(x: Any, *given: Any) -> Any:
    """Right outputs, and half the gradient of x."""
    return rnn(x / 2 + jax.lax.stop_gradient(x / 2), *given)


CASE = next(case for case in CASES if case.id == "rnn-tanh-gradients")
LIKE: dict[str, Any] = {"like": "RNN: columns, one bias", "gives": "h y"}


def test_a_function_of_jax_has_gradients() -> None:
    adapter = from_function(rnn, **LIKE)
    assert adapter.arrays == "jax"
    assert judge(CASE, adapter(precision="float64"), "float64").verdict == "passed"


def test_a_gradient_that_is_wrong_is_noticed() -> None:
    judgement = judge(CASE, from_function(halved, **LIKE)(precision="float64"), "float64")
    assert (judgement.verdict, judgement.field) == ("differs", "gradients.x")
