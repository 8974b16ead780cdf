"""Node tests like those of ONNX, but with random weights, biases and states; expected outputs by the code of ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx.backend.test.case.node.gru import GRUHelper
from onnx.backend.test.case.node.lstm import LSTMHelper
from onnx.backend.test.case.node.rnn import RNNHelper

from rnnspec import Array
from rnnspec_workshop.onnx_node_tests.node_test import NodeTest

HELPERS = {"LSTM": LSTMHelper, "GRU": GRUHelper, "RNN": RNNHelper}
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
T, B, I, H = 3, 2, 4, 5


def random_node(operator: str, *, without: tuple[str, ...] = (), **attributes: Any) -> NodeTest:
    """A node with these attributes and all inputs that the code of ONNX reads, but for those named in `without`."""
    rng = np.random.default_rng(7)
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    G = GATES[operator]
    batch_first = attributes.get("layout", 0) == 1
    states = (B, directions, H) if batch_first else (directions, B, H)
    shapes: dict[str, tuple[int, ...]] = {
        "X": (B, T, I) if batch_first else (T, B, I),
        "W": (directions, G * H, I),
        "R": (directions, G * H, H),
        "B": (directions, 2 * G * H),
        "initial_h": states,
    }
    if operator == "LSTM":
        shapes |= {"initial_c": states, "P": (directions, 3 * H)}
    inputs = {
        name: (0.7 * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes.items()
        if name not in without
    }
    outputs: tuple[Array, ...] = HELPERS[operator](**inputs, **attributes).step()
    return NodeTest(
        name=f"random_{operator.lower()}",
        operator=operator,
        attributes=attributes,
        inputs=inputs,
        outputs=dict(zip(("Y", "Y_h", "Y_c"), outputs, strict=False)),
        rtol=1e-3,
        atol=1e-7,
    )
