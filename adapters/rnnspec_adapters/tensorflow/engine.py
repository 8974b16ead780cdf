"""How TensorFlow runs and differentiates a pure function.

Gradients are those of `tf.GradientTape`. A derivative along tangents is that of `tf.autodiff.ForwardAccumulator`
where nothing is compiled; in a graph, where that refuses loops with arrays of tensors, it is backward twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from rnnspec import PRECISIONS, Array
from rnnspec_adapters.functional import Forward, FunctionalAdapter, Kind, NativeArray, Primals

Flat = list[Any]
"""The tensors of a structure, without what is absent."""


def outputs(forward: Forward, primals: Primals, lengths: NativeArray) -> Any:
    """Outputs and final states."""
    return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Any) -> Any:
    """Outputs and final states, and the gradients of their weighted sum."""
    leaves = flat(primals)
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        reached = forward(*primals, lengths)
    return reached, like(primals, backward(tape, flat(reached), leaves, flat(cotangents)))


def jvp(forward: Forward, primals: Primals, lengths: NativeArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`, by forward mode."""
    with tf.autodiff.ForwardAccumulator(flat(primals), flat(tangents)) as moving:
        reached = forward(*primals, lengths)
    return moving.jvp(reached, unconnected_gradients="zero")


def jvp_by_backward(forward: Forward, primals: Primals, lengths: NativeArray, tangents: Primals) -> Any:
    """The same by backward twice: the gradient is linear in its cotangents."""
    leaves = flat(primals)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(leaves)
            returned = forward(*primals, lengths)
        reached = flat(returned)
        cotangents = [tf.zeros_like(tensor) for tensor in reached]
        outer.watch(cotangents)
        slopes = backward(inner, reached, leaves, cotangents)
    return like(returned, backward(outer, slopes, cotangents, flat(tangents)))


def hvp(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Any, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`: forward over backward."""
    with tf.autodiff.ForwardAccumulator(flat(primals), flat(tangents)) as moving:
        _, slopes = gradients(forward, primals, lengths, cotangents)
    return like(primals, moving.jvp(flat(slopes), unconnected_gradients="zero"))


def hvp_by_backward(
    forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Any, tangents: Primals
) -> Any:
    """The same by backward twice."""
    leaves = flat(primals)
    with tf.GradientTape() as outer:
        outer.watch(leaves)
        _, slopes = gradients(forward, primals, lengths, cotangents)
    return like(primals, backward(outer, flat(slopes), leaves, flat(tangents)))


EAGER: Mapping[Kind, Callable[..., Any]] = {
    "outputs": outputs,
    "gradients": gradients,
    "jvp": jvp,
    "hvp": hvp,
}
COMPILED: Mapping[Kind, Callable[..., Any]] = {
    **EAGER,
    "jvp": jvp_by_backward,
    "hvp": hvp_by_backward,
}


def backward(tape: Any, reached: Flat, leaves: Flat, cotangents: Flat) -> Flat:
    """The derivatives of <reached, cotangents> by `leaves`; zeros where there are none."""
    found: Flat = tape.gradient(reached, leaves, output_gradients=cotangents, unconnected_gradients="zero")
    return found


def flat(structure: Any) -> Flat:
    """The tensors of a structure in the order of `tf.nest`."""
    return [leaf for leaf in tf.nest.flatten(structure) if leaf is not None]


def like(structure: Any, tensors: Flat) -> Any:
    """`structure` with other tensors: the inverse of `flat`."""
    remaining = iter(tensors)
    return tf.nest.map_structure(lambda leaf: None if leaf is None else next(remaining), structure)


class TensorflowAdapter(FunctionalAdapter):
    """What TensorFlow computes, behind the contract of an adapter; a subclass for each library or family of kernels.

    A mode runs operation by operation, unless `graphs` has it.
    """

    framework: ClassVar[str] = "TensorFlow"
    packages: ClassVar[tuple[str, ...]] = ("tensorflow",)
    graphs: ClassVar[Mapping[str, bool]] = {}
    """The modes that are a graph, by `tf.function`, and whether XLA compiles it."""
    native_dtypes: ClassVar[Mapping[str, Any]] = {
        "float64": tf.float64,
        "float32": tf.float32,
        "tf32": tf.float32,
        "bfloat16": tf.bfloat16,
        "float16": tf.float16,
    }

    @property
    def device_name(self) -> str | None:
        found = tf.config.list_physical_devices("GPU" if self.platform == "cuda" else "CPU")
        return str(tf.config.experimental.get_device_details(found[0]).get("device_name", "cpu")) if found else None

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        """The device, and TF32 on or off for products on a GPU."""
        before = tf.config.experimental.tensor_float_32_execution_enabled()
        tf.config.experimental.enable_tensor_float_32_execution(self.precision == "tf32")
        try:
            with tf.device("GPU:0" if self.platform == "cuda" else "CPU:0"):
                yield
        finally:
            tf.config.experimental.enable_tensor_float_32_execution(before)

    def given(self, array: Array) -> NativeArray:
        return tf.constant(array, dtype=self.native_dtype)

    def given_lengths(self, lengths: Array) -> NativeArray:
        return tf.constant(lengths, dtype=tf.int32)

    def array(self, array: NativeArray) -> Array:
        """The numbers of `array` in memory of their own; those of bfloat16, which NumPy has not, as float32 (NUM-3)."""
        return np.array(array, dtype=PRECISIONS[self.precision].dtype)

    def program(self, kind: Kind, forward: Forward) -> Callable[..., Any]:
        if self.mode not in self.graphs:
            return partial(EAGER[kind], forward)
        graph = partial(COMPILED[kind], forward)
        compiled: Callable[..., Any] = tf.function(graph, autograph=False, jit_compile=self.graphs[self.mode])
        return compiled
