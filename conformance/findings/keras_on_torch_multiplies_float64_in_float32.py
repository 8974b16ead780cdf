"""On PyTorch, a recurrent layer in float64 multiplies in float32: `keras.ops.matmul` turns float64 into float32.

So do layers of the dtype float64, and everything where floatx is float64. The outputs have the type float64, and eight
right digits. Layers that take another path than the loop of Keras are not concerned.

Seen in keras 3.15.1 on PyTorch 2.13.0; https://github.com/keras-team/keras/issues/23704.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

keras.config.set_floatx("float64")
third = keras.ops.convert_to_tensor(np.full((1, 1), 1 / 3))
assert keras.backend.standardize_dtype(third.dtype) == "float64"
assert keras.backend.standardize_dtype(keras.ops.matmul(third, third).dtype) == "float32"
layer = keras.layers.SimpleRNN(1, kernel_initializer="ones", activation="linear")
y = keras.ops.convert_to_numpy(layer(third[None]))
assert y.dtype == np.float64
assert 1e-9 < abs(y.item() - 1 / 3) < 1e-7
