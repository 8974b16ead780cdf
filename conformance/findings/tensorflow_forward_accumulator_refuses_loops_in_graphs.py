"""`tf.autodiff.ForwardAccumulator` raises for a loop with a `tf.TensorArray` in a `tf.function`; eagerly it works.

So there is no forward mode for a recurrent layer of Keras in a graph.

Seen in tensorflow 2.21.0; no upstream report found.
"""

import tensorflow as tf


def doubled(x: tf.Tensor) -> tf.Tensor:
    """x, twice, by way of an array."""

    def body(i: tf.Tensor, array: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        return i + 1, array.write(i, 2.0 * x[i])

    array = tf.TensorArray(tf.float32, 3)
    return tf.while_loop(lambda i, _: i < 3, body, (0, array))[1].stack()


def moved(x: tf.Tensor) -> tf.Tensor:
    """The derivative of `doubled` along ones."""
    with tf.autodiff.ForwardAccumulator(x, tf.ones(3)) as moving:
        y = doubled(x)
    return moving.jvp(y)


assert moved(tf.zeros(3)).numpy().tolist() == [2, 2, 2]
try:
    tf.function(moved)(tf.zeros(3))
except TypeError as error:
    assert "variant" in str(error)  # noqa: PT017 - it is no test of pytest
else:
    raise AssertionError("the loop was differentiated")
