"""A model of one LSTM node: run by the evaluator of ONNX, by ONNX Runtime, and behind the adapter of that."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike
from onnx.reference import ReferenceEvaluator
from work import Work, gates

from rnnspec import Array, Problem
from rnnspec_adapters.onnx.runtime import OnnxRuntimeAdapter, session_of


def evaluator(problem: Problem) -> Work:
    """`onnx.reference.ReferenceEvaluator` in float64: forward, it has no gradients."""
    model, feeds = model_of(problem, np.float64)
    made: Any = ReferenceEvaluator(model)
    return lambda: made.run(None, feeds)[0][:, 0]


def native(problem: Problem) -> Work:
    """ONNX Runtime in float32 and in one thread, as its adapter has it: forward."""
    model, feeds = model_of(problem, np.float32)
    session = session_of(model.SerializeToString(), device="cpu")
    return lambda: session.run(None, feeds)[0][:, 0]


def adapted(problem: Problem) -> Work:
    """The adapter of ONNX Runtime in float32: it packs parameters, converts, and turns axes."""
    adapter = OnnxRuntimeAdapter(mode="opset-22")
    return lambda: adapter.solve(problem).y


def model_of(problem: Problem, precision: DTypeLike) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """A model of one LSTM node, and what it is fed with."""
    assert problem.initial is not None
    initial = problem.initial[0][0]
    bias = gates(problem, "b", "iofg")
    arrays = {
        "X": problem.x,
        "W": gates(problem, "W", "iofg")[None],
        "R": gates(problem, "R", "iofg")[None],
        "B": np.concatenate([bias, np.zeros_like(bias)])[None],
        "initial_h": initial.h[None],
        "initial_c": initial.c[None],
    }
    feeds = {name: array.astype(precision) for name, array in arrays.items()}
    names = ["X", "W", "R", "B", "", "initial_h", "initial_c"]
    outputs = ["Y", "Y_h", "Y_c"]
    node = onnx.helper.make_node("LSTM", names, outputs, hidden_size=problem.layers[0].hidden_size)
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(precision))
    inputs = [onnx.helper.make_tensor_value_info(name, kind, array.shape) for name, array in feeds.items()]
    made = [onnx.helper.make_tensor_value_info(name, kind, None) for name in outputs]
    graph = onnx.helper.make_graph([node], "lstm", inputs, made)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10), feeds
