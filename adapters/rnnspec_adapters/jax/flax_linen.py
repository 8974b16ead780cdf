"""``flax.linen``: SimpleCell, LSTMCell, OptimizedLSTMCell, GRUCell and MGUCell in `RNN` and `Bidirectional`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from rnnspec import GRU, LSTM, RNN
from rnnspec_adapters.jax import layouts
from rnnspec_adapters.jax.engine import JaxArray
from rnnspec_adapters.jax.flax_sequences import MERGES, FlaxAdapter, activations_of
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan

try:
    import flax.linen as nn
    from flax.traverse_util import flatten_dict, unflatten_dict
except ImportError:  # said by `supports`
    nn = None


class LinenAdapter(FlaxAdapter):
    """The recurrent layers of ``flax.linen``."""

    name: ClassVar[str] = "flax-linen"
    package: ClassVar[str] = "flax.linen"

    def refusal_of_gru(self, cell: GRU) -> str | None:
        if cell.minimal and cell.update != "keep":
            return "flax.linen.MGUCell keeps with the gate that resets; no sign turns one without the other"
        if cell.reset == "before":
            return "flax.linen resets after the recurrent product; no weight map turns one into the other"
        return None

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.linen(layer.cell)

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        x = jnp.zeros((1, 1, layer.input_size), self.native_dtype)
        variables = jax.eval_shape(self._module(layer).init, jax.random.key(0), x)
        return {name: leaf.shape for name, leaf in flatten_dict(variables["params"], sep=".").items()}

    def call(self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, **options: Any) -> tuple[Any, Any]:
        carry, y = self._module(layer).apply({"params": unflatten_dict(native, sep=".")}, x, **options)
        return carry, y

    def _module(self, layer: LayerPlan) -> Any:
        options = {"time_major": self.time_major, "return_carry": True}
        if layer.direction == "bidirectional":
            merge = MERGES[layer.merge]
            return nn.Bidirectional(nn.RNN(self._cell(layer)), nn.RNN(self._cell(layer)), merge_fn=merge, **options)
        reverse = layer.direction == "reverse"
        return nn.RNN(self._cell(layer), reverse=reverse, keep_order=layer.reverse_outputs == "time", **options)

    def _cell(self, layer: LayerPlan) -> Any:
        options = {"features": layer.hidden_size, "param_dtype": self.native_dtype, **activations_of(layer.cell)}
        match layer.cell:
            case RNN():
                return nn.SimpleCell(**options)
            case LSTM():
                return (nn.OptimizedLSTMCell if self.optimized else nn.LSTMCell)(**options)
            case GRU() if layer.cell.gates == ("r", "z", "n"):
                return nn.GRUCell(**options)
            case GRU():
                return nn.MGUCell(**options, reset_gate=layer.cell.minimal)


class LinenOptimized(LinenAdapter):
    """The same layers with OptimizedLSTMCell."""

    name: ClassVar[str] = "flax-linen-optimized"
    modes: ClassVar[tuple[str, ...]] = ("optimized",)
