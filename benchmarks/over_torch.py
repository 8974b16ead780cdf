"""`torch.nn.LSTM`, by itself and behind its adapter."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from work import Work, ends, gates

from rnnspec import Array, Problem
from rnnspec_adapters.torch.torch_layers import TorchAdapter


def native(problem: Problem) -> Work:
    """`torch.nn.LSTM` in float64 on the CPU: forward, and backward to x, initial state and parameters."""
    _, _, I = problem.x.shape
    H = problem.layers[0].hidden_size
    module: Any = torch.nn.LSTM(I, H, dtype=torch.float64)
    packed = {"weight_ih_l0": gates(problem, "W", "ifgo"), "weight_hh_l0": gates(problem, "R", "ifgo")}
    packed |= {"bias_ih_l0": gates(problem, "b", "ifgo"), "bias_hh_l0": np.zeros(4 * H)}
    module.load_state_dict({name: torch.from_numpy(array) for name, array in packed.items()})

    initial, d_y, d_final = ends(problem)
    x = torch.tensor(problem.x, requires_grad=True)
    h, c = (torch.tensor(array[None], requires_grad=True) for array in initial.values())
    leaves = [x, h, c, *module.parameters()]
    cotangents = [torch.tensor(array) for array in (d_y, d_final.h[None], d_final.c[None])]

    def run() -> Array:
        for leaf in leaves:
            leaf.grad = None
        y, (h_n, c_n) = module(x, (h, c))
        torch.autograd.backward([y, h_n, c_n], cotangents)
        return np.asarray(y.detach())

    return run


def adapted(problem: Problem) -> Work:
    """The adapter of PyTorch in float64: it packs parameters, converts, and takes gradients apart."""
    adapter = TorchAdapter()
    return lambda: adapter.solve(problem).y
