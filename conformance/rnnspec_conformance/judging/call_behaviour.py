"""Call behaviour: what the calls of an implementation do to arrays, besides computing (COND-1, COND-2).

Every call of a case is watched. The arrays that an implementation is given are looked at before and after the call, and
those that it gives are looked at once more at the end of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, cast

import numpy as np

from rnnspec import Array, Gradients, Outcome, Problem, Tangents, named_arrays
from rnnspec_adapters import Adapter, DeclaresLayout, Differentiates, Native, Placement, Unsupported
from rnnspec_conformance.judging.compare import Difference

Answer = TypeVar("Answer")


class Watched:
    """An adapter whose calls are watched. It offers all that an adapter may offer, and passes it on.

    Attributes
    ----------
    watched
        The adapter itself.
    calls
        How often it was asked for an outcome.
    """

    name: ClassVar[str] = "watched"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, adapter: Adapter) -> None:
        self.watched = adapter
        self._found: list[Difference] = []
        self._answers: list[tuple[dict[str, Array], dict[str, bytes]]] = []
        self.calls = 0

    def provenance(self) -> Mapping[str, str]:
        return self.watched.provenance()

    def supports(self, problem: Problem) -> Unsupported | None:
        return self._watch("supports", named_inputs(problem), lambda: self.watched.supports(problem))

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return self._watch("placements", named_inputs(problem), lambda: self._with_layout.placements(problem))

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return self._watch("native_shapes", named_inputs(problem), lambda: self._with_layout.native_shapes(problem))

    def solve(self, problem: Problem) -> Outcome:
        return self._solved("solve", named_inputs(problem), lambda: self.watched.solve(problem))

    def unwatched(self, problem: Problem) -> Outcome:
        """As `solve`, and nobody looks."""
        return self.watched.solve(problem)

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        return self._solved(
            "solve_native",
            named_inputs(problem) | {f"native[{name!r}]": array for name, array in native.items()},
            lambda: self._with_layout.solve_native(problem, native),
        )

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        given = named_inputs(problem) | tangents.named()
        return self._solved("jvp", given, lambda: self._with_derivatives.jvp(problem, tangents))

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        given = named_inputs(problem) | tangents.named()
        return self._solved("hvp", given, lambda: self._with_derivatives.hvp(problem, tangents))

    def differences(self) -> tuple[Difference, ...]:
        """All that was found, now that the case has made its last call."""
        overwritten = [
            Difference(field=field, ratio=np.inf, what="a later call has changed this array", rule="COND-2")
            for arrays, before in self._answers
            for field, array in arrays.items()
            if array.tobytes() != before[field]
        ]
        return (*self._found, *overwritten)

    @property
    def _with_layout(self) -> DeclaresLayout:
        """The adapter, in cases about layouts: the judge asks whether it has one."""
        return cast(DeclaresLayout, self.watched)

    @property
    def _with_derivatives(self) -> Differentiates:
        """The adapter, in cases about derivatives: the judge asks whether it has them."""
        return cast(Differentiates, self.watched)

    def _watch(self, name: str, given: Mapping[str, Array], call: Callable[[], Answer]) -> Answer:
        before = {field: array.tobytes() for field, array in given.items()}
        answer = call()
        self._found += [
            Difference(field=field, ratio=np.inf, what=f"wanted as it was given, {name} has changed it", rule="COND-1")
            for field, array in given.items()
            if array.tobytes() != before[field]
        ]
        return answer

    def _solved(self, name: str, given: Mapping[str, Array], call: Callable[[], Answer]) -> Answer:
        self.calls += 1
        answer = self._watch(name, given, call)
        arrays = _arrays_of(answer)
        known = [(f"the problem's {field.removeprefix('problem.')}", array) for field, array in given.items()]
        for earlier, _ in self._answers:
            known += [(f"{field} of an earlier call", array) for field, array in earlier.items()]
        for field, array in arrays.items():
            for other, one in known:
                if share_memory(array, one):
                    what = f"wanted memory of its own, it shares that of {other}"
                    self._found.append(Difference(field=field, ratio=np.inf, what=what, rule="COND-2"))
                    break
            known.append((field, array))
        self._answers.append((arrays, {field: array.tobytes() for field, array in arrays.items()}))
        return answer


def share_memory(one: Array, other: Array) -> bool:
    """Whether some element of one array is stored where some element of the other is."""
    return np.may_share_memory(one, other) and np.shares_memory(one, other)  # bounds first: they mostly decide


def _arrays_of(answer: object) -> dict[str, Array]:
    """The named arrays of what a call returned; none of what is no array, which the comparison will tell."""
    if isinstance(answer, Outcome):
        named: dict[str, Any] = named_arrays(answer)
    elif isinstance(answer, Gradients):
        named = answer.named()
    else:
        return {}
    return {field: array for field, array in named.items() if isinstance(array, np.ndarray)}


def named_inputs(problem: Problem) -> dict[str, Array]:
    """Every array of a problem under the expression that reads it, e.g. ``problem.layers[0].parameters[1].W_i``."""
    lengths = {} if problem.lengths is None else {"problem.lengths": problem.lengths}
    return problem.named("problem") | lengths
