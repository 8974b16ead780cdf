"""LSTM and GRU of ONNX Runtime on the CPU end the process (SIGABRT) when the batch has no sequences.

GRU does so too when there are no steps. RNN returns empty outputs.

Seen in onnxruntime 1.31.1; no upstream report found.
"""

import signal
import subprocess
import sys

PROGRAM = """
import numpy as np, onnx.parser, onnxruntime
text = '''<ir_version: 10, opset_import: ["": 22]>
net (float[T,B,1] x, float[1,{rows},1] w) => (float[T,1,B,1] y) {{ y = {operator} <hidden_size=1> (x, w, w) }}'''
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
session.run(None, {{"x": np.ones(({steps}, {batch}, 1), np.float32), "w": np.ones((1, {rows}, 1), np.float32)}})
"""


def status(operator: str, rows: int, steps: int, batch: int) -> int:
    """How a process ends that runs one node."""
    text = PROGRAM.format(operator=operator, rows=rows, steps=steps, batch=batch)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, check=False).returncode


assert status("LSTM", 4, steps=3, batch=2) == status("GRU", 3, steps=3, batch=2) == 0
assert status("RNN", 1, steps=3, batch=0) == 0
assert status("LSTM", 4, steps=3, batch=0) == -signal.SIGABRT
assert status("GRU", 3, steps=3, batch=0) == -signal.SIGABRT
assert status("GRU", 3, steps=0, batch=2) == -signal.SIGABRT
