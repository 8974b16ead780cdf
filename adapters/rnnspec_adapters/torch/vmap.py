"""A batch as `torch.func.vmap` over its sequences.

The cells have no rule for `vmap` of their own: ``aten::lstm_cell`` refuses it. Inside `torch.func.vjp` they are taken
apart into operations that have one, so that everything here goes through `vjp`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from rnnspec_adapters.torch.derivatives import Function, Tensors

OfOne = Callable[[Tensors, torch.Tensor | None], Tensors]
"""From the leaves of one sequence and its length to its answer; the axes are those of a batch, without the batch."""


def batched(of_one: OfOne, lengths: torch.Tensor | None) -> Function:
    """The same of a batch, which stands at axis 1 of everything but the parameters."""

    def computed(leaves: Tensors) -> Tensors:
        data, parameters = _apart(leaves)

        def one(data: Tensors, length: torch.Tensor | None) -> Tensors:
            answer, _ = torch.func.vjp(lambda data: of_one(data | parameters, length), data)
            return dict(answer)

        over_lengths = None if lengths is None else 0
        return dict(torch.func.vmap(one, in_dims=(1, over_lengths), out_dims=1)(data, lengths))

    return computed


def gradients(
    of_one: OfOne, lengths: torch.Tensor | None, leaves: Tensors, cotangents: Tensors
) -> tuple[Tensors, Tensors]:
    """The answer of a batch, and the derivatives of <answer, cotangents> by all leaves (GRAD-1).

    Each sequence has its own derivatives by the parameters, which are summed at the end.
    """
    data, parameters = _apart(leaves)

    def one(data: Tensors, cotangents: Tensors, length: torch.Tensor | None) -> tuple[Tensors, Tensors, Tensors]:
        answer, pulled = torch.func.vjp(lambda data, own: of_one(data | own, length), data, parameters)
        return answer, *pulled({name: cotangents.get(name, torch.zeros_like(part)) for name, part in answer.items()})

    over_lengths = None if lengths is None else 0
    over = torch.func.vmap(one, in_dims=(1, 1, over_lengths), out_dims=(1, 1, 0))
    answer, of_data, of_parameters = over(data, cotangents, lengths)
    return answer, {**of_data, **{name: slopes.sum(0) for name, slopes in of_parameters.items()}}


def _apart(leaves: Tensors) -> tuple[Tensors, Tensors]:
    """What belongs to the sequences, and the parameters, whose names begin with a number."""
    data = {name: leaf for name, leaf in leaves.items() if not name[0].isdigit()}
    return data, {name: leaf for name, leaf in leaves.items() if name not in data}
