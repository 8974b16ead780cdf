"""``flax.nnx.GRUCell`` documents ``n = tanh(W_in x + b_in + r * (W_hn h + b_hn))`` and has no b_hn.

``flax.linen.GRUCell`` has it. So no weight map carries a GRU of Linen, PyTorch or cuDNN over to ``flax.nnx``.

Seen in flax 0.12.8; https://github.com/google/flax/issues/5594.
"""

from flax import nnx

cell = nnx.GRUCell(3, 4, rngs=nnx.Rngs(0))
assert "b_{hn}" in str(nnx.GRUCell.__doc__)
assert sorted(".".join(path) for path, _ in nnx.to_flat_state(nnx.state(cell, nnx.Param))) == [
    "dense_h.kernel",
    "dense_i.bias",
    "dense_i.kernel",
]
