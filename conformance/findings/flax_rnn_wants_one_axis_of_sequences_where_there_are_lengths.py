"""With two axes of sequences and ``seq_lengths``, `RNN` of ``flax.linen`` returns a carry of another shape.

``seq_lengths`` is documented as an "array of shape ``(*batch)``", and without it any number of axes is right. The last
carry is taken along the first of these axes only.

Seen in flax 0.12.8; no upstream report found.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp

x, layer = jnp.ones((2, 2, 5, 3)), nn.RNN(nn.SimpleCell(4), return_carry=True)
variables = layer.init(jax.random.key(0), x)
assert layer.apply(variables, x)[0].shape == (2, 2, 4)
assert layer.apply(variables, x, seq_lengths=jnp.full((2, 2), 5))[0].shape == (2, 2, 2, 4)
