"""At 0, the gradient of ``keras.activations.leaky_relu`` is the left slope on TensorFlow and the right one on JAX.

On PyTorch it is that on the left as well. Nothing is documented.

Seen in keras 3.15.1 on TensorFlow 2.21.0, JAX 0.10.2 and PyTorch 2.13.0; no upstream report found.
"""

import os
import subprocess
import sys

PROGRAM = {
    "tensorflow": "x = tf.Variable(0.0); t = tf.GradientTape().__enter__(); y = f(x); print(float(t.gradient(y, x)))",
    "jax": "print(float(jax.grad(f)(0.0)))",
    "torch": "x = torch.zeros((), requires_grad=True); f(x).backward(); print(float(x.grad))",
}
IMPORTS = {"tensorflow": "import tensorflow as tf", "jax": "import jax", "torch": "import torch"}
slopes = {}
for backend, program in PROGRAM.items():
    given = f"{IMPORTS[backend]}; import keras; f = lambda x: keras.activations.leaky_relu(x, 0.25); {program}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", given],
        env={**os.environ, "KERAS_BACKEND": backend, "KERAS_TORCH_DEVICE": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    slopes[backend] = float(done.stdout)
assert slopes == {"tensorflow": 0.25, "jax": 1.0, "torch": 0.25}
