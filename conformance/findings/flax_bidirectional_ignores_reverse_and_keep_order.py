"""`Bidirectional` of ``flax.linen`` accepts ``reverse`` and ``keep_order``, and ignores both.

Seen in flax 0.12.8; no upstream report found.
"""

import flax.linen as nn
import jax

x = jax.random.normal(jax.random.key(1), (2, 5, 3))
layer = nn.Bidirectional(nn.RNN(nn.SimpleCell(4)), nn.RNN(nn.SimpleCell(4)))
variables = layer.init(jax.random.key(0), x)
plain = layer.apply(variables, x)
assert (layer.apply(variables, x, keep_order=False) == plain).all()
assert (layer.apply(variables, x, reverse=True) == plain).all()
