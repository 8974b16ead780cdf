"""Most cells of Flax cannot be made with parameters in bfloat16: their initial recurrent matrices want float32.

``flax.nnx.LSTMCell`` casts, and can be made.

Seen in flax 0.12.8; the cause is https://github.com/jax-ml/jax/issues/30176.
"""

from functools import partial

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

options = {"param_dtype": jnp.bfloat16}
nnx.LSTMCell(3, 4, **options, rngs=nnx.Rngs(0))
raised = []
x, h = jnp.ones((2, 3), jnp.bfloat16), jnp.ones((2, 4), jnp.bfloat16)
for make, given in (
    (partial(nnx.OptimizedLSTMCell, 3, 4, **options, rngs=nnx.Rngs(0)), ()),
    (partial(nnx.GRUCell, 3, 4, **options, rngs=nnx.Rngs(0)), ()),
    (nn.LSTMCell(4, **options).init, (jax.random.key(0), (h, h), x)),
):
    try:
        make(*given)
    except NotImplementedError as error:
        raised.append("bfloat16" in str(error))
assert raised == [True, True, True]
