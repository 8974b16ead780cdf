"""The matrix products that a recurrent layer cannot do without."""

from __future__ import annotations

import numpy as np
from work import Work

from rnnspec import GRU, Array, Problem


def matrix_products(problem: Problem) -> Work:
    """The matrix products that forward and gradients cannot do without, on arrays of the same shapes, and no more."""
    p = problem.layers[0].parameters[0]
    T, B, I = problem.x.shape
    W = np.concatenate([p[name] for name in p if name.startswith("W")])
    step = products_of_a_step(problem)
    rng = np.random.default_rng(18)
    # What each matrix of a step is multiplied by, and the cotangent of the product.
    seen = [rng.standard_normal((T, B, M.shape[1])) for M in step]
    d = [rng.standard_normal((T, B, M.shape[0])) for M in step]
    d_u = rng.standard_normal((T, B, len(W)))
    x_rows, d_rows = problem.x.reshape(-1, I), d_u.reshape(-1, len(W))

    def run() -> None:
        _ = x_rows @ W.T
        for t in range(T):
            for M, v in zip(step, seen, strict=True):
                _ = v[t] @ M.T
        for t in reversed(range(T)):
            for M, d_M in zip(step, d, strict=True):
                _ = d_M[t] @ M
        _ = d_rows @ W
        _ = d_rows.T @ x_rows
        for v, d_M in zip(seen, d, strict=True):
            _ = d_M.reshape(T * B, -1).T @ v.reshape(T * B, -1)

    return run


def products_of_a_step(problem: Problem) -> list[Array]:
    """The matrices of the recurrence, each as large as one product can be."""
    cell, p = problem.layers[0].cell, problem.layers[0].parameters[0]
    R = [p[name] for name in p if name.startswith("R")]
    if isinstance(cell, GRU) and cell.reset == "before":
        return [np.concatenate(R[:-1]), R[-1]]  # the rows of n see another state
    return [np.concatenate(R), *(p[name] for name in p if name.startswith("P"))]
