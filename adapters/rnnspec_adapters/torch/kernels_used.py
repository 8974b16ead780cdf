"""Which kernel has computed something: it shows in the graph that torch keeps for the gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch


def operations(tensors: Iterable[torch.Tensor]) -> Iterator[str]:
    """The names of the backward operations behind `tensors`, without their numbers, e.g. ``CudnnRnnBackward``."""
    waiting: list[Any] = [tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        yield type(node).__name__.rstrip("0123456789")
        fresh = {before for before, _ in node.next_functions if before is not None} - seen
        seen |= fresh
        waiting += fresh


def prove(wanted: str, tensors: Iterable[torch.Tensor]) -> None:
    """Hold the graph of `tensors` to the operation that was to be there.

    Raises
    ------
    RuntimeError
        When it is not there: another kernel has computed them.
    """
    if all(name != wanted for name in operations(tensors)):
        raise RuntimeError(f"kernel: wanted {wanted} in the graph of the gradients, got others: another path was taken")
