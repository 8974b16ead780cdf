"""ONNX Runtime, on the CPU or by its provider for CUDA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import onnx
import onnxruntime

from rnnspec_adapters.contract import NOT_RUN
from rnnspec_adapters.onnx.models import Execution
from rnnspec_adapters.onnx.onnx_adapter import OPSETS, ForwardOnly, OnnxBase, Run

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
QUIET = 4
"""The level of messages at which the runtime says nothing but what stops it."""


class OnRuntime(ForwardOnly):
    """What is true of all that ONNX Runtime runs, which is installed under several names."""

    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")

    @property
    def device_name(self) -> str | None:
        return PROVIDERS[self.device]

    def provenance(self) -> Mapping[str, str]:
        return {"onnxruntime": onnxruntime.__version__, **super().provenance()}

    def absence(self) -> str | None:
        there = onnxruntime.get_available_providers()
        if PROVIDERS[self.device] not in there:
            return f"{NOT_RUN}wanted an ONNX Runtime with {PROVIDERS[self.device]}, got {', '.join(there)}"
        return super().absence()


class OnnxRuntimeAdapter(OnRuntime, OnnxBase):
    """Models run by ONNX Runtime.

    Modes: ``opset-7``, ``opset-14``, ``opset-22``: a version of the operators, parameters as inputs of the model;
    ``constants``: opset 22, parameters as constants of the model, which the runtime packs before it runs.

    The CPU has kernels in float32. Around them the runtime converts from and to float16.
    """

    name: ClassVar[str] = "onnxruntime"
    modes: ClassVar[tuple[str, ...]] = ("opset-7", "opset-14", "opset-22", "constants")
    executions: ClassVar[Mapping[str, Execution]] = {**OPSETS, "constants": Execution(constants=True)}
    precisions: ClassVar[tuple[str, ...]] = ("float32", "float16")
    offers: ClassVar[tuple[str, ...]] = ("float32", "float16", "float64")
    bad_input: ClassVar[str] = "onnxruntime"

    def absence(self) -> str | None:
        if self.precision.name == "float64" and self.device == "cpu":
            return "ONNX Runtime has no recurrent kernels in float64 on the CPU"
        return super().absence()

    def made_ready(self, model: onnx.ModelProto) -> Run:
        run: Run = session_of(model.SerializeToString(), device=self.device).run
        return run


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
