"""``jax.experimental.rnn.lstm_ref`` takes negative lengths and lengths above T, and returns the state of a step.

The last state is taken at the index ``seq_lengths - 1``: -2 for the length -1, so that it counts from the end, and the
last step where the length is above T. The outputs of a negative length are all zeros.

Seen in jax 0.10.2; no upstream report found.
"""

import jax
import jax.numpy as jnp
from jax.experimental import rnn

weights = rnn.unpack_lstm_weights(rnn.init_lstm_weight(jax.random.key(0), 3, 4, 1, False), 3, 4, 1, False)
x, start = jax.random.normal(jax.random.key(1), (2, 5, 3)), jnp.zeros((1, 2, 4))


def states(*lengths: int) -> tuple[jax.Array, jax.Array]:
    """The outputs, and the final h of two sequences."""
    y, h_n, _ = rnn.lstm_ref(x, start, start, *weights, jnp.array(lengths, jnp.int32), 3, 4, 1, 0.0, False)
    return y, h_n[0]


(y, wrong), (_, right) = states(9, -1), states(5, 4)
assert (wrong == right).all()
assert (y[1] == 0).all()
