"""``onnx.reference.ReferenceEvaluator`` ignores what LSTM, GRU and RNN are asked for by attributes, without a word.

LSTM: activations, clip, input_forget; GRU: activations, clip; RNN: clip.

Seen in onnx 1.23.2; no upstream report found.
"""

import numpy as np
import onnx.parser
from onnx.reference import ReferenceEvaluator

IGNORED = {
    ("LSTM", 4): ('activations=["Sigmoid", "Relu", "Relu"]', "clip=0.1", "input_forget=1"),
    ("GRU", 3): ('activations=["HardSigmoid", "Relu"]', "clip=0.1"),
    ("RNN", 1): ("clip=0.1",),
}


def run(operator: str, rows: int, attributes: str) -> np.ndarray:
    """The outputs of a node with these attributes."""
    text = f"""<ir_version: 10, opset_import: ["": 22]>
    net (float[3,2,1] x, float[1,{rows},1] w) => (float[3,1,2,1] y)
    {{ y = {operator} <hidden_size=1{attributes}> (x, w, w) }}"""
    given = {"x": np.ones((3, 2, 1), np.float32), "w": np.ones((1, rows, 1), np.float32)}
    (y,) = ReferenceEvaluator(onnx.parser.parse_model(text)).run(None, given)
    return np.asarray(y)


same = [
    np.array_equal(run(operator, rows, f", {attribute}"), run(operator, rows, ""))
    for (operator, rows), attributes in IGNORED.items()
    for attribute in attributes
]
assert len(same) == 6
assert all(same)
