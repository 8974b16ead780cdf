"""``equinox.nn.LSTMCell`` and ``GRUCell``: single steps of single sequences, under `jax.vmap` and `jax.lax.scan`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from rnnspec import GRU, LSTM, RNN
from rnnspec_adapters.jax import layouts
from rnnspec_adapters.jax.engine import JaxArray
from rnnspec_adapters.jax.unrolled import UnrolledAdapter
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan

try:
    import equinox as eqx
except ImportError:  # said by `supports`
    eqx = None

PARAMETERS = ("weight_ih", "weight_hh", "bias", "bias_n")


class EquinoxAdapter(UnrolledAdapter):
    """The recurrent cells of Equinox, in the loop that their documentation shows."""

    name: ClassVar[str] = "equinox"
    distribution: ClassVar[str] = "equinox"

    def refusal_of_cell(self, layer: LayerPlan) -> str | None:
        match layer.cell:
            case RNN():
                return "equinox.nn has no simple recurrent cell"
            case GRU(reset="before"):
                return "equinox.nn.GRUCell resets after the recurrent product; no weight map turns one into the other"
            case GRU():
                plain: LSTM | GRU = GRU(update=layer.cell.update, bias=layer.cell.bias)
            case _:
                plain = LSTM(bias=layer.cell.bias)
        return self.without_option(layer.cell, plain)

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.equinox(layer.cell)

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        return f"{self.directions_of(layer)[direction]}."

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        cell = self._empty(layer)
        return {
            f"{direction}.{name}": getattr(cell, name).shape
            for direction in self.directions_of(layer)
            for name in _names(cell)
        }

    def unrolled(
        self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, start: dict[str, JaxArray] | None, way: str
    ) -> tuple[JaxArray, dict[str, JaxArray]]:
        empty = self._empty(layer)
        names = _names(empty)
        tensors = tuple(native[f"{way}.{name}"] for name in names)
        cell = eqx.tree_at(lambda tree: tuple(getattr(tree, name) for name in names), empty, tensors)
        state_names = layer.cell.states
        zeros = jnp.zeros((x.shape[1], layer.hidden_size), self.native_dtype)
        given = tuple(zeros if start is None else start[name] for name in state_names)

        def step(state: Any, inputs: JaxArray) -> tuple[Any, JaxArray]:
            new = jax.vmap(cell)(inputs, state)
            return new, new[0] if isinstance(new, tuple) else new

        end, y = jax.lax.scan(step, given if len(given) > 1 else given[0], x, reverse=way == "reverse")
        return y, dict(zip(state_names, end if len(given) > 1 else (end,), strict=True))

    def _empty(self, layer: LayerPlan) -> Any:
        """The cell, with shapes in the place of its arrays."""
        kind = eqx.nn.LSTMCell if isinstance(layer.cell, LSTM) else eqx.nn.GRUCell
        return eqx.filter_eval_shape(
            kind,
            layer.input_size,
            layer.hidden_size,
            use_bias=layer.cell.bias,
            dtype=self.native_dtype,
            key=jax.random.key(0),
        )


def _names(cell: Any) -> tuple[str, ...]:
    """The parameters that a cell has."""
    return tuple(name for name in PARAMETERS if getattr(cell, name, None) is not None)
