"""The operators of ONNX, as ONNX Runtime runs them on the CPU."""

from __future__ import annotations

from collections.abc import Iterator

import onnx
import onnxruntime

from rnnspec_workshop.bad_input import nodes
from rnnspec_workshop.bad_input.called_layer import Layer
from rnnspec_workshop.bad_input.fields import Array, Given


def run(model: onnx.ModelProto, given: Given) -> list[Array]:
    """The outputs, as a session gives them."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, given))


def layers() -> Iterator[Layer]:
    """The three operators."""
    return nodes.layers_of("onnxruntime", run)


def versions() -> dict[str, str]:
    """The versions of the runtime and of what makes the models."""
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}
