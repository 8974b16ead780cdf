"""Softplus in an RNN of ONNX Runtime on the CPU is ln(1 + exp(a)) as it stands: infinite in float32 above 88.7.

The operator Softplus of the same runtime has another form, and is right there.

Seen in onnxruntime 1.31.1; no upstream report found.
"""

import numpy as np
import onnx.parser
import onnxruntime

text = """<ir_version: 10, opset_import: ["": 22]>
net (float[1,2,1] x, float[1,1,1] w) => (float[1,1,2,1] y, float[1,2,1] exact)
{ y = RNN <hidden_size=1, activations=["Softplus"]> (x, w, w) exact = Softplus(x) }"""
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
x = np.array([[[88.0], [89.0]]], np.float32)
y, exact = session.run(None, {"x": x, "w": np.ones((1, 1, 1), np.float32)})
assert np.array_equal(exact, x)
assert y[0, 0, 0] == 88
assert y[0, 0, 1] == np.inf
