"""``flax.nnx``: SimpleCell, LSTMCell and OptimizedLSTMCell in `RNN` and `Bidirectional`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax

from rnnspec import GRU, RNN
from rnnspec_adapters.jax import layouts
from rnnspec_adapters.jax.engine import JaxArray
from rnnspec_adapters.jax.flax_sequences import MERGES, FlaxAdapter, activations_of
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan

try:
    from flax import nnx
except ImportError:  # said by `supports`
    nnx = None


class NnxAdapter(FlaxAdapter):
    """The recurrent layers of ``flax.nnx``.

    Its GRUCell documents a bias inside the reset product and has none, so that it can express no GRU of the text.
    """

    name: ClassVar[str] = "flax-nnx"
    package: ClassVar[str] = "flax.nnx"

    def refusal_of_gru(self, cell: GRU) -> str | None:
        if cell.gates != ("r", "z", "n"):
            return "flax.nnx has no minimal unit and no GRU without a reset gate"
        if cell.reset == "before":
            return "flax.nnx.GRUCell resets after the recurrent product; no weight map turns one into the other"
        return "flax.nnx.GRUCell has no bias inside the reset product, b_Rn"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.nnx(layer.cell, optimized=self.optimized)

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        parameters = nnx.state(nnx.eval_shape(lambda: self._module(layer)), nnx.Param)
        return {".".join(path): leaf.shape for path, leaf in nnx.to_flat_state(parameters)}

    def call(self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, **options: Any) -> tuple[Any, Any]:
        module = self._module(layer)
        parameters = nnx.state(module, nnx.Param)
        nested = {tuple(name.split(".")): tensor for name, tensor in native.items()}
        nnx.replace_by_pure_dict(parameters, nnx.traversals.unflatten_mapping(nested))
        nnx.update(module, parameters)
        carry, y = module(x, **options)
        return carry, y

    def _module(self, layer: LayerPlan) -> Any:
        options = {"time_major": self.time_major, "return_carry": True}
        if layer.direction == "bidirectional":
            merge = MERGES[layer.merge]
            return nnx.Bidirectional(nnx.RNN(self._cell(layer)), nnx.RNN(self._cell(layer)), merge_fn=merge, **options)
        reverse = layer.direction == "reverse"
        return nnx.RNN(self._cell(layer), reverse=reverse, keep_order=layer.reverse_outputs == "time", **options)

    def _cell(self, layer: LayerPlan) -> Any:
        zeros = jax.nn.initializers.zeros  # the initial values are replaced at once
        options = {
            "in_features": layer.input_size,
            "hidden_features": layer.hidden_size,
            "kernel_init": zeros,
            "recurrent_kernel_init": zeros,
            "dtype": self.native_dtype,
            "param_dtype": self.native_dtype,
            "rngs": nnx.Rngs(0),
            **activations_of(layer.cell),
        }
        if isinstance(layer.cell, RNN):
            return nnx.SimpleCell(**options)
        return (nnx.OptimizedLSTMCell if self.optimized else nnx.LSTMCell)(**options)


class NnxOptimized(NnxAdapter):
    """The same layers with OptimizedLSTMCell, which stores its parameters in another way."""

    name: ClassVar[str] = "flax-nnx-optimized"
    modes: ClassVar[tuple[str, ...]] = ("optimized",)
