"""The gradient of ``equinox.nn.GRUCell`` under `jax.lax.scan` is wrong in float64 on the CPU for some sizes.

Holds only on a processor with AVX512F. Where XLA is kept from it by ``XLA_FLAGS=--xla_cpu_max_isa=AVX2``, and on an
AMD EPYC that has AVX2 and FMA alone, the gradient is right.

XLA compiles it wrongly: with `jax.disable_jit`, with ``XLA_FLAGS=--xla_cpu_use_fusion_emitters=false``, in float32, and
with 6 units or 3 sequences, it is right. The cell, the loop and the derivative are as their documentation shows them.

Seen in jax 0.10.2, equinox 0.13.8; no upstream report found.
"""

import equinox
import jax

jax.config.update("jax_enable_x64", True)
cell = equinox.nn.GRUCell(3, 5, key=jax.random.key(0))
x, h = jax.random.normal(jax.random.key(1), (2, 4, 3)), jax.random.normal(jax.random.key(2), (4, 5))


def total(x: jax.Array) -> jax.Array:
    """The sum of all outputs."""
    return jax.lax.scan(lambda h, x: 2 * (jax.vmap(cell)(x, h),), h, x)[1].sum()


compiled = jax.grad(total)(x)
with jax.disable_jit():
    by_steps = jax.grad(total)(x)
assert abs(compiled - by_steps).max() > 0.1
