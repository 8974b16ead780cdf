"""``jax.experimental.rnn.lstm_ref`` gives an empty sequence the state behind its padding, not its initial one.

The last state is taken at the index ``seq_lengths - 1``, which is -1: the last step of the padding.

Seen in jax 0.10.2; no upstream report found.
"""

import jax
import jax.numpy as jnp
from jax.experimental import rnn

weights = rnn.init_lstm_weight(jax.random.key(0), 3, 4, 1, False)
x, states, lengths = jnp.ones((2, 5, 3)), jnp.zeros((1, 2, 4)), jnp.array([5, 0], jnp.int32)
parts = rnn.unpack_lstm_weights(weights, 3, 4, 1, False)
y, h_n, c_n = rnn.lstm_ref(x, states, states, *parts, lengths, 3, 4, 1, 0.0, False)
assert (y[1] == 0).all()
assert (h_n[0, 1] == h_n[0, 0]).all()
assert (h_n[0, 1] != states[0, 1]).any()
