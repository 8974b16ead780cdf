"""What the libraries share that have steps, or loops over steps, and leave lengths and directions to their users."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from rnnspec import Layer
from rnnspec_adapters.base import Named, WithTangents, under
from rnnspec_adapters.jax.jax_adapter import JaxAdapter, JaxArray
from rnnspec_adapters.plan import LayerPlan
from rnnspec_adapters.refusals import ANY, Table


class UnrolledAdapter(WithTangents, JaxAdapter):
    """One loop for each direction; the outputs of two directions are put side by side."""

    expresses: ClassVar[Table] = {Layer: {"direction": ANY}}
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("forward.",),
        "reverse": ("reverse.",),
        "bidirectional": ("forward.", "reverse."),
    }

    @abstractmethod
    def unrolled(
        self, layer: LayerPlan, native: Named, x: JaxArray, start: Named | None, *, reverse: bool
    ) -> tuple[JaxArray, Named]:
        """The outputs [T, B, H], in the order of time, and the final state of one direction."""

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: JaxArray,
        initial: tuple[Named, ...] | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, tuple[Named, ...]]:
        starts = [None] * layer.directions if initial is None else initial
        ended = [
            self.unrolled(layer, under(native, way), x, start, reverse=way.startswith("reverse"))
            for way, start in zip(self.prefixes[layer.direction], starts, strict=True)
        ]
        return jnp.concatenate([y for y, _ in ended], axis=-1), tuple(end for _, end in ended)
