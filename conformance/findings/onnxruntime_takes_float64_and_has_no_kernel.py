"""LSTM and GRU of ONNX Runtime accept a model in float64 and raise when it is run; RNN refuses it at once.

Seen in onnxruntime 1.31.1; https://github.com/microsoft/onnxruntime/issues/28339.
"""

import numpy as np
import onnx.parser
import onnxruntime

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
messages = []
for operator, rows in (("LSTM", 4), ("GRU", 3)):
    text = f"""<ir_version: 10, opset_import: ["": 22]>
    net (double[2,3,1] x, double[1,{rows},1] w, double[1,{rows},1] r) => (double[2,1,3,1] y)
    {{ y = {operator} <hidden_size=1> (x, w, r) }}"""
    session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString(), options)
    try:
        session.run(None, {"x": np.ones((2, 3, 1)), "w": np.ones((1, rows, 1)), "r": np.ones((1, rows, 1))})
    except Exception as error:  # noqa: BLE001 - its class is private to onnxruntime
        messages.append(str(error))
assert len(messages) == 2
assert all("operator does not support double yet" in message for message in messages)
