"""What tests judge: an adapter in one precision and mode, with recorded deviations."""

from __future__ import annotations

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance.deviations import Deviation
from rnnspec_conformance.trial import Subject


def subject_with(
    *recorded: Deviation, adapter: type[ReferenceAdapter] = ReferenceAdapter, patterns: tuple[str, ...] = ()
) -> Subject:
    """An adapter in float64, of which these deviations are recorded."""
    return Subject(
        given="some",
        adapter=adapter,
        device="cpu",
        precisions=("float64",),
        modes=("default",),
        patterns=patterns,
        deviations=recorded,
    )
