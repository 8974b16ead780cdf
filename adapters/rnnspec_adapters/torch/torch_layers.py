"""``torch.nn.RNN``, ``torch.nn.LSTM`` and ``torch.nn.GRU``.

Consecutive layers of the same cell, size and direction become one module with `num_layers`. Lengths go through packed
sequences. Gradients come from `torch.autograd`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnspec import LSTM, Array, Layer, Problem
from rnnspec_adapters.base import (
    Answer,
    Kind,
    Named,
    NativeStates,
    Primals,
    WithTangents,
    by_layer,
    leaves_of,
    side_by_side,
)
from rnnspec_adapters.layout import Layout
from rnnspec_adapters.plan import LayerPlan, Plan, Stack
from rnnspec_adapters.refusals import ANY, Table, lengths_above_zero
from rnnspec_adapters.torch import kernels_used
from rnnspec_adapters.torch.torch_adapter import TorchModules, gradients, jvp_by_backward
from rnnspec_adapters.torch.torch_layouts import layout_of

IN_TIME = "torch.nn concatenates its directions, in the order of time"


class TorchLayers(TorchModules):
    """The recurrent layers of PyTorch, however they are run."""

    stacked: ClassVar[bool] = True
    expresses: ClassVar[Table] = {
        Problem: {
            "lengths": (lengths_above_zero, "pack_padded_sequence refuses sequences of length 0"),
            "padded_outputs": (("zero",), "pad_packed_sequence fills the padding with a constant"),
        },
        Layer: {
            "direction": (
                ("forward", "bidirectional"),
                "torch.nn has no layer that runs in reverse only, without a forward half",
            ),
            "merge": (("concat",), IN_TIME),
            "reverse_outputs": (("time",), IN_TIME),
            "cell": (
                lambda cell, layer: getattr(cell, "projection", 0) < layer.hidden_size,
                "torch.nn.LSTM wants a proj_size below hidden_size",
            ),
        },
        LSTM: {"projection": ANY},
    }

    @property
    def batch_first(self) -> bool:
        """Whether sequences are [B, T, I] rather than [T, B, I]."""
        return self.mode == "batch-first"

    def layout_of(self, layer: LayerPlan) -> Layout:
        return layout_of(layer.cell)

    def prefix(self, layers: Stack, number: int, direction: int) -> str:
        return ""

    def options(self, layers: Stack) -> Mapping[str, Any]:
        cell = layers[0].cell
        own = {"proj_size": cell.projection} if hasattr(cell, "projection") else {}
        both = layers[0].directions == 2
        return {"num_layers": len(layers), "bidirectional": both, "batch_first": self.batch_first, **own}

    def given_lengths(self, lengths: Array) -> torch.Tensor:
        """Lengths on the CPU, where packing wants them."""
        return torch.tensor(lengths.tolist())

    def forward(
        self, plan: Plan, native: Named, x: Any, initial: NativeStates | None, lengths: torch.Tensor | None
    ) -> Answer:
        y, final = super().forward(plan, native, self.packed(x, lengths), initial, lengths)
        return self.padded(y, len(x)), final

    def stack(
        self, layers: Stack, native: Named, x: Any, initial: NativeStates | None, lengths: torch.Tensor | None
    ) -> Answer:
        """The outputs and final states of one module, whose sequences are packed where there are lengths."""
        starts = [] if initial is None else [self.spaced(h) for h in side_by_side(initial, torch.stack).values()]
        given = (tuple(starts) if len(starts) > 1 else starts[0]) if starts else None
        y, end = self.run(layers, native, x, given)
        ends = [self.pulled(h) for h in (end if isinstance(end, tuple) else (end,))]
        return y, by_layer(dict(zip(layers[0].cell.states, ends, strict=True)), layers)

    def run(self, layers: Stack, native: Named, x: Any, states: Any) -> tuple[Any, Any]:
        """What the module of `layers` returns, with these parameters in the place of its own."""
        found: tuple[Any, Any] = torch.func.functional_call(self.module(layers), native, (x, states))
        return found

    def packed(self, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor | PackedSequence:
        """The input as the first module wants it."""
        given = self.spaced(x.transpose(0, 1) if self.batch_first else x)
        if lengths is None:
            return given
        return pack_padded_sequence(given, lengths, batch_first=self.batch_first, enforce_sorted=False)

    def padded(self, y: torch.Tensor | PackedSequence, steps: int) -> torch.Tensor:
        """The outputs [T, B, ..] of what the last module returns."""
        if isinstance(y, PackedSequence):
            y, _ = pad_packed_sequence(y, batch_first=self.batch_first, total_length=steps)
        y = self.pulled(y)
        return y.transpose(0, 1) if self.batch_first else y

    def spaced(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor`, with gaps in memory where the mode wants that."""
        return strided(tensor) if self.mode == "strided" else tensor

    def pulled(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor`, whose cotangent has gaps in memory where the mode wants that."""
        if self.mode == "strided" and tensor.requires_grad:
            tensor.register_hook(strided)
        return tensor

    def program(self, kind: Kind, plan: Plan) -> Callable[..., Any]:
        super().program(kind, plan)

        def compute(primals: Primals, lengths: torch.Tensor | None, *others: Any) -> Any:
            native, *data = primals
            if self.mode == "unflattened":
                native = {name: strided(tensor) for name, tensor in native.items()}
            run = self.derivative(kind, plan, lengths)
            found = run(partial(self.forward, plan), (native, *data), lengths, *others)
            wanted = self.kernel(plan, lengths) if kind == "gradients" else None
            if wanted is not None:
                kernels_used.prove(wanted, leaves_of(found[0]))
            return found

        return compute

    def derivative(self, kind: Kind, plan: Plan, lengths: torch.Tensor | None) -> Callable[..., Any]:
        """The program for the mode."""
        return partial(gradients, apart=True) if kind == "gradients" and self.mode == "frozen" else self.programs[kind]

    def uses_onednn(self, plan: Plan, lengths: torch.Tensor | None) -> bool:
        """Whether oneDNN computes one of the modules."""
        onednn = self.device == "cpu" and has_onednn(self.native_dtype)
        return onednn and lengths is None and any(map(takes_onednn, plan))

    def kernel(self, plan: Plan, lengths: torch.Tensor | None) -> str | None:
        """The backward operation that proves the kernel which is to be called; None where any will do.

        It is that of cuDNN or oneDNN, where torch has no reason to take another.
        """
        if self.device == "cuda":
            sure = self.cudnn and self.native_dtype in (torch.float64, torch.float32, torch.float16)
            return "CudnnRnnBackward" if sure else None
        return "MkldnnRnnLayerBackward" if self.uses_onednn(plan, lengths) else None


class TorchAdapter(WithTangents, TorchLayers):
    """The recurrent layers of PyTorch, in eager mode.

    Modes: ``time-major`` ([T, B, I]); ``batch-first`` ([B, T, I]); ``strided``: the input, the states and the
    cotangents have gaps in memory; ``unflattened``: the parameters have; ``frozen``: gradients by calls in which only
    the input, only the initial states, only the parameters require them.
    """

    name: ClassVar[str] = "torch"
    modes: ClassVar[tuple[str, ...]] = ("time-major", "batch-first", "strided", "unflattened", "frozen")
    bad_input: ClassVar[str] = "torch"

    def derivative(self, kind: Kind, plan: Plan, lengths: torch.Tensor | None) -> Callable[..., Any]:
        by_backward = kind == "jvp" and not self.forward_mode(plan, lengths)
        return jvp_by_backward if by_backward else super().derivative(kind, plan, lengths)

    def forward_mode(self, plan: Plan, lengths: torch.Tensor | None) -> bool:
        """Whether torch has forward mode: packed sequences and the LSTM of oneDNN have none."""
        return lengths is None and not self.uses_onednn(plan, lengths)


class TorchWithoutCudnn(TorchAdapter):
    """The same on a CUDA device without cuDNN: kernels of PyTorch itself."""

    name: ClassVar[str] = "torch-cudnn-off"
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    session: ClassVar[str] = ""
    bad_input: ClassVar[str] = ""
    cudnn: ClassVar[bool] = False


def strided(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers in a view that leaves out every other place of its memory, where there is NaN."""
    return torch.stack([tensor, torch.full_like(tensor, torch.nan)], dim=-1)[..., 0]


def has_onednn(dtype: torch.dtype) -> bool:
    """Whether torch hands LSTMs that are trained in this type on this processor to oneDNN."""
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return bool(torch.backends.mkldnn.is_available()) and dtype == torch.float32


def takes_onednn(layer: LayerPlan) -> bool:
    """Whether a layer is one that oneDNN may compute on the CPU, without lengths: an LSTM that projects nothing."""
    return type(layer.cell) is LSTM and layer.cell.projection == 0
