"""``jax.experimental.rnn.lstm_ref`` with two directions takes initial states for one, and gives both the same state.

The index of the second direction is out of range, and JAX takes the last index that there is.

Seen in jax 0.10.2; no upstream report found.
"""

import jax
import jax.numpy as jnp
from jax.experimental import rnn

weights = rnn.unpack_lstm_weights(rnn.init_lstm_weight(jax.random.key(0), 3, 4, 1, True), 3, 4, 1, True)
x, lengths = jnp.ones((2, 5, 3)), jnp.full(2, 5, jnp.int32)
one = jax.random.normal(jax.random.key(1), (1, 2, 4))
both = jnp.concatenate([one, one])
given, repeated = (rnn.lstm_ref(x, s, s, *weights, lengths, 3, 4, 1, 0.0, True) for s in (one, both))
assert all((a == b).all() for a, b in zip(given, repeated, strict=True))
