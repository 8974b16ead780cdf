"""``equinox.nn.LSTMCell`` and ``GRUCell``: single steps of single sequences, under `jax.vmap` and `jax.lax.scan`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax

from rnnspec import GRU, LSTM, RNN
from rnnspec_adapters.base import Named
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.jax.jax_adapter import JaxArray
from rnnspec_adapters.jax.unrolled import UnrolledAdapter
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import ANY, Table, resets

try:
    import equinox as eqx
except ImportError:  # said by `supports`
    eqx = None

PARAMETERS = ("weight_ih", "weight_hh", "bias", "bias_n")


class EquinoxAdapter(UnrolledAdapter):
    """The recurrent cells of Equinox, in the loop that their documentation shows."""

    name: ClassVar[str] = "equinox"
    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib", "equinox")
    bad_input: ClassVar[str] = "equinox"
    expresses: ClassVar[Table] = {
        RNN: "equinox.nn has no simple recurrent cell",
        LSTM: {"bias": ANY},
        GRU: {
            "reset": resets("after"),
            "update": ANY,
            "bias": ANY,
        },
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return jax_layouts.equinox(layer.cell)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        cell = self._empty(layers[0])
        ways = self.prefixes[layers[0].direction]
        return {way + name: getattr(cell, name).shape for way in ways for name in _names(cell)}

    def unrolled(
        self, layer: LayerPlan, native: Named, x: JaxArray, start: Named | None, *, reverse: bool
    ) -> tuple[JaxArray, Named]:
        empty = self._empty(layer)
        names = _names(empty)
        cell = eqx.tree_at(
            lambda tree: [getattr(tree, name) for name in names], empty, [native[name] for name in names]
        )

        def step(state: Any, inputs: JaxArray) -> tuple[Any, JaxArray]:
            new = jax.vmap(cell)(inputs, state)
            return new, new[0] if isinstance(new, tuple) else new

        start = self.zeros(layer, x.shape[1])[0] if start is None else start
        given = tuple(start[name] for name in layer.cell.states)
        end, y = jax.lax.scan(step, given if len(given) > 1 else given[0], x, reverse=reverse)
        return y, dict(zip(layer.cell.states, end if len(given) > 1 else (end,), strict=True))

    def _empty(self, layer: LayerPlan) -> Any:
        """The cell, with shapes in the place of its arrays."""
        kind = getattr(eqx.nn, f"{type(layer.cell).__name__}Cell")
        options = {"use_bias": layer.cell.bias, "dtype": self.native_dtype, "key": jax.random.key(0)}
        return eqx.filter_eval_shape(kind, layer.input_size, layer.hidden_size, **options)


def _names(cell: Any) -> tuple[str, ...]:
    """The parameters that a cell has."""
    return tuple(name for name in PARAMETERS if getattr(cell, name, None) is not None)
