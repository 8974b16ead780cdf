"""``equinox.nn.LSTMCell`` takes a c of one unit, it and `GRUCell` a bias of one element, and repeat it for all units.

Seen in equinox 0.13.8; no upstream report found.
"""

import equinox
import jax
import jax.numpy as jnp

x, h = jnp.ones(3), jnp.zeros(4)
lstm, gru = (kind(3, 4, key=jax.random.key(0)) for kind in (equinox.nn.LSTMCell, equinox.nn.GRUCell))
assert (lstm(x, (h, jnp.full(1, 0.5)))[0] == lstm(x, (h, jnp.full(4, 0.5)))[0]).all()
for cell, state in ((lstm, (h, h)), (gru, h)):
    whole, single = (equinox.tree_at(lambda cell: cell.bias, cell, jnp.full(size, 0.5)) for size in (cell.bias.size, 1))
    assert all((a == b).all() for a, b in zip(whole(x, state), single(x, state), strict=True))
