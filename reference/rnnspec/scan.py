"""A kernel driven over time: one direction of one layer, forward and adjoint (``spec/sequences.md``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnspec.cells.kernel import Kernel, Values, product_gradient, sum_over_time_and_batch
from rnnspec.records import Array, Parameters


@dataclass(frozen=True, kw_only=True, eq=False)
class Steps:
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
    def of(T: int, B: int, lengths: NDArray[np.integer[Any]] | None) -> Steps:
        t = np.arange(T, dtype=np.intp)[:, None]
        length = np.full(B, T, dtype=np.intp) if lengths is None else lengths.astype(np.intp)
        valid = t < length
        mirror = np.where(valid, length - 1 - t, t)  # SEQ-5: the padding stays where it is
        return Steps(valid=None if valid.all() else valid[:, :, None], mirror=mirror)

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
    """What the adjoint needs of a forward scan. The adjoint uses it up: it writes into `u` and into the tapes."""

    kernel: Kernel
    steps: Steps
    x: Array
    u: Array
    tapes: Sequence[Values]
    repeat: bool


def forward(kernel: Kernel, x: Array, initial: Values, steps: Steps, *, repeat: bool) -> tuple[Array, Values, Trace]:
    """Run `kernel` over `x` [T, B, I], whose padding is zero: the outputs [T, B, ..], the final state, and the trace.

    Outputs in the padding are zero (SEQ-4) or, with `repeat`, the last output before it (SEQ-11).
    """
    T, B, I = x.shape
    x = np.ascontiguousarray(x)
    u = kernel.dot(x.reshape(T * B, I), kernel.W.T).reshape(T, B, -1)  # PAR-3
    u += kernel.b  # PAR-2
    zero = np.zeros((), u.dtype)
    store = kernel.precision.store
    u, state, tapes = store(u), initial, []
    y = np.empty((0,))
    last: Array = zero
    for t in range(T):  # SEQ-1
        if steps.valid is None:
            state, output, tape = kernel.forward(u[t], state)
        else:
            valid = steps.valid[t]
            # A padded step starts from zeros, so that not even a NaN state reaches the tape (GRAD-7).
            new, output, tape = kernel.forward(u[t], tuple(np.where(valid, s, zero) for s in state))
            state = tuple(np.where(valid, new_s, s) for new_s, s in zip(new, state, strict=True))  # SEQ-3
            output = last = np.where(valid, output, last if repeat else zero)  # SEQ-11, SEQ-4
        if not kernel.precision.keeps_all:
            state, output = tuple(store(s) for s in state), store(output)
        if t == 0:
            y = np.empty((T, *output.shape), u.dtype)
        y[t] = output
        tapes.append(tape)
    return y, state, Trace(kernel=kernel, steps=steps, x=x, u=u, tapes=tapes, repeat=repeat)


def adjoint(trace: Trace, d_y: Array, d_final: Values) -> tuple[Array, Values, Parameters]:
    """The adjoint of `forward`: cotangents of outputs and final state give those of x, initial state and parameters."""
    kernel, valid = trace.kernel, trace.steps.valid
    T, B, I = trace.x.shape
    if not trace.repeat:
        d_y = trace.steps.masked(d_y)  # GRAD-11
    d_u = trace.u
    d_state = d_final  # GRAD-10
    store = kernel.precision.store
    zero = np.zeros((), d_y.dtype)
    d_last: Array = zero
    for t in reversed(range(T)):
        if valid is None:
            d_state = kernel.adjoint(trace.tapes[t], d_state, d_y[t], d_u[t])
        else:
            d_output = d_y[t] + d_last
            d_last = np.where(valid[t], zero, d_output)  # GRAD-18
            d_stepped = tuple(np.where(valid[t], d, zero) for d in d_state)
            d_kept = tuple(np.where(valid[t], zero, d) for d in d_state)
            d_old = kernel.adjoint(trace.tapes[t], d_stepped, np.where(valid[t], d_output, zero), d_u[t])
            d_state = tuple(old + kept for old, kept in zip(d_old, d_kept, strict=True))  # GRAD-11
        if not kernel.precision.keeps_all:
            d_state, d_u[t] = tuple(store(d) for d in d_state), store(d_u[t])
    d_x = kernel.dot(d_u.reshape(T * B, -1), kernel.W).reshape(T, B, I)  # GRAD-8
    gradients = kernel.unstack("W", kernel.gates, product_gradient(kernel, d_u, trace.x))  # GRAD-7
    gradients |= kernel.recurrent_gradients(trace.tapes, d_u)
    if kernel.has_bias:
        gradients |= kernel.unstack("b", kernel.gates, sum_over_time_and_batch(d_u))  # GRAD-7
    ordered = {name: store(gradients[name]) for name in kernel.parameters}
    return d_x, d_state, Parameters(**ordered)  # GRAD-9
