"""Runs as files: their names, writing, and reading with every mistake told."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from rnnspec_conformance.results.file_names import file_name
from rnnspec_conformance.results.noise import kept
from rnnspec_conformance.results.run import AXES, SCHEMA, VERDICTS, Row, Run
from rnnspec_conformance.results.schema_check import is_finite, mistake_in
from rnnspec_conformance.whole_files import write_whole


class ResultsError(ValueError):
    """A file of results cannot be used; the message names the file, what was wanted, and what came."""


class _Wanted(NamedTuple):
    what: str
    holds: Callable[[Any], bool]


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value) and value >= 0


def _is_shard(value: Any) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [int, int] and 1 <= value[0] <= value[1]


def _is_chosen(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(AXES) and all(map(_are_texts, value.values())) and value != {}


def _is_stream(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("failures"), int) and isinstance(value.get("draws"), int)


NAME = _Wanted("a string that is not empty", lambda value: isinstance(value, str) and value != "")
_NAMES = _Wanted("a list of strings, at least one", lambda value: _are_texts(value) and value != [])
_FIGURE = _Wanted("a number that is not negative", _is_number)

HEAD: Mapping[str, _Wanted] = {
    "schema": _Wanted(str(SCHEMA), lambda value: value == SCHEMA),
    "adapter": NAME,
    "device": NAME,
    "specification": NAME,
    "provenance": _Wanted(
        "an object of strings", lambda value: isinstance(value, dict) and _are_texts(list(value.values()))
    ),
    "selection": NAME,
    "precisions": _NAMES,
    "modes": _NAMES,
    "shard": _Wanted("null, or k and n with 1 <= k <= n", lambda value: value is None or _is_shard(value)),
    "results": _Wanted("an object", lambda value: isinstance(value, dict)),
}
BESIDES: Mapping[str, _Wanted] = {
    "chosen": _Wanted(f"an object with some of {', '.join(AXES)}", _is_chosen),
    "stream": _Wanted("an object with failures", _is_stream),
}
"""What a file has besides where somebody has chosen a part of the run, and where problems were drawn."""
ROW: Mapping[str, _Wanted] = {
    "case": NAME,
    "verdict": _Wanted(f"one of {', '.join(VERDICTS)}", lambda value: value in VERDICTS),
    "ratio": _FIGURE,
    "error": _FIGURE,
    "tolerance": _FIGURE,
    "field": NAME,
    "reason": NAME,
    "rule": NAME,
    "blamed": _Wanted("false", lambda value: value is False),
    "wrong": _NAMES,
    "where": _NAMES,
    "looks": NAME,
    "message": NAME,
}
ALWAYS = ("case", "verdict")
"""What every row has; of the others it has those that are not empty."""


def load(path: Path) -> Run:
    """A run from its file.

    Raises
    ------
    ResultsError
        When there is no such file, it is of another schema, or does not follow ``results.schema.json``.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(data)  # raises where lists in lists go deeper than a message could show
    except OSError as error:
        raise ResultsError(f"{path}: wanted a file of results, got: {error.strerror}") from error
    except ValueError as error:
        raise ResultsError(f"{path}: wanted JSON in UTF-8, got: {error}") from error
    except RecursionError as error:
        raise ResultsError(f"{path}: wanted JSON that is less deep, got lists in lists without end") from error
    _check_head(f"{path}", data)
    precisions, modes = data["precisions"], data["modes"]
    _check_keys(f"{path}: results", data["results"], precisions)
    rows = []
    for precision in precisions:
        _check_keys(f"{path}: results: {precision}", data["results"][precision], modes)
        for mode in modes:
            where, listed = f"{path}: results: {precision}: {mode}", data["results"][precision][mode]
            if not isinstance(listed, list):
                raise ResultsError(f"{where}: wanted a list, got {_shown(listed)}")
            for position, row in enumerate(listed):
                check_entries(f"{where}[{position}]", row, ROW, ALWAYS)
                rows.append(Row.from_json({**row, "precision": precision, "mode": mode}))
    mistake = mistake_in(data, f"{path}")
    if mistake is not None:
        raise ResultsError(mistake)
    seen: set[str] = set()
    for row in rows:
        if row.trial in seen:
            raise ResultsError(f"{path}: results: wanted every trial once, got {row.trial} twice")
        seen.add(row.trial)
    return run_of(f"{path}", data, rows)


def _check_head(where: str, data: Any) -> None:
    if isinstance(data, dict) and data.get("schema") != SCHEMA:
        raise ResultsError(f"{where}: schema: wanted {SCHEMA}, got {data.get('schema', 'nothing')!r}; {_advice(data)}")
    check_entries(where, data, {**HEAD, **BESIDES}, HEAD)


def run_of(where: str, data: Any, rows: Sequence[Row]) -> Run:
    """The run with the head `data`, in JSON values, and these rows.

    Raises
    ------
    ResultsError
        When `data` is not the head of a run.
    """
    _check_head(where, data)
    return Run(
        adapter=data["adapter"],
        device=data["device"],
        specification=data["specification"],
        provenance=data["provenance"],
        selection=data["selection"],
        precisions=tuple(data["precisions"]),
        modes=tuple(data["modes"]),
        shard=None if data["shard"] is None else (data["shard"][0], data["shard"][1]),
        rows=rows,
        stream=data.get("stream"),
        chosen={axis: tuple(values) for axis, values in data.get("chosen", {}).items()},
    )


def _advice(data: Mapping[str, Any]) -> str:
    """How a file of another schema is had in this one."""
    known = [f"--{option} {data[key]} " for option, key in RERUN.items() if isinstance(data.get(key), str)]
    return f"judge again: rnnspec validate {''.join(known)}--results FOLDER"


RERUN = {"adapter": "adapter", "device": "device", "cases": "selection"}
"""Options of `rnnspec validate`, and the entries of the head that say them."""


def check_entries(where: str, value: Any, fields: Mapping[str, _Wanted], always: Collection[str] | None = None) -> None:
    """Check the entries of an object: those of `always` have to be there, all of them where that is None."""
    if not isinstance(value, dict):
        raise ResultsError(f"{where}: wanted an object, got {_shown(value)}")
    unknown = sorted(value.keys() - fields.keys())
    if unknown:
        raise ResultsError(f"{where}: wanted {', '.join(fields)}, got {', '.join(unknown)}")
    for name, wanted in fields.items():
        if name not in value:
            if always is None or name in always:
                raise ResultsError(f"{where}: {name}: wanted {wanted.what}, got nothing")
        elif not wanted.holds(value[name]):
            raise ResultsError(f"{where}: {name}: wanted {wanted.what}, got {_shown(value[name])}")


def _check_keys(where: str, value: Any, wanted: list[str]) -> None:
    if not isinstance(value, dict) or list(value) != wanted:
        got = ", ".join(value) or "none" if isinstance(value, dict) else _shown(value)
        raise ResultsError(f"{where}: wanted an object with {', '.join(wanted)}, as the head says, got {got}")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def write(run: Run, folder: Path) -> tuple[Path, bool]:
    """Write `run` into `folder`: the path, and whether the file has changed.

    A row of the file that says the same as that of `run`, but for noise, stays as it is (`results.noise`). A file that
    cannot be read, as one of an older schema, is replaced.
    """
    path = folder / file_name(run)
    if path.exists():
        with suppress(ResultsError):
            run = kept(load(path), run)
        if path.read_text(encoding="utf-8", errors="replace") == run.dump():
            return path, False
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, run.dump())
    return path, True
