"""Expectations on disk, so that a second run costs the implementation's own time.

An entry is found under all that it depends on: the problem and the precision, the source of the reference and of the
tolerances, Python, NumPy with its BLAS, and the processor. A file that is not whole is not read, and written anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import rnnspec
from rnnspec import Array
from rnnspec_conformance.own_process import CACHE
from rnnspec_conformance.processor import BYTES, CPUINFO, features
from rnnspec_conformance.whole_files import write_whole

FORMAT = 1
LIMIT = 256 << 20
"""The bytes that the folder may hold. Before a process adds to more than these, the oldest half goes."""

SOURCES = ("expectation.py", "jvp_hvp.py", "kept_expectations.py", "nudging.py", "tolerance.py")
"""The files of this folder on which tolerances depend."""

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "MKL_NUM_THREADS", "MKL_CBWR")
"""The variables by which a BLAS chooses in which order it adds."""

Kept = tuple[dict[str, Array], dict[str, float]]
"""The arrays of the reference and their tolerances, by field."""


def loaded(key: bytes) -> Kept | None:
    """What is kept under `key`; None where nothing is, or no folder for it is named."""
    folder = _folder()
    if folder is None:
        return None
    try:
        return _unpacked((folder / _name(key)).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):  # nothing there, or something that is no entry
        return None


def keep(key: bytes, arrays: Mapping[str, Array], tolerances: Mapping[str, float]) -> None:
    """Keep an expectation under `key`, where a folder is named and can be written to."""
    folder = _folder()
    if folder is None:
        return
    with suppress(OSError):  # a full disk or a folder that cannot be written to costs time and nothing else
        _make_room(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _name(key), _packed(arrays, tolerances), durable=False)


def dependencies() -> dict[str, str]:
    """What expectations depend on beside problem and precision. What has no source to be read has no entry."""
    reference, here = Path(rnnspec.__file__).parent, Path(__file__).parent
    configuration: Any = np.show_config(mode="dicts")
    return {
        "reference": _source(sorted(reference.rglob("*.py"))),
        "tolerances": _source(here / name for name in SOURCES),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "NumPy is built": json.dumps(configuration, sort_keys=True, default=str),
        "processor": _processor(),
        **{name: os.environ.get(name, "") for name in VARIABLES},
    }


def _folder() -> Path | None:
    """The folder of entries with the dependencies of this process; None where nothing is kept."""
    named = os.environ.get(CACHE)
    if not named or not _has_subnormal_numbers():
        return None
    environment = _environment()
    return None if environment is None else Path(named) / f"expected-{environment}"


@cache
def _environment() -> str | None:
    """The dependencies of this process in short, which do not change in it; None where there is no source to read."""
    depends = dependencies()
    return _digest(json.dumps(depends).encode()) if depends["reference"] and depends["tolerances"] else None


def _has_subnormal_numbers() -> bool:
    """Whether this thread keeps them: a library may have let the processor take them for zero."""
    return bool(np.float64(np.finfo(np.float64).tiny) / 2 > 0)


def _source(paths: Iterable[Path]) -> str:
    """The contents of files in short; nothing where there are no files, as in an archive."""
    try:
        texts = [f"{path.name} {_digest(path.read_bytes())}" for path in paths]
    except OSError:
        return ""
    return _digest("\n".join(texts).encode()) if texts else ""


def _processor() -> str:
    """The processor, its model and its vector extensions, as far as the system tells: a BLAS has kernels for each."""
    told = [platform.machine(), platform.processor(), *sorted(features())]
    with suppress(OSError), CPUINFO.open(encoding="utf-8", errors="replace") as file:
        told += [line for line in file.read(BYTES).splitlines() if line.startswith("model name")][:1]
    return " ".join(told)


def _name(key: bytes) -> str:
    return f"{key.hex()}.arrays"


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _packed(arrays: Mapping[str, Array], tolerances: Mapping[str, float]) -> bytes:
    """One line that says what follows, and the numbers."""
    data = b"".join(np.ascontiguousarray(array, "<f8").tobytes() for array in arrays.values())
    fields = [(name, array.shape, float(tolerances[name])) for name, array in arrays.items()]
    told = json.dumps({"format": FORMAT, "fields": fields})
    return f"{_digest(told.encode() + data)} {told}\n".encode() + data


def _unpacked(entry: bytes) -> Kept:
    """The inverse of `_packed`.

    Raises
    ------
    ValueError
        When the entry is not whole.
    """
    line, _, data = entry.partition(b"\n")
    digest, _, told = line.partition(b" ")
    if digest != _digest(told + data).encode():
        raise ValueError("entry: wanted all that was written, got something else")
    arrays, tolerances, numbers, first = {}, {}, np.frombuffer(data, "<f8"), 0
    for name, shape, tolerance in json.loads(told)["fields"]:
        last = first + int(np.prod(shape))
        arrays[name] = numbers[first:last].reshape(shape).astype(np.float64)
        tolerances[name] = tolerance
        first = last
    return arrays, tolerances


@cache
def _make_room(root: Path) -> None:
    """Let the oldest files go where there are too many. Once in a process, which adds few."""
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in root.glob("expected-*/*"))
    held = sum(size for _, size, _ in found)
    if held <= LIMIT:
        return
    for _, size, path in found:
        if held <= LIMIT // 2:
            break
        path.unlink(missing_ok=True)
        held -= size
