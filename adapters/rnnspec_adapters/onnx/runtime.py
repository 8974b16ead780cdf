"""ONNX Runtime, on the CPU or by its provider for CUDA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import onnx
import onnxruntime

from rnnspec_adapters.onnx.base import OPSETS, Arrays, Execution, OnnxBase, Run

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
QUIET = 4
"""The level of messages at which the runtime says nothing but what stops it."""


class OnnxRuntimeAdapter(OnnxBase):
    """Models run by ONNX Runtime.

    Modes: ``opset-7``, ``opset-14``, ``opset-22``: a version of the operators, parameters as inputs of the model;
    ``constants``: opset 22, parameters as constants of the model, which the runtime packs before it runs.

    The CPU has kernels in float32. Around them the runtime converts from and to float16.
    """

    name: ClassVar[str] = "onnxruntime"
    modes: ClassVar[tuple[str, ...]] = (*OPSETS, "constants")
    executions: ClassVar[Mapping[str, Execution]] = {**OPSETS, "constants": Execution(constants=True)}
    precisions: ClassVar[tuple[str, ...]] = ("float32", "float16")
    offered: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "cpu": ("float32", "float16"),
        "cuda": ("float64", "float32", "float16"),
    }

    def __init__(self, *, device: str = "cpu", precision: str = "float32", mode: str | None = None) -> None:
        super().__init__(device=device, precision=precision, mode=mode)
        check_provider(device)

    def versions(self) -> Mapping[str, str]:
        return {"onnxruntime": onnxruntime.__version__, "provider": PROVIDERS[self.device]}

    def made_ready(self, model: onnx.ModelProto) -> Run:
        session = session_of(model.SerializeToString(), device=self.device)
        names = [output.name for output in session.get_outputs()]

        def run(given: Arrays) -> Arrays:
            return dict(zip(names, session.run(names, given), strict=True))

        return run


def check_provider(device: str) -> None:
    """Raise `ValueError` where ONNX Runtime has no provider for `device`."""
    there = onnxruntime.get_available_providers()
    if PROVIDERS[device] not in there:
        raise ValueError(f"device: wanted an ONNX Runtime with {PROVIDERS[device]}, got {', '.join(there)}")


def session_of(model: bytes, *, device: str) -> onnxruntime.InferenceSession:
    """A session in one thread; on a CUDA device it is an error when a node falls back to the CPU, or to TF32."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = 1
    of_provider = {}
    if device == "cuda":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        of_provider = {"use_tf32": "0"}
    return onnxruntime.InferenceSession(model, options, providers=[(PROVIDERS[device], of_provider)])
