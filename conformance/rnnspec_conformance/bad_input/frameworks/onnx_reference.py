"""Mistakes in models that ``onnx.reference.ReferenceEvaluator`` runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from rnnspec_conformance.bad_input import nodes
from rnnspec_conformance.bad_input.probe import Probe


def run(model: onnx.ModelProto, given: nodes.Arrays) -> list[NDArray[Any]]:
    """The outputs, as the evaluator gives them."""
    return list(ReferenceEvaluator(model).run(None, given))


def probes() -> Iterator[Probe]:
    """Every mistake that the operators can be given."""
    return nodes.probes("onnx-reference", run)


def versions() -> dict[str, str]:
    """The version of the package."""
    return {"onnx": onnx.__version__}
