"""`LSTMCell` and `BasicLSTMCell` of TensorFlow 1 take a c of one unit, or of one sequence, and repeat it for all.

So do they under `dynamic_rnn`. An h of such a shape is refused.

Seen in tensorflow 2.21.0, tf-keras 2.21.0; no upstream report found.
"""

import tensorflow as tf
from tf_keras.src.layers.rnn import legacy_cells

same = []
x, h = tf.ones((2, 3)), tf.zeros((2, 4))
for kind in (legacy_cells.LSTMCell, legacy_cells.BasicLSTMCell):
    cell = kind(4)
    whole = cell(x, legacy_cells.LSTMStateTuple(c=tf.fill((2, 4), 0.5), h=h))[0]
    for shape in ((2, 1), (1, 4), (1, 1)):
        repeated = cell(x, legacy_cells.LSTMStateTuple(c=tf.fill(shape, 0.5), h=h))[0]
        same.append((repeated == whole).numpy().all())
assert len(same) == 6
assert all(same)
