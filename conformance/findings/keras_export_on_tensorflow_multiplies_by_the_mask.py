"""Exported to ONNX on TensorFlow, a masked layer of Keras multiplies by its mask where it chose by it.

tf2onnx makes ``m a + (1 - m) b`` of ``tf.where(m, a, b)``, so that a NaN or an infinity in a masked step spoils the
state and the outputs that the layer itself keeps right.

Seen in tf2onnx 1.17.0 with keras 3.15.1 and tensorflow 2.21.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import tempfile
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import tf2onnx

assert tf2onnx  # Keras imports it itself, and later
x, m = keras.Input((3, 2), batch_size=1, name="x"), keras.Input((3,), batch_size=1, dtype="bool", name="m")
model = keras.Model([x, m], keras.layers.GRU(4)(x, mask=m))
given = {"x": np.ones((1, 3, 2), np.float32), "m": np.array([[True, True, False]])}
given["x"][0, 2] = np.nan
wanted = model([given["x"], given["m"]])
with tempfile.TemporaryDirectory() as folder:
    model.export(Path(folder) / "model.onnx", format="onnx", verbose=False)
    (found,) = onnxruntime.InferenceSession(Path(folder) / "model.onnx").run(None, given)
assert np.isfinite(wanted).all()
assert np.isnan(found).all()
