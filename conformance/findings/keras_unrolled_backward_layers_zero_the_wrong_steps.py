"""With ``unroll=True`` and a mask, a layer with ``go_backwards=True`` zeroes the outputs of the wrong steps.

The outputs stand in the order of processing, but the mask that zeroes them in the order of time: of a sequence whose
last two of five steps are masked, the outputs of the first two valid steps are lost. `Bidirectional` does the same.

Seen in keras 3.15.1 on TensorFlow 2.21.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x, mask = np.ones((1, 5, 3), np.float32), np.array([[True, True, True, False, False]])
options = {"return_sequences": True, "go_backwards": True, "zero_output_for_mask": True}
looped, unrolled = (keras.layers.SimpleRNN(4, unroll=unroll, **options) for unroll in (False, True))
for layer in (looped, unrolled):
    layer.build(x.shape)
unrolled.set_weights(looped.get_weights())
right, wrong = (np.any(layer(x, mask=mask)[0] != 0, axis=-1) for layer in (looped, unrolled))
assert right.tolist() == [False, False, True, True, True]
assert wrong.tolist() == [False, False, True, False, False]
