"""At 0 the gradients of ``leaky_relu`` and ``elu`` of Keras are those on the left on TensorFlow and PyTorch.

On JAX they are those on the right. Nothing is documented.

Seen in keras 3.15.1 on TensorFlow 2.21.0; no upstream report found.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

for function, left in ((lambda x: keras.activations.leaky_relu(x, 0.25), 0.25), (keras.activations.elu, 1.0)):
    x = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    assert tape.gradient(y, x).numpy() == left
