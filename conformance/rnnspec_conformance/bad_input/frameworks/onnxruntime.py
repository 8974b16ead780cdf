"""Mistakes in models that ONNX Runtime runs on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import onnx
import onnxruntime
from numpy.typing import NDArray

from rnnspec_conformance.bad_input import nodes
from rnnspec_conformance.bad_input.probe import Probe


def run(model: onnx.ModelProto, given: nodes.Arrays) -> list[NDArray[Any]]:
    """The outputs, as a session gives them."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, given))


def probes() -> Iterator[Probe]:
    """Every mistake that the operators can be given."""
    return nodes.probes("onnxruntime", run)


def versions() -> dict[str, str]:
    """The versions of the runtime and of what makes the models."""
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}
