"""Plain mistakes, made of any problem: what an error looks like that no misreading of the text explains.

A mutant is what somebody takes a rule to say, and so it names the rule. A conjecture is a slip, which no rule speaks
of: a matrix read transposed, one of the gates negated, a sum that leaves out the last sequence. It says what to look
for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnspec import Array, Cell, Parameters, Precision, Problem, States, solve
from rnnspec.solving import evaluate
from rnnspec.steps.binding import bind
from rnnspec.steps.step import InputProduct, Letters, Named, Step, Summands
from rnnspec_conformance.mutants.mutant import Misreading

Change = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True)
class Conjecture:
    """A slip, in words that follow *as if*, and the solution of a problem by it."""

    sentence: str
    misreading: Misreading


CHANGES: Mapping[str, Change] = {
    "zero": np.zeros_like,
    "of the other sign": np.negative,
    "doubled": lambda a: 2 * a,
    "halved": lambda a: a / 2,
    "transposed": lambda a: a.T.reshape(a.shape),
    "transposed ": lambda a: a.reshape(a.shape[::-1]).T.copy(),
    "read with its units in the opposite order": lambda a: a[::-1].copy(),
    "read with its columns in the opposite order": lambda a: a[:, ::-1].copy() if a.ndim > 1 else a,
}
"""What may have become of an array. A matrix is transposed where it lies in memory, in one way or the other."""


def conjectures(problem: Problem, *, forward: bool) -> Iterator[Conjecture]:
    """The slips that can be made in `problem`: of what goes in, or where `forward` is not set, of the gradients."""
    if forward:
        yield from _of_input(problem)
        yield from _of_parameters(problem)
    else:
        yield from _of_sums()


def _of_input(problem: Problem) -> Iterator[Conjecture]:
    for sentence, steps in (("x were that of the step before", 1), ("x were that of the step after", -1)):
        yield _changed(sentence, lambda p, steps=steps: replace(p, x=np.roll(p.x, steps, axis=0)))  # type: ignore[misc]
    if problem.initial is None:
        return
    for name in problem.initial[0][0]:
        for said in ("zero", "of the other sign", "doubled", "halved"):
            yield _changed(f"the initial {name} were {said}", _initial(name, CHANGES[said]))


def _initial(name: str, change: Change) -> Callable[[Problem], Problem]:
    def of(states: States | None) -> States | None:
        if states is None:
            return None
        return tuple(tuple(s.replace(**{name: change(s[name])}) if name in s else s for s in layer) for layer in states)

    return lambda problem: replace(problem, initial=of(problem.initial))


def _of_parameters(problem: Problem) -> Iterator[Conjecture]:
    names = list(dict.fromkeys(name for layer in problem.layers for name in layer.cell.parameter_axes))
    scopes: dict[str, Callable[[int, int], bool]] = {"": lambda *_: True}
    if len(problem.layers) > 1:
        scopes[" above the first layer"] = lambda layer, _: layer > 0
    if any(layer.directions == 2 for layer in problem.layers):
        scopes[" of the reverse direction"] = lambda _, direction: direction == 1
    letters: dict[str, list[str]] = {}
    for name in names:
        letters.setdefault(name.split("_")[0], []).append(name)
    subjects = {f"{letter}_*" if len(own) > 1 else own[0]: own for letter, own in letters.items()}
    subjects |= {name: [name] for name in names}
    for where, holds in scopes.items():
        for subject, own in subjects.items():
            for said, change in CHANGES.items():
                yield _changed(f"{subject}{where} were {said.strip()}", _parameters(own, change, holds))


def _parameters(
    names: Sequence[str], change: Change, holds: Callable[[int, int], bool]
) -> Callable[[Problem], Problem]:
    def changed(problem: Problem) -> Problem:
        def of(parameters: Parameters, l: int, d: int) -> Parameters:
            return parameters.replace(**{n: change(parameters[n]) for n in names if n in parameters and holds(l, d)})

        layers = tuple(
            replace(layer, parameters=tuple(of(p, l, d) for d, p in enumerate(layer.parameters)))
            for l, layer in enumerate(problem.layers)
        )
        return replace(problem, layers=layers)

    return changed


def _changed(sentence: str, change: Callable[[Problem], Problem]) -> Conjecture:
    return Conjecture(sentence=sentence, misreading=lambda p, precision: solve(change(p), precision=precision))


def _of_sums() -> Iterator[Conjecture]:
    yield _summed("R", "the gradients of R took the h of the step itself, one step off in time", _with_new_state)
    for letter in ("W", "R", "b"):
        for said, steps, sequences in (
            ("the last sequence", slice(None), slice(-1)),
            ("the first sequence", slice(None), slice(1, None)),
            ("the last step", slice(-1), slice(None)),
            ("the first step", slice(1, None), slice(None)),
        ):
            sentence = f"the gradients of {letter} left out {said}"
            yield _summed(letter, sentence, _part(steps, sequences))
    for said, late in (("before", 1), ("after", -1)):
        sentence = f"the gradients of W took the x of the step {said}, one step off in time"
        yield _summed("W", sentence, _shifted(late))


Sums = Callable[[list[Summands], Array, Array], tuple[list[Summands], Array, Array]]
"""Other summands, x and d_u, from which the gradients of a letter are summed."""


def _with_new_state(steps: list[Summands], x: Array, d_u: Array) -> tuple[list[Summands], Array, Array]:
    return [replace(s, v=Letters(vars(s.v) | {"h": s.v["h_new"]})) for s in steps], x, d_u


def _part(steps: slice, sequences: slice) -> Sums:
    def part(summands: list[Summands], x: Array, d_u: Array) -> tuple[list[Summands], Array, Array]:
        def of(letters: Letters) -> Letters:
            return Letters({name: array[sequences] for name, array in vars(letters).items()})

        return [Summands(v=of(s.v), d=of(s.d)) for s in summands[steps]], x[steps, sequences], d_u[steps, sequences]

    return part


def _shifted(late: int) -> Sums:
    return lambda summands, x, d_u: (summands, np.roll(x, late, axis=0), d_u)


def _summed(letter: str, sentence: str, sums: Sums) -> Conjecture:
    def wrong(cell: Cell, parameters: Parameters, precision: Precision) -> Step:
        step = bind(cell, parameters, precision)
        return _OtherSums(step, letter, sums)

    return Conjecture(sentence=sentence, misreading=lambda problem, precision: evaluate(problem, precision, wrong))


class _OtherSums(Step):
    """A step whose gradients of one letter are sums of something else."""

    def __init__(self, step: Step, letter: str, sums: Sums) -> None:
        super().__init__(step.bound, step.lines, tuple(step.old))
        self.letter, self.sums, self.steps = letter, sums, []  # type: ignore[var-annotated]
        self.summed |= {"h_new"} if letter == "R" else set()
        self.input = _OtherInput(self)

    def gradients(self, steps: Sequence[Summands], d_u: Array) -> Named:
        received = super().gradients(steps, d_u)
        others, _, d = self.sums(list(steps), np.empty((len(steps), d_u.shape[1], 0)), d_u)
        if self.letter == "R":
            wrong = super().gradients(others, d) if others else {n: np.zeros_like(a) for n, a in received.items()}
            received |= {name: array for name, array in wrong.items() if name.split("_")[0] == "R"}
        return received


class _OtherInput(InputProduct):
    def __init__(self, step: _OtherSums) -> None:
        super().__init__(step.bound)
        self.step = step

    def gradients(self, x: Array, d_u: Array) -> Named:
        received = super().gradients(x, d_u)
        if self.step.letter in ("W", "b"):
            _, other_x, d = self.step.sums([], x, d_u)
            wrong = super().gradients(other_x, d)
            received |= {name: array for name, array in wrong.items() if name.split("_")[0] == self.step.letter}
        return received
