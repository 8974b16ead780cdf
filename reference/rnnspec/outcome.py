"""What a problem comes to: outputs, final states, gradients; and the names of their arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnspec.readable import Readable
from rnnspec.records import Array, ByLayer, Parameters, States, map_arrays, named_records


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Gradients(Readable):
    """The derivatives of L = <y, cotangents.y> + <final, cotangents.final> (GRAD-1), shaped like what they belong to.

    Attributes
    ----------
    x
        [T, B, I].
    initial
        By layer and direction; None where the problem has no initial states.
    layers
        By layer and direction.
    """

    x: Array
    initial: States | None
    layers: ByLayer[Parameters]

    def map(self, change: Callable[[Array], Array]) -> Gradients:
        """The same with other arrays: `change` of each."""
        return Gradients(
            x=change(self.x),
            initial=map_arrays(self.initial, change),
            layers=map_arrays(self.layers, change),
        )

    def named(self, place: str = "gradients") -> dict[str, Array]:
        """Every array under the expression that reads it, on gradients called `place`."""
        arrays = {f"{place}.x": self.x} | named_records(f"{place}.initial", self.initial)
        return arrays | named_records(f"{place}.layers", self.layers)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Outcome(Readable):
    """What `rnnspec.solve`, and every adapter, returns.

    Attributes
    ----------
    y
        The outputs of the last layer, [T, B, D H]: forward, then reverse (SEQ-7); zero in the padding (SEQ-4).
    final
        The final state of each layer and direction (SEQ-3, SEQ-6).
    gradients
        None where the problem has no cotangents.
    """

    y: Array
    final: States
    gradients: Gradients | None = None

    def map(self, change: Callable[[Array], Array]) -> Outcome:
        """The same with other arrays: `change` of each."""
        gradients = None if self.gradients is None else self.gradients.map(change)
        return Outcome(y=change(self.y), final=map_arrays(self.final, change), gradients=gradients)

    def named(self) -> dict[str, Array]:
        """Every array under the expression that reads it, e.g. ``gradients.layers[0][1].W_i``."""
        gradients = {} if self.gradients is None else self.gradients.named()
        return {"y": self.y} | named_records("final", self.final) | gradients


def named_arrays(outcome: Outcome) -> dict[str, Array]:
    """Every array of an outcome under the expression that reads it, e.g. ``gradients.layers[0][1].W_i``."""
    return outcome.named()
