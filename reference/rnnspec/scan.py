"""A step driven over time: one direction of one layer, forward and adjoint (``spec/sequences.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnspec.records import Array, Parameters
from rnnspec.steps.step import Letters, Named, Step, Summands


@dataclass(frozen=True, kw_only=True, eq=False)
class ValidSteps:
    """Which steps are valid, and the order in which the reverse direction reads them.

    Attributes
    ----------
    valid
        [T, B, 1] booleans; None when all steps are.
    mirror
        [T, B] integers: the reverse direction reads step ``mirror[t, b]`` at its step t. Its own inverse (SEQ-5).
    """

    valid: NDArray[np.bool_] | None
    mirror: NDArray[np.intp]

    @staticmethod
    def of(T: int, B: int, lengths: NDArray[np.integer[Any]] | None) -> ValidSteps:
        t = np.arange(T, dtype=np.intp)[:, None]
        length = np.full(B, T, dtype=np.intp) if lengths is None else lengths.astype(np.intp)
        valid = t < length
        mirror = np.where(valid, length - 1 - t, t)  # SEQ-5: the padding stays where it is
        return ValidSteps(valid=None if valid.all() else valid[:, :, None], mirror=mirror)

    def reversed(self, a: Array) -> Array:
        """`a` [T, B, ..] with each sequence's valid steps in the opposite order."""
        if self.valid is None:
            return a[::-1]
        return np.asarray(a[self.mirror, np.arange(a.shape[1])])

    def masked(self, a: Array) -> Array:
        """`a` [T, B, ..] with zeros in the padding, whatever stood there."""
        return a if self.valid is None else np.where(self.valid, a, np.zeros((), a.dtype))


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """What the adjoint needs of a forward scan. The adjoint uses it up: it writes into `u`, and empties `letters`."""

    step: Step
    steps: ValidSteps
    x: Array
    u: Array
    letters: list[Letters]
    repeat: bool


def scan(step: Step, x: Array, initial: Named, steps: ValidSteps, *, repeat: bool) -> tuple[Array, Named, Trace]:
    """Run `step` over `x` [T, B, I], whose padding is zero: the outputs [T, B, ..], the final state, and the trace.

    Outputs in the padding are zero (SEQ-4) or, with `repeat`, the last output before it (SEQ-11).
    """
    x = np.ascontiguousarray(x)
    store = step.bound.precision.store
    u = store(step.input.forward(x))
    zero = np.zeros((), u.dtype)
    state, letters = initial, []
    y = np.empty((0,))
    last: Array = zero
    for t in range(len(x)):  # SEQ-1
        if steps.valid is None:
            state, output, of_step = step.forward(u[t], state)
        else:
            valid = steps.valid[t]
            # A padded step starts from zeros, so that not even a NaN state reaches its letters (GRAD-7).
            new, output, of_step = step.forward(u[t], {n: np.where(valid, s, zero) for n, s in state.items()})
            state = {n: np.where(valid, new[n], s) for n, s in state.items()}  # SEQ-3
            output = last = np.where(valid, output, last if repeat else zero)  # SEQ-11, SEQ-4
        if not step.bound.precision.keeps_all:
            state, output = {n: store(s) for n, s in state.items()}, store(output)
        if t == 0:
            y = np.empty((len(x), *output.shape), u.dtype)
        y[t] = output
        letters.append(of_step)
    return y, state, Trace(step=step, steps=steps, x=x, u=u, letters=letters, repeat=repeat)


def scan_adjoint(trace: Trace, d_y: Array, d_final: Named) -> tuple[Array, Named, Parameters]:
    """The adjoint of `scan`: cotangents of outputs and final state give those of x, initial state and parameters."""
    step, valid = trace.step, trace.steps.valid
    if not trace.repeat:
        d_y = trace.steps.masked(d_y)  # GRAD-11
    d_u = trace.u
    d_state = d_final  # GRAD-10
    store = step.bound.precision.store
    zero = np.zeros((), d_y.dtype)
    d_last: Array = zero
    steps: list[Summands] = []
    for t in reversed(range(len(d_y))):
        letters = trace.letters.pop()
        if valid is None:
            d_state, of_step = step.adjoint(letters, d_state, d_y[t])
        else:
            d_output = d_y[t] + d_last
            d_last = np.where(valid[t], zero, d_output)  # GRAD-18
            d_stepped = {n: np.where(valid[t], d, zero) for n, d in d_state.items()}
            d_old, of_step = step.adjoint(letters, d_stepped, np.where(valid[t], d_output, zero))
            d_state = {n: d_old[n] + np.where(valid[t], zero, d) for n, d in d_state.items()}  # GRAD-11
        if not step.bound.precision.keeps_all:
            d_state, d_u[t] = {n: store(d) for n, d in d_state.items()}, store(d_u[t])
        steps.append(of_step)
    gradients = step.gradients(steps[::-1], d_u)
    steps.clear()  # their memory is free before the gradients of W and x are taken
    gradients |= step.input.gradients(trace.x, d_u)
    ordered = {name: store(gradients[name]) for name in step.bound.parameters}
    return step.input.adjoint(d_u), d_state, Parameters(**ordered)  # GRAD-9
