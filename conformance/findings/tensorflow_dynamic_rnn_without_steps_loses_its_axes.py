"""``tf.compat.v1.nn.dynamic_rnn`` run eagerly gives outputs of the shape [0] where there are no steps.

In a graph their shape is [0, B, H].

Seen in tensorflow 2.21.0, tf-keras 2.21.0; no upstream report found.
"""

import tensorflow as tf
from tf_keras.src.layers.rnn import legacy_cells

cell = legacy_cells.BasicRNNCell(4)
options = {"time_major": True, "dtype": tf.float32}
assert tf.compat.v1.nn.dynamic_rnn(cell, tf.zeros((3, 2, 1)), **options)[0].shape == (3, 2, 4)
assert tf.compat.v1.nn.dynamic_rnn(cell, tf.zeros((0, 2, 1)), **options)[0].shape == (0,)
in_a_graph = tf.function(lambda x: tf.compat.v1.nn.dynamic_rnn(cell, x, **options)[0])
assert in_a_graph(tf.zeros((0, 2, 1))).shape == (0, 2, 4)
