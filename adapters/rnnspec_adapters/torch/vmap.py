"""A batch as `torch.func.vmap` over its sequences.

The cells have no rule for `vmap` of their own: ``aten::lstm_cell`` refuses it. Inside `torch.func.vjp` they are taken
apart into operations that have one, so that everything here goes through `vjp`.
"""

from __future__ import annotations

from typing import Any

import torch

from rnnspec_adapters.base import Answer, Forward, Named, NativeStates, Primals

OVER_ANSWER = (1, 0)
"""The axes of the batch in outputs and final states."""


def batched(forward: Forward) -> Forward:
    """The same of a batch: `forward` computes one sequence, whose arrays have no axis for it."""

    def computed(native: Named, x: Any, initial: NativeStates | None, lengths: Any) -> Answer:
        data, absent = _apart(x, initial)

        def one(length: Any, *data: Any) -> Any:
            answer, _ = torch.func.vjp(lambda *data: forward(native, *data, *absent, length), *data)
            return answer

        found: Answer = torch.func.vmap(one, in_dims=_over(lengths, data), out_dims=OVER_ANSWER)(lengths, *data)
        return found

    return computed


def gradients(forward: Forward, primals: Primals, lengths: Any, cotangents: Answer) -> tuple[Answer, Primals]:
    """The answer of a batch, and the derivatives of <answer, cotangents> by all primals (GRAD-1).

    Each sequence has its own derivatives by the parameters, which are summed at the end.
    """
    native, *others = primals
    data, absent = _apart(*others)

    def one(length: Any, cotangents: Answer, *data: Any) -> Any:
        answer, pull = torch.func.vjp(lambda own, *data: forward(own, *data, *absent, length), native, *data)
        return answer, *pull(cotangents)

    lengths_over, *data_over = _over(lengths, data)
    over = torch.func.vmap(one, in_dims=(lengths_over, OVER_ANSWER, *data_over), out_dims=(OVER_ANSWER, 0, *data_over))
    answer, of_native, *of_data = over(lengths, cotangents, *data)
    return answer, ({name: gradient.sum(0) for name, gradient in of_native.items()}, *of_data, *absent)


def _apart(x: Any, initial: NativeStates | None) -> tuple[list[Any], list[None]]:
    """The data that a transformation takes, and what stands for those that are absent."""
    return ([x], [None]) if initial is None else ([x, initial], [])


def _over(lengths: Any, data: list[Any]) -> tuple[int | None, ...]:
    """The axes of the batch in lengths and data."""
    return (None if lengths is None else 0, *(1, 0)[: len(data)])
