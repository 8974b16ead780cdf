"""``jax.experimental.rnn``: the LSTM that is written in JAX, `lstm_ref`, and the one of cuDNN, `lstm`.

Consecutive layers of the same size and direction are one call with `num_layers`. Both take lengths and give zeros in
the padding.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from rnnspec import LSTM, Layer, Problem
from rnnspec_adapters.base import Answer, Named, NativeStates, WithTangents, by_layer, side_by_side
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.jax.jax_adapter import JaxAdapter, JaxArray
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import ANY, Table, lengths_above_zero

KINDS = ("W_ih", "W_hh", "b_ih", "b_hh")


class StackedLstm(JaxAdapter):
    """What the two have in common: stacks, batch first, all states given."""

    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib")
    stacked: ClassVar[bool] = True
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {"forward": ("",), "bidirectional": ("", "")}
    expresses: ClassVar[Table] = {
        LSTM: {},
        Layer: {
            "direction": (
                ("forward", "bidirectional"),
                "jax.experimental.rnn has no layer that runs in reverse only, without a forward half",
            )
        },
        Problem: {"lengths": ANY},
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return jax_layouts.cudnn_lstm()

    def native_layer(self, layers: Stack, number: int, direction: int) -> int:
        """A direction of a layer is a layer of its own in the numbering of the library."""
        return number * layers[0].directions + direction

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        """Those of the parts into which the library takes its one vector."""
        sizes = sizes_of(layers)
        flat = jax.ShapeDtypeStruct((rnn.get_num_params_in_lstm(*sizes),), jnp.float32)
        unpacked = jax.eval_shape(lambda weights: rnn.unpack_lstm_weights(weights, *sizes), flat)
        by_kind = zip(KINDS, unpacked, strict=True)
        return {f"{kind}.{l}": leaf.shape for kind, parts in by_kind for l, leaf in parts.items()}

    def stack(
        self,
        layers: Stack,
        native: Named,
        x: JaxArray,
        initial: NativeStates | None,
        lengths: JaxArray | None,
    ) -> Answer:
        T, B, _ = x.shape
        start = side_by_side(initial or tuple(self.zeros(layer, B) for layer in layers), jnp.stack)
        steps = jnp.full(B, T, jnp.int32) if lengths is None else lengths
        y, h, c = self.call(native, jnp.swapaxes(x, 0, 1), (start["h"], start["c"]), steps, sizes_of(layers))
        return jnp.swapaxes(y, 0, 1), by_layer({"h": h, "c": c}, layers)

    @abstractmethod
    def call(
        self,
        native: Named,
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
        sizes: tuple[int, int, int, bool],
    ) -> tuple[JaxArray, JaxArray, JaxArray]:
        """The call of the library: y, batch first, h_n and c_n."""


class LstmRefAdapter(WithTangents, StackedLstm):
    """``jax.experimental.rnn.lstm_ref``, on any device."""

    name: ClassVar[str] = "jax-rnn"
    bad_input: ClassVar[str] = "jax_rnn"

    def call(
        self,
        native: Named,
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
        sizes: tuple[int, int, int, bool],
    ) -> Any:
        weights = [{l: native[f"{kind}.{l}"] for l in range(len(native) // len(KINDS))} for kind in KINDS]
        *numbers, bidirectional = sizes
        y, h, c = rnn.lstm_ref(x, *states, *weights, lengths, *numbers, 0.0, bidirectional)
        return y, h, c


class CudnnLstmAdapter(StackedLstm):
    """``jax.experimental.rnn.lstm``, the LSTM of cuDNN. It has gradients, and no derivative along tangents."""

    name: ClassVar[str] = "jax-cudnn"
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    offers: ClassVar[tuple[str, ...]] = ("float32", "tf32")
    session: ClassVar[str] = ""
    expresses: ClassVar[Table] = {Problem: {"lengths": (lengths_above_zero, "cuDNN refuses sequences of length 0")}}

    def call(
        self,
        native: Named,
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
        sizes: tuple[int, int, int, bool],
    ) -> Any:
        precision = None if self.precision.name == "tf32" else jax.lax.Precision.HIGHEST
        *numbers, bidirectional = sizes
        flat = flat_weights(native, len(native) // len(KINDS))
        return rnn.lstm(x, *states, flat, lengths, *numbers, 0.0, bidirectional, precision)


def sizes_of(layers: Stack) -> tuple[int, int, int, bool]:
    """The sizes of a stack, in the order of the library: inputs, units, layers, and whether it has two directions."""
    return layers[0].input_size, layers[0].hidden_size, len(layers), layers[0].directions == 2


def flat_weights(native: Named, layers: int) -> JaxArray:
    """The one vector of cuDNN: the matrices of all layers and directions, and behind them all biases."""
    order = [f"{kind}.{l}" for kinds in (KINDS[:2], KINDS[2:]) for l in range(layers) for kind in kinds]
    return jnp.concatenate([native[name].reshape(-1) for name in order])
