"""What a problem comes to: outputs, final states, gradients; and the names of their arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rnnspec.records import Array, Arrays, ByLayer, Parameters, States


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Gradients(Arrays):
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

    holds: ClassVar = ("x", "initial", "layers")
    called: ClassVar = "gradients"
    x: Array
    initial: States | None = None
    layers: ByLayer[Parameters]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Outcome(Arrays):
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

    holds: ClassVar = ("y", "final", "gradients")
    y: Array
    final: States
    gradients: Gradients | None = None


def named_arrays(outcome: Outcome) -> dict[str, Array]:
    """Every array of an outcome under the expression that reads it, e.g. ``gradients.layers[0][1].W_i``."""
    return outcome.named()
