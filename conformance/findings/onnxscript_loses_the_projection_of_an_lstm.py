"""``torch.onnx.export`` leaves ``weight_hr`` of an LSTM with ``proj_size`` out of the model, and says nothing.

The decomposition of ``aten::lstm`` in onnxscript takes the projected size for the hidden size. ONNX has no projection;
the exporter that traces refuses it. ONNX Runtime refuses to run the model, in which the sizes do not fit.

Seen in onnxscript 0.7.2 under torch 2.13.0; no upstream report found.
"""

import logging

import torch

logging.disable()
lstm = torch.nn.LSTM(3, 4, proj_size=2).eval()
given = (torch.ones(5, 1, 3), (torch.ones(1, 1, 2), torch.ones(1, 1, 4)))
graph = torch.onnx.export(lstm, given, dynamo=True, optimize=False, verbose=False).model_proto.graph
weights = [tensor.name for tensor in graph.initializer if tensor.name.startswith("weight")]
assert weights == ["weight_ih_l0", "weight_hh_l0"]
(node,) = (node for node in graph.node if node.op_type == "LSTM")
assert {attribute.name: attribute.i for attribute in node.attribute}["hidden_size"] == 2
