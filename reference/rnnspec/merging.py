"""How the outputs of two directions become one, and back: ``spec/sequences.md``."""

from __future__ import annotations

import numpy as np

from rnnspec.problem import Merge
from rnnspec.records import Array


def merge(how: Merge, outputs: list[Array]) -> Array:
    """The output of a layer from those of its directions."""
    if len(outputs) == 1:
        return outputs[0]
    forward, reverse = outputs
    match how:
        case "concat":
            return np.concatenate(outputs, axis=-1)  # SEQ-7
        case "sum":
            return np.asarray(forward + reverse)  # SEQ-13
        case "mean":
            return np.asarray((forward + reverse) / 2)  # SEQ-13
        case "product":
            return np.asarray(forward * reverse)  # SEQ-13
        case "none":
            return np.stack(outputs, axis=-2)  # SEQ-14


def merge_adjoint(how: Merge, outputs: list[Array], d_y: Array) -> list[Array]:
    """The cotangents of the outputs of the directions from that of the layer (GRAD-19)."""
    if len(outputs) == 1:
        return [d_y]
    forward, reverse = outputs
    match how:
        case "concat":
            return [d_y[..., : forward.shape[-1]], d_y[..., forward.shape[-1] :]]
        case "sum":
            return [d_y, d_y]
        case "mean":
            return [d_y / 2, d_y / 2]
        case "product":
            return [d_y * reverse, d_y * forward]
        case "none":
            return [d_y[..., 0, :], d_y[..., 1, :]]
