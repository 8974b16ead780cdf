"""On PyTorch, a layer with ``unroll=True`` and ``go_backwards=True`` raises when it is given a mask.

The mask is taken apart into a tuple of steps, which is then flipped as if it were a tensor.

Seen in keras 3.15.1 on PyTorch 2.13.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, mask = np.ones((1, 5, 3), np.float32), np.array([[True, True, True, False, False]])
layer = keras.layers.SimpleRNN(4, unroll=True, go_backwards=True)
assert layer(x).shape == (1, 4)
try:
    layer(x, mask=mask)
except AttributeError as error:
    assert "'tuple' object has no attribute 'shape'" in str(error)  # noqa: PT017 - it is no test of pytest
else:
    raise AssertionError("the mask was taken")
