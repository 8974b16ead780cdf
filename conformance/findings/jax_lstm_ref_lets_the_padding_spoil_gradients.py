"""NaN in the padding makes all gradients of ``jax.experimental.rnn.lstm_ref`` NaN, though outputs and states are right.

The padding is computed, and its zero cotangents are multiplied by NaN.

Seen in jax 0.10.2; no upstream report found.
"""

import jax
import jax.numpy as jnp
from jax.experimental import rnn

weights = rnn.init_lstm_weight(jax.random.key(0), 3, 4, 1, False)
states, lengths = jnp.zeros((1, 2, 4)), jnp.array([5, 2], jnp.int32)
x = jnp.ones((2, 5, 3)).at[1, 2:].set(jnp.nan)


def total(weights: jax.Array) -> jax.Array:
    """The sum of all outputs and final states."""
    parts = rnn.unpack_lstm_weights(weights, 3, 4, 1, False)
    return sum(part.sum() for part in rnn.lstm_ref(x, states, states, *parts, lengths, 3, 4, 1, 0.0, False))


assert jnp.isfinite(total(weights))
assert jnp.isnan(jax.grad(total)(weights)).all()
