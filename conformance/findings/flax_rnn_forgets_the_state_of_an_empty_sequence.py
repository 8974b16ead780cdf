"""`RNN` of ``flax.linen`` and ``flax.nnx`` gives an empty sequence the state behind its padding, not its initial one.

The last carry is taken at the index ``seq_lengths - 1``, which is -1: the last step of the padding.

Seen in flax 0.12.8; no upstream report found.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

x, lengths, start = jnp.ones((2, 5, 3)), jnp.array([5, 0]), jnp.zeros((2, 4))
linen = nn.RNN(nn.SimpleCell(4))
variables = linen.init(jax.random.key(0), x)
carry, y = linen.apply(variables, x, initial_carry=start, seq_lengths=lengths, return_carry=True)
assert (carry[1] == y[1, -1]).all()
assert (carry[1] != start[1]).any()
carry, y = nnx.RNN(nnx.SimpleCell(3, 4, rngs=nnx.Rngs(0)))(
    x, initial_carry=start, seq_lengths=lengths, return_carry=True
)
assert (carry[1] == y[1, -1]).all()
assert (carry[1] != start[1]).any()
