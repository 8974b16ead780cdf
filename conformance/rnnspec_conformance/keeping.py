"""What a session keeps: rows as they come, the rows of a run that was ended, and the file at its end."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryFile

from rnnspec_conformance import results
from rnnspec_conformance.isolation.self_description import Provenance
from rnnspec_conformance.results import Journal, Kept, Row, Run
from rnnspec_conformance.results.journal import journal_head, journal_path
from rnnspec_conformance.trial import Subject


class Keeper:
    """Where the rows of a session go.

    Parameters
    ----------
    subject
        What is judged.
    folder
        Where the results are to be.
    provenance
        What it is made of.
    resume
        Whether to go on from the journal that is there.

    Raises
    ------
    OSError
        When nothing can be written to the folder.
    ResultsError
        When the journal that is there is not one of this run.
    """

    def __init__(self, subject: Subject, folder: Path, provenance: Provenance, *, resume: bool) -> None:
        run = subject.run_of([], provenance)
        path = journal_path(run, folder)
        _try_to_write(folder)
        head = journal_head(run, asked_for=subject.given, deviations=_digest(repr(subject.deviations)))
        self.folder = folder
        self.known: tuple[Row, ...] = ()
        if resume and path.exists():
            kept = Kept.read(path)
            kept.check(path, head, {trial.id for trial in subject.trials()})
            self.known = kept.rows
        self._journal = Journal(path, head, self.known)
        self._error: OSError | None = None

    def resumed(self, count: int) -> str:
        """What is said of the journal that was to be there, where the run has so many trials."""
        if not self.known:
            return f"there is nothing to go on from in {self._journal.path}: all is judged"
        return f"{len(self.known)} of {count} trials are known from {self._journal.path}"

    def add(self, row: Row) -> None:
        """Keep a row; where that fails, the run goes on, and no more is kept."""
        if self._error is None:
            try:
                self._journal.add(row)
            except OSError as error:
                self._error = error

    def finish(self, run: Run) -> tuple[str, bool]:
        """Write the results of a run that has come to its end: what is said of it, and whether it was done."""
        try:
            path, changed = results.write(run, self.folder)
        except OSError as error:
            return f"results not written to {self.folder}: {error}. {self.left()}", False
        self._journal.remove()
        return f"results {'written to' if changed else 'unchanged in'} {path}", True

    def left(self) -> str:
        """Where what was judged is when the run has not come to its end."""
        self._journal.close()
        if self._error is not None:
            return f"what was judged could not be kept in {self._journal.path}: {self._error}"
        if not self._journal.exists:
            return "nothing was judged that could be kept"
        return f"what was judged is kept in {self._journal.path}; --resume goes on from there"


def _try_to_write(folder: Path) -> None:
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    with TemporaryFile(dir=place):
        pass


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
