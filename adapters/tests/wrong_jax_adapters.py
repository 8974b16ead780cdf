"""Adapters of JAX libraries that are wrong on purpose: each breaks one rule."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnspec_adapters.base import Named, linear_part
from rnnspec_adapters.jax.equinox_cells import EquinoxAdapter
from rnnspec_adapters.jax.flax_linen import LinenAdapter
from rnnspec_adapters.jax.haiku_cores import HaikuAdapter
from rnnspec_adapters.jax.jax_adapter import JaxArray
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan


class ForgottenForgetBias(HaikuAdapter):
    """Hands over the bias of the forget gate as it is, to which Haiku adds 1: LAY-6."""

    name: ClassVar[str] = "haiku-forgotten-forget-bias"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return linear_part(super().layout_of(layer))


class UnflippedReverse(EquinoxAdapter):
    """Reads the reverse direction forward: SEQ-5."""

    name: ClassVar[str] = "equinox-unflipped-reverse"

    def unrolled(
        self, layer: LayerPlan, native: Named, x: JaxArray, start: Named | None, *, reverse: bool
    ) -> tuple[JaxArray, Named]:
        return super().unrolled(layer, native, x, start, reverse=False)


class ForgottenLengths(LinenAdapter):
    """Does not tell `RNN` the lengths: SEQ-3."""

    name: ClassVar[str] = "flax-linen-forgotten-lengths"

    def call(self, layer: LayerPlan, native: Named, x: JaxArray, **options: Any) -> tuple[Any, Any]:
        return super().call(layer, native, x, **{**options, "seq_lengths": None})
