"""The kernel as an adapter: all layers there and back."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from rnnspec import Array, Gradients, Outcome, Parameters, Problem, State
from rnnspec_adapters import Unsupported
from rnnspec_workshop.unseen.kernel.layer_run import LayerRun
from rnnspec_workshop.unseen.kernel.operator import Arrays
from rnnspec_workshop.unseen.kernel.tiled_products import dense
from rnnspec_workshop.unseen.kernel.weight_cache import WeightCache
from rnnspec_workshop.unseen.kernel.workspace import Workspace


class Kernel:
    """The kernels behind the contract of an adapter."""

    name: ClassVar[str] = "unseen"
    modes: ClassVar[tuple[str, ...]] = ("default",)

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None:
        if device != "cpu" or mode not in self.modes:
            raise ValueError(f"wanted cpu and default, got {device!r}, {mode!r}")
        self.precision = precision
        self.dtype = np.float32 if precision == "float32" else np.float64
        self.weights = WeightCache()
        self.workspace = Workspace()

    def provenance(self) -> dict[str, str]:
        return {"unseen": "1", "numpy": np.__version__}

    def supports(self, problem: Problem) -> Unsupported | None:
        if self.precision not in ("float64", "float32"):
            return Unsupported(reason=f"precision {self.precision}: only float64 and float32")
        for array in problem.named().values():
            if array.dtype.kind == "c":
                return Unsupported(reason="complex numbers are not supported")
        for layer in problem.layers:
            for option in ("relevance_gate", "gate_recurrence"):
                if getattr(layer.cell, option, False):
                    return Unsupported(reason=f"{option} is not supported")
        return None

    def solve(self, problem: Problem) -> Outcome:
        refusal = self.supports(problem)
        if refusal is not None:
            raise NotImplementedError(refusal.reason)
        with np.errstate(all="ignore"):
            return self.compute(problem)

    def compute(self, problem: Problem) -> Outcome:
        """Outputs, final states and gradients."""
        lengths = None
        if problem.lengths is not None:
            lengths = problem.lengths.astype(np.int64)
            if (lengths == problem.x.shape[0]).all():
                lengths = None
        runs = []
        y = dense(problem.x)
        last = len(problem.layers) - 1
        for place, layer in enumerate(problem.layers):
            initial = None if problem.initial is None else problem.initial[place]
            repeat = place == last and problem.padded_outputs == "repeat"
            run = LayerRun(self, place, layer, lengths, initial, repeat)
            y = run.forward(y)
            runs.append(run)
        gradients = None
        if problem.cotangents is not None:
            gradients = self.gradients(problem, runs, y)
        final = tuple(tuple(State(**self.rounded(state)) for state in run.final) for run in runs)
        return Outcome(y=self.out(y), final=final, gradients=gradients)

    def gradients(self, problem: Any, runs: list[LayerRun], y: Array) -> Gradients:
        """The way back through all layers."""
        given = problem.cotangents
        dy = np.zeros(y.shape) if given.y is None else dense(given.y)
        for place in reversed(range(len(runs))):
            dfinal = None if given.final is None else given.final[place]
            dy = runs[place].backward(dy, dfinal)
        initial = None
        if problem.initial is not None:
            initial = tuple(tuple(State(**self.rounded(state)) for state in run.d_initial) for run in runs)
        layers = tuple(tuple(Parameters(**self.rounded(found)) for found in run.d_parameters) for run in runs)
        return Gradients(x=self.out(dy), initial=initial, layers=layers)

    def out(self, array: Array) -> Array:
        """An array of its own in the type that is handed out."""
        return np.array(array, dtype=self.dtype)

    def rounded(self, arrays: Arrays) -> Arrays:
        """The same of several arrays."""
        return {name: self.out(array) for name, array in arrays.items()}
