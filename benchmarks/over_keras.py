"""``keras.layers.LSTM`` on TensorFlow, by itself and behind its adapter."""

from __future__ import annotations

from typing import Any

import numpy as np
from work import Work, ends, gates

from rnnspec import Array, Problem
from rnnspec_adapters.keras.imported import keras_on

keras: Any = keras_on("tensorflow")

import tensorflow as tf  # noqa: E402 - behind Keras, whose backend has to be chosen first

from rnnspec_adapters.keras.on_tensorflow import KerasOnTensorflow  # noqa: E402 - the same


def native(problem: Problem) -> Work:
    """``keras.layers.LSTM`` in float64, eagerly, with the gradients of `tf.GradientTape`."""
    _, _, I = problem.x.shape
    H = problem.layers[0].hidden_size
    layer = keras.layers.LSTM(H, return_sequences=True, return_state=True, precision="float64")
    layer.build((None, None, I))
    layer.set_weights([gates(problem, "W", "ifgo").T, gates(problem, "R", "ifgo").T, gates(problem, "b", "ifgo")])
    initial, d_y, d_final = ends(problem)
    x = tf.constant(problem.x.swapaxes(0, 1))
    start = [tf.constant(array) for array in initial.values()]
    cotangents = [tf.constant(array) for array in (d_y.swapaxes(0, 1), d_final.h, d_final.c)]
    leaves = [x, *start, *(variable.value for variable in layer.trainable_variables)]

    def run() -> Array:
        with tf.GradientTape() as tape:
            tape.watch([x, *start])
            reached = layer(x, initial_state=start)
        tape.gradient(reached, leaves, output_gradients=cotangents)
        return np.asarray(reached[0]).swapaxes(0, 1)

    return run


def adapted(problem: Problem) -> Work:
    """The adapter of Keras on TensorFlow in float64: it packs parameters, converts, and takes gradients apart."""
    adapter = KerasOnTensorflow()
    return lambda: adapter.solve(problem).y
