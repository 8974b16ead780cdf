"""On PyTorch, a layer takes a mask of more steps than its input has, and reads the first of them.

On TensorFlow and JAX, and where the mask has fewer steps, it raises.

Seen in keras 3.15.1 on PyTorch 2.13.0; https://github.com/keras-team/keras/issues/22037 is about the same in
`TimeDistributed`.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, mask = np.ones((2, 5, 3), np.float32), np.arange(9)[None] < np.array([[3], [7]])
layer = keras.layers.SimpleRNN(4)
cut, longer = (keras.ops.convert_to_numpy(layer(x, mask=taken)) for taken in (mask[:, :5], mask))
assert np.array_equal(cut, longer)
try:
    layer(x, mask=mask[:, :4])
except IndexError as error:
    message = str(error)
else:
    message = ""
assert "list index out of range" in message
