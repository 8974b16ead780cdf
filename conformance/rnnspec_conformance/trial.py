"""A trial: one case, in one dtype and mode, of the implementation that is being judged; and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from shlex import quote

from rnnspec_adapters import Adapter
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.deviations import Deviation, DeviationError
from rnnspec_conformance.judge import Judgement, judge
from rnnspec_conformance.results import WRONG, Row
from rnnspec_conformance.rules import named

SHOWN = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """What is judged, and how.

    Attributes
    ----------
    given
        The adapter as it was asked for on the command line.
    adapter
        Its class.
    selection
        The name of the selection of cases.
    patterns
        Only cases that match one of these; all of the selection where there are none.
    deviations
        Its recorded deviations.
    """

    given: str
    adapter: type[Adapter]
    device: str
    dtypes: tuple[str, ...]
    modes: tuple[str, ...]
    selection: str = "default"
    patterns: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    _made: dict[tuple[str, str], Adapter] = field(default_factory=dict)

    def instance(self, dtype: str, mode: str) -> Adapter:
        """The adapter for a dtype and mode; made once."""
        if (dtype, mode) not in self._made:
            self._made[dtype, mode] = self.adapter(device=self.device, dtype=dtype, mode=mode)
        return self._made[dtype, mode]

    def trials(self) -> Iterator[Trial]:
        """Every trial, in the order of the catalogue."""
        for dtype in self.dtypes:
            for mode in self.modes:
                for case in SELECTIONS[self.selection]:
                    if dtype not in case.arithmetics:
                        continue
                    if not self.patterns or any(fnmatchcase(case.id, pattern) for pattern in self.patterns):
                        yield Trial(subject=self, case=case, dtype=dtype, mode=mode)

    def check_deviations(self) -> None:
        """Raise `DeviationError` when a recorded deviation speaks of no trial of a whole run."""
        for deviation in self.deviations:
            if not any(deviation.matches(trial.case.id, trial.dtype, trial.mode) for trial in self.trials()):
                raise DeviationError(f"deviation {deviation.cases}: wanted a trial that it speaks of, got none")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """One case in one dtype and mode."""

    subject: Subject
    case: Case
    dtype: str
    mode: str

    @property
    def id(self) -> str:
        """E.g. ``lstm-forward-float32-time-major``."""
        return f"{self.case.id}-{self.dtype}-{self.mode}"

    def run(self) -> Result:
        """Judge, and hold the verdict against the recorded deviations."""
        judgement = judge(self.case, self.subject.instance(self.dtype, self.mode), self.dtype)
        recorded = next((d for d in self.subject.deviations if d.matches(self.case.id, self.dtype, self.mode)), None)
        verdict, reason = str(judgement.verdict), judgement.reason
        if recorded is not None and judgement.verdict == recorded.kind:
            verdict = "deviates" if recorded.kind == "differs" else "unsupported"
            reason = f"{recorded.reason} ({recorded.link}; since {recorded.since})"
        elif recorded is not None:
            verdict = verdict if verdict == "errored" else "differs"
            found = f"{judgement.verdict!r}" + (f" ({judgement.reason})" if judgement.reason else "")
            reason = f"a deviation is recorded as {recorded.kind!r} ({recorded.reason}), but the verdict is {found}"
        row = Row(
            case=self.case.id,
            chapter=self.case.chapter,
            rules=self.case.rules,
            sentence=self.case.sentence,
            dtype=self.dtype,
            mode=self.mode,
            verdict=verdict,
            ratio=judgement.ratio,
            error=judgement.error,
            allowance=judgement.allowance,
            field=judgement.field,
            reason=reason,
            rule=judgement.rule if verdict in ("differs", "errored", "deviates") else None,
        )
        result = Result(trial=self, row=row, judgement=judgement)
        return replace(result, row=replace(row, message=result.message())) if verdict in WRONG else result


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A judged trial."""

    trial: Trial
    row: Row
    judgement: Judgement

    def message(self) -> str:
        """What a person needs to find the fault: rule, fields, indices, ratios, cause, and how to see it again."""
        case, row, judgement = self.trial.case, self.row, self.judgement
        lines = [f"{row.case} ({row.dtype}, {row.mode}) {row.verdict}: {named(row.rule or case.rules[0])}"]
        lines.append(f"  holds      {case.sentence}")
        if row.reason:
            lines.append(f"  reason     {row.reason}")
        lines += [
            f"  differs    {difference.field} {difference.what}; {difference.ratio:.3g} times the allowance"
            for difference in judgement.differences[:SHOWN]
        ]
        if len(judgement.differences) > SHOWN:
            lines.append(f"             and {len(judgement.differences) - SHOWN} more fields")
        if judgement.reading:
            lines.append(f"  as if      {judgement.reading}")
        lines.append(f"  see again  {self.reproduction()}")
        return "\n".join(lines)

    def reproduction(self) -> str:
        """The one line that runs this trial alone."""
        trial, subject = self.trial, self.trial.subject
        selection = "" if subject.selection == "default" else f"--cases {subject.selection} "
        return (
            f"rnnspec validate --adapter {quote(subject.given)} --device {subject.device} "
            f"--dtype {trial.dtype} --mode {trial.mode} {selection}--case {trial.case.id}"
        )
