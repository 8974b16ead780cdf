"""What all cells have: common options and their checks, sizes, and the shapes of parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, get_args

import numpy as np

from rnnspec.errors import ProblemError, check_number, check_option, check_size
from rnnspec.readable import Readable

ClipDerivative = Literal["true", "straight-through"]
"""The derivative of a clip: CLIP-4 or CLIP-5."""


class RecurrentCell(Readable, ABC):
    """A cell: its options, as data. Its state is h alone, with a feature for each unit, unless it says otherwise."""

    bias: bool
    preactivation_clip: float | None
    clip_derivative: ClipDerivative

    @property
    @abstractmethod
    def gates(self) -> tuple[str, ...]:
        """The affine maps of the cell, by name; the empty name where there is only one."""

    @property
    @abstractmethod
    def parameter_axes(self) -> dict[str, str]:
        """The names and axes of the parameters: H units, I inputs, J features of h, K of the other projection."""

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the state's arrays."""
        return ("h",)

    @property
    def fixed_sizes(self) -> dict[str, int]:
        """The axes of parameters whose sizes the options fix. Where J is not among them it is H."""
        return {}

    def state_sizes(self, H: int) -> dict[str, int]:
        """The features of each array of the state."""
        return {name: self.fixed_sizes.get("J", H) if name == "h" else H for name in self.states}

    def output_size(self, H: int) -> int:
        """The features of the output of a step."""
        return self.fixed_sizes.get("J", H) + self.fixed_sizes.get("K", 0)

    def parameter_shapes(self, I: int, H: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the parameters for `I` inputs and `H` units (PAR-1, PAR-4, PEEP-1, VAR-7, PROJ-1).

        Raises
        ------
        ProblemError
            When a size is no integer of at least 1.
        """
        given: dict[str, object] = {"I": I, "H": H}
        for name, size in given.items():
            check_size(name, int(size) if isinstance(size, np.integer) else size, rule="PAR-1", least=1)
        sizes = {"I": I, "H": H, "J": H} | self.fixed_sizes
        return {name: tuple(sizes[axis] for axis in axes.split()) for name, axes in self.parameter_axes.items()}

    def check_common(self) -> None:
        """Raise `ProblemError` unless the common options are known ones."""
        name = type(self).__name__
        check_option(f"{name}.bias", self.bias, (True, False), "PAR-5")
        check_option(f"{name}.clip_derivative", self.clip_derivative, get_args(ClipDerivative), "CLIP-5")
        bounds = {"cell_clip": "CLIP-1", "projection_clip": "CLIP-2", "preactivation_clip": "CLIP-3"}
        given = {clip: bound for clip in bounds if (bound := getattr(self, clip, None)) is not None}
        for clip, bound in given.items():
            check_number(f"{name}.{clip}", bound, rule=bounds[clip], positive=True)
        if self.clip_derivative != "true" and not given:
            wanted, came = "'true' where nothing is clipped", repr(self.clip_derivative)
            raise ProblemError(field=f"{name}.clip_derivative", wanted=wanted, came=came, rule="CLIP-5")
