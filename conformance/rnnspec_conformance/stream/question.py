"""A question: a problem with its numbers, and the calls that are made. It stands in a file, and can be asked again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rnnspec import PRECISIONS, Array, Parameters, Precision, Problem, ProblemError, named_arrays, solve
from rnnspec_adapters.plain import plain_problem, problem_of
from rnnspec_conformance.cases.case import Wrt
from rnnspec_conformance.stream.numbers import LAYOUTS, Numbers, laid_out
from rnnspec_conformance.stream.structure import (
    IN_PLACE,
    LARGEST,
    Call,
    Derivative,
    Memory,
    Structure,
)

SCHEMA = 1

LIMITS = {"float16": 300.0}
"""The largest magnitude of an outcome by precision; `LIMIT` where there is none."""
LIMIT = 1e5

QUIET = (1.0, 4.0, 16.0, 64.0)
"""What weights are divided by, one after the other, until the outcome keeps below its limit."""


class QuestionError(ValueError):
    """A file holds no question; the message says what was wanted and what came."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """What an implementation is asked.

    Attributes
    ----------
    problem
        The problem that is judged.
    precision
        The precision that its numbers are exact in.
    other
        Another problem with parameters of the same shapes: solved before, where `call` says so.
    memory
        How the arrays that the implementation is given lie in memory.
    """

    problem: Problem
    precision: Precision
    call: Call = "once"
    other: Problem | None = None
    memory: Memory = "plain"
    derivative: Derivative = "none"
    wrt: Wrt = "everything"

    def given(self) -> tuple[Problem, Problem | None]:
        """The problem and the other one, as the implementation gets them.

        Equal arrays are one array, and equal parameters one record, but where arrays are changed in place.
        """
        known: dict[tuple[Any, ...], Array] | None = None if self.call in IN_PLACE else {}
        problem, other = (
            None if numbers is None else laid_out(numbers, self.memory, known) for numbers in (self.problem, self.other)
        )
        assert problem is not None
        if other is not None:
            records = {_ids(record): record for layer in problem.parameters for record in layer}
            shared = (tuple(records.get(_ids(record), record) for record in layer) for layer in other.parameters)
            other = other.with_parameters(tuple(shared))
        return problem, other

    def as_json(self) -> dict[str, Any]:
        """The question as plain values."""
        lengths = self.problem.lengths
        return {
            "schema": SCHEMA,
            "precision": self.precision.name,
            "call": self.call,
            "memory": self.memory,
            "derivative": self.derivative,
            "wrt": self.wrt,
            "lengths_type": "int64" if lengths is None else str(lengths.dtype),
            "problem": plain_problem(self.problem),
            "other": None if self.other is None else plain_problem(self.other),
        }

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Question:
        """The inverse of `as_json`.

        Raises
        ------
        QuestionError
            When something is missing, unknown, or no problem.
        """
        wanted = {
            "precision": tuple(PRECISIONS),
            "call": get_args(Call),
            "memory": tuple(LAYOUTS),
            "derivative": ("none", "jvp", "hvp"),
            "wrt": ("everything", "x", "initial", "parameters"),
            "lengths_type": tuple(LARGEST),
        }
        if plain.get("schema") != SCHEMA:
            raise QuestionError(f"schema: wanted {SCHEMA}, got {plain.get('schema')!r}")
        for name, values in wanted.items():
            if plain.get(name) not in values:
                raise QuestionError(f"{name}: wanted one of {', '.join(values)}, got {plain.get(name)!r}")
        try:
            problem, other = (
                None if plain[name] is None else _typed(problem_of(plain[name]), plain["lengths_type"])
                for name in ("problem", "other")
            )
        except (KeyError, TypeError, ValueError, ProblemError) as error:
            raise QuestionError(f"problem: wanted one in the form of the exact vectors, got {error!r}") from error
        if problem is None:
            raise QuestionError("problem: wanted one, got null")
        options = {name: plain[name] for name in ("call", "memory", "derivative", "wrt")}
        return Question(problem=problem, other=other, precision=PRECISIONS[plain["precision"]], **options)


def _ids(record: Parameters) -> tuple[tuple[str, int], ...]:
    return tuple((name, id(array)) for name, array in record.items())


def _typed(problem: Problem, lengths_type: str) -> Problem:
    if problem.lengths is None:
        return problem
    return replace(problem, lengths=problem.lengths.astype(lengths_type))


def read(path: Path) -> tuple[Question, dict[str, Any]]:
    """The question of a file, and all that the file says.

    Raises
    ------
    QuestionError
        When there is no such file, or it holds no question; the message begins with the path.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(plain, dict):
            raise QuestionError(f"wanted an object, got {type(plain).__name__}")
        return Question.from_json(plain), plain
    except OSError as error:
        raise QuestionError(f"{path}: wanted a problem, got: {error.strerror}") from error
    except RecursionError as error:
        raise QuestionError(f"{path}: wanted a problem, got lists that are too deep") from error
    except ValueError as error:
        raise QuestionError(f"{path}: {error}") from error


