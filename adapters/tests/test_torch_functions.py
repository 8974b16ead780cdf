"""A function of tensors is judged with the gradients of PyTorch."""

from __future__ import annotations

from typing import Any

import torch

from rnnspec_adapters.functions import from_function
from rnnspec_conformance import judge
from rnnspec_conformance.cases import CASES


def gru(x: Any, h: Any, W: Any, R: Any, b: Any, b_R: Any) -> Any:  # noqa: PLR0917 - as its author wrote it
    """As torch.nn.GRU."""
    y = []
    for step in x.unbind(0):
        (a_r, a_z, a_n), (u_r, u_z, u_n) = (step @ W.T + b).chunk(3, -1), (h @ R.T + b_R).chunk(3, -1)
        r, z = torch.sigmoid(a_r + u_r), torch.sigmoid(a_z + u_z)
        h = z * h + (1 - z) * torch.tanh(a_n + r * u_n)
        y.append(h)
    return torch.stack(y), h


def detached(x: Any, h: Any, *parameters: Any) -> Any:
    """Right outputs, and no gradient through the initial state."""
    return gru(x, h.detach(), *parameters)


CASE = next(case for case in CASES if case.id == "gru-after-keep-gradients")


def test_a_function_of_tensors_has_gradients() -> None:
    adapter = from_function(gru, like="torch.nn.GRU")
    assert adapter.arrays == "torch"
    assert judge(CASE, adapter(precision="float64"), "float64").verdict == "passed"


def test_a_gradient_that_is_missing_is_noticed() -> None:
    judgement = judge(CASE, from_function(detached, like="torch.nn.GRU")(precision="float64"), "float64")
    assert (judgement.verdict, judgement.field) == ("differs", "gradients.initial[0][0].h")
