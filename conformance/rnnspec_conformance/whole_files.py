"""Files that are whole at every moment: the old text or the new one."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, text: str | bytes, *, durable: bool = True) -> None:
    """Write a file in one step: who reads it, or ends this process, finds all of the old text or all of the new.

    A link at `path` is replaced, and what it leads to is left alone. What is not `durable` may be lost, whole or in
    part, where the machine itself stops.

    Raises
    ------
    OSError
        When the folder is not there or nothing can be written to it.
    ValueError
        When `text` cannot be encoded.
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", delete=False) as file:
        beside = Path(file.name)
        try:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            beside.unlink()
            raise
    beside.chmod(0o666 & ~_umask())
    beside.replace(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
