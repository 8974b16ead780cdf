"""Derivatives of a function of named tensors, as torch has them.

A function takes and gives tensors by name. Everything here is written in terms of it, so that it serves every layer,
every mode, and every way of running them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import torch

Tensors = dict[str, torch.Tensor]
"""Tensors by name. A plain dictionary: torch's transformations take it apart and put it together again."""

Function = Callable[[Tensors], Tensors]


def gradients(
    function: Function, leaves: Tensors, cotangents: Mapping[str, torch.Tensor], groups: Iterable[Iterable[str]]
) -> tuple[Tensors, Tensors]:
    """The answer of `function`, and the derivatives of <answer, cotangents> by all leaves (GRAD-1), by backward.

    Parameters
    ----------
    leaves
        Tensors that require no gradient; they do not afterwards either.
    cotangents
        For some of the answer; the rest has the weight 0.
    groups
        The names of the leaves, in groups. There is one call for each group, in which it alone requires gradients.
    """
    answer: Tensors = {}
    found: Tensors = {}
    for group in groups:
        names = list(group)
        with requiring(leaves[name] for name in names):
            answer = function(leaves)
            found |= zip(
                names, backward(answer, [leaves[name] for name in names], cotangents, graph=False), strict=True
            )
    return answer, found


def jvp(function: Function, leaves: Tensors, tangents: Tensors, *, forward_mode: bool) -> Tensors:
    """The derivative of the answer of `function` along `tangents` (SEC-1).

    Parameters
    ----------
    forward_mode
        Whether torch has forward mode for what `function` does. Without it, the derivative of the gradient by its
        cotangents, in which it is linear, is taken: backward twice.
    """
    if forward_mode:
        _, derivative = torch.func.jvp(function, (leaves,), (tangents,))
        return dict(derivative)
    with requiring(leaves.values()):
        answer = function(leaves)
        cotangents = {name: torch.zeros_like(tensor).requires_grad_() for name, tensor in answer.items()}
        slopes = backward(answer, list(leaves.values()), cotangents, graph=True)
        found = _backward(slopes, list(cotangents.values()), [tangents[name] for name in leaves])
    return dict(zip(cotangents, found, strict=True))


def hvp(function: Function, leaves: Tensors, cotangents: Mapping[str, torch.Tensor], tangents: Tensors) -> Tensors:
    """The Hessian of <answer, cotangents> times `tangents` (SEC-2), by backward twice."""
    with requiring(leaves.values()):
        given = list(leaves.values())
        slopes = backward(function(leaves), given, cotangents, graph=True)
        found = _backward(slopes, given, [tangents[name] for name in leaves])
    return dict(zip(leaves, found, strict=True))


def backward(
    answer: Tensors, by: list[torch.Tensor], cotangents: Mapping[str, torch.Tensor], *, graph: bool
) -> list[torch.Tensor]:
    """The derivatives of <answer, cotangents>; zeros where there are none. With `graph` they can be differentiated."""
    outputs = [answer[name] for name in cotangents]
    given = [cotangent.to(answer[name].dtype) for name, cotangent in cotangents.items()]  # autocast gives other types
    return list(torch.autograd.grad(outputs, by, given, create_graph=graph, materialize_grads=True))


def _backward(slopes: list[torch.Tensor], by: list[torch.Tensor], cotangents: list[torch.Tensor]) -> list[torch.Tensor]:
    """The derivatives of <slopes, cotangents>, in which a slope that is constant has none."""
    moving = [position for position, slope in enumerate(slopes) if slope.requires_grad]
    outputs, of_outputs = [slopes[position] for position in moving], [cotangents[position] for position in moving]
    return list(torch.autograd.grad(outputs, by, of_outputs, materialize_grads=True))


@contextlib.contextmanager
def requiring(leaves: Iterable[torch.Tensor]) -> Iterator[None]:
    """A context in which leaves require gradients."""
    held = list(leaves)
    for leaf in held:
        leaf.requires_grad_()
    try:
        yield
    finally:
        for leaf in held:
            leaf.requires_grad_(False)
