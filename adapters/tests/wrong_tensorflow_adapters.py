"""Adapters of Keras and TensorFlow that are wrong on purpose: each breaks one rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from rnnspec_adapters.base import Answer, Named, NativeArray, NativeStates, linear_part
from rnnspec_adapters.keras.on_tensorflow import KerasOnTensorflow
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Plan, Stack
from rnnspec_adapters.tensorflow.raw_ops import RawOpsAdapter
from rnnspec_adapters.tensorflow.v1_cells import V1CellsAdapter


def renamed(layout: Layout, names: dict[str, str]) -> Layout:
    """`layout` with other letters in the place of these."""
    return replace(
        layout,
        tensors=tuple(
            replace(
                tensor,
                blocks=tuple(replace(block, name=names.get(block.name, block.name)) for block in tensor.blocks),
            )
            for tensor in layout.tensors
        ),
    )


class SwappedGates(KerasOnTensorflow):
    """Takes the third gate of Keras for the output gate: LAY-1."""

    name: ClassVar[str] = "keras-swapped-gates"

    def layout_of(self, layer: LayerPlan) -> Layout:
        swapped = {f"{letter}_{gate}": f"{letter}_{other}" for letter in "WRb" for gate, other in ("go", "og")}
        return renamed(super().layout_of(layer), swapped)


class UnflippedReverse(KerasOnTensorflow):
    """Leaves the outputs of `go_backwards` as they come: SEQ-5."""

    name: ClassVar[str] = "keras-unflipped-reverse"

    def stack(self, layers: Stack, *given: Any) -> Answer:
        unflipped = tuple(
            replace(layer, reverse_outputs="processing") if layer.direction == "reverse" else layer for layer in layers
        )
        return super().stack(unflipped, *given)


class ForgottenLengths(KerasOnTensorflow):
    """Hands over no mask: SEQ-9."""

    name: ClassVar[str] = "keras-forgotten-lengths"

    def forward(
        self, plan: Plan, native: Named, x: NativeArray, initial: NativeStates | None, lengths: NativeArray | None
    ) -> Answer:
        return super().forward(plan, native, x, initial, None)


class ForgottenForgetBias(RawOpsAdapter):
    """Hands over the bias of the forget gate as it is, to which the kernel adds 1: LAY-6."""

    name: ClassVar[str] = "tf-forgotten-forget-bias"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return linear_part(super().layout_of(layer))


class SwappedPeepholes(V1CellsAdapter):
    """Takes the peephole of the input gate for that of the forget gate: PEEP-2."""

    name: ClassVar[str] = "tf-swapped-peepholes"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return renamed(super().layout_of(layer), {"p_i": "p_f", "p_f": "p_i"})
