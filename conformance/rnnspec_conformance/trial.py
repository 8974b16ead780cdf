"""A trial: one case, in one precision and mode, of the implementation that is being judged; and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import groupby
from typing import cast

import rnnspec
from rnnspec_adapters import NOT_RUN, Adapter
from rnnspec_conformance.cases import SELECTIONS, Case
from rnnspec_conformance.defaults import DEFAULT_DEVICES, DEFAULT_PRECISIONS
from rnnspec_conformance.deviations import Deviation, DeviationError
from rnnspec_conformance.holding import unnamed
from rnnspec_conformance.isolation.judge_process import Isolation
from rnnspec_conformance.isolation.self_description import Named, Provenance, provenance_of
from rnnspec_conformance.judging import Judgement, judge
from rnnspec_conformance.judging.judgement import NO_GRADIENTS
from rnnspec_conformance.judging.likeness import AS_IF, ROUNDING
from rnnspec_conformance.judging.search import Search, of_recorded
from rnnspec_conformance.naming import command_of
from rnnspec_conformance.results import WRONG, Row, Run
from rnnspec_conformance.results.shards import dealt
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
        Its class; its name and modes alone where it is isolated.
    selection
        The name of the selection of cases.
    patterns
        Only cases that match one of these; all of the selection where there are none.
    shard
        Only this part of so many parts, counted from 1; None for all.
    deviations
        Its recorded deviations.
    isolation
        The process in which it is judged; None for this one.
    search
        What the search for misreadings has found so far.
    """

    given: str
    adapter: Named
    device: str
    precisions: tuple[str, ...]
    modes: tuple[str, ...]
    selection: str = "default"
    patterns: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    deviations: tuple[Deviation, ...] = ()
    isolation: Isolation | None = None
    search: Search = field(default_factory=Search)
    _made: dict[tuple[str, str], Adapter] = field(default_factory=dict)

    def instance(self, precision: str, mode: str) -> Adapter:
        """The adapter for a precision and mode, in this process; made once."""
        if (precision, mode) not in self._made:
            adapter = cast(type[Adapter], self.adapter)
            self._made[precision, mode] = adapter(device=self.device, precision=precision, mode=mode)
        return self._made[precision, mode]

    def make(self) -> None:
        """Make the adapter for every precision and mode. Whatever that raises is raised.

        Raises
        ------
        ValueError
            When the adapter does not declare the device: a result must not name one that was not used.
        DeviationError
            When recorded deviations speak of every case, or of a distribution that the provenance does not name.
        """
        devices = tuple(getattr(self.adapter, "devices", DEFAULT_DEVICES))
        if self.device not in devices:
            raise ValueError(f"device: wanted {' or '.join(map(repr, devices))}, got {self.device!r}")
        for precision in self.precisions:
            for mode in self.modes:
                if self.isolation is None:
                    self.instance(precision, mode)
                else:
                    self.isolation.make(precision, mode)
        self._check_reach()
        self._check_versions()

    @cached_property
    def entries(self) -> dict[str, str]:
        """The provenance, as results have it; asked for once."""
        return self.provenance().entries()

    @cached_property
    def recorded(self) -> tuple[Deviation, ...]:
        """Those of the deviations that speak of what is installed, and of this processor."""
        narrow = any(deviation.versions or deviation.processor for deviation in self.deviations)
        entries = self.entries if narrow else {}
        return tuple(deviation for deviation in self.deviations if deviation.is_recorded(entries))

    def _check_reach(self) -> None:
        """Raise `DeviationError` where every case of the selection is excused, so that nothing can differ."""
        every = replace(self, patterns=()).all_trials() if self.deviations else ()
        for (precision, mode), trials in groupby(every, key=lambda trial: (trial.precision, trial.mode)):
            if all(any(d.matches(trial.case.id, precision, mode) for d in self.deviations) for trial in trials):
                file = self.deviations[0].entry.partition(",")[0] or "deviations"
                place = f"selection {self.selection}, {precision}, mode {mode}"
                raise DeviationError(f"{file}: wanted a case that no entry speaks of ({place}), got none")

    def _check_versions(self) -> None:
        """Raise `DeviationError` where a deviation holds for versions of what the provenance does not name."""
        for deviation in self.deviations:
            if (
                deviation.versions
                and "error" not in self.entries
                and (other := unnamed(deviation.versions, self.entries))
            ):
                known = ", ".join(self.entries)
                raise DeviationError(
                    f"{deviation.entry}: versions: wanted a name of the provenance ({known}), got {other}"
                )

    def provenance(self) -> Provenance:
        """What the adapter says of its provenance."""
        precision, mode = self.precisions[0], self.modes[0]
        if self.isolation is None:
            return provenance_of(self.instance(precision, mode))
        return self.isolation.provenance(precision, mode)

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """What somebody has chosen of a whole run, as `Run.chosen`."""
        whole = {
            "precisions": tuple(getattr(self.adapter, "precisions", DEFAULT_PRECISIONS)),
            "modes": tuple(self.adapter.modes),
            "cases": (),
        }
        here = {"precisions": self.precisions, "modes": self.modes, "cases": self.patterns}
        return {axis: values for axis, values in here.items() if values != whole[axis]}

    def trials(self) -> Iterator[Trial]:
        """The trials of this shard, in the order of the catalogue."""
        trials = list(self.all_trials())
        if self.shard is not None:
            ids = dealt((trial.id for trial in trials), self.shard)
            trials = [trial for trial in trials if trial.id in ids]
        yield from trials

    def all_trials(self) -> Iterator[Trial]:
        """Every trial of every shard, in the order of the catalogue."""
        for precision in self.precisions:
            for mode in self.modes:
                for case in SELECTIONS[self.selection]:
                    if precision not in case.precisions:
                        continue
                    if not self.patterns or any(fnmatchcase(case.id, pattern) for pattern in self.patterns):
                        yield Trial(subject=self, case=case, precision=precision, mode=mode)

    def run_of(self, rows: Iterable[Row], provenance: Provenance | None = None) -> Run:
        """The run of these rows, in the order of the trials; the adapter says its provenance unless that is given."""
        order = {trial.id: position for position, trial in enumerate(self.trials())}
        ordered = sorted(rows, key=lambda row: order[row.trial])
        return Run(
            adapter=self.adapter.name,
            device=self.device,
            specification=rnnspec.__version__,
            provenance=(provenance or self.provenance()).entries(),
            selection=self.selection,
            precisions=self.precisions,
            modes=self.modes,
            shard=self.shard,
            chosen=self.chosen,
            rows=ordered,
        )

    def check_deviations(self) -> None:
        """Raise `DeviationError` when a recorded deviation speaks of no trial of a whole run of any selection."""
        every = list(replace(self, selection="all").all_trials())
        for deviation in self.deviations:
            found = any(deviation.matches(trial.case.id, trial.precision, trial.mode) for trial in every)
            if deviation.cases and not found:
                where = deviation.entry or f"deviation {deviation.cases}"
                raise DeviationError(f"{where}: wanted a trial that it speaks of, got none")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """One case in one precision and mode."""

    subject: Subject
    case: Case
    precision: str
    mode: str

    @property
    def id(self) -> str:
        """E.g. ``lstm-forward-float32-time-major``."""
        return f"{self.case.id}-{self.precision}-{self.mode}"

    def run(self) -> Result:
        """Judge, and hold the verdict against the recorded deviations."""
        known = (d for d in self.subject.recorded if d.matches(self.case.id, self.precision, self.mode))
        recorded = next(known, None)
        judgement, printed = self._judged(thoroughly=recorded is not None)
        if judgement.verdict == "unsupported" and judgement.reason.startswith(NOT_RUN):
            recorded = None
        verdict, reason = str(judgement.verdict), judgement.reason
        if recorded is not None and judgement.verdict == recorded.kind:
            verdict = "deviates" if recorded.kind == "differs" else "unsupported"
            mark = NO_GRADIENTS if judgement.reason.startswith(NO_GRADIENTS) else ""
            reason = f"{mark}{recorded.reason} ({recorded.link}; since {recorded.since})"
        elif recorded is not None and recorded.is_owed(self.subject.entries):
            verdict = verdict if verdict in WRONG else "outdated"
            reason = recorded.contradiction(judgement.verdict, judgement.reason)
        row = Row(
            case=self.case.id,
            precision=self.precision,
            mode=self.mode,
            verdict=verdict,
            ratio=judgement.ratio,
            error=judgement.error,
            tolerance=judgement.tolerance,
            field=judgement.field,
            reason=reason,
            rule=judgement.rule if verdict in ("differs", "deviates") else None,
        )
        if verdict == "differs" and judgement.rule is not None:
            seen = judgement.likeness
            rounding = f" ({seen.looks})" if seen.looks.startswith(ROUNDING) else ""
            looks = f"{AS_IF}{judgement.misreading}{rounding}" if judgement.misreading else seen.looks
            row = replace(row, blamed=judgement.blamed, wrong=seen.wrong, where=seen.where, looks=looks)
        result = Result(trial=self, row=row, judgement=judgement, printed=printed)
        return replace(result, row=replace(row, message=result.message())) if verdict in WRONG else result

    def _judged(self, *, thoroughly: bool) -> tuple[Judgement, tuple[str, ...]]:
        """What came of it; where a deviation is recorded, `thoroughly`, so that its rule is the same in every run."""
        isolation = self.subject.isolation
        if isolation is not None:
            return isolation.judge(self.case.id, self.precision, self.mode, thoroughly=thoroughly)
        adapter = self.subject.instance(self.precision, self.mode)
        search = of_recorded() if thoroughly else self.subject.search
        return judge(self.case, adapter, self.precision, search=search), ()


