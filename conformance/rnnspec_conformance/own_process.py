"""What a process that judges finds in its environment, unless somebody has said it before: nothing else is imported.

Problems are tiny, and threads only wait for each other: each process has one. Expectations are kept on disk.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",  # OpenBLAS, MKL and PyTorch follow it, too
    "VECLIB_MAXIMUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""Read when a library is loaded, so they are set before NumPy is imported."""

CACHE = "RNNSPEC_CACHE"
"""Names the folder in which expectations are kept; empty where none is wanted."""


def wanted(*, keep: bool) -> dict[str, str]:
    """The variables that are to be set: those that nobody has set, and with `keep` false that nothing is kept."""
    found = {name: value for name, value in ONE_THREAD.items() if name not in os.environ}
    if not keep:
        found[CACHE] = ""
    elif CACHE not in os.environ:
        found[CACHE] = str(cache_folder(os.environ))
    return found


def cache_folder(environment: Mapping[str, str], system: str = sys.platform) -> Path:
    """Where a user of this system keeps what can be computed anew."""
    home = Path.home()
    if system == "darwin":
        base = home / "Library" / "Caches"
    elif system == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        named = Path(environment.get("XDG_CACHE_HOME", ""))
        base = named if named.is_absolute() else home / ".cache"
    return base / "rnnspec"
