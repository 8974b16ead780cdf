"""`tf.nn.leaky_relu` rounds its slope to float32 where the numbers are float64.

The slope is an attribute of the operation, and attributes have single precision. So do ``keras.activations.leaky_relu``
and a recurrent layer with it, on TensorFlow.

Seen in tensorflow 2.21.0; no upstream report found.
"""

import numpy as np
import tensorflow as tf

y = tf.nn.leaky_relu(tf.constant(-1.0, tf.float64), alpha=0.3).numpy()
assert y.dtype == np.float64
assert y != -0.3
assert y == -np.float64(np.float32(0.3))
