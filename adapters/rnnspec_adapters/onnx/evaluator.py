"""``onnx.reference.ReferenceEvaluator``: the operators in NumPy, as the package ``onnx`` ships them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from rnnspec import RNN, Cell
from rnnspec_adapters.contract import Unsupported
from rnnspec_adapters.onnx.base import OPSETS, Arrays, Execution, OnnxBase, Run
from rnnspec_adapters.onnx.operators import ACTIVATIONS, activations_of

KNOWN = ("affine", "tanh")
"""The activations of its RNN (onnx/reference/ops/op_rnn.py, `choose_act`)."""


class OnnxReferenceAdapter(OnnxBase):
    """Models run by the evaluator of ``onnx``.

    Modes: ``opset-7``, ``opset-22``: a version of the operators, of which it has two; ``batch-first``: opset
    22, ``layout=1``.
    """

    name: ClassVar[str] = "onnx-reference"
    modes: ClassVar[tuple[str, ...]] = ("opset-7", "opset-22", "batch-first")
    executions: ClassVar[Mapping[str, Execution]] = {**OPSETS, "batch-first": Execution(batch_first=True)}
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    offered: ClassVar[Mapping[str, tuple[str, ...]]] = {"cpu": ("float64", "float32")}

    def versions(self) -> Mapping[str, str]:
        return {}

    def refusal(self, cell: Cell) -> Unsupported | None:
        if isinstance(cell, RNN):
            (activation,) = activations_of(cell)
            if activation.name not in KNOWN:
                name = ACTIVATIONS[activation.name]
                return Unsupported(reason=f"the RNN of ReferenceEvaluator does not know the activation {name}")
        return None

    def made_ready(self, model: onnx.ModelProto) -> Run:
        evaluator = ReferenceEvaluator(model)
        names = [output.name for output in model.graph.output]

        def run(given: Arrays) -> Arrays:
            return dict(zip(names, map(np.array, evaluator.run(names, given)), strict=True))

        return run