def question_of(structure: Structure, seed: int, precision: Precision) -> Question | None:
    """The question of a structure with the numbers of a seed; None where no numbers are small enough.

    Some cells have no bounds. Their weights are divided until the outcome can be compared.
    """
    own = structure.other
    for quiet in QUIET:
        numbers = Numbers(seed=seed, precision=precision, quiet=quiet)
        problem = numbers.problem(structure)
        if not all(is_bounded(one, numbers, precision) for one in filter(None, (structure, own))):
            continue
        other = None
        if own is not None:
            other = numbers.problem(own)
        elif structure.call in ("another between", *IN_PLACE):
            other = replace(numbers, seed=seed + 1).problem(structure)
            if structure.call in IN_PLACE:
                other = before_change(problem, other, structure.call, seed)
        return Question(
            problem=problem,
            precision=precision,
            call=structure.call,
            other=other,
            memory=structure.memory,
            derivative=structure.derivative,
            wrt=structure.wrt,
        )
    return None


def before_change(problem: Problem, other: Problem, call: Call, seed: int) -> Problem:
    """What arrays hold that are changed in place, before they hold `problem`; `other` has other numbers in all of them.

    Which array it is and what part of it depends on the seed alone: smaller problems that fail have it still.
    """
    if call == "changed in place":
        return other if other.lengths is None else replace(other, lengths=np.array(other.lengths[::-1]))

    def rank(name: str) -> tuple[bool, int]:
        is_parameter = ".parameters[" in name
        return is_parameter != (seed % 4 > 0), zlib.crc32(f"{seed} {name}".encode())

    before = problem.map(np.array)
    arrays, numbers = before.named(), other.named()
    if call == "rows moved in place":
        movable = [name for name, array in arrays.items() if array.shape[0] > 1]
        for name in sorted(movable, key=rank)[:1]:
            arrays[name][...] = np.roll(arrays[name], 1, axis=0)
    else:
        name = min(arrays, key=rank)
        changed = PARTS[seed // 4 % len(PARTS)]
        arrays[name].reshape(-1)[changed] = numbers[name].reshape(-1)[changed]
    return before


PARTS = (slice(None), slice(-1, None), slice(None), slice(1, None, 2))
"""Which numbers of one array are changed in place: all, the last one, or every other one."""


def is_bounded(structure: Structure, numbers: Numbers, precision: Precision) -> bool:
    """Whether the outcome keeps below its limit."""
    finite = replace(structure, poison="none", padding="finite")
    with np.errstate(all="ignore"):
        outcome = named_arrays(solve(numbers.problem(finite)))
    limit = LIMITS.get(precision.name, LIMIT)
    return all(bool(np.abs(array).max() < limit) for array in outcome.values())  # no NaN is below
