"""``flax.linen``: SimpleCell, LSTMCell, OptimizedLSTMCell, GRUCell and MGUCell in `RNN` and `Bidirectional`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from rnnspec import GRU, RNN
from rnnspec_adapters.base import Named
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.jax.flax_sequences import FlaxAdapter, activations_of
from rnnspec_adapters.jax.jax_activations import EXPRESSED
from rnnspec_adapters.jax.jax_adapter import JaxArray
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import ANY, Table

try:
    import flax.linen as nn
    from flax.traverse_util import flatten_dict, unflatten_dict
except ImportError:  # said by `supports`
    nn = None


class LinenAdapter(FlaxAdapter):
    """The recurrent layers of ``flax.linen``."""

    name: ClassVar[str] = "flax-linen"
    bad_input: ClassVar[str] = "flax_linen"
    expresses: ClassVar[Table] = {
        GRU: {
            "reset": (
                ("after", "none"),
                "flax.linen resets after the recurrent product; no weight map turns one into the other",
            ),
            "update": ANY,
            "minimal": (
                lambda value, cell: not value or cell.update == "keep",
                "flax.linen.MGUCell keeps with the gate that resets; no sign turns one without the other",
            ),
            "gate_activation": EXPRESSED,
            "candidate_activation": EXPRESSED,
        }
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return jax_layouts.linen(layer.cell)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        (layer,) = layers
        x = jnp.zeros((1, 1, layer.input_size), self.native_dtype)
        variables = jax.eval_shape(self.sequence(nn, layer).init, jax.random.key(0), x)
        return {name: leaf.shape for name, leaf in flatten_dict(variables["params"], sep=".").items()}

    def call(self, layer: LayerPlan, native: Named, x: JaxArray, **options: Any) -> tuple[Any, Any]:
        carry, y = self.sequence(nn, layer).apply({"params": unflatten_dict(native, sep=".")}, x, **options)
        return carry, y

    def cell(self, layer: LayerPlan) -> Any:
        cell, native = layer.cell, self.layout_of(layer).name.rpartition(".")[-1]
        options = {"features": layer.hidden_size, "param_dtype": self.native_dtype, **activations_of(cell)}
        if native == "MGUCell":
            options["reset_gate"] = "b_Rn" in cell.parameter_axes
        return getattr(nn, "OptimizedLSTMCell" if self.optimized else native)(**options)


class LinenOptimized(LinenAdapter):
    """The same layers with OptimizedLSTMCell."""

    name: ClassVar[str] = "flax-linen-optimized"
    modes: ClassVar[tuple[str, ...]] = ("optimized",)
    session: ClassVar[str] = "jax-modes"
    slow: ClassVar[bool] = True
    expresses: ClassVar[Table] = dict.fromkeys((RNN, GRU), "flax.linen has an optimized cell for the LSTM only")
