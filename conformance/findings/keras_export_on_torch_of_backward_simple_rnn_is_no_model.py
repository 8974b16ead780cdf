"""Exported to ONNX on PyTorch, a SimpleRNN of Keras with ``go_backwards=True`` is a file that ONNX Runtime cannot load.

A ReduceMax in it is given an axis of a scalar. So it is in a GRU with ``reset_after=False``. LSTM and the other GRU,
and the forward layers, are exported as they should.

Seen in keras 3.15.1 on PyTorch 2.13.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import tempfile
from pathlib import Path

import keras
import numpy as np
import onnxruntime


def loads(layer: keras.layers.Layer) -> bool:
    """Whether ONNX Runtime takes what is exported."""
    x = keras.Input((5, 2), batch_size=3, name="x")
    model = keras.Model(x, layer(x))
    model(np.ones((3, 5, 2), np.float32))
    with tempfile.TemporaryDirectory() as folder:
        model.export(Path(folder) / "model.onnx", format="onnx", verbose=False)
        try:
            onnxruntime.InferenceSession(Path(folder) / "model.onnx")
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
            assert "ReduceMax" in str(error)  # noqa: PT017 - it is no test of pytest
            return False
    return True


backward = {"go_backwards": True}
assert loads(keras.layers.LSTM(4, **backward))
assert loads(keras.layers.SimpleRNN(4))
assert not loads(keras.layers.SimpleRNN(4, **backward))
assert loads(keras.layers.GRU(4, **backward))
assert loads(keras.layers.GRU(4, reset_after=False))
assert not loads(keras.layers.GRU(4, reset_after=False, **backward))
