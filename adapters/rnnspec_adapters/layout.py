"""Layouts as data: how an implementation stores the parameters of the text.

A `Layout` says which native tensor holds which letters, in which order, along which axes, and what is summed, negated
or added. The same declaration packs parameters, unpacks them, and carries gradients back (LAY-1 to LAY-6). Nothing in
it computes a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import einops
import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnnspec import Cell, Layer, Parameters

Array = NDArray[Any]

AXES = {"W": "H I", "R": "H J", "b": "H", "p": "H", "P": "J H"}
"""The axes of the letters of the text: H units, I inputs, J features of h."""

ROWS = {"W": "(gate H) I", "R": "(gate H) J", "b": "(gate H)", "p": "(gate H)"}
"""The axes of packed tensors whose rows are gates, so that a step is ``W x``."""

COLUMNS = {"W": "I (gate H)", "R": "J (gate H)", "b": "(gate H)", "p": "(gate H)"}
"""The axes of packed tensors whose columns are gates, so that a step is ``x W``."""

UPPER, LOWER = "[:I]", "[I:]"
"""The rows of a native matrix that multiply x, and those below, that multiply h: the names of parts declared apart."""

Sign = Literal[1, -1]


@dataclass(frozen=True, kw_only=True)
class Block:
    """The part of a native tensor that belongs to one array of the text.

    Attributes
    ----------
    name
        The array, e.g. ``W_i``. An array that stands in several blocks is their sum (LAY-5).
    share
        How much of it this block is given when packing; the shares of an array add up to 1, and the last block takes
        what the others leave, so that the sum is exact in the dtype.
    sign
        -1 where the implementation has the opposite sign, e.g. an update gate of the other polarity (LAY-6).
    added
        What the implementation adds to the block when it runs, e.g. a forget bias of 1 (LAY-6).
    role
        ``"part"``, or what a cell with fewer gates than the native one needs: ``"copy"``, which repeats an array that
        stands elsewhere too, e.g. the one gate of a minimal unit in the place of two; ``"unused"``, at which the
        implementation does not look, e.g. a gate that is coupled to another: zeros. Neither has a share.
    """

    name: str
    share: float = 1.0
    sign: Sign = 1
    added: float = 0.0
    role: Literal["part", "copy", "unused"] = "part"


def signs_of(cell: Cell, native: Literal["keep", "take"]) -> dict[str, Sign]:
    """The sign of the update gate, by gate, where the convention of an implementation is `native` (GRU-7)."""
    return {} if getattr(cell, "update", native) == native else {"z": -1}


def order_of(cell: Cell, *orders: str) -> str:
    """The native order of the gates of `cell`: the first of `orders` that has them all, or none for a nameless gate."""
    gates = set("".join(cell.gates))
    return next(order for order in ("", *orders) if gates <= set(order))


def blocks_of(
    letter: str,
    gates: Iterable[str] = "",
    *,
    share: float = 1.0,
    signs: Mapping[str, Sign] | None = None,
    added: Mapping[str, float] | None = None,
) -> tuple[Block, ...]:
    """One block for each of the gates, in their order; one block alone for the cell whose gate has no name."""
    return tuple(
        Block(
            name=f"{letter}_{gate}" if gate else letter,
            share=share,
            sign=(signs or {}).get(gate, 1),
            added=(added or {}).get(gate, 0.0),
        )
        for gate in tuple(gates) or ("",)
    )


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One native tensor.

    Attributes
    ----------
    name
        Its native name, with ``{layer}`` and ``{direction}`` where those enter.
    axes
        Its axes as an einops pattern over ``gate`` and the axes of the letter, e.g. ``(gate H) I``.
    blocks
        Its blocks along ``gate``, in the native order.
    letter_axes
        The axes of the blocks in the text, where they are not those of their letter in `AXES`.
    """

    name: str
    axes: str
    blocks: tuple[Block, ...]
    letter_axes: str = ""

    @property
    def canonical_axes(self) -> str:
        """The axes of its blocks, one above the other."""
        return "gate " + (self.letter_axes or AXES[self.blocks[0].name.split("_")[0]])

    def sizes(self, shape: tuple[int, ...]) -> dict[str, int]:
        """The size of each axis of a native tensor of `shape`: H, I, J ..

        Raises
        ------
        ValueError
            When no sizes give that shape; the message names the tensor, what was wanted, and the shape (LAY-3).
        """
        axes = einops_axes(self.axes)
        sizes: dict[str, int] = {}
        fits = len(axes) == len(shape)
        for names, size in zip(axes, shape, strict=False):
            count = len(self.blocks) if "gate" in names else 1
            (own,) = [name for name in names if name != "gate"] or [""]
            fits = fits and size % count == 0 and (own not in ("", "1") or size == count)
            sizes |= {own: size // count} if own not in ("", "1") else {}
        if not fits:
            wanted = self.axes.replace("gate", str(len(self.blocks)))
            name = self.name.format(layer=0, direction="")
            raise ValueError(f"{name}: wanted a tensor of the axes {wanted}, got the shape {shape} [LAY-3]")
        return sizes

    def join(self, blocks: list[Array]) -> Array:
        """Blocks, each in the axes of the text, as the native tensor."""
        return np.ascontiguousarray(einops.rearrange(np.stack(blocks), f"{self.canonical_axes} -> {self.axes}"))

    def part(self, tensor: Array) -> list[Array]:
        """The inverse of `join`."""
        return list(einops.rearrange(tensor, f"{self.axes} -> {self.canonical_axes}", gate=len(self.blocks)))


def einops_axes(pattern: str) -> list[list[str]]:
    """The names of each axis of an einops pattern: those in brackets are one axis."""
    return [part.strip("()").split() for part in re.findall(r"\([^)]*\)|\S+", pattern)]


def rows(name: str, letter: str, gates: Iterable[str] = "", **options: Any) -> Tensor:
    """A tensor whose rows are gates, with the blocks of `blocks_of`."""
    return Tensor(name=name, axes=ROWS[letter], blocks=blocks_of(letter, gates, **options))


def columns(name: str, letter: str, gates: Iterable[str] = "", **options: Any) -> Tensor:
    """A tensor whose columns are gates, with the blocks of `blocks_of`."""
    return Tensor(name=name, axes=COLUMNS[letter], blocks=blocks_of(letter, gates, **options))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How an implementation stores the parameters of one direction of one layer.

    Attributes
    ----------
    name
        The implementation's own name of the layer, e.g. ``torch.nn.LSTM``.
    tensors
        In the implementation's order.
    directions
        What ``{direction}`` stands for: forward, reverse.
    """

    name: str
    tensors: tuple[Tensor, ...]
    directions: tuple[str, str] = ("", "_reverse")

    def __post_init__(self) -> None:
        shares: dict[str, float] = {}
        for tensor in self.tensors:
            for block in tensor.blocks:
                if block.role == "part":
                    shares[block.name] = shares.get(block.name, 0.0) + block.share
        for name, share in shares.items():
            if share != 1.0:
                raise ValueError(f"{self.name}: the shares of {name}: wanted a sum of 1, got {share} [LAY-5]")

    def native_names(self, layer: int = 0, direction: int = 0) -> list[str]:
        """The native names of one direction of one layer, in the order of `tensors`."""
        return [tensor.name.format(layer=layer, direction=self.directions[direction]) for tensor in self.tensors]

    def names(self) -> set[str]:
        """The letters that stand in this layout."""
        return {block.name for tensor in self.tensors for block in tensor.blocks if block.role != "unused"}

    def pack(self, parameters: Parameters, dtype: DTypeLike) -> list[Array]:
        """The native tensors, in the order of `tensors`, for `parameters` that hold only numbers of `dtype`.

        Raises
        ------
        ValueError
            When the layout has no place for one of the parameters, but for a bias or a peephole of zeros, or wants one
            that is not there (LAY-4).
        """
        self._check_names(parameters)
        left = {name: array.astype(dtype, copy=False) for name, array in parameters.items()}
        remaining = {name: sum(self._count(tensor, name) for tensor in self.tensors) for name in left}
        packed = []
        for tensor in self.tensors:
            blocks = []
            for block in tensor.blocks:
                if block.role == "unused":
                    blocks.append(self._zeros(tensor, parameters, dtype))
                    continue
                if block.role == "part":
                    remaining[block.name] -= 1
                if block.role == "copy":
                    given = parameters[block.name].astype(dtype, copy=False)
                elif remaining[block.name] == 0:
                    given = left[block.name]
                else:
                    given = (block.share * parameters[block.name]).astype(dtype, copy=False)
                    left[block.name] = left[block.name] - given
                if (block.sign, block.added) != (1, 0.0):
                    given = block.sign * given - np.asarray(block.added, dtype)
                blocks.append(given)
            packed.append(tensor.join(blocks))
        return packed

    def unpack(self, tensors: Iterable[Array]) -> Parameters:
        """The parameters of the text, in float64, that these native tensors stand for.

        Raises
        ------
        ValueError
            When there are more tensors, or fewer, or their shapes do not fit the layout or each other (LAY-3).
        """
        arrays: dict[str, Array] = {}
        for tensor, native in zip(self.tensors, self._checked(tensors), strict=True):
            for block, part in zip(tensor.blocks, tensor.part(native.astype(np.float64)), strict=True):
                if block.role == "part":
                    arrays[block.name] = arrays.get(block.name, 0.0) + block.sign * (part + block.added)
        return Parameters(**arrays)

    def pull_back(self, gradients: Iterable[Array]) -> Parameters:
        """The gradients of the parameters of the text, from those of the native tensors: the transpose of `pack`."""
        arrays: dict[str, Array] = {}
        for tensor, native in zip(self.tensors, gradients, strict=True):
            for block, part in zip(tensor.blocks, tensor.part(native), strict=True):
                if block.role == "unused":
                    continue
                factor = block.sign * (block.share if block.role == "part" else 1.0)
                term = part if factor == 1 else part * part.dtype.type(factor)
                arrays[block.name] = arrays[block.name] + term if block.name in arrays else term
        return Parameters(**arrays)

    def _check_names(self, parameters: Parameters) -> None:
        names = self.names()
        for name, array in parameters.items():
            if name not in names and (array.any() or name[0] not in "bp"):
                raise ValueError(
                    f"{self.name}: wanted {', '.join(sorted(names))}, which are all that it can hold, "
                    f"got {name} of the shape {array.shape} [LAY-4]"
                )
        missing = sorted(names - {name for name, _ in parameters.items()})
        if missing:
            given = ", ".join(sorted(name for name, _ in parameters.items()))
            raise ValueError(f"{self.name}: wanted {', '.join(missing)} too, got {given} [LAY-4]")

    def _checked(self, tensors: Iterable[Array]) -> list[Array]:
        """The native tensors, whose shapes fit each other."""
        given = list(tensors)
        if len(given) != len(self.tensors):
            wanted = ", ".join(self.native_names())
            raise ValueError(f"{self.name}: wanted {len(self.tensors)} tensors: {wanted}, got {len(given)} [LAY-3]")
        projects = any(name[0] == "P" for name in self.names())
        sizes: dict[str, tuple[int, str]] = {}
        for name, tensor, native in zip(self.native_names(), self.tensors, given, strict=True):
            for axis, size in tensor.sizes(native.shape).items():
                shared = "H" if axis == "J" and not projects else axis
                known, by = sizes.setdefault(shared, (size, name))
                if known != size and not tensor.letter_axes:
                    raise ValueError(
                        f"{self.name}: {name}: wanted {axis} = {known}, as in {by}, "
                        f"got {size} in the shape {native.shape} [LAY-3]"
                    )
        return given

    @staticmethod
    def _count(tensor: Tensor, name: str) -> int:
        return sum(block.name == name and block.role == "part" for block in tensor.blocks)

    @staticmethod
    def _zeros(tensor: Tensor, parameters: Parameters, dtype: DTypeLike) -> Array:
        """A block of `tensor` that is not looked at: as large as one that is."""
        shape = next(parameters[block.name].shape for block in tensor.blocks if block.role != "unused")
        return np.zeros(shape, dtype)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where the parameters of one direction of one layer stand among all native tensors.

    Attributes
    ----------
    layer, direction
        Positions in `Problem.layers` and in `Layer.parameters`.
    layout
        The declaration.
    prefix
        What stands before every native name, e.g. the position of a module in a list of modules.
    native_layer
        What ``{layer}`` stands for.
    """

    layer: int
    direction: int
    layout: Layout
    prefix: str = ""
    native_layer: int = 0

    def names(self) -> list[str]:
        """The native names, in the order of the layout's tensors."""
        return [self.prefix + name for name in self.layout.native_names(self.native_layer, self.direction)]


def pack(layers: tuple[Layer, ...], placements: Iterable[Placement], dtype: DTypeLike) -> dict[str, Array]:
    """The native tensors of all layers, by native name."""
    native: dict[str, Array] = {}
    for place in placements:
        parameters = layers[place.layer].parameters[place.direction]
        native |= dict(zip(place.names(), place.layout.pack(parameters, dtype), strict=True))
    return native


def unpack(native: Mapping[str, Array], placements: Iterable[Placement]) -> tuple[tuple[Parameters, ...], ...]:
    """The parameters of all layers and directions, from the native tensors."""
    return _by_layer((place, place.layout.unpack(native[name] for name in place.names())) for place in placements)


def pull_back(native: Mapping[str, Array], placements: Iterable[Placement]) -> tuple[tuple[Parameters, ...], ...]:
    """The gradients of the parameters of all layers and directions, from those of the native tensors."""
    return _by_layer((place, place.layout.pull_back(native[name] for name in place.names())) for place in placements)


def _by_layer(parts: Iterable[tuple[Placement, Parameters]]) -> tuple[tuple[Parameters, ...], ...]:
    layers: dict[int, dict[int, Parameters]] = {}
    for place, parameters in parts:
        layers.setdefault(place.layer, {})[place.direction] = parameters
    return tuple(tuple(layers[layer][direction] for direction in sorted(layers[layer])) for layer in sorted(layers))
