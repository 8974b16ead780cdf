"""``onnx.reference.ReferenceEvaluator`` computes LSTM, GRU and RNN as if every sequence had the length T.

Seen in onnx 1.23.2; no upstream report found.
"""

import numpy as np
import onnx.parser
from onnx.reference import ReferenceEvaluator

same = []
for operator, rows in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    text = f"""<ir_version: 10, opset_import: ["": 22]>
    net (float[3,2,1] x, float[1,{rows},1] w, int32[2] lengths) => (float[3,1,2,1] y, float[1,2,1] last)
    {{ y, last = {operator} <hidden_size=1> (x, w, w, , lengths) }}"""
    run = ReferenceEvaluator(onnx.parser.parse_model(text)).run
    x, w = np.ones((3, 2, 1), np.float32), np.ones((1, rows, 1), np.float32)
    short, full = (run(None, {"x": x, "w": w, "lengths": np.array(n, np.int32)}) for n in ([3, 1], [3, 3]))
    same += [np.array_equal(a, b) for a, b in zip(short, full, strict=True)]
assert len(same) == 6
assert all(same)
