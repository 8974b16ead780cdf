"""On JAX, recurrent layers in float64 raise: `keras.ops.tanh` turns it into float32, and `jax.lax.scan` refuses that.

So does every operation that asks `keras.backend.result_type` for its type. JAX itself has float64 here.

Seen in keras 3.15.1 on JAX 0.10.2; https://github.com/keras-team/keras/issues/23704 is about the same in PyTorch.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import keras

keras.config.set_floatx("float64")
x = keras.ops.ones((1, 5, 3))
assert x.dtype == "float64"
assert keras.ops.matmul(x, keras.ops.ones((3, 3))).dtype == "float64"
assert keras.ops.tanh(x).dtype == "float32"
try:
    keras.layers.SimpleRNN(4)(x)
except TypeError as error:
    assert "scan body function carry input" in str(error)  # noqa: PT017 - it is no test of pytest
else:
    raise AssertionError("the layer was computed")
