"""LSTM, GRU and RNN of ONNX Runtime give zeros, not the initial state, as the last state of an empty sequence.

ONNX does not say which it is. A sequence that is read in parts loses its state at the first part in which it has no
steps.

Seen in onnxruntime 1.31.1; https://github.com/onnx/onnx/issues/1674.
"""

import numpy as np
import onnx.parser
import onnxruntime

states = []
for operator, rows in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    text = f"""<ir_version: 10, opset_import: ["": 22]>
    net (float[2,2,1] x, float[1,{rows},1] w, int32[2] lengths, float[1,2,1] h) => (float[1,2,1] last)
    {{ y, last = {operator} <hidden_size=1> (x, w, w, , lengths, h) }}"""
    session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
    x, w, h = (np.ones(shape, np.float32) for shape in ((2, 2, 1), (1, rows, 1), (1, 2, 1)))
    states += session.run(None, {"x": x, "w": w, "lengths": np.array([2, 0], np.int32), "h": h})
assert len(states) == 3
assert all(last[0, 0] != 0 for last in states)
assert all(last[0, 1] == 0 for last in states)
