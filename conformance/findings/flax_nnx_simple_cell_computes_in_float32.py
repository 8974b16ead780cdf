"""``flax.nnx.SimpleCell`` computes in float32 unless told otherwise, whatever its input and parameters are.

The default of ``dtype`` is float32 there; the other cells of ``flax.nnx``, and `SimpleCell` of ``flax.linen``, infer it
from input and parameters. A float64 input and state are rounded without a word.

Seen in flax 0.12.8; no upstream report found.
"""

import jax
import jax.numpy as jnp
from flax import nnx

jax.config.update("jax_enable_x64", True)
options = {"param_dtype": jnp.float64, "rngs": nnx.Rngs(0)}
x, h = jnp.ones((2, 3)), jnp.ones((2, 4))
assert nnx.GRUCell(3, 4, **options)(h, x)[1].dtype == jnp.float64
assert nnx.SimpleCell(3, 4, **options)(h, x)[1].dtype == jnp.float32
