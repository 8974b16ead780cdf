"""ONNX Runtime has no kernel on the CPU for ``layout=1``, with the batch on the first axis, which opset 14 brought.

Seen in onnxruntime 1.31.1; https://github.com/microsoft/onnxruntime/pull/7687.
"""

import onnx.parser
import onnxruntime

messages = []
for operator, rows in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    text = f"""<ir_version: 10, opset_import: ["": 22]>
    net (float[2,3,1] x, float[1,{rows},1] w, float[1,{rows},1] r) => (float[2,3,1,1] y)
    {{ y = {operator} <hidden_size=1, layout=1> (x, w, r) }}"""
    model = onnx.parser.parse_model(text)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(model.SerializeToString(), options)
    except Exception as error:  # noqa: BLE001 - its class is private to onnxruntime
        messages.append(str(error))
assert len(messages) == 3
assert all("(layout == 1) are not supported" in message for message in messages)
