"""``flax.nnx``: SimpleCell, LSTMCell and OptimizedLSTMCell in `RNN` and `Bidirectional`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax

from rnnspec import GRU, RNN
from rnnspec_adapters.base import Named
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.jax.flax_sequences import FlaxAdapter, activations_of
from rnnspec_adapters.jax.jax_adapter import JaxArray
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import Table

try:
    from flax import nnx
except ImportError:  # said by `supports`
    nnx = None


class NnxAdapter(FlaxAdapter):
    """The recurrent layers of ``flax.nnx``.

    Its GRUCell documents a bias inside the reset product and has none, so that it can express no GRU of the text.
    """

    name: ClassVar[str] = "flax-nnx"
    bad_input: ClassVar[str] = "flax_nnx"
    expresses: ClassVar[Table] = {
        GRU: "flax.nnx.GRUCell resets after the recurrent product, and has no bias inside of it, b_Rn"
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return jax_layouts.nnx(layer.cell, optimized=self.optimized)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        (layer,) = layers
        parameters = nnx.state(nnx.eval_shape(lambda: self.sequence(nnx, layer)), nnx.Param)
        return {".".join(path): leaf.shape for path, leaf in nnx.to_flat_state(parameters)}

    def call(self, layer: LayerPlan, native: Named, x: JaxArray, **options: Any) -> tuple[Any, Any]:
        module = self.sequence(nnx, layer)
        parameters = nnx.state(module, nnx.Param)
        nested = {tuple(name.split(".")): tensor for name, tensor in native.items()}
        nnx.replace_by_pure_dict(parameters, nnx.traversals.unflatten_mapping(nested))
        nnx.update(module, parameters)
        carry, y = module(x, **options)
        return carry, y

    def cell(self, layer: LayerPlan) -> Any:
        zeros = jax.nn.initializers.zeros  # the initial values are replaced at once
        return getattr(nnx, self.layout_of(layer).name.rpartition(".")[-1])(
            in_features=layer.input_size,
            hidden_features=layer.hidden_size,
            kernel_init=zeros,
            recurrent_kernel_init=zeros,
            dtype=self.native_dtype,
            param_dtype=self.native_dtype,
            rngs=nnx.Rngs(0),
            **activations_of(layer.cell),
        )


class NnxOptimized(NnxAdapter):
    """The same layers with OptimizedLSTMCell, which stores its parameters in another way."""

    name: ClassVar[str] = "flax-nnx-optimized"
    modes: ClassVar[tuple[str, ...]] = ("optimized",)
    session: ClassVar[str] = "jax-modes"
    slow: ClassVar[bool] = True
    expresses: ClassVar[Table] = {RNN: "flax.nnx has an optimized cell for the LSTM only"}
