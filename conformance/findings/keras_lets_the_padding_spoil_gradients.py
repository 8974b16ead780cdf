"""NaN at a masked step makes gradients of a recurrent layer NaN, though its outputs and states are not.

A masked step "should be ignored", says the documentation. It is computed, and its zero cotangents are multiplied by
NaN.

Seen in keras 3.15.1 on TensorFlow 2.21.0, JAX 0.10.2 and PyTorch 2.13.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

x, mask = np.ones((2, 5, 3), np.float32), np.arange(5) < np.array([[5], [2]])
x[1, 2:] = np.nan
layer = keras.layers.SimpleRNN(4, return_sequences=True, zero_output_for_mask=True)
with tf.GradientTape() as tape:
    y = layer(x, mask=mask)
assert np.isfinite(y).all()
assert np.isnan(tape.gradient(y, layer.cell.kernel.value)).all()
