"""The gradient of `tf.raw_ops.BlockLSTMV2` is wrong: it is computed by the gradient kernel of `BlockLSTM`.

The two have their gates in different orders, ``i f c o`` and ``i c f o``. The kernel that fits, `BlockLSTMGradV2`, is
there, but tensorflow/python/ops/rnn_grad.py registers the other one for both.

Seen in tensorflow 2.21.0; no upstream report found.
"""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(1)
x, c, h, w, b = (
    tf.constant(rng.uniform(-1, 1, shape), tf.float32) for shape in [(3, 2, 2), (2, 3), (2, 3), (5, 12), (12,)]
)
zero, steps = tf.zeros(3), tf.constant(3, tf.int64)
given = {"seq_len_max": steps, "x": x, "cs_prev": c, "h_prev": h, "w": w, "wci": zero, "wcf": zero, "wco": zero}
with tf.GradientTape() as tape:
    tape.watch(b)
    kept = tf.raw_ops.BlockLSTMV2(**given, b=b)
registered = tape.gradient(kept.h, b)
of_gates = {name: getattr(kept, name) for name in ("i", "cs", "f", "o", "ci", "co", "h")}
cotangents = {"cs_grad": tf.zeros_like(kept.cs), "h_grad": tf.ones_like(kept.h)}
v1 = tf.raw_ops.BlockLSTMGrad(**given, b=b, **of_gates, **cotangents, use_peephole=False).b_grad
v2 = tf.raw_ops.BlockLSTMGradV2(**given, b=b, **of_gates, **cotangents, use_peephole=False).b_grad


def total(b: tf.Tensor) -> tf.Tensor:
    """The sum of all outputs."""
    return tf.reduce_sum(tf.raw_ops.BlockLSTMV2(**given, b=b).h)


around = [(total(b + 0.01 * step) - total(b - 0.01 * step)) / 0.02 for step in tf.unstack(tf.eye(12))]
assert np.allclose(v2, around, atol=1e-3)
assert np.array_equal(registered, v1)
assert np.abs(registered - v2).max() > 1
