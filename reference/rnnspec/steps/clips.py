"""Clips: ``spec/clips.md``."""

from __future__ import annotations

import numpy as np

from rnnspec.cells import LSTM, Cell
from rnnspec.records import Array
from rnnspec.steps.shared_lines import Activated
from rnnspec.steps.step import Bound, Letters, Line, Lines, Named, after, before


def preactivation_clip(lines: Lines, cell: Cell, bound: Bound) -> Lines:
    """`lines` with every pre-activation clipped; the last option, for they are complete before they are clipped."""
    if cell.preactivation_clip is None:
        return lines
    clip, at = CLIPS[cell.clip_derivative], cell.preactivation_clip
    for line in lines:
        if isinstance(line, Activated) and line.right in bound.letters:
            lines = before(lines, line.letter, clip(line.right, at))  # CLIP-3
    return lines


def state_clips(lines: Lines, cell: LSTM, _: Bound) -> Lines:
    """`lines` with the new cell state and the projection clipped, where they have a bound."""
    clip = CLIPS[cell.clip_derivative]
    if cell.cell_clip is not None:
        lines = after(lines, "c_new", clip("c_new", cell.cell_clip))  # CLIP-1
    if cell.projection_clip is not None:
        lines = before(lines, "y", clip("h_new", cell.projection_clip))  # CLIP-2
    return lines


def clipped(a: Array, bound: float) -> tuple[Array, Array]:
    """`a`, clipped to [-bound, bound] in place, and where it was within; the real part of complex numbers decides."""
    inside = np.abs(a.real) <= bound
    np.copyto(a, bound, where=a.real > bound, casting="same_kind")
    np.copyto(a, -bound, where=a.real < -bound, casting="same_kind")
    return a, inside


class TrueClip(Line):
    """``u = clip(u)``, with its true derivative."""

    def __init__(self, letter: str, bound: float) -> None:
        self.letter, self.bound = letter, bound
        self.inside = f"{letter}_inside"
        self.left = (letter,)

    def forward(self, v: Letters) -> Named:
        u, inside = clipped(v[self.letter], self.bound)
        return {self.letter: u, self.inside: inside}

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {self.letter: d[self.letter] * v[self.inside]}  # CLIP-4


class StraightThroughClip(TrueClip):
    """The same with the derivative 1."""

    def adjoint(self, v: Letters, d: Letters) -> Named:
        return {self.letter: d[self.letter]}  # CLIP-5


CLIPS = {"true": TrueClip, "straight-through": StraightThroughClip}
