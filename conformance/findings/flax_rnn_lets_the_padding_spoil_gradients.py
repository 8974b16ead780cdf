"""NaN in the padding makes all gradients of `RNN` of ``flax.linen`` and ``flax.nnx`` NaN, though it reads seq_lengths.

Elements behind the length "will be considered padding and will be ignored", says the documentation. They are computed,
and their zero cotangents are multiplied by NaN.

Seen in flax 0.12.8; no upstream report found.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

x, lengths = jnp.ones((2, 5, 3)), jnp.array([5, 2])
spoilt = x.at[1, 2:].set(jnp.nan)
linen = nn.RNN(nn.SimpleCell(4), return_carry=True)
variables = linen.init(jax.random.key(0), x)
of_linen = jax.grad(lambda v: linen.apply(v, spoilt, seq_lengths=lengths)[0].sum())(variables)
assert jnp.isfinite(linen.apply(variables, spoilt, seq_lengths=lengths)[0]).all()
assert jnp.isnan(of_linen["params"]["cell"]["i"]["kernel"]).all()
layer = nnx.RNN(nnx.SimpleCell(3, 4, rngs=nnx.Rngs(0)), return_carry=True)
of_nnx = nnx.grad(lambda layer: layer(spoilt, seq_lengths=lengths)[0].sum())(layer)
assert jnp.isfinite(layer(spoilt, seq_lengths=lengths)[0]).all()
assert jnp.isnan(of_nnx["cell"]["dense_i"]["kernel"][...]).all()
