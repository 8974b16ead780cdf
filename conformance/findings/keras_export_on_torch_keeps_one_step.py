"""Exported to ONNX on PyTorch, a recurrent layer of Keras with a time axis of any length computes a single step.

The example that is traced has one step, and the loop is written out; five steps go in, and what comes out is the
outcome of one, in the right shape. On TensorFlow the same model is exported with its loop.

Seen in keras 3.15.1 on PyTorch 2.13.0; refused in a later version: https://github.com/keras-team/keras/pull/23058
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import tempfile
from pathlib import Path

import keras
import numpy as np
import onnxruntime

x, given = keras.Input((None, 2), name="x"), np.ones((1, 5, 2), np.float32)
model = keras.Model(x, keras.layers.LSTM(3)(x))
five_steps, one_step = (model(part).detach().numpy() for part in (given, given[:, :1]))
with tempfile.TemporaryDirectory() as folder:
    model.export(Path(folder) / "model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(Path(folder) / "model.onnx")
(found,) = session.run(None, {"x": given})
assert session.get_inputs()[0].shape[1] != 1
assert np.allclose(found, one_step, atol=1e-6)
assert not np.allclose(found, five_steps, atol=1e-2)
