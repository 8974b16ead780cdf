"""A layer of a framework, described by its fields; from these come the right call and every wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from rnnspec_workshop.bad_input.fields import Field, Given, Sizes, shape_of, sizes_of
from rnnspec_workshop.bad_input.probe import Probe, Shapes
from rnnspec_workshop.bad_input.wrong_calls import MISTAKES, Mistake

STATES = ("h", "c")
"""The roles that are given together."""

Call = Callable[[Given, int], Shapes]
"""A call with these fields, of a layer with so many directions: the shapes of what it returned."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What is called, and with what.

    Attributes
    ----------
    name
        The framework's own name, e.g. ``torch.nn.LSTM``.
    call
        Makes a call. It is sent to other processes, so that it is a function of a module, or a `partial` of one.
    fields
        By role what it is given; one matrix for x and h has the roles W and R.
    returns
        The axes of what it returns, by name.
    gates
        How many gates the outputs of one matrix have.
    """

    name: str
    call: Call
    fields: Mapping[str, Field]
    returns: Mapping[str, str]
    gates: int = 1

    @property
    def directions(self) -> tuple[int, ...]:
        """How many directions it can have."""
        return (1, 2) if any(field.position("D") is not None for field in self.fields.values()) else (1,)

    def right(self, sizes: Sizes, roles: Iterable[str]) -> Given:
        """Fields in which nothing is wrong: those that every call has, and those of `roles`."""
        return {
            field.name: field.right(sizes) for role, field in self.fields.items() if role in roles or not field.optional
        }

    def right_calls(self) -> Iterator[tuple[Callable[[], Shapes], Shapes]]:
        """Calls in which nothing is wrong, with each thing that is optional, and the shapes that are to come."""
        others = [(role,) for role, field in self.fields.items() if field.optional and role not in STATES]
        for directions in self.directions:
            sizes = sizes_of(self.gates, directions)
            expected = {name: list(shape_of(axes, sizes)) for name, axes in self.returns.items()}
            for roles in ((), STATES, *(others if directions == 1 else ())):
                yield partial(self.call, self.right(sizes, roles), directions), expected

    def probes(self) -> Iterator[Probe]:
        """Every mistake that it can be given."""
        for name, mistake in MISTAKES.items():
            probe = self._probe(name, mistake)
            if probe:
                yield probe

    def _probe(self, name: str, mistake: Mistake) -> Probe | None:
        field = self.fields.get(mistake.role)
        if field is None or mistake.directions not in self.directions:
            return None
        sizes = {**sizes_of(self.gates, mistake.directions), **mistake.sizes}
        changed = mistake.change(field, sizes)
        if changed is None:
            return None
        wrong, pair = changed
        given = self.right(sizes, STATES if mistake.role in STATES else (mistake.role,))
        if wrong is None:
            del given[field.name]
        else:
            given[field.name] = wrong
        call = partial(self.call, given, mistake.directions)
        return Probe(layer=self.name, mistake=name, call=call, names=(*field.names, *mistake.names), pair=pair)


def probes_of_all(layers: Iterable[Layer]) -> Iterator[Probe]:
    """Every mistake that these layers can be given."""
    for layer in layers:
        yield from layer.probes()


def differences(layers: Iterable[Layer]) -> list[str]:
    """What right calls of these layers return that they should not; nothing where the layers are described rightly."""
    return [
        f"{layer.name}: wanted {expected}, got {came}"
        for layer in layers
        for call, expected in layer.right_calls()
        for came in (call(),)
        if came != expected
    ]
