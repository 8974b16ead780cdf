"""ThresholdedRelu as an activation of RNN in ONNX Runtime has the threshold 0 where none is given, not 1.

ONNX: "Default values are the same as of corresponding ONNX operators", and that of the operator ThresholdedRelu is 1.

Seen in onnxruntime 1.31.1; no upstream report found.
"""

import numpy as np
import onnx.parser
import onnxruntime

text = """<ir_version: 10, opset_import: ["": 22]>
net (float[1,1,1] x, float[1,1,1] w) => (float[1,1,1,1] y, float[1,1,1] relu)
{ y = RNN <hidden_size=1, activations=["ThresholdedRelu"]> (x, w, w) relu = ThresholdedRelu(x) }"""
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
y, relu = session.run(None, {"x": np.full((1, 1, 1), 0.5, np.float32), "w": np.ones((1, 1, 1), np.float32)})
assert relu == 0
assert y == 0.5
