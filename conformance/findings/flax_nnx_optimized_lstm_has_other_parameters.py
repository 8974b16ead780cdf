"""The parameters of ``flax.nnx.OptimizedLSTMCell`` are not those of `LSTMCell`, though its documentation says so.

"The parameters are compatible with ``LSTMCell``": they are in ``flax.linen``; in ``flax.nnx`` one cell has a matrix for
each gate and the other has all gates in one.

Seen in flax 0.12.8; no upstream report found.
"""

from flax import nnx


def names(cell: nnx.Module) -> set[str]:
    """The names of the parameters."""
    return {".".join(path) for path, _ in nnx.to_flat_state(nnx.state(cell, nnx.Param))}


assert "parameters are compatible with ``LSTMCell``" in str(nnx.OptimizedLSTMCell.__doc__)
plain, optimized = nnx.LSTMCell(3, 4, rngs=nnx.Rngs(0)), nnx.OptimizedLSTMCell(3, 4, rngs=nnx.Rngs(0))
assert names(plain) & names(optimized) == set()
