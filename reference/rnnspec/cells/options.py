"""What several cells share: checks of options, shapes, and a state that is h alone."""

from __future__ import annotations

from typing import Protocol

from rnnspec.errors import ProblemError, check_number, check_option


class HasCommonOptions(Protocol):
    """A cell with the options that every cell has."""

    @property
    def bias(self) -> bool: ...
    @property
    def preactivation_clip(self) -> float | None: ...
    @property
    def clip_derivative(self) -> str: ...


def check_common(cell: HasCommonOptions) -> None:
    """Raise `ProblemError` unless the common options are known ones."""
    name = type(cell).__name__
    check_option(f"{name}.bias", cell.bias, (True, False), "PAR-5")
    check_option(f"{name}.clip_derivative", cell.clip_derivative, ("true", "straight-through"), "CLIP-5")
    check_bound(f"{name}.preactivation_clip", cell.preactivation_clip, "CLIP-3")
    bounds = [getattr(cell, clip, None) for clip in ("cell_clip", "projection_clip", "preactivation_clip")]
    if cell.clip_derivative != "true" and bounds == [None] * 3:
        wanted = "'true' where nothing is clipped"
        raise ProblemError(
            field=f"{name}.clip_derivative", wanted=wanted, came=repr(cell.clip_derivative), rule="CLIP-5"
        )


def check_bound(field: str, bound: float | None, rule: str) -> None:
    """Raise `ProblemError` unless `bound` is None or a finite number above 0."""
    if bound is not None:
        check_number(field, bound, rule=rule, positive=True)


def shapes_of(parameter_axes: dict[str, str], sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """The shapes of parameters from their axes and the sizes of those (PAR-1)."""
    return {name: tuple(sizes[axis] for axis in axes.split()) for name, axes in parameter_axes.items()}


class HiddenStateOnly:
    """What a cell has whose state is h alone, with a feature for each unit."""

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the state's arrays."""
        return ("h",)

    def state_sizes(self, H: int) -> dict[str, int]:
        """The features of each array of the state."""
        return {"h": H}

    def output_size(self, H: int) -> int:
        """The features of the output of a step."""
        return H
