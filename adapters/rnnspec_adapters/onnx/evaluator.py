"""``onnx.reference.ReferenceEvaluator``: the operators in NumPy, as the package ``onnx`` ships them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import onnx
from onnx.reference import ReferenceEvaluator

from rnnspec import RNN
from rnnspec_adapters.onnx.models import Execution
from rnnspec_adapters.onnx.onnx_adapter import OPSETS, OnnxBase, Run
from rnnspec_adapters.onnx.operators import activations_of
from rnnspec_adapters.refusals import Table

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
    offers: ClassVar[tuple[str, ...]] = ("float32", "float64")
    bad_input: ClassVar[str] = "onnx_reference"
    expresses: ClassVar[Table] = {
        RNN: {
            "activation": (
                lambda _, cell: activations_of(cell)[0].name in KNOWN,
                "the RNN of ReferenceEvaluator does not know the activation {value}",
            )
        }
    }

    def made_ready(self, model: onnx.ModelProto) -> Run:
        run: Run = ReferenceEvaluator(model).run
        return run
