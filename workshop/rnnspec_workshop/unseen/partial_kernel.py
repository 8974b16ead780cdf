"""A right kernel as of a mobile runtime, in which the mistakes of the set ``partial`` are made.

It has the plain LSTM in float32, forward in time, without lengths and without gradients, and refuses everything else.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from rnnspec import LSTM, Array, Layer, Outcome, Parameters, Problem, State
from rnnspec_adapters import Unsupported

UNITS = 8
"""Units of a panel of packed weights."""
BATCH = 4
"""Sequences of a panel."""
PLAIN = (
    "peephole",
    "input_gate",
    "forget_gate",
    "output_gate",
    "coupling",
    "relevance_gate",
    "gate_recurrence",
    "gate_activation",
    "candidate_activation",
    "output_activation",
    "projection",
    "output_projection",
    "projection_bias",
    "cell_clip",
    "projection_clip",
    "preactivation_clip",
    "clip_derivative",
)
DEFAULT = LSTM()


def same_option(name: str, a: Any, b: Any) -> bool:
    """Whether two values of an option are the same; an activation may be given by its name."""
    if name.endswith("_activation"):
        return (a if isinstance(a, str) else a.name) == (b if isinstance(b, str) else b.name)
    return a == b


def logistic(a: Array) -> Array:
    """The logistic function."""
    return 0.5 + 0.5 * np.tanh(0.5 * a)


class Panel:
    """The weights of some units: one matrix [4 n, I + H + 1] that multiplies x, h and 1 laid side by side."""

    def __init__(self, parameters: Parameters, lo: int, hi: int, bias: bool) -> None:
        self.lo, self.hi, self.n = lo, hi, hi - lo
        blocks = []
        for gate in "ifgo":
            W, R = parameters[f"W_{gate}"][lo:hi], parameters[f"R_{gate}"][lo:hi]
            b = parameters[f"b_{gate}"][lo:hi] if bias else np.zeros(hi - lo)
            blocks.append(np.concatenate((W, R, b[:, None]), axis=1))
        self.matrix = np.concatenate(blocks).astype(np.float32).astype(np.float64)

    def compute(self, line: Array, c: Array) -> tuple[Array, Array]:
        """The new cell and hidden states of the units."""
        a = line @ self.matrix.T
        n = self.n
        i, f, o = logistic(a[:, :n]), logistic(a[:, n : 2 * n]), logistic(a[:, 3 * n :])
        g = np.tanh(a[:, 2 * n : 3 * n])
        c_new = f * c + i * g
        return c_new, o * np.tanh(c_new)


class Program:
    """The panels of one layer and the lines of its batch."""

    def __init__(self, layer: Layer) -> None:
        self.I, self.H = layer.input_size, layer.hidden_size
        parameters = layer.parameters[0]
        self.panels = [
            Panel(parameters, lo, min(lo + UNITS, self.H), layer.cell.bias) for lo in range(0, self.H, UNITS)
        ]

    def run(self, x: Array, h: Array, c: Array) -> tuple[Array, Array, Array]:
        """All steps: the outputs and the final states."""
        T, B, I = x.shape
        H = self.H
        y = np.empty((T, B, H))
        h_new, c_new = np.empty((B, H)), np.empty((B, H))
        line = np.empty((B, I + H + 1))
        line[:, -1] = 1.0
        for t in range(T):
            line[:, :I] = x[t]
            line[:, I:-1] = h
            for lo in range(0, B, BATCH):
                some = slice(lo, min(lo + BATCH, B))
                for panel in self.panels:
                    units = slice(panel.lo, panel.hi)
                    c_new[some, units], h_new[some, units] = panel.compute(line[some], c[some, units])
            h, h_new = h_new, h
            c, c_new = c_new, c
            y[t] = h
        return y, h, c


class Partial:
    """The program behind the contract of an adapter."""

    name: ClassVar[str] = "unseen-partial"
    modes: ClassVar[tuple[str, ...]] = ("default",)
    programs: dict[Any, Any]

    def __init__(self, *, device: str = "cpu", precision: str = "float32", mode: str = "default") -> None:
        if device != "cpu" or mode not in self.modes:
            raise ValueError(f"wanted cpu and default, got {device!r}, {mode!r}")
        self.precision = precision
        self.programs = {}

    def provenance(self) -> dict[str, str]:
        return {"unseen-partial": "1", "numpy": np.__version__}

    def supports(self, problem: Problem) -> Unsupported | None:
        if self.precision != "float32":
            return Unsupported(reason=f"precision {self.precision}: only float32")
        if problem.cotangents is not None:
            return Unsupported(reason="cotangents: gradients are not computed")
        if problem.lengths is not None:
            return Unsupported(reason="lengths are not supported")
        if problem.padded_outputs != "zero":
            return Unsupported(reason="padded_outputs: there is no padding")
        for array in problem.named().values():
            if array.dtype.kind == "c":
                return Unsupported(reason="complex numbers are not supported")
        for layer in problem.layers:
            if not isinstance(layer.cell, LSTM):
                return Unsupported(reason=f"cell: {type(layer.cell).__name__}, only LSTM")
            if layer.direction != "forward":
                return Unsupported(reason=f"direction: {layer.direction}, only forward")
            for option in PLAIN:
                if not same_option(option, getattr(layer.cell, option), getattr(DEFAULT, option)):
                    return Unsupported(reason=f"{option}: only its default")
        return None

    def solve(self, problem: Problem) -> Outcome:
        refusal = self.supports(problem)
        if refusal is not None:
            raise NotImplementedError(refusal.reason)
        with np.errstate(all="ignore"):
            return self.compute(problem)

    def compute(self, problem: Problem) -> Outcome:
        """Outputs and final states, layer by layer."""
        y, final = problem.x, []
        B = y.shape[1]
        for place, layer in enumerate(problem.layers):
            program = Program(layer)
            if problem.initial is None:
                h, c = np.zeros((B, program.H)), np.zeros((B, program.H))
            else:
                state = problem.initial[place][0]
                h, c = state["h"].copy(), state["c"].copy()
            y, h, c = program.run(y, h, c)
            final.append((State(h=h.astype(np.float32), c=c.astype(np.float32)),))
        return Outcome(y=y.astype(np.float32), final=tuple(final))
