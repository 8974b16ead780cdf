"""Under which other convention a function is right: a wrong guess is met with the right one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from rnnspec import Cell, Precision, Problem, ProblemError, named_arrays
from rnnspec_adapters.functions import Convention, FunctionAdapter
from rnnspec_adapters.layout import Block, Layout, Tensor
from rnnspec_conformance.cases.recipe import Recipe
from rnnspec_conformance.judging.expectation import expectation_of

SEED = 97
FORGET_BIAS = 1.0

CELL_OPTIONS: dict[str, tuple[tuple[str, Any], ...]] = {
    "LSTM": (
        ("peephole", "new"),
        ("peephole", "old"),
        ("gate_activation", "hard_sigmoid"),
        ("coupling", "forget"),
        ("coupling", "input"),
    ),
    "GRU": (("update", "take"), ("update", "keep"), ("reset", "before"), ("reset", "after"),
            ("gate_activation", "hard_sigmoid")),
    "RNN": (("activation", "relu"), ("activation", "sigmoid")),
}  # fmt: skip
"""By cell, options at values that others have."""


class Other(NamedTuple):
    """Another convention, and what it says: the end of a sentence that begins with "right if".

    Attributes
    ----------
    words
        What it says.
    convention
        The convention.
    """

    words: str
    convention: Convention


def other_conventions(how: Convention) -> Iterator[Other]:
    """Conventions that differ from `how` in one thing, or in the order of gates and one thing."""
    yield from _cells(how)
    orders = list(_orders(how))
    yield from orders
    yield from _turned(how)
    for first, one in orders:
        for words, two in _cells(one):
            yield Other(f"{first} and {words}", two)


def _cells(how: Convention) -> Iterator[Other]:
    """Other options of the cell, with the same parameters, or another constant that is added."""
    for name, value in CELL_OPTIONS[type(how.cell).__name__]:
        if getattr(how.cell, name) == value:
            continue
        with suppress(ProblemError):
            cell = replace(how.cell, **{name: value})
            if set(cell.parameter_axes) == set(how.cell.parameter_axes):
                yield Other(_said(name, value), replace(how, cell=cell))
    added = {block.name: block.added for tensor in how.layout.tensors for block in tensor.blocks if block.added}
    if "b_f" in how.cell.parameter_axes:
        constant = 0.0 if added else FORGET_BIAS
        words = f"{constant:g} is added to the forget bias" if constant else "nothing is added to the forget bias"
        yield Other(words, replace(how, layout=_with_added(how.layout, constant)))


def _said(name: str, value: Any) -> str:
    sentences = {
        ("update", "take"): "the update gate takes the candidate (GRU-6)",
        ("update", "keep"): "the update gate keeps the old state (GRU-5)",
        ("reset", "before"): "the reset gate acts before the recurrent product (GRU-4)",
        ("reset", "after"): "the reset gate acts after the recurrent product (GRU-3)",
    }
    return sentences.get((name, value), f"{name.replace('_', ' ')} is {value}")


def _with_added(layout: Layout, constant: float) -> Layout:
    def changed(block: Block) -> Block:
        return replace(block, added=constant) if block.name == "b_f" and block.share >= 0.5 else block

    return _changed(layout, lambda tensor: replace(tensor, blocks=tuple(map(changed, tensor.blocks))))


def _changed(layout: Layout, change: Any) -> Layout:
    return replace(layout, tensors=tuple(change(tensor) for tensor in layout.tensors))


def _orders(how: Convention) -> Iterator[Other]:
    """Other orders of the gates, in every tensor that has all of them."""
    gates = sorted(how.cell.gates)
    orders = [[_gate(block) for block in tensor.blocks] for tensor in how.layout.tensors]
    own = next((order for order in orders if len(order) > 1 and sorted(order) == gates), None)
    for order in permutations(own) if own else ():
        if list(order) != own:
            layout = _changed(how.layout, partial(_reordered, order=order, apart="b_Rn" in how.cell.parameter_axes))
            yield Other(f"the gates are {' '.join(order)}", replace(how, layout=layout))


def _gate(block: Block) -> str:
    return block.name.partition("_")[2].removeprefix("R")


def _reordered(tensor: Tensor, *, order: tuple[str, ...], apart: bool) -> Tensor:
    """`tensor` with its gates in another order; with `apart`, the two biases of a candidate are not summed."""
    if sorted(map(_gate, tensor.blocks)) != sorted(order):
        return tensor
    letter = tensor.blocks[0].name[0]
    inside = any(block.name == "b_Rn" for block in tensor.blocks)
    by_gate = {_gate(block): block for block in tensor.blocks}
    share = min(block.share for block in tensor.blocks)  # a candidate that stands apart has all of its bias
    blocks = []
    for gate in order:
        is_apart = apart and letter == "b" and gate == "n"
        name = "b_Rn" if is_apart and inside else f"{letter}_{gate}"
        blocks.append(replace(by_gate[gate], name=name, share=1.0 if is_apart else share))
    return replace(tensor, blocks=tuple(blocks))


def _turned(how: Convention) -> Iterator[Other]:
    """Time and batch exchanged."""
    words = "x and y are [T, B, ..]" if how.batch_first else "x and y are [B, T, ..]"
    yield Other(words, replace(how, batch_first=not how.batch_first))


def right_under(adapter: type[FunctionAdapter], precision: Precision) -> Other | None:
    """The first other convention under which a function is right for a problem of its cell; None under none."""
    for other in other_conventions(adapter.convention):
        made = type(adapter.__name__, (adapter,), {"convention": other.convention})
        with suppress(Exception):  # under another convention a function may raise anything
            if _is_right(made, other.convention.cell, precision):
                return other
    return None


def _is_right(adapter: type[FunctionAdapter], cell: Cell, precision: Precision) -> bool:
    problem = problem_of(cell, precision)
    expected = expectation_of(problem, precision)
    outcome = adapter(precision=precision.name).solve(problem)
    with np.errstate(all="ignore"):
        return not expected.compared_with(named_arrays(outcome), precision).differences


def problem_of(cell: Cell, precision: Precision) -> Problem:
    """A problem of one layer, forward, whose sizes all differ."""
    return Recipe(cells=(cell,), seed=SEED, cotangents="none").problem(precision)
