"""`Bidirectional` raises in its first call where its layer has both ``stateful=True`` and ``return_state=True``.

`compute_mask` multiplies a generator by 2, which it takes for a tuple.

Seen in keras 3.15.1 on TensorFlow 2.21.0, JAX 0.10.2 and PyTorch 2.13.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.ones((2, 5, 3), np.float32)
raised = []
for options in ({"stateful": True}, {"return_state": True}, {"stateful": True, "return_state": True}):
    try:
        keras.layers.Bidirectional(keras.layers.GRU(4, **options))(x)
    except TypeError as error:
        raised.append("'generator' and 'int'" in str(error))
    else:
        raised.append(False)
assert raised == [False, False, True]
