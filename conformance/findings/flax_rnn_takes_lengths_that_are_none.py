"""`RNN` of ``flax.linen`` and ``flax.nnx`` takes negative lengths and lengths above T, and returns the carry of a step.

The last carry is taken at the index ``seq_lengths - 1``: -2 for the length -1, so that it counts from the end, and the
last step where the length is above T.

Seen in flax 0.12.8; no upstream report found.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

x, lengths = jax.random.normal(jax.random.key(0), (2, 5, 3)), jnp.array([9, -1])
linen = nn.RNN(nn.SimpleCell(4), return_carry=True)
variables = linen.init(jax.random.key(0), x)
in_nnx = nnx.RNN(nnx.SimpleCell(3, 4, rngs=nnx.Rngs(0)), return_carry=True)
carry, y = linen.apply(variables, x, seq_lengths=lengths)
assert (carry[0] == y[0, 4]).all()
assert (carry[1] == y[1, 3]).all()
carry, y = in_nnx(x, seq_lengths=lengths)
assert (carry[0] == y[0, 4]).all()
assert (carry[1] == y[1, 3]).all()
