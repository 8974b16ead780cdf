"""Wrong implementations around a right cell: layouts, precision, dtype, derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import DTypeLike

from rnnspec import FLOAT32, TF32, Array, Gradients, Outcome, Parameters, Problem, Tangents, solve
from rnnspec.precision import Precision
from rnnspec_adapters import Block, Layout, Native, Placement, Tensor
from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.mutants.mutant import Mutant, misreading


def mutants() -> Iterator[Mutant]:
    """All mutants of this family."""
    yield misreading("less-precise", "NUM-2", "the operands of products are rounded to a smaller format", _less_precise)
    yield misreading("other-dtype", "NUM-3", "the outcome has another dtype than the one asked for", _other_dtype)
    yield Mutant(
        id="layout-native-axes-exchanged",
        rule="LAY-2",
        sentence="the native recurrent matrices are read the other way round than the layout declares",
        adapter=_AxesExchanged,
    )
    yield Mutant(
        id="layout-native-gates-rolled",
        rule="LAY-1",
        sentence="the native gates stand in another order than the layout declares",
        adapter=_GatesRolled,
    )
    yield Mutant(
        id="layout-names-other",
        rule="LAY-3",
        sentence="the implementation has other names than the layout declares",
        adapter=_OtherNames,
    )
    yield Mutant(
        id="layout-shapes-other",
        rule="LAY-3",
        sentence="the implementation has other shapes than the layout declares",
        adapter=_OtherShapes,
    )
    yield Mutant(
        id="layout-unpacks-something-else",
        rule="LAY-4",
        sentence="unpacking does not give what was packed",
        adapter=_UnpacksElse,
    )
    yield Mutant(
        id="layout-second-bias-ignored",
        rule="LAY-5",
        sentence="the second native bias has no influence",
        adapter=_SecondBiasIgnored,
    )
    yield Mutant(
        id="layout-shares-forgotten",
        rule="LAY-5",
        sentence="the first native bias is taken for the whole bias, and the second is added to it",
        adapter=_SharesForgotten,
    )
    yield Mutant(
        id="layout-sign-forgotten",
        rule="LAY-6",
        sentence="the declared sign of a native block is not the one the implementation computes with",
        adapter=_SignForgotten,
    )

    for kind, rule in (("jvp", "SEC-1"), ("hvp", "SEC-2")):
        for wrt, ignores in (("x", _XIgnored), ("initial", _InitialIgnored), ("parameters", _ParametersIgnored)):
            sentence = f"the {kind} has no part of {wrt}"
            yield Mutant(id=f"{kind}-of-{wrt}-ignored", rule=rule, sentence=sentence, adapter=ignores)
        yield Mutant(id=f"{kind}-doubled", rule=rule, sentence=f"the {kind} is doubled", adapter=_Doubled)


def _less_precise(problem: Problem, precision: Precision) -> Outcome:
    smaller = TF32 if precision.dtype == np.float32 else FLOAT32
    return _as(solve(problem, precision=smaller), precision.dtype)


def _other_dtype(problem: Problem, precision: Precision) -> Outcome:
    other = np.float32 if precision.dtype == np.float64 else np.float64
    return _as(solve(problem, precision=precision), other)


def _as(outcome: Outcome, dtype: DTypeLike) -> Outcome:
    return outcome.map(lambda array: array.astype(dtype))


class _Redirected(ReferenceAdapter):
    """Takes derivatives along another direction than the one it is given."""

    def redirected(self, tangents: Tangents) -> Tangents:
        raise NotImplementedError

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        return super().jvp(problem, self.redirected(tangents))

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        return super().hvp(problem, self.redirected(tangents))


class _XIgnored(_Redirected):
    def redirected(self, tangents: Tangents) -> Tangents:
        return replace(tangents, x=None)


class _InitialIgnored(_Redirected):
    def redirected(self, tangents: Tangents) -> Tangents:
        return replace(tangents, initial=None)


class _ParametersIgnored(_Redirected):
    def redirected(self, tangents: Tangents) -> Tangents:
        return replace(tangents, layers=None)


class _Doubled(_Redirected):
    def redirected(self, tangents: Tangents) -> Tangents:
        return tangents.map(lambda array: 2 * array)


class _NativeMutant(ReferenceAdapter):
    """Reads native tensors otherwise than its layout declares."""

    def misread(self, name: str, tensor: Array) -> Array:
        return tensor

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        return super().solve_native(problem, {name: self.misread(name, tensor) for name, tensor in native.items()})


class _AxesExchanged(_NativeMutant):
    def misread(self, name: str, tensor: Array) -> Array:
        is_square = tensor.ndim == 3 and tensor.shape[1] == tensor.shape[2]
        return tensor.swapaxes(1, 2) if name.endswith(".R") and is_square else tensor


class _GatesRolled(_NativeMutant):
    def misread(self, name: str, tensor: Array) -> Array:
        return np.roll(tensor, 1, axis=0)


class _SecondBiasIgnored(_NativeMutant):
    def misread(self, name: str, tensor: Array) -> Array:
        return 0 * tensor if name.endswith(".b_R") else tensor


class _SharesForgotten(_NativeMutant):
    def misread(self, name: str, tensor: Array) -> Array:
        return tensor / tensor.dtype.type(0.75) if name.endswith(".b_W") else tensor


class _OtherNames(ReferenceAdapter):
    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name.replace("W", "U"): shape for name, shape in super().native_shapes(problem).items()}


class _OtherShapes(ReferenceAdapter):
    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        return {name: shape[::-1] for name, shape in super().native_shapes(problem).items()}


class _UnpacksElseLayout(Layout):
    def unpack(self, tensors: object) -> Parameters:
        parameters = super().unpack(tensors)  # type: ignore[arg-type]
        name = next(iter(parameters))
        return parameters.replace(**{name: parameters[name][::-1]})


class _UnpacksElse(ReferenceAdapter):
    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            replace(place, layout=_UnpacksElseLayout(name=place.layout.name, tensors=place.layout.tensors))
            for place in super().placements(problem)
        )


class _SignForgotten(_NativeMutant):
    """Declares the first gate of every tensor negated, and computes as if it were not."""

    def misread(self, name: str, tensor: Array) -> Array:
        return np.concatenate([-tensor[:1], tensor[1:]])

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        return tuple(
            replace(place, layout=replace(place.layout, tensors=tuple(map(_negated, place.layout.tensors))))
            for place in super().placements(problem)
        )


def _negated(tensor: Tensor) -> Tensor:
    first = Block(name=tensor.blocks[0].name, share=tensor.blocks[0].share, sign=-1)
    return replace(tensor, blocks=(first, *tensor.blocks[1:]))
