"""``haiku.VanillaRNN``, ``LSTM`` and ``GRU``, under `haiku.dynamic_unroll` and `haiku.static_unroll`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from rnnspec import GRU, LSTM, RNN, Layer
from rnnspec_adapters.base import Named, joined, rows_apart
from rnnspec_adapters.jax import jax_layouts
from rnnspec_adapters.jax.jax_adapter import JaxArray
from rnnspec_adapters.jax.unrolled import UnrolledAdapter
from rnnspec_adapters.layout import LOWER, UPPER, Layout
from rnnspec_adapters.plan import LayerPlan, Stack
from rnnspec_adapters.refusals import ANY, Table, resets

try:
    import haiku as hk
except ImportError:  # said by `supports`
    hk = None


class HaikuAdapter(UnrolledAdapter):
    """The recurrent cores of Haiku.

    Modes: ``jit`` unrolls dynamically, time first; ``eager`` the same with the batch first.
    """

    name: ClassVar[str] = "haiku"
    packages: ClassVar[tuple[str, ...]] = ("jax", "jaxlib", "dm-haiku")
    bad_input: ClassVar[str] = "haiku"
    prefixes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "forward": ("forward",), "reverse": ("reverse",), "bidirectional": ("forward", "reverse")
    }  # fmt: skip
    expresses: ClassVar[Table] = {
        RNN: {"activation": (("relu",), "haiku.VanillaRNN has the activation relu only")},
        LSTM: {},
        GRU: {
            "reset": resets("before"),
            "update": ANY,
        },
    }

    def layout_of(self, layer: LayerPlan) -> Layout:
        return jax_layouts.haiku(layer.cell)

    def stack_shapes(self, layers: Stack) -> dict[str, tuple[int, ...]]:
        (layer,) = layers
        x = jnp.zeros((1, 1, layer.input_size), self.native_dtype)
        shapes: dict[str, tuple[int, ...]] = {}
        for way in self.prefixes[layer.direction]:
            modules = jax.eval_shape(self._loop(layer, way).init, jax.random.key(0), x, None)
            own = {f"{m.removeprefix(way)}.{n}": leaf.shape for m, part in modules.items() for n, leaf in part.items()}
            shapes |= {way + name: shape for name, shape in rows_apart(own, self.layout_of(layer), x.shape[-1]).items()}
        return shapes

    def unrolled(
        self, layer: LayerPlan, native: Named, x: JaxArray, start: Named | None, *, reverse: bool
    ) -> tuple[JaxArray, Named]:
        way = "reverse" if reverse else "forward"
        modules: dict[str, Named] = {}
        for name, tensor in joined(native, (UPPER, LOWER), jnp.concatenate).items():
            module, _, parameter = name.rpartition(".")
            modules.setdefault(way + module, {})[parameter] = tensor
        y, end = self._loop(layer, way).apply(modules, None, x, start)
        return y, {"h": end.hidden, "c": end.cell} if isinstance(end, hk.LSTMState) else {"h": end}

    def _loop(self, layer: LayerPlan, way: str) -> Any:
        kind = getattr(hk, self.layout_of(layer).name.rpartition(".")[-1])

        def loop(x: JaxArray, start: Named | None) -> Any:
            core = kind(layer.hidden_size, name=way)
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
    session: ClassVar[str] = "jax-modes"
    slow: ClassVar[bool] = True
    expresses: ClassVar[Table] = {Layer: {"direction": (("forward",), "haiku.static_unroll reads forward only")}}

    def unroll(self, core: Any, x: JaxArray, state: Any, *, reverse: bool) -> Any:
        return hk.static_unroll(core, x, state)
