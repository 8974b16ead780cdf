"""``haiku.VanillaRNN``, ``LSTM`` and ``GRU``, under `haiku.dynamic_unroll` and `haiku.static_unroll`."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from rnnspec import GRU, LSTM, RNN, Cell
from rnnspec_adapters.functional import joined
from rnnspec_adapters.jax import layouts
from rnnspec_adapters.jax.engine import JaxArray
from rnnspec_adapters.jax.unrolled import UnrolledAdapter
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan

try:
    import haiku as hk
except ImportError:  # said by `supports`
    hk = None


class HaikuAdapter(UnrolledAdapter):
    """The recurrent cores of Haiku.

    Modes: ``jit`` unrolls dynamically, time first; ``eager`` the same with the batch first.
    """

    name: ClassVar[str] = "haiku"
    distribution: ClassVar[str] = "dm-haiku"

    def refusal_of_cell(self, layer: LayerPlan) -> str | None:
        match layer.cell:
            case RNN():
                plain: Cell = RNN(activation="relu")
            case LSTM():
                plain = LSTM()
            case GRU() if layer.cell.reset != "before":
                return "haiku.GRU resets before the recurrent product; no weight map turns one into the other"
            case _:
                plain = GRU(reset="before", update=layer.cell.update)
        return self.without_option(layer.cell, plain)

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.haiku(layer.cell)

    def prefix(self, layer: LayerPlan, direction: int) -> str:
        return self.directions_of(layer)[direction]

    def layer_shapes(self, layer: LayerPlan) -> dict[str, tuple[int, ...]]:
        x = jnp.zeros((1, 1, layer.input_size), self.native_dtype)
        shapes: dict[str, tuple[int, ...]] = {}
        for way in self.directions_of(layer):
            modules = jax.eval_shape(self._loop(layer, way).init, jax.random.key(0), x, None)
            shapes |= {f"{module}.{name}": leaf.shape for module, own in modules.items() for name, leaf in own.items()}
        return split_rows(shapes, layer)

    def unrolled(
        self, layer: LayerPlan, native: dict[str, JaxArray], x: JaxArray, start: dict[str, JaxArray] | None, way: str
    ) -> tuple[JaxArray, dict[str, JaxArray]]:
        modules: dict[str, dict[str, JaxArray]] = {}
        for name, tensor in joined(native, (UPPER, LOWER), jnp.concatenate).items():
            module, _, parameter = name.rpartition(".")
            if module.split("/")[0] == way:
                modules.setdefault(module, {})[parameter] = tensor
        y, end = self._loop(layer, way).apply(modules, None, x, start)
        return y, {"h": end.hidden, "c": end.cell} if isinstance(layer.cell, LSTM) else {"h": end}

    def _loop(self, layer: LayerPlan, way: str) -> Any:
        kinds: dict[type[Cell], Any] = {RNN: hk.VanillaRNN, LSTM: hk.LSTM, GRU: hk.GRU}

        def loop(x: JaxArray, start: dict[str, JaxArray] | None) -> Any:
            core = kinds[type(layer.cell)](layer.hidden_size, name=way)
            if start is None:
                zeros = core.initial_state(x.shape[1])
                state = jax.tree.map(lambda zero: zero.astype(self.native_dtype), zeros)
            else:
                state = hk.LSTMState(hidden=start["h"], cell=start["c"]) if "c" in start else start["h"]
            return self.unroll(core, x, state, reverse=way == "reverse")

        return hk.transform(loop)

    def unroll(self, core: Any, x: JaxArray, state: Any, *, reverse: bool) -> Any:
        """The outputs [T, B, H] and the final state of a core over `x`."""
        if self.mode == "eager":
            y, end = hk.dynamic_unroll(core, jnp.swapaxes(x, 0, 1), state, time_major=False, reverse=reverse)
            return jnp.swapaxes(y, 0, 1), end
        return hk.dynamic_unroll(core, x, state, reverse=reverse)


class HaikuStatic(HaikuAdapter):
    """The same cores under `haiku.static_unroll`: compiled as well, and no loop in the program.

    It is an adapter of its own since a program grows with the steps, and fifty of them are compiled for seconds.
    """

    name: ClassVar[str] = "haiku-static"
    modes: ClassVar[tuple[str, ...]] = ("static-unroll",)

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.direction != "forward":
            return "haiku.static_unroll reads forward only"
        return super().refusal(layer)

    def unroll(self, core: Any, x: JaxArray, state: Any, *, reverse: bool) -> Any:
        return hk.static_unroll(core, x, state)


def split_rows(shapes: dict[str, tuple[int, ...]], layer: LayerPlan) -> dict[str, tuple[int, ...]]:
    """The shapes of the rows that the layout declares apart, from those that Haiku reports."""
    if not isinstance(layer.cell, LSTM):
        return shapes
    parts: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        if len(shape) == 2:
            parts |= {name + UPPER: (layer.input_size, shape[1]), name + LOWER: (shape[0] - layer.input_size, shape[1])}
        else:
            parts[name] = shape
    return parts
