"""How large an answer may be: a problem says how many numbers its outcome has."""

from __future__ import annotations

import math

from rnnspec import Problem

BYTES = 64
"""So many bytes of a line for each number, twice what its digits and some spaces take."""

SLACK = 1 << 20
"""Bytes of a line for all else: names, a reason, an error."""


def numbers_of(problem: Problem) -> int:
    """How many numbers the outcome of `problem` has with all of its gradients."""
    T, B, _ = problem.x.shape
    states = sum(
        B * sum(layer.cell.state_sizes(layer.hidden_size).values()) * len(layer.parameters) for layer in problem.layers
    )
    records = [record for layer in problem.layers for record in layer.parameters]
    parameters = sum(math.prod(array.shape) for record in records for _, array in record.items())
    outputs = T * B * math.prod(problem.layers[-1].output_shape)
    return int(outputs + 2 * states + math.prod(problem.x.shape) + parameters)


def longest_line(problem: Problem) -> int:
    """The bytes of the longest line that is read as an answer to `problem`."""
    return SLACK + BYTES * numbers_of(problem)


def has_more_than(value: object, most: int) -> bool:
    """Whether there are more than so many numbers in lists and objects; it counts no further than that.

    An array of n numbers has at most 3 n lists and numbers in it, so that lists of nothing come to an end, too.
    """
    left, parts, waiting = most, 4 * most + 1000, [value]
    while waiting:
        part = waiting.pop()
        inner = part if isinstance(part, list) else list(part.values()) if isinstance(part, dict) else None
        if inner is None:
            left -= 1
        else:
            parts -= len(inner)
            if parts >= 0:
                waiting += inner
        if left < 0 or parts < 0:
            return True
    return False
