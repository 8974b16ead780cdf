"""On JAX, ``zero_output_for_mask=True`` has no effect with ``unroll=True``: masked steps repeat the output before them.

`Bidirectional`, which relies on it, adds or joins what is repeated.

Seen in keras 3.15.1 on JAX 0.10.2; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

x, mask = np.ones((1, 5, 3), np.float32), np.array([[True, True, True, False, False]])
options = {"return_sequences": True, "zero_output_for_mask": True}
looped, unrolled = (keras.layers.SimpleRNN(4, unroll=unroll, **options) for unroll in (False, True))
for layer in (looped, unrolled):
    layer.build(x.shape)
unrolled.set_weights(looped.get_weights())
assert np.all(np.asarray(looped(x, mask=mask))[0, 3:] == 0)
repeated = np.asarray(unrolled(x, mask=mask))[0]
assert np.all(repeated[3:] == repeated[2])
assert np.any(repeated[2] != 0)
