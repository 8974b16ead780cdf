"""A node test of ONNX, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnspec import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class NodeTest:
    """One node, its inputs, and the outputs that a backend must give.

    Attributes
    ----------
    name
        As in ``onnx``, e.g. ``test_lstm_defaults``.
    operator
        ``LSTM``, ``GRU`` or ``RNN``.
    attributes
        Those that the node sets.
    inputs, outputs
        Those that the node has, under the names of the operator's schema: ``X``, ``W``, .. and ``Y``, ``Y_h``, ``Y_c``.
    rtol, atol
        What the test allows: ``|output - expected| <= atol + rtol |expected|``.
    """

    name: str
    operator: str
    attributes: Mapping[str, Any]
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]
    rtol: float
    atol: float
