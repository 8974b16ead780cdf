"""The operators of ONNX, as ``onnx.reference.ReferenceEvaluator`` runs them."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
from onnx.reference import ReferenceEvaluator

from rnnspec_workshop.bad_input import nodes
from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Array, Given


def run(model: onnx.ModelProto, given: Given) -> list[Array]:
    """The outputs, as the evaluator gives them."""
    return list(ReferenceEvaluator(model).run(None, given))


def layers() -> Iterator[Layer]:
    """The three operators."""
    return nodes.layers_of("onnx-reference", run)


def versions() -> dict[str, str]:
    """The version of the package."""
    return {"onnx": onnx.__version__}
