"""``jax.experimental.rnn``: the LSTM that is written in JAX, `lstm_ref`, and the one of cuDNN, `lstm`.

Consecutive layers of the same size and direction are one call with `num_layers`. Both take lengths and give zeros in
the padding.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from rnnspec import LSTM, Problem
from rnnspec_adapters.base import NOT_RUN
from rnnspec_adapters.functional import part_of
from rnnspec_adapters.jax import layouts
from rnnspec_adapters.jax.engine import DifferentiatesAlong, JaxAdapter, JaxArray, JaxStates
from rnnspec_adapters.layout import Layout, Placement
from rnnspec_adapters.plan import LayerPlan, Plan, plan_of
from rnnspec_adapters.runs import Run, runs_of

KINDS = ("W_ih", "W_hh", "b_ih", "b_hh")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The sizes of one call."""

    input_size: int
    hidden_size: int
    layers: int
    bidirectional: bool

    @property
    def sizes(self) -> tuple[int, int, int]:
        """In the order in which the library takes them."""
        return self.input_size, self.hidden_size, self.layers

    @property
    def pseudo_layers(self) -> int:
        """A direction of a layer is a layer of its own in the numbering of the library."""
        return self.layers * (2 if self.bidirectional else 1)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters, as the library takes its one vector apart."""
        sizes = (*self.sizes, self.bidirectional)
        flat = jax.ShapeDtypeStruct((rnn.get_num_params_in_lstm(*sizes),), jnp.float32)
        unpacked = jax.eval_shape(lambda weights: rnn.unpack_lstm_weights(weights, *sizes), flat)
        return {
            f"{kind}.{l}": leaf.shape
            for kind, by_layer in zip(KINDS, unpacked, strict=True)
            for l, leaf in by_layer.items()
        }


class StackedLstm(JaxAdapter):
    """What the two have in common: stacks, batch first, all states given."""

    distribution: ClassVar[str] = "jax"

    def refusal_of(self, problem: Problem) -> str | None:
        if problem.padded_outputs != "zero":
            return "jax.experimental.rnn fills the padding with zeros"
        return None

    def refusal(self, layer: LayerPlan) -> str | None:
        if layer.cell != LSTM():
            return "jax.experimental.rnn has the plain LSTM with biases only"
        if layer.direction == "reverse":
            return "jax.experimental.rnn has no layer that runs in reverse only, without a forward half"
        if layer.merge != "concat" or layer.reverse_outputs != "time":
            return "jax.experimental.rnn concatenates its directions, in the order of time"
        return None

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layouts.cudnn_lstm()

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        layers = plan_of(problem).layers
        return tuple(
            Placement(
                layer=run.first + stacked,
                direction=direction,
                layout=self.layout_of(layers[run.first]),
                prefix=f"{position}.",
                native_layer=stacked * layers[run.first].directions + direction,
            )
            for position, run in enumerate(runs_of(layers))
            for stacked in range(run.layers)
            for direction in range(layers[run.first].directions)
        )

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        plan = plan_of(problem)
        with self.settings():
            return {
                f"{position}.{name}": shape
                for position, run in enumerate(runs_of(plan.layers))
                for name, shape in stack_of(plan, run).parameter_shapes().items()
            }

    def forward(
        self,
        plan: Plan,
        native: dict[str, JaxArray],
        x: JaxArray,
        initial: JaxStates | None,
        lengths: JaxArray | None,
    ) -> tuple[JaxArray, JaxStates]:
        signal: JaxArray = jnp.swapaxes(x, 0, 1)
        B, T, _ = signal.shape
        steps = jnp.full(B, T, jnp.int32) if lengths is None else lengths
        final: list[tuple[dict[str, JaxArray], ...]] = []
        for position, run in enumerate(runs_of(plan.layers)):
            stack = stack_of(plan, run)
            start = None if initial is None else initial[run.first : run.first + run.layers]
            states = self._given_of(stack, start, B)
            signal, h_n, c_n = self.call(stack, part_of(native, position), signal, states, steps)
            final.extend(_by_layer(stack, h_n, c_n))
        return jnp.swapaxes(signal, 0, 1), tuple(final)

    def _given_of(self, stack: Stack, initial: JaxStates | None, B: int) -> tuple[JaxArray, JaxArray]:
        """The initial h and c of a stack, [L D, B, H]."""
        if initial is None:
            zeros = jnp.zeros((stack.pseudo_layers, B, stack.hidden_size), self.native_dtype)
            return zeros, zeros
        h, c = (jnp.stack([state[name] for of_layer in initial for state in of_layer]) for name in "hc")
        return h, c

    @abstractmethod
    def call(
        self,
        stack: Stack,
        native: dict[str, JaxArray],
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
    ) -> tuple[JaxArray, JaxArray, JaxArray]:
        """The call of the library: y, batch first, h_n and c_n."""


class LstmRefAdapter(DifferentiatesAlong, StackedLstm):
    """``jax.experimental.rnn.lstm_ref``, on any device."""

    name: ClassVar[str] = "jax-rnn"

    def call(
        self,
        stack: Stack,
        native: dict[str, JaxArray],
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
    ) -> tuple[JaxArray, JaxArray, JaxArray]:
        weights = [{l: native[f"{kind}.{l}"] for l in range(stack.pseudo_layers)} for kind in KINDS]
        y, h_n, c_n = rnn.lstm_ref(x, *states, *weights, lengths, *stack.sizes, 0.0, stack.bidirectional)
        return y, h_n, c_n


class CudnnLstmAdapter(StackedLstm):
    """``jax.experimental.rnn.lstm``, the LSTM of cuDNN. It has gradients, and no derivative along tangents."""

    name: ClassVar[str] = "jax-cudnn"
    precisions: ClassVar[tuple[str, ...]] = ("float32",)

    def refusal_of(self, problem: Problem) -> str | None:
        if self.platform != "cuda":
            return f"{NOT_RUN}the LSTM of cuDNN wants a CUDA device"
        if self.precision not in ("float32", "tf32"):
            return "jax.experimental.rnn.lstm computes in float32 only"
        if problem.lengths is not None and (problem.lengths == 0).any():
            return "cuDNN refuses sequences of length 0"
        return super().refusal_of(problem)

    def call(
        self,
        stack: Stack,
        native: dict[str, JaxArray],
        x: JaxArray,
        states: tuple[JaxArray, JaxArray],
        lengths: JaxArray,
    ) -> tuple[JaxArray, JaxArray, JaxArray]:
        precision = None if self.precision == "tf32" else jax.lax.Precision.HIGHEST
        flat = flat_weights(native, stack.pseudo_layers)
        y, h_n, c_n = rnn.lstm(x, *states, flat, lengths, *stack.sizes, 0.0, stack.bidirectional, precision)
        return y, h_n, c_n


def stack_of(plan: Plan, run: Run) -> Stack:
    """The stack that the layers of a run are."""
    layer = plan.layers[run.first]
    return Stack(
        input_size=layer.input_size,
        hidden_size=layer.hidden_size,
        layers=run.layers,
        bidirectional=layer.directions == 2,
    )


def _by_layer(stack: Stack, h_n: JaxArray, c_n: JaxArray) -> JaxStates:
    """The states of a stack by layer and direction."""
    D = stack.pseudo_layers // stack.layers
    return tuple(tuple({"h": h_n[l * D + d], "c": c_n[l * D + d]} for d in range(D)) for l in range(stack.layers))


def flat_weights(native: dict[str, JaxArray], layers: int) -> JaxArray:
    """The one vector of cuDNN: the matrices of all layers and directions, and behind them all biases."""
    order = [f"{kind}.{l}" for kinds in (KINDS[:2], KINDS[2:]) for l in range(layers) for kind in kinds]
    return jnp.concatenate([native[name].reshape(-1) for name in order])
