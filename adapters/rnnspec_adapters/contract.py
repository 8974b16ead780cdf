"""The contract between the suite and an implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from numpy.typing import NDArray

from rnnspec import Gradients, Outcome, Problem, Tangents
from rnnspec_adapters.layout import Placement

Native = dict[str, NDArray[Any]]
"""Parameters under the names, and in the shapes, that the implementation itself gives them."""


NOT_RUN = "not run: "
"""How the reason of a refusal begins that is this machine's: it lacks a device, or a library is not installed."""


@dataclass(frozen=True, kw_only=True)
class Unsupported:
    """A refusal: the implementation cannot express a problem, and why. Reported, never skipped in silence.

    Attributes
    ----------
    reason
        A sentence. Where it begins with `NOT_RUN`, the refusal says nothing about the implementation, and a recorded
        deviation is not held against it.
    """

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("Unsupported.reason: wanted a sentence, got nothing")


class Adapter(Protocol):
    """An implementation as the suite sees it.

    The suite makes one instance for each precision and mode, by the keyword arguments below. It hands it problems whose
    arrays are float64 but hold only numbers of that precision. The adapter never sees what is expected.

    Parameters
    ----------
    device
        Where to compute: ``"cpu"`` or ``"cuda"``.
    precision
        The precision: a key of `rnnspec.PRECISIONS`.
    mode
        One of `modes`.
    """

    name: ClassVar[str]
    modes: ClassVar[tuple[str, ...]]

    def __init__(self, *, device: str = "cpu", precision: str = "float64", mode: str = "default") -> None: ...

    def provenance(self) -> Mapping[str, str]:
        """What was judged: the name and version of every package and device that takes part."""

    def supports(self, problem: Problem) -> Unsupported | None:
        """None when `solve` can express `problem` exactly, else the reason why it cannot."""

    def solve(self, problem: Problem) -> Outcome:
        """The outcome as the implementation computes it, in arrays of the dtype of the precision (NUM-3)."""


@runtime_checkable
class Differentiates(Protocol):
    """What an adapter offers besides when its implementation has directional derivatives (SEC-1, SEC-2)."""

    def jvp(self, problem: Problem, tangents: Tangents) -> Outcome:
        """The derivative of outputs and final states along `tangents`; without gradients."""

    def hvp(self, problem: Problem, tangents: Tangents) -> Gradients:
        """The Hessian of L times `tangents`."""


@runtime_checkable
class DeclaresLayout(Protocol):
    """What an adapter offers besides when it declares how its implementation stores parameters (LAY-1 to LAY-6)."""

    def placements(self, problem: Problem) -> tuple[Placement, ...]:
        """Where the parameters of each layer and direction stand."""

    def native_shapes(self, problem: Problem) -> dict[str, tuple[int, ...]]:
        """The names and shapes of all parameters, as the implementation itself reports them."""

    def solve_native(self, problem: Problem, native: Native) -> Outcome:
        """As `solve`, but with these native parameters in the place of the packed ones of `problem`."""
