"""``clip`` of LSTM in ONNX Runtime bounds the pre-activations of the gates, but not what enters the activation h.

ONNX says that it "is applied to the input of activations", of which h is one: H = o (.) h(C).

Seen in onnxruntime 1.31.1; https://github.com/microsoft/onnxruntime/issues/27224.
"""

import numpy as np
import onnx.parser
import onnxruntime

text = """<ir_version: 10, opset_import: ["": 22]>
net (float[1,1,1] x, float[1,4,1] w, float[1,1,1] start) => (float[1,1,1] h, float[1,1,1] c)
{ y, h, c = LSTM <hidden_size=1, clip=0.5> (x, w, w, , , , start) }"""
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
given = {"x": np.zeros((1, 1, 1)), "w": np.zeros((1, 4, 1)), "start": np.full((1, 1, 1), 8.0)}
h, c = session.run(None, {name: array.astype(np.float32) for name, array in given.items()})
assert c == 4  # half of the old cell state
assert np.isclose(h, 0.5 * np.tanh(4))
assert not np.isclose(h, 0.5 * np.tanh(0.5))
