"""Most cells of Flax cannot be made with parameters in bfloat16: their initial recurrent matrices want float32.

``flax.nnx.LSTMCell`` casts, and can be made.

Seen in flax 0.12.8; the cause is https://github.com/jax-ml/jax/issues/30176.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

options = {"param_dtype": jnp.bfloat16}
nnx.LSTMCell(3, 4, **options, rngs=nnx.Rngs(0))
raised = []
x, h = jnp.ones((2, 3), jnp.bfloat16), jnp.ones((2, 4), jnp.bfloat16)
for make in (
    lambda: nnx.OptimizedLSTMCell(3, 4, **options, rngs=nnx.Rngs(0)),
    lambda: nnx.GRUCell(3, 4, **options, rngs=nnx.Rngs(0)),
    lambda: nn.LSTMCell(4, **options).init(jax.random.key(0), (h, h), x),
):
    try:
        make()
    except (NotImplementedError, ValueError, TypeError) as error:
        raised.append(str(error))
assert len(raised) == 3
