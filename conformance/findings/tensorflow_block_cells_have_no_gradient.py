"""`tf.raw_ops.LSTMBlockCell` and `GRUBlockCell` cannot be differentiated, though there are kernels of their gradients.

`LSTMBlockCellGrad` and `GRUBlockCellGrad` are in ``tf.raw_ops``; what registered them has gone with tf.contrib.

Seen in tensorflow 2.21.0; no upstream report found.
"""

import tensorflow as tf

assert tf.raw_ops.LSTMBlockCellGrad
assert tf.raw_ops.GRUBlockCellGrad
x, h, zero = tf.ones((2, 3)), tf.ones((2, 4)), tf.zeros(4)
peepholes = {"wci": zero, "wcf": zero, "wco": zero}
refused = 0
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    lstm = tf.raw_ops.LSTMBlockCell(x=x, cs_prev=h, h_prev=h, w=tf.ones((7, 16)), **peepholes, b=tf.ones(16)).h
    gru = tf.raw_ops.GRUBlockCell(x=x, h_prev=h, w_ru=tf.ones((7, 8)), w_c=tf.ones((7, 4)), b_ru=tf.ones(8), b_c=zero).h
for y in (lstm, gru):
    try:
        tape.gradient(y, x)
    except LookupError as error:
        refused += "gradient registry has no entry" in str(error)
assert refused == 2
