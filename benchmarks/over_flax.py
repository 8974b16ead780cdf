"""``flax.linen``, by itself and behind its adapter."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from flax import linen
from work import Work, ends

from rnnspec import Array, Problem
from rnnspec_adapters.jax.flax_linen import LinenAdapter


def native(problem: Problem) -> Work:
    """`flax.linen.RNN` of an LSTMCell in float64, compiled, batch first: forward, and all gradients."""
    p = problem.layers[0].parameters[0]
    start, d_y, d_final = ends(problem)
    layer = linen.RNN(linen.LSTMCell(problem.layers[0].hidden_size), return_carry=True)
    cell = {f"i{gate}": {"kernel": p[f"W_{gate}"].T} for gate in "ifgo"}
    cell |= {f"h{gate}": {"kernel": p[f"R_{gate}"].T, "bias": p[f"b_{gate}"]} for gate in "ifgo"}
    x = problem.x.swapaxes(0, 1)
    given = ({"params": {"cell": cell}}, x, (start.c, start.h)), ((d_final.c, d_final.h), d_y.swapaxes(0, 1))

    def differentiated(primals: Any, cotangents: Any) -> Any:
        reached, pull = jax.vjp(lambda v, x, carry: layer.apply(v, x, initial_carry=carry), *primals)
        return reached, pull(cotangents)

    compiled = jax.jit(differentiated)
    with jax.enable_x64(True):
        primals, cotangents = jax.tree.map(jax.numpy.array, given)

    def run() -> Array:
        with jax.enable_x64(True):
            (_, y), gradients = compiled(primals, cotangents)
            jax.block_until_ready(gradients)
            return np.asarray(y).swapaxes(0, 1)

    return run


def adapted(problem: Problem) -> Work:
    """The adapter of ``flax.linen`` in float64: it packs parameters, converts, and takes gradients apart."""
    adapter = LinenAdapter()
    return lambda: adapter.solve(problem).y