def shown_printed(lines: tuple[str, ...]) -> list[str]:
    """What was printed, as it stands in a message."""
    return [f"  {'' if position else 'printed':<11}{line}" for position, line in enumerate(lines)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """A judged trial, and the last lines that were printed where it was isolated."""

    trial: Trial
    row: Row
    judgement: Judgement
    printed: tuple[str, ...] = ()

    def message(self) -> str:
        """What a person needs to find the fault: rule, fields, indices, ratios, cause, and how to see it again."""
        case, row, judgement = self.trial.case, self.row, self.judgement
        about = ":" if row.rule and row.blamed else ", in a case about"
        lines = [f"{row.case} ({row.precision}, {row.mode}) {row.verdict}{about} {named(row.rule or case.rules[0])}"]
        lines.append(f"  holds      {case.sentence}")
        if row.reason:
            lines.append(f"  reason     {row.reason}")
        lines += [
            f"  differs    {difference.field} {difference.what}; {difference.ratio:.3g} times the tolerance"
            for difference in judgement.differences[:SHOWN]
        ]
        if len(judgement.differences) > SHOWN:
            alone = all(difference.field.startswith("gradients") for difference in judgement.differences[SHOWN:])
            of = " of gradients" if alone else ""
            lines.append(f"             and {len(judgement.differences) - SHOWN} more fields{of}")
        if judgement.misreading:
            lines.append(f"  as if      {judgement.misreading}")
        elif judgement.likeness.looks:
            looks = judgement.likeness.looks
            as_if = f"  as if      {looks.removeprefix(AS_IF)}"
            lines.append(as_if if looks.startswith(AS_IF) else f"  looks like {looks}")
        if judgement.likeness.where:
            lines.append(f"  only in    {', '.join(judgement.likeness.where)}")
        lines += shown_printed(self.printed)
        lines.append(f"  see again  {self.reproduction()}")
        return "\n".join(lines)

    def reproduction(self) -> str:
        """The one line that runs this trial alone."""
        trial, subject = self.trial, self.trial.subject
        selection = "" if subject.selection == "default" else f"--cases {subject.selection} "
        line = (
            f"{command_of(subject.given)} --device {subject.device} "
            f"--precision {trial.precision} --mode {trial.mode} {selection}--case {trial.case.id}"
        )
        return line if subject.isolation is None else f"{line} {subject.isolation.limits.options()}"
