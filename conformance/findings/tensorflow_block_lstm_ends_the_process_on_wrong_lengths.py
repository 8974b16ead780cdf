"""``tf.raw_ops.BlockLSTM`` and ``BlockLSTMV2`` end the process (SIGABRT) when seq_len_max is above T or negative.

Seen in tensorflow 2.21.0; https://github.com/tensorflow/tensorflow/issues/72362, and for the gradients
https://github.com/tensorflow/tensorflow/issues/124974.
"""

import signal
import subprocess
import sys

PROGRAM = """
import tensorflow as tf
z = tf.zeros
tf.raw_ops.{kernel}(
    seq_len_max=tf.constant({length}, tf.int64), x=z((3, 2, 1)), cs_prev=z((2, 4)), h_prev=z((2, 4)), w=z((5, 16)),
    wci=z(4), wcf=z(4), wco=z(4), b=z(16),
)
"""


def status(kernel: str, length: int) -> int:
    """How a process ends that runs a kernel on three steps."""
    text = PROGRAM.format(kernel=kernel, length=length)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, check=False).returncode


assert status("BlockLSTM", 3) == 0
assert status("BlockLSTM", 4) == status("BlockLSTM", -1) == -signal.SIGABRT
assert status("BlockLSTMV2", 4) == status("BlockLSTMV2", -1) == -signal.SIGABRT
