"""The cells of ``flax.nnx`` take a bias of one element and add it to all gates of all units; ``flax.linen`` refuses it.

Seen in flax 0.12.8; no upstream report found.
"""

import jax.numpy as jnp
from flax import nnx

cell = nnx.OptimizedLSTMCell(3, 4, rngs=nnx.Rngs(0))
x, carry = jnp.ones((2, 3)), (jnp.zeros((2, 4)), jnp.zeros((2, 4)))
cell.dense_h.bias = nnx.Param(jnp.full(16, 0.5))
whole = cell(carry, x)[1]
cell.dense_h.bias = nnx.Param(jnp.full(1, 0.5))
assert (cell(carry, x)[1] == whole).all()
