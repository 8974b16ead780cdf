"""With ``go_backwards=True`` and a mask, the outputs of a shorter sequence begin with its padding.

The documentation: "process the input sequence backwards and return the reversed sequence". The whole array is
reversed, with its padding, so that the mask which a layer hands on, `compute_mask`, no longer fits its outputs.

Seen in keras 3.15.1 on TensorFlow 2.21.0, JAX 0.10.2 and PyTorch 2.13.0; reported as
https://github.com/keras-team/keras/issues/6022, closed as stale.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x, mask = np.ones((1, 5, 3), np.float32), np.array([[True, True, True, False, False]])
layer = keras.layers.SimpleRNN(4, return_sequences=True, go_backwards=True, zero_output_for_mask=True)
y = np.asarray(layer(x, mask=mask))[0]
assert np.any(y != 0, axis=-1).tolist() == [False, False, True, True, True]
assert np.array_equal(layer.compute_mask(x, mask), mask)
