"""What a problem comes to: outputs, final states, gradients; and the names of their arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnspec.problem import States, map_records
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True, eq=False)
class Gradients:
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
    layers: tuple[tuple[Parameters, ...], ...]

    def map(self, change: Callable[[Array], Array]) -> Gradients:
        """The same with other arrays: `change` of each."""
        return Gradients(
            x=change(self.x),
            initial=None if self.initial is None else map_records(self.initial, change),
            layers=map_records(self.layers, change),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
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
        return Outcome(y=change(self.y), final=map_records(self.final, change), gradients=gradients)


def named_arrays(outcome: Outcome) -> dict[str, Array]:
    """Every array of an outcome under the expression that reads it, e.g. ``gradients.layers[0][1].W_i``."""
    arrays = {"y": outcome.y}
    arrays |= _of_records("final", outcome.final)
    if outcome.gradients is not None:
        arrays |= named_gradients(outcome.gradients)
    return arrays


def named_gradients(gradients: Gradients) -> dict[str, Array]:
    """Every array of gradients under the expression that reads it on an outcome."""
    arrays = {"gradients.x": gradients.x}
    if gradients.initial is not None:
        arrays |= _of_records("gradients.initial", gradients.initial)
    return arrays | _of_records("gradients.layers", gradients.layers)


def _of_records(prefix: str, records: States | tuple[tuple[Parameters, ...], ...]) -> dict[str, Array]:
    return {
        f"{prefix}[{layer}][{direction}].{name}": array
        for layer, directions in enumerate(records)
        for direction, record in enumerate(directions)
        for name, array in record.items()
    }
