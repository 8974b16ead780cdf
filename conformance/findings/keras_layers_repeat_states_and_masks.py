"""`SimpleRNN`, `LSTM` and `GRU` of Keras take an initial state for one sequence and repeat it for the whole batch.

So they do with a mask for one sequence; and `LSTM` with a c of one unit. "List of initial state tensors to be passed to
the first call of the cell", says the documentation. On JAX such states are refused, and the mask is repeated.

Seen in keras 3.15.1 on TensorFlow 2.21.0, JAX 0.10.2 and PyTorch 2.13.0; of layers that keep their state
https://github.com/keras-team/keras/issues/21183 said the same, and these now refuse another batch.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

rng = np.random.default_rng(0)
x, mask = rng.normal(size=(3, 5, 2)).astype(np.float32), np.array([[True, True, True, False, False]])
for kind in (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU):
    layer = kind(4)
    layer.build(x.shape)
    states = [rng.normal(size=(1, 4)).astype(np.float32)] * len(layer.state_size)
    repeated = layer(x, initial_state=[np.repeat(state, 3, axis=0) for state in states])
    assert np.allclose(layer(x, initial_state=states), repeated)
    assert np.allclose(layer(x, mask=mask), layer(x, mask=np.repeat(mask, 3, axis=0)))
lstm, h = keras.layers.LSTM(4), np.zeros((3, 4), np.float32)
whole, single = (lstm(x, initial_state=[h, np.full((3, units), 0.5, np.float32)]) for units in (4, 1))
assert np.allclose(whole, single)
