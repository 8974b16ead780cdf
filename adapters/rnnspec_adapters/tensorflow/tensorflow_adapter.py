"""How TensorFlow runs and differentiates a pure function.

Gradients are those of `tf.GradientTape`. A derivative along tangents is that of `tf.autodiff.ForwardAccumulator` where
nothing is compiled; in a graph, where that refuses loops with arrays of tensors, it is backward twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import tensorflow as tf

from rnnspec import Array, Problem
from rnnspec_adapters.base import Answer, Forward, Kind, NativeAdapter, NativeArray, Primals, leaves_of, like
from rnnspec_adapters.plan import Plan
from rnnspec_adapters.refusals import ANY, Table


def outputs(forward: Forward, primals: Primals, lengths: NativeArray) -> Answer:
    """Outputs and final states."""
    return forward(*primals, lengths)


def gradients(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Answer) -> tuple[Answer, Primals]:
    """Outputs and final states, and the gradients of their weighted sum."""
    leaves = leaves_of(primals)
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        answer = forward(*primals, lengths)
    return answer, like(primals, backward(tape, leaves_of(answer), leaves, leaves_of(cotangents)))


def jvp(forward: Forward, primals: Primals, lengths: NativeArray, tangents: Primals) -> Any:
    """The derivative of outputs and final states along `tangents`, by forward mode."""
    with tf.autodiff.ForwardAccumulator(leaves_of(primals), leaves_of(tangents)) as moving:
        answer = forward(*primals, lengths)
    return like(answer, moving.jvp(leaves_of(answer), unconnected_gradients="zero"))


def jvp_by_backward(forward: Forward, primals: Primals, lengths: NativeArray, tangents: Primals) -> Any:
    """The same by backward twice: the gradient is linear in its cotangents."""
    leaves = leaves_of(primals)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(leaves)
            answer = forward(*primals, lengths)
        reached = leaves_of(answer)
        cotangents = [tf.zeros_like(tensor) for tensor in reached]
        outer.watch(cotangents)
        found = backward(inner, reached, leaves, cotangents)
    return like(answer, backward(outer, found, cotangents, leaves_of(tangents)))


def hvp(forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Answer, tangents: Primals) -> Any:
    """The derivative of the gradients along `tangents`: forward over backward."""
    with tf.autodiff.ForwardAccumulator(leaves_of(primals), leaves_of(tangents)) as moving:
        _, found = gradients(forward, primals, lengths, cotangents)
    return like(primals, moving.jvp(leaves_of(found), unconnected_gradients="zero"))


def hvp_by_backward(
    forward: Forward, primals: Primals, lengths: NativeArray, cotangents: Answer, tangents: Primals
) -> Any:
    """The same by backward twice."""
    leaves = leaves_of(primals)
    with tf.GradientTape() as outer:
        outer.watch(leaves)
        _, found = gradients(forward, primals, lengths, cotangents)
    return like(primals, backward(outer, leaves_of(found), leaves, leaves_of(tangents)))


def backward(
    tape: Any, reached: list[NativeArray], leaves: list[NativeArray], cotangents: list[NativeArray]
) -> list[NativeArray]:
    """The derivatives of <reached, cotangents> by `leaves`; zeros where there are none."""
    found: list[NativeArray] = tape.gradient(reached, leaves, output_gradients=cotangents, unconnected_gradients="zero")
    return found


class TensorflowAdapter(NativeAdapter):
    """What TensorFlow computes, behind the contract of an adapter; a subclass for each library or family of kernels.

    A mode runs operation by operation, unless `graphs` has it.
    """

    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    packages: ClassVar[tuple[str, ...]] = ("tensorflow",)
    graphs: ClassVar[Mapping[str, bool]] = {}
    """The modes that are a graph, by `tf.function`, and whether XLA compiles it."""
    programs: ClassVar[Mapping[Kind, Callable[..., Any]]] = {
        "outputs": outputs, "gradients": gradients, "jvp": jvp, "hvp": hvp
    }  # fmt: skip
    in_graphs: ClassVar[Mapping[Kind, Callable[..., Any]]] = {
        **programs, "jvp": jvp_by_backward, "hvp": hvp_by_backward
    }  # fmt: skip
    expresses: ClassVar[Table] = {Problem: {"cotangents": ANY}}

    group: ClassVar[str] = "framework-tensorflow"
    session: ClassVar[str] = "tensorflow"
    environment: ClassVar[Mapping[str, str]] = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    """TensorFlow says on import which processor it runs on."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(**options)
        self.native_dtype = getattr(tf, self.dtype_name)

    @property
    def device_name(self) -> str | None:
        found = tf.config.list_physical_devices("GPU" if self.device == "cuda" else "CPU")
        return str(tf.config.experimental.get_device_details(found[0]).get("device_name", "cpu")) if found else None

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        """The device, and TF32 on or off for products on a GPU."""
        before = tf.config.experimental.tensor_float_32_execution_enabled()
        tf.config.experimental.enable_tensor_float_32_execution(self.precision.name == "tf32")
        try:
            with tf.device("GPU:0" if self.device == "cuda" else "CPU:0"):
                yield
        finally:
            tf.config.experimental.enable_tensor_float_32_execution(before)

    def given(self, array: Array) -> NativeArray:
        return tf.constant(array, dtype=self.native_dtype)

    def given_lengths(self, lengths: Array) -> NativeArray:
        return tf.constant(lengths, dtype=tf.int32)

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        if self.mode not in self.graphs:
            return super().program(kind, plan)
        graph = partial(self.in_graphs[kind], partial(self.forward, plan))
        compiled: Callable[..., Any] = tf.function(graph, autograph=False, jit_compile=self.graphs[self.mode])
        return compiled
