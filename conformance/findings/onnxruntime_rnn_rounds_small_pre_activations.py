"""RNN of ONNX Runtime on the CPU computes tanh(a) as 2 sigmoid(2 a) - 1, which has hardly a digit of a small a.

In float32 a millionth is several per cent off and a billionth is 0; the operator Tanh has all digits there.

Seen in onnxruntime 1.31.1; no upstream report found.
"""

import numpy as np
import onnx.parser
import onnxruntime

text = """<ir_version: 10, opset_import: ["": 22]>
net (float[1,2,1] x, float[1,1,1] w) => (float[1,1,2,1] y, float[1,2,1] exact)
{ y = RNN <hidden_size=1> (x, w, w) exact = Tanh(x) }"""
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
x = np.array([[[1e-6], [1e-9]]], np.float32)
y, exact = session.run(None, {"x": x, "w": np.ones((1, 1, 1), np.float32)})
assert np.allclose(exact, x, rtol=1e-6, atol=0)
assert abs(y[0, 0, 0] / x[0, 0] - 1) > 0.01
assert y[0, 0, 1] == 0
