"""RNN of ``onnx.reference.ReferenceEvaluator`` knows two activations, Tanh and Affine; Relu, which ONNX wants, raises.

Seen in onnx 1.23.2; no upstream report found.
"""

import onnx.parser
from onnx.reference import ReferenceEvaluator

text = """<ir_version: 10, opset_import: ["": 22]>
net (float[1,1,1] x, float[1,1,1] w) => (float[1,1,1,1] y)
{ y = RNN <hidden_size=1, activations=["Relu"]> (x, w, w) }"""
model = onnx.parser.parse_model(text)
onnx.checker.check_model(model, full_check=True)
try:
    ReferenceEvaluator(model)
except RuntimeError as error:
    message = str(error)
else:
    message = ""
assert message == "Unknown activation function 'Relu'."
