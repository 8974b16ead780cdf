"""``tf.raw_ops.LSTMBlockCell`` takes peepholes of any length, and reads behind the end of one that is too short.

What stands there in memory is taken for weights. `BlockLSTM` refuses the same peephole.

Seen in tensorflow 2.21.0; no upstream report found.
"""

import numpy as np
import tensorflow as tf

short = tf.fill((1,), 0.8125)
given = {
    "cs_prev": tf.ones((2, 64)),
    "h_prev": tf.zeros((2, 64)),
    "w": tf.zeros((65, 256)),
    "wci": short,
    "wcf": tf.zeros(64),
    "wco": tf.zeros(64),
    "b": tf.zeros(256),
    "use_peephole": True,
}
i = tf.raw_ops.LSTMBlockCell(x=tf.zeros((2, 1)), **given).i
assert i.shape == (2, 64)
as_all = np.isclose(i, tf.sigmoid(short))
assert as_all[:, 0].all()
assert not as_all[:, 1:].all()
try:
    tf.raw_ops.BlockLSTM(seq_len_max=1, x=tf.zeros((1, 2, 1)), **given)
except (tf.errors.InvalidArgumentError, ValueError) as error:
    message = str(error)
else:
    message = ""
assert "wci" in message
