"""The adapter: problems of rnnspec in the shapes of the layer, and back."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from rnnspec import LSTM, Problem
from rnnspec_adapters import ANY, LayerPlan, Layout, Named, NativeAdapter, NativeArray, Table, rows
from tiny_lstm import lstm

LAYOUT = Layout(
    name="tiny_lstm.lstm",
    tensors=(rows("kernel", "W", "ifgo"), rows("recurrent", "R", "ifgo"), rows("bias", "b", "ifgo")),
)


class TinyAdapter(NativeAdapter):
    """Forward layers of `tiny_lstm.lstm`, without gradients."""

    name: ClassVar[str] = "tiny-lstm"
    packages: ClassVar[tuple[str, ...]] = ("tiny-lstm",)
    expresses: ClassVar[Table] = {LSTM: {}, Problem: {"lengths": ANY}}

    def layout_of(self, layer: LayerPlan) -> Layout:
        return LAYOUT

    def layer(
        self,
        layer: LayerPlan,
        native: Named,
        x: NativeArray,
        initial: tuple[Named, ...] | None,
        lengths: NativeArray | None,
    ) -> tuple[NativeArray, tuple[Named, ...]]:
        T, B, _ = x.shape
        (start,) = initial or self.zeros(layer, B)
        weights = [native[tensor.name] for tensor in LAYOUT.tensors]
        y, h, c = lstm(x, np.full(B, T) if lengths is None else lengths, weights, [start["h"], start["c"]])
        return y, ({"h": h, "c": c},)
