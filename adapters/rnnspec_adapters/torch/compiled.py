"""The cells of PyTorch with their step compiled by `torch.compile`.

`torch.compile` leaves ``torch.nn.RNN``, ``LSTM`` and ``GRU`` as they are: it calls their kernels. What it compiles is
a cell. The step is compiled as one graph (``fullgraph``), for sizes that may change; a graph that cannot be compiled
is an error, never a silent fall back to eager mode.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import ClassVar

import torch

from rnnspec_adapters.torch.torch_cells import DrivenCells, Step, step

RECOMPILATIONS = 1024
"""More than there are kinds of steps: where torch stops compiling anew, a full graph is an error."""


@cache
def compiled_step(backend: str) -> Step:
    """The step of a cell, compiled by `backend`."""
    compiled: Step = torch.compile(step, backend=backend, fullgraph=True, dynamic=True)
    return compiled


class TorchCompiled(DrivenCells):
    """Compiled by ``aot_eager``: traced with its backward, and run without generated code. It needs no C compiler.

    Derivatives along tangents are not offered: what `torch.compile` makes has no second derivative.
    """

    name: ClassVar[str] = "torch-compile"
    modes: ClassVar[tuple[str, ...]] = ("aot_eager",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)

    def step_of(self) -> Step:
        return compiled_step(self.mode)

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        with super().settings(), torch._dynamo.config.patch(recompile_limit=RECOMPILATIONS):
            yield


class TorchInductor(TorchCompiled):
    """Compiled by ``inductor``: generated C++ on the CPU, Triton on CUDA devices. It needs a C++ compiler."""

    name: ClassVar[str] = "torch-inductor"
    modes: ClassVar[tuple[str, ...]] = ("inductor",)
