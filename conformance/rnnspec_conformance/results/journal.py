"""A run as it comes: its head and each row, a line of JSON each, beside the file that the run is to become.

A process that is killed leaves the journal behind, at worst with half a line at its end, which is no row.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnspec_conformance.results.file_names import JOURNAL, file_name
from rnnspec_conformance.results.files import ALWAYS, NAME, ROW, ResultsError, check_entries, run_of
from rnnspec_conformance.results.run import Row, Run
from rnnspec_conformance.results.schema_check import mistake_in
from rnnspec_conformance.whole_files import write_whole

IN = {"precision": NAME, "mode": NAME}
"""What a line says besides, which in a file of results follows from where the row stands."""


BESIDES = ("asked_for", "deviations")
"""What the head of a journal has besides that of a run."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a journal holds.

    Attributes
    ----------
    head
        Of what run the rows are: `journal_head`.
    rows
        As they came; each trial once.
    """

    head: Mapping[str, Any]
    rows: tuple[Row, ...]

    @staticmethod
    def read(path: Path) -> Kept:
        """What the journal at `path` holds.

        Raises
        ------
        ResultsError
            When there is none, or it is no journal.
        """
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ResultsError(f"{path}: wanted a journal, got: {error.strerror}") from error
        first, *lines = text.split("\n")[:-1] or [""]
        head = _object(f"{path}: line 1", first)
        rows: dict[str, Row] = {}
        for number, line in enumerate(lines, start=2):
            entries = _object(f"{path}: line {number}", line)
            check_entries(f"{path}: line {number}", entries, {**IN, **ROW}, (*IN, *ALWAYS))
            bare = {name: value for name, value in entries.items() if name not in IN}
            if mistake := mistake_in(bare, f"{path}: line {number}", kind="row"):
                raise ResultsError(mistake)
            row = Row.from_json(entries)
            rows.setdefault(row.trial, row)
        return Kept(head=head, rows=tuple(rows.values()))

    def run(self, path: Path) -> Run:
        """The run that has come as far as this.

        Raises
        ------
        ResultsError
            When the head is not that of a run.
        """
        head = {name: value for name, value in self.head.items() if name not in BESIDES}
        return run_of(f"{path}", {**head, "results": {}}, self.rows)

    def check(self, path: Path, wanted: Mapping[str, Any], trials: Collection[str]) -> None:
        """Raise `ResultsError` unless these are rows of the run with the head `wanted` and these trials."""
        for name in [*wanted, *(name for name in self.head if name not in wanted)]:
            has, is_now = self.head.get(name), wanted.get(name)
            if has != is_now:
                raise ResultsError(
                    f"{path}: {name}: wanted {_said(is_now)}, as in this run, got {_said(has)}; "
                    "without --resume the run begins anew"
                )
        strange = next((row.trial for row in self.rows if row.trial not in trials), None)
        if strange is not None:
            raise ResultsError(f"{path}: wanted trials of this run, got {strange}")


class Journal:
    """The journal of a run that is going on.

    The file appears with the first row. It is another one for each run: two that have one destination do not mix.

    Parameters
    ----------
    path
        Where it is.
    head
        Of the run.
    rows
        What is known already.
    """

    def __init__(self, path: Path, head: Mapping[str, Any], rows: Collection[Row] = ()) -> None:
        self.path = path
        self._begun = [_line(head), *(_line(row.as_json()) for row in rows)]
        self._file: io.FileIO | None = None

    def add(self, row: Row) -> None:
        """Keep a row. What the system says where nothing can be written is raised as `OSError`."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, "".join(self._begun))
            self._file = io.FileIO(self.path, "a")
        line = _line(row.as_json()).encode("utf-8")
        while line:
            line = line[self._file.write(line) :]

    @property
    def exists(self) -> bool:
        """Whether there is anything to go on from."""
        return self.path.exists()

    def remove(self) -> None:
        """Close it, and delete it: what it holds is written elsewhere. That of another run is left alone."""
        with suppress(OSError):
            if self._file is None or os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                self.path.unlink()
        self.close()

    def close(self) -> None:
        """Close it, and leave it where it is."""
        if self._file is not None:
            self._file.close()
            self._file = None


def journal_path(run: Run, folder: Path) -> Path:
    """Where the journal of a run is whose results go into `folder`."""
    return folder / f"{file_name(run)}{JOURNAL}"


def journal_head(run: Run, *, asked_for: str, deviations: str) -> dict[str, Any]:
    """The first line of the journal of a run: of what adapter, held against what recorded deviations."""
    return {**run.head(), "asked_for": asked_for, "deviations": deviations}


def _line(entries: Mapping[str, Any]) -> str:
    return json.dumps(entries, ensure_ascii=False) + "\n"


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        entries = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{where}: wanted a line of JSON, got: {error}") from error
    if not isinstance(entries, dict):
        raise ResultsError(f"{where}: wanted an object, got {line[:60]}")
    return entries


def _said(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
